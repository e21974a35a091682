"""The installed command finds its libav module: it scores two PNG files. reads_png_test.py VMAF"""

import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib


def chunk(kind, content):
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png(width, height, level):
    rows = (b"\0" + bytes([level]) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


with tempfile.TemporaryDirectory() as holder:
    for name, level in ("a", 100), ("b", 101):
        (pathlib.Path(holder) / f"{name}.png").write_bytes(png(32, 32, level))
    command = [
        sys.argv[1],
        "-r",
        "a.png",
        "-d",
        "b.png",
        "-n",
        "--feature",
        "psnr",
        "-q",
        "--csv",
        "-o",
        "-",
    ]
    run = subprocess.run(command, cwd=holder, capture_output=True, text=True, check=False)
    if run.returncode != 0 or "48.13" not in run.stdout:
        sys.exit(f"{command} ended with {run.returncode}: {run.stdout}{run.stderr}")
