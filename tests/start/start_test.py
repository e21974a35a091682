"""What the command loads when it starts: start_test.py VMAF HAS_ONNX_RUNTIME.

ONNX Runtime, libav and libcrypto take longer to load than a short run takes: what needs them loads
them. The dynamic loader itself says what it loads.
"""

import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zlib

LARGE = ("libonnxruntime", "libcrypto", "libvisq_av", "libavcodec", "libavformat")
SKIPPED = 77


def loaded(vmaf, *arguments):
    """The names of the libraries that a run of the command loaded."""
    done = subprocess.run(
        [vmaf, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"LD_DEBUG": "files"},
    )
    return set(re.findall(r"calling init: \S*/(lib\w+)", done.stderr))


def png(path, value):
    """A plain image: its rows, and chunks around them."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = zlib.compress((b"\0" + bytes([value]) * 48) * 16)
    header = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    return path


def clip(path, value):
    path.write_bytes(b"YUV4MPEG2 W16 H16 F25:1 C420\nFRAME\n" + bytes([value]) * (16 * 16 * 3 // 2))
    return path


def main():
    vmaf, has_runtime = sys.argv[1], sys.argv[2] == "1"
    least = loaded(vmaf, "--version")
    if "libvmaf" not in least:
        print("this loader does not say what it loads")
        sys.exit(SKIPPED)
    runs = {"--version": least}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for make in (clip, png):
            pair = [make(folder / f"{value}.{make.__name__}", value) for value in (10, 20)]
            runs[f"psnr of a {make.__name__}"] = loaded(
                vmaf,
                "-r",
                pair[0],
                "-d",
                pair[1],
                "-n",
                "--feature",
                "psnr",
                "--quiet",
                "-o",
                folder / "scores.json",
            )
    for run, libraries in runs.items():
        unneeded = sorted(libraries.intersection(LARGE))
        assert not unneeded, f"{run} loads {unneeded}"
    if has_runtime:
        assert "libonnxruntime" in loaded(vmaf, "--list-devices"), "what needs it loads it"


if __name__ == "__main__":
    main()
