"""Pictures are shown as their files say. Upright: all eight display matrices of a movie, and EXIF's
eight orientations in JPEG, PNG, WebP and TIFF; what is upright is PIL's and numpy's word. Without
margins: the clean aperture of a movie, where this machine's ffmpeg knows of it (7.1 does).

orientation_test.py COMMAND FOLDER
"""

import os
import pathlib
import re
import struct
import subprocess
import sys

try:
    import numpy as np
    from PIL import Image, ImageOps
except ImportError as missing:
    print(f"skipped: {missing} (python3-numpy and python3-pil are needed)")
    sys.exit(77)

ORIENTATION = 0x0112
# In EXIF's order: a b, c d of a movie's matrix, and what it makes of an array of rows.
TURNS = {
    (1, 0, 0, 1): lambda p: p,
    (-1, 0, 0, 1): np.fliplr,
    (-1, 0, 0, -1): lambda p: np.rot90(p, 2),
    (1, 0, 0, -1): np.flipud,
    (0, 1, 1, 0): lambda p: np.swapaxes(p, 0, 1),
    (0, 1, -1, 0): lambda p: np.rot90(p, -1),
    (0, -1, -1, 0): lambda p: np.rot90(np.swapaxes(p, 0, 1), 2),
    (0, -1, 1, 0): np.rot90,
}
LOSSLESS, JPEG = 59.9, 40.0  # dB; another orientation has less than 20


def sh(*words):
    return subprocess.run(words, check=True, capture_output=True).stdout


def psnr_of(command, reference, distorted):
    """Of luma; and what went wrong, if anything."""
    done = subprocess.run(
        [command, reference, distorted, "-n", "--feature", "psnr"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"psnr_y +([0-9.]+)", done.stdout)
    return (float(found[1]) if found else 0.0), done.stderr


def scene():
    """Nothing in it is symmetric."""
    y, x = np.mgrid[0:36, 0:52]
    return np.stack([4 * x, 6 * y, 2 * x + 3 * y], axis=-1).astype(np.uint8)


def stills():
    """Pairs of a file to be turned and the same upright, and how alike they are."""
    picture = Image.fromarray(scene())
    saved = {
        "png": {},
        "webp": {"lossless": True},
        "tiff": {},
        "jpg": {"quality": 95, "subsampling": 0},
    }
    for suffix, options in saved.items():
        for orientation, turn in enumerate(TURNS.values(), 1):
            exif = Image.Exif()
            exif[ORIENTATION] = orientation
            name = f"{orientation}.{suffix}"
            picture.save(name, exif=exif, **options)
            upright = f"upright{orientation}_{suffix}.png"
            if suffix == "tiff":  # which versions of PIL turn by themselves
                turned = Image.fromarray(np.ascontiguousarray(turn(scene())))
            else:
                turned = ImageOps.exif_transpose(Image.open(name)).convert("RGB")
            Image.fromarray(np.asarray(turned)).save(upright)
            yield upright, name, JPEG if suffix == "jpg" else LOSSLESS


def planes_of(raw, width, height):
    luma = np.frombuffer(raw, np.uint8, width * height).reshape(height, width)
    chroma = np.frombuffer(raw, np.uint8, width * height // 2, width * height)
    return [luma, *chroma.reshape(2, height // 2, width // 2)]


def flat_movie():
    """One frame without loss."""
    Image.fromarray(scene()).save("scene.png")
    lossless = "-pix_fmt yuv420p -c:v libx264 -qp 0".split()
    sh("ffmpeg", "-v", "error", "-y", "-i", "scene.png", *lossless, "flat.mp4")
    return pathlib.Path("flat.mp4").read_bytes()


def turned_movies():
    """Its header gets each matrix."""
    movie = flat_movie()
    raw = sh("ffmpeg", "-v", "error", "-i", "flat.mp4", "-f", "rawvideo", "-")
    unit = 1 << 16
    upright = struct.pack(">9i", unit, 0, 0, 0, unit, 0, 0, 0, 1 << 30)
    at = movie.index(upright, movie.index(b"tkhd"))
    for number, ((a, b, c, d), turn) in enumerate(TURNS.items()):
        matrix = [a * unit, b * unit, 0, c * unit, d * unit, 0, 0, 0, 1 << 30]
        packed = struct.pack(">9i", *matrix)
        name = f"{number}.mp4"
        pathlib.Path(name).write_bytes(movie[:at] + packed + movie[at + len(packed) :])
        planes = [turn(plane) for plane in planes_of(raw, 52, 36)]
        height, width = planes[0].shape
        head = f"YUV4MPEG2 W{width} H{height} F25:1 C420\nFRAME\n".encode()
        content = head + b"".join(np.ascontiguousarray(plane).tobytes() for plane in planes)
        pathlib.Path(f"{number}.y4m").write_bytes(content)
        yield f"{number}.y4m", name, LOSSLESS


def with_clean_aperture(movie, left, top, right, bottom):
    """The movie, whose index stands behind its samples, with a box for what is shown of 52x36."""
    size = struct.pack(">4I", 52 - left - right, 1, 36 - top - bottom, 1)
    offsets = struct.pack(">iIiI", left - right, 2, top - bottom, 2)  # from centre to centre
    box = struct.pack(">I4s", 8 + len(size + offsets), b"clap") + size + offsets
    boxes = [movie.index(name) - 4 for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl")]
    boxes += [movie.index(b"stsd") - 4, movie.index(b"avc1", movie.index(b"stsd")) - 4]
    sizes = [struct.unpack_from(">I", movie, at)[0] for at in boxes]
    end = boxes[-1] + sizes[-1]
    longer = bytearray(movie[:end] + box + movie[end:])
    for at, was in zip(boxes, sizes, strict=True):
        struct.pack_into(">I", longer, at, was + len(box))
    return bytes(longer)


def cut_movies():
    """What is left is ffmpeg's word: 5.1 leaves everything, 7.1 what the header says."""
    movie = flat_movie()
    for number, margins in enumerate([(0, 0, 8, 4), (4, 2, 8, 6), (3, 1, 6, 4), (0, 0, 0, 1)]):
        name, shown = f"cut{number}.mp4", f"shown{number}.y4m"
        pathlib.Path(name).write_bytes(with_clean_aperture(movie, *margins))
        sh("ffmpeg", "-v", "error", "-y", "-i", name, shown)
        yield shown, name, LOSSLESS


def main():
    command, folder = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    pairs = [*stills(), *turned_movies(), *cut_movies()]
    wrong = 0
    for upright, name, least in pairs:
        psnr, error = psnr_of(command, upright, name)
        if psnr < least:
            wrong += 1
            print(f"{name} is {psnr} dB from {upright}: {error}")
    print(f"{len(pairs)} pairs, {wrong} wrong")
    sys.exit(1 if wrong else 0)


main()
