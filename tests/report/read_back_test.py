"""read_back_test.py VMAF [CASES]: HTML reports of clips and models with names that nobody would
choose, read back by a parser of another hand, Python's. A name is never markup: the elements of
each page are those of a page of plain names. The scores are those of the JSON report.
"""

import html.parser
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

PARTS = ["a", "<x>", '"', "'", "&amp;", ",", ";", "\n", "\t", "=1+1", "</script>", "<!--", "-->"]
PARTS += ["\x1b[31m", "\x7f", "\u202e", "é", "漢", "\U0001f600", "]]>", "%s", "{}", "|", " ", "#"]
PARTS += ["<script>", "<SCRIPT ", "\u2028", "\\", "\udce9", "</title>", "javascript:", "`${1}`"]


class Page(html.parser.HTMLParser):
    """The elements of a page, and the text of each."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.data = [], ""
        self.in_data = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, tuple(attrs)))
        self.in_data = ("id", "data") in attrs

    def handle_endtag(self, tag):
        self.elements.append((tag,))
        self.in_data = False

    def handle_comment(self, data):
        self.elements.append(("comment", data))

    def handle_data(self, data):
        if self.in_data:
            self.data += data


def write_clip(path, seed):
    chance = random.Random(seed)
    frames = b"".join(b"FRAME\n" + chance.randbytes(32 * 32 * 3 // 2) for _ in range(2))
    path.write_bytes(b"YUV4MPEG2 W32 H32 F25:1 C420\n" + frames)


def name_from(chance):
    return "".join(chance.choices(PARTS, k=chance.randint(1, 5)))


def run(vmaf, folder, clips, model):
    """The page, and the JSON report."""
    words = [vmaf, "-r", clips[0], "-d", clips[1], "--report", "p.html", "--json", "-o", "s.json"]
    escaped = model.replace("\\", "\\\\").replace(":", "\\:")
    words += ["--quiet", "--feature", "psnr", "--model", f"version=vmaf_v0.6.1:name={escaped}"]
    ended = subprocess.run(words, cwd=folder, capture_output=True, check=False)
    if ended.returncode != 0:
        said = ended.stderr.decode(errors="replace")
        assert ended.returncode in (1, 2, 3) and said.strip(), (words, ended.returncode, said)
        return None
    text = (folder / "p.html").read_text(encoding="utf-8")
    return Page(text), json.loads((folder / "s.json").read_text(encoding="utf-8"))


def check(page, report, plain):
    assert page.elements == plain, [
        e for e in zip(page.elements, plain, strict=False) if e[0] != e[1]
    ][:3]
    data = json.loads(page.data)
    frames = [frame["metrics"] for frame in report["frames"]]
    for values in data["clips"][0]["scores"].values():
        assert any(
            all(abs(f[name] - value) < 1e-5 for f, value in zip(frames, values, strict=True))
            for name in frames[0]
        ), values
    assert len(data["clips"][0]["scores"]) >= 4
    return data


def main():
    vmaf = str(pathlib.Path(sys.argv[1]).resolve())
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        for number, name in enumerate(["r.y4m", "d.y4m"]):
            write_clip(folder / name, number)
        plain = run(vmaf, folder, ["r.y4m", "d.y4m"], "m")[0].elements
        written = 0
        for _ in range(cases):
            clips = [name_from(chance) + suffix for suffix in (".r.y4m", ".d.y4m")]
            clips = [name.replace("/", "∕") for name in clips]
            for name, clip in zip(clips, ["r.y4m", "d.y4m"], strict=True):
                os.link(folder / clip, os.fsencode(folder) + b"/" + os.fsencode(name))
            model = name_from(chance)
            made = run(vmaf, folder, [f"./{name}" for name in clips], model)
            written += made is not None
            if made:
                check(*made, plain)
            for name in clips:
                os.unlink(os.fsencode(folder) + b"/" + os.fsencode(name))
    print(f"{cases} pairs of names, {written} pages")
    assert written > cases // 2


main()
