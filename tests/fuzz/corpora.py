"""corpora.py FOLDER ONNX: what fuzzers start from that is no text, made here: containers and images
that ffmpeg writes, models with data beside them, and random choices for programs of calls. ONNX is
the folder of visq_onnx_seeds.
"""

import pathlib
import random
import struct
import subprocess
import sys
import zlib

VIDEOS = {
    "h264.mp4": ["-c:v", "libx264", "-g", "3"],
    "rotated.mp4": ["-c:v", "mpeg4"],
    "fragments.mp4": ["-c:v", "mpeg4", "-movflags", "frag_keyframe+empty_moov"],
    "vp9.webm": ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"],
    "ffv1.mkv": ["-c:v", "ffv1", "-pix_fmt", "yuv422p10le", "-color_range", "pc"],
    "rgb.mkv": ["-c:v", "ffv1", "-pix_fmt", "gbrp"],
    "nv12.avi": ["-c:v", "rawvideo", "-pix_fmt", "nv12"],
    "packed.mov": ["-c:v", "rawvideo", "-pix_fmt", "uyvy422"],
    "mpeg2.ts": ["-c:v", "mpeg2video", "-f", "mpegts"],
    "picture.gif": [],
    "picture.webp": ["-frames:v", "1"],
    "gray.png": ["-frames:v", "1", "-pix_fmt", "gray16be"],
    "alpha.png": ["-frames:v", "1", "-pix_fmt", "rgba"],
    "palette.png": ["-frames:v", "1", "-pix_fmt", "pal8"],
    "colour.png": ["-frames:v", "1", "-pix_fmt", "rgb24"],
    "picture.jpg": ["-frames:v", "1", "-q:v", "20"],
    "picture.bmp": ["-frames:v", "1"],
    "picture.tiff": ["-frames:v", "1"],
}
SOURCE = ["-f", "lavfi", "-i", "testsrc2=s=34x26:r=5:d=0.8"]


def chunk(kind, data):
    """A chunk of a PNG."""
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def with_profile(png):
    """Behind the header: an ICC profile that is none."""
    return png[:33] + chunk(b"iCCP", b"p\0\0" + zlib.compress(b"\0\0\0\x80acsp" * 16)) + png[33:]


def with_exif(jpeg, turned):
    """Behind the first mark: EXIF that says how the camera was held."""
    entry = struct.pack(">HHIHH", 0x112, 3, 1, turned, 0)
    exif = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", 1) + entry + b"\0\0\0\0"
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def with_turn(movie):
    """In the header of its track: a quarter turn."""
    at = movie.index(b"tkhd") + 44
    matrix = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    return movie[:at] + matrix + movie[at + len(matrix) :]


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def make_videos(folder):
    """Those that this ffmpeg can write."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, options in VIDEOS.items():
        subprocess.run(
            ["ffmpeg", "-nostdin", "-v", "error", "-y", *SOURCE, *options, str(folder / name)],
            check=False,
        )
    jpeg, png, movie = (folder / n for n in ("picture.jpg", "colour.png", "rotated.mp4"))
    movie.write_bytes(with_turn(movie.read_bytes()))
    turned = {f"turned{i}.jpg": with_exif(jpeg.read_bytes(), i) for i in (3, 6, 9)}
    write(folder, turned | {"profile.png": with_profile(png.read_bytes())})


def main():
    place, onnx = (pathlib.Path(name) for name in sys.argv[1:])
    make_videos(place / "av_fuzz")
    pngs = (place / "av_fuzz").glob("*.png")
    write(place / "png_fuzz", {path.name: path.read_bytes() for path in pngs})
    models = {path.name: path.read_bytes() for path in onnx.iterdir()}
    write(
        place / "model_file_fuzz",
        {n: struct.pack("<H", len(m)) + m + bytes(range(64)) for n, m in models.items()},
    )
    chance = random.Random(20)
    for name in ("calls_fuzz", "sync_fuzz", "meaning_fuzz", "session_run_fuzz"):
        write(
            place / name,
            {f"{i}": chance.randbytes(chance.choice([40, 120, 300])) for i in range(40)},
        )


main()
