"""The example in C scores as the command does, and says what is wrong: vmaf_score_test.py EXAMPLE
[VMAF].
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

EXAMPLE, VMAF = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
WIDTH, HEIGHT, FRAMES = 99, 67, 3  # odd: chroma rounds up
FRAME = WIDTH * HEIGHT + 2 * ((WIDTH + 1) // 2) * ((HEIGHT + 1) // 2)
SKIPPED = 77


def clip(noise):
    """A texture that moves; `noise` is how far each sample may be off."""
    wobble = random.Random(noise)
    texture = random.Random(3).choices(range(40, 200), k=FRAME)
    return bytes(
        texture[(i + 5 * frame) % FRAME] + wobble.randint(-noise, noise)
        for frame in range(FRAMES)
        for i in range(FRAME)
    )


class Example(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.reference = self.file("reference.yuv", clip(0))
        self.distorted = self.file("distorted.yuv", clip(25))

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def run_example(self, *arguments):
        return subprocess.run(
            [EXAMPLE, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def refused(self, words, *arguments, code=1):
        run = self.run_example(*arguments)
        self.assertEqual((run.returncode, run.stdout), (code, ""), run.stderr)
        self.assertIn(words, run.stderr)

    def test_scores_as_the_command_does(self):
        run = self.run_example(WIDTH, HEIGHT, self.reference, self.distorted)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue(0 < float(run.stdout) < 95, run.stdout)
        if VMAF:
            self.assertEqual(float(run.stdout), self.command())

    def command(self):
        output = self.folder / "scores.json"
        subprocess.run(
            [
                VMAF,
                "-r",
                self.reference,
                "-d",
                self.distorted,
                "-w",
                str(WIDTH),
                "-h",
                str(HEIGHT),
                "-p",
                "420",
                "-b",
                "8",
                "--quiet",
                "--json",
                "-o",
                output,
            ],
            check=True,
            timeout=300,
        )
        return json.loads(output.read_text())["pooled_metrics"]["vmaf"]["mean"]

    def test_an_identical_copy_scores_best(self):
        run = self.run_example(WIDTH, HEIGHT, self.reference, self.reference)
        self.assertGreater(float(run.stdout), 90)

    def test_says_what_is_wrong(self):
        cut = self.file("cut.yuv", clip(0)[:-1])
        short = self.file("short.yuv", clip(0)[:-FRAME])
        empty = self.file("empty.yuv", b"")
        self.refused("needs WIDTH HEIGHT", code=2)
        self.refused(
            "nowhere.yuv cannot be opened",
            WIDTH,
            HEIGHT,
            self.folder / "nowhere.yuv",
            self.distorted,
        )
        self.refused(
            "nowhere.yuv cannot be opened",
            WIDTH,
            HEIGHT,
            self.reference,
            self.folder / "nowhere.yuv",
        )
        self.refused("cut.yuv ends within a frame", WIDTH, HEIGHT, self.reference, cut)
        self.refused("short.yuv ends before the other clip", WIDTH, HEIGHT, short, self.distorted)
        self.refused("short.yuv ends before the other clip", WIDTH, HEIGHT, self.distorted, short)
        self.refused("before its first frame", WIDTH, HEIGHT, empty, empty)
        self.refused("0x67", "x", HEIGHT, self.reference, self.distorted)
        self.refused("cannot be read", WIDTH, HEIGHT, self.folder, self.distorted)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as probe:
        blank = pathlib.Path(probe) / "blank.yuv"
        blank.write_bytes(bytes(FRAME))
        said = subprocess.run(
            [EXAMPLE, str(WIDTH), str(HEIGHT), blank, blank],
            capture_output=True,
            text=True,
            check=False,
        ).stderr
    if "built without models" in said:
        print("skipped: this library was built without models (./setup gets them)")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1])
