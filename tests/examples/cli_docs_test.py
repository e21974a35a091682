"""Every worked example of docs/cli.md and docs/ai runs, and so does what the README does with vmaf,
on clips made here: cli_docs_test.py PROJECT VMAF.

A block of ```sh is run line by line, in one folder, by bash; a block of ```yaml is a file, named by
its first line. What an example says it writes must be there and be what its name promises. An
example whose model or page is not on this machine is left out and
named, unless VISQ_REQUIRE_SHARED=1.
"""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

SCENE = "testsrc2=size={size}:rate=25:duration=2"
CODED = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -crf {crf} {name}"
HD, SMALL = "1920x1080", "320x192"
CLIPS = {  # name: (size of the scene, arguments of ffmpeg)
    **{
        f"{name}.mp4": (SMALL, CODED.format(crf=crf, name=f"-frames:v 12 {name}.mp4"))
        for name, crf in (
            ("original", 1),
            ("encode", 30),
            ("low", 45),
            ("middle", 35),
            ("high", 25),
            ("old_1", 28),
            ("old_2", 38),
            ("new_1", 24),
            ("new_2", 34),
            ("upload", 30),
        )
    },
    "recording.mp4": (
        SMALL,
        "-vf select=gte(n\\,4),setpts=N/(25*TB) "
        + CODED.format(crf=30, name="-frames:v 12 recording.mp4"),
    ),
    "original_1080p.mp4": (HD, CODED.format(crf=1, name="-frames:v 2 original_1080p.mp4")),
    "encode_720p.mp4": (
        HD,
        "-vf scale=1280:720 " + CODED.format(crf=30, name="-frames:v 2 encode_720p.mp4"),
    ),
    "original.y4m": (SMALL, "-frames:v 12 -pix_fmt yuv420p original.y4m"),
    "original.yuv": (HD, "-frames:v 2 -pix_fmt yuv420p10le original.yuv"),
    "encode.yuv": (HD, "-frames:v 2 -vf boxblur=2 -pix_fmt yuv420p10le encode.yuv"),
    "a.png": (SMALL, "-frames:v 1 a.png"),
    "b.png": (SMALL, "-frames:v 1 -vf boxblur=2 b.png"),
}
MISSING = (
    "./setup",
    "has no ONNX Runtime",
    "without a runtime",
    "learned metrics are not in this build",
)


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.M | re.S)


LINES = re.compile(r"(?:\\\n|[^\n])+")  # a line goes on where it ends with a backslash


def commands(text):
    lines = [
        line.replace("\\\n", "") for block in blocks(text, "sh") for line in LINES.findall(block)
    ]
    return [line for line in lines if line.strip() and not line.startswith("#")]


def files(text):
    """name -> content of what the page writes down as a file."""
    return {block.splitlines()[0].removeprefix("# "): block for block in blocks(text, "yaml")}


def shell(command, folder, vmaf):
    path = f"{vmaf.parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        stdin=subprocess.DEVNULL,
    )


def make(name, folder):
    size, arguments = CLIPS[name]
    scene = [
        "ffmpeg",
        "-nostdin",
        "-loglevel",
        "error",
        "-y",
        "-f",
        "lavfi",
        "-i",
        SCENE.format(size=size),
    ]
    subprocess.run(scene + arguments.split(), cwd=folder, check=True)


def named_clips(text):
    return sorted(name for name in CLIPS if re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text))


def outputs(command):
    words = shlex.split(command.split(">")[0]) if "<(" not in command else []
    named = [
        words[i + 1] for i, word in enumerate(words[:-1]) if word in ("-o", "--output", "--report")
    ]
    return [name for name in named if name != "-"]


def output_error(path):
    if not path.exists() or path.stat().st_size == 0:
        return f"{path.name} was not written"
    if path.suffix == ".json":
        json.loads(path.read_text(encoding="utf-8"))
    if path.suffix == ".html" and "</html>" not in path.read_text(encoding="utf-8"):
        return f"{path.name} is no whole page"
    return ""


def run_example(command, folder, vmaf):
    """(what is wrong, why it was left out)"""
    run = shell(command, folder, vmaf)
    if run.returncode != 0:
        absent = (
            any(words in run.stderr for words in MISSING)
            and os.environ.get("VISQ_REQUIRE_SHARED") != "1"
        )
        return (
            ("", run.stderr.strip())
            if absent
            else (f"exit code {run.returncode}: {run.stderr.strip()}", "")
        )
    wrong = [output_error(folder / name) for name in outputs(command)]
    return "; ".join(filter(None, wrong)), ""


def self_test(folder, vmaf):
    sample = "a\n```sh\nfalse | true\n```\n```yaml\n# j.yaml\na: b\n```\n"
    assert commands(sample) == ["false | true"] and files(sample) == {"j.yaml": "# j.yaml\na: b\n"}
    assert (
        run_example("false | true", folder, vmaf)[0]
        and run_example("true -o nowhere.json", folder, vmaf)[0]
    )
    assert run_example("echo run ./setup >&2; false", folder, vmaf)[
        0 if os.environ.get("VISQ_REQUIRE_SHARED") == "1" else 1
    ]
    assert outputs("vmaf -r a -o b.json --report c.html") == ["b.json", "c.html"]
    assert outputs("vmaf -r a -o - > b.json") == [] and named_clips("-r b.png") == ["b.png"]


def main():
    docs, vmaf = pathlib.Path(sys.argv[1]) / "docs", pathlib.Path(sys.argv[2]).resolve()
    text = "".join(
        page.read_text(encoding="utf-8")
        for page in [docs / "cli.md", *sorted((docs / "ai").rglob("*.md"))]
    )
    readme = (docs.parent / "README.md").read_text(encoding="utf-8")
    examples = [line for line in commands(readme) if line.startswith("vmaf ")] + commands(text)
    errors, done = [], 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        self_test(folder, vmaf)
        for file, content in files(text).items():
            (folder / file).write_text(content, encoding="utf-8")
        for clip in named_clips("\n".join([*examples, *files(text).values()])):
            make(clip, folder)
        for command in examples:
            wrong, left_out = run_example(command, folder, vmaf)
            errors += [f"{command}\n  {wrong}"] if wrong else []
            done += not wrong and not left_out
            if left_out:
                print(f"left out: {command}\n  {left_out}")
    if errors:
        sys.exit("\n".join(errors))
    print(f"{done} examples ran")


if __name__ == "__main__":
    main()
