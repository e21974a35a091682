"""Makes a pair of clips for each row of the table of docs/inputs.md, and compares what the command
does with what the row says: converted, or an error that names each option of the row. --strict
makes an error of what is converted.

table_test.py PROJECT COMMAND FOLDER
"""

import os
import pathlib
import re
import subprocess
import sys

SOURCE = "-f lavfi -i testsrc2=size=96x64:rate=25 -frames:v 3"
X264 = "-c:v libx264 -pix_fmt yuv420p -crf 20"
# All versions of ffmpeg take these from pictures, and not all from -color_trc.
TAGS = "-vf format=yuv420p,setparams=range=tv:colorspace=bt709:color_trc="
SDR = f"{X264} -colorspace bt709 -color_range tv"
# The row: what the two clips are, of one scene. What the outcome is stands in the document.
PAIRS = {
    "range": ("a.mp4", SDR, "b.mov", "-c:v mjpeg -pix_fmt yuvj420p"),
    "matrix": ("a.mp4", SDR, "b.mp4", f"{X264} -colorspace smpte170m -color_range tv"),
    "RGB and YCbCr": ("a.png", "-frames:v 1", "b.jpg", "-frames:v 1 -pix_fmt yuvj420p"),
    "RGB and gray": ("a.png", "-frames:v 1", "b.png", "-frames:v 1 -pix_fmt gray"),
    "HDR (PQ, HLG) and SDR": ("a.mp4", f"{TAGS}bt709 {X264}", "b.mp4", f"{TAGS}smpte2084 {X264}"),
    "depth": ("a.mp4", SDR, "b.y4m", "-pix_fmt yuv420p10 -strict -1"),
    "chroma format": ("a.mp4", SDR, "b.y4m", "-pix_fmt yuv444p"),
    "size": ("a.mp4", SDR, "b.mp4", f"-vf scale=64x48 {SDR}"),
    "shape: black bars": ("a.mp4", f"-vf pad=96:80:0:8 {SDR}", "b.mp4", SDR),
    "frames that are damaged": ("a.png", "-frames:v 1", "cut.jpg", "-frames:v 1 -pix_fmt yuvj420p"),
    "a flag of interlace": ("a.mp4", SDR, "b.mp4", f"-vf setfield=tff {X264} -flags +ilme+ildct"),
    "the first frame": ("a.mp4", SDR, "b.mp4", f"-vf trim=start_frame=1 {SDR}"),
}


def rows(document):
    table = document.split("<!-- table -->")[1].split("<!-- end of the table")[0]
    for line in table.strip().splitlines()[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def run(command, *words):
    done = subprocess.run(
        [command, *words, "-n", "--feature", "psnr", "--shortest"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def outcome_is_wrong(command, clips, happens, options):
    code, out, err = run(command, *clips)
    if happens.startswith("an error"):
        # Options that convert are named, and of several that say what a clip is, all.
        missing = [option for option in options if option not in err]
        return f"{code} {err}" if code != 2 or missing else None
    if code != 0:
        return f"is an error: {err}"
    if "converted from" not in out:
        return None if "--strict" not in options else f"is not converted: {out}"
    code, _, err = run(command, *clips, "--strict")
    return None if code == 2 and "--strict" in err else f"--strict lets it pass: {code} {err}"


def main():
    project, command, folder = sys.argv[1], os.path.abspath(sys.argv[2]), pathlib.Path(sys.argv[3])
    document = (pathlib.Path(project) / "docs/inputs.md").read_text(encoding="utf-8")
    found = {row[0]: row for row in rows(document)}
    wrong = [f"the rows are {sorted(found)}"] if sorted(found) != sorted(PAIRS) else []
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    for name, (a, make_a, b, make_b) in PAIRS.items():
        for file, how in ((a, make_a), (b, make_b)):
            words = f"ffmpeg -nostdin -v error -y {SOURCE} {how} {file}".split()
            subprocess.run(words, check=True)
            if file.startswith("cut"):
                os.truncate(file, os.path.getsize(file) // 2)
        _, happens, change = found.get(name, (name, "", ""))
        options = re.findall(r"`(--[a-z_]+)`", change)
        if problem := outcome_is_wrong(command, (a, b), happens, options):
            wrong.append(f"{name}: {problem}")
    print("\n".join(wrong) or f"{len(PAIRS)} rows")
    sys.exit(1 if wrong else 0)


main()
