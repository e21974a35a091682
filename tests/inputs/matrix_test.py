"""Every kind of clip against every other, of one scene: a pair either scores what numpy computes in
float64 from the decoder's samples, or is refused with a sentence that names the option that helps.

matrix_test.py COMMAND FOLDER
"""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np

SIZE = (128, 96)
SOURCE = ["-f", "lavfi", "-i", f"testsrc2=size={SIZE[0]}x{SIZE[1]}:rate=25", "-frames:v", "1"]
BT709 = "scale=out_color_matrix=bt709:out_range=limited:flags=accurate_rnd+full_chroma_int"
UNSAID = "setparams=range=unknown:colorspace=unknown"
BT2020 = BT709.replace("bt709", "bt2020")
TAG709 = "-colorspace bt709 -color_range tv"
CLIPS = {
    "h264.mp4": f"-vf {BT709} -pix_fmt yuv420p -c:v libx264 -crf 20 {TAG709}",
    "h264_full.mp4": "-vf scale=out_color_matrix=bt601:out_range=full -pix_fmt yuv420p -c:v "
    "libx264 -crf 20 -colorspace smpte170m -color_range pc",
    "untagged.y4m": f"-vf {BT709},format=yuv420p,{UNSAID} -pix_fmt yuv420p",
    "raw.yuv": f"-vf {BT709} -pix_fmt yuv420p -f rawvideo",
    "deep.y4m": f"-vf {BT709},format=yuv420p10,{UNSAID} -pix_fmt yuv420p10 -strict -1",
    "mjpeg.mov": "-pix_fmt yuvj420p -c:v mjpeg -q:v 2",
    "still.jpg": "-pix_fmt yuvj444p -c:v mjpeg -q:v 3",
    "still.webp": "-pix_fmt yuv420p -c:v libwebp -quality 90",
    "still.png": "-pix_fmt rgb24",
    "deep.png": "-pix_fmt rgb48be",
    "gray.png": "-pix_fmt gray",
    "prores.mov": f"-vf {BT709} -pix_fmt yuva444p10 -c:v prores_ks -profile:v 4 {TAG709}",
    "hevc.mkv": f"-vf {BT2020} -pix_fmt yuv420p10 -c:v libx265 -crf 18 -x265-params log-level=none "
    "-colorspace bt2020nc -color_range tv",
    "rgb.mkv": "-pix_fmt gbrp -c:v ffv1",
}
WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
NUMBERS = {"bt709": 1, "bt470bg": 5, "smpte170m": 6, "bt2020nc": 9, "gbr": 0}
SITINGS = {"left": 0, "center": 1, "topleft": 2}
RAW = f"-w {SIZE[0]} -h {SIZE[1]} -p 420 -b 8".split()
BOUND = 0.03  # dB: one sample in a thousand may be one code off


def sh(*words):
    return subprocess.run(words, check=True, capture_output=True).stdout


class Clip:
    """A frame as the decoder gives it, and what the file says of it."""

    def __init__(self, name):
        self.name = name
        raw = ["-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", f"{SIZE[0]}x{SIZE[1]}"]
        self.how = raw if name.endswith(".yuv") else []
        text = sh("ffprobe", "-v", "error", *self.how, "-show_streams", "-of", "json", name)
        stream = json.loads(text)["streams"][0]
        pix = stream["pix_fmt"]
        self.rgb = pix.startswith(("rgb", "gbr", "bgr"))
        self.gray = pix.startswith("gray")
        self.bits = next((b for b in (10, 12, 16) if str(b) in pix.replace("420p", "")), 8)
        self.bits = 16 if pix.startswith("rgb48") else self.bits
        self.sub = 2 if "420p" in pix else 1
        jpeg = stream["codec_name"] == "mjpeg"
        webp = stream["codec_name"] == "webp"
        self.kind = jpeg or webp or self.rgb or self.gray
        tagged = {"pc": True, "tv": False}.get(stream.get("color_range"))
        self.full = True if jpeg or self.rgb or self.gray else tagged
        self.matrix = 0 if self.rgb else NUMBERS.get(stream.get("color_space"))
        standard = 1 if jpeg or webp else 0
        self.siting = SITINGS.get(stream.get("chroma_location"), standard)
        if name.endswith(".y4m"):
            self.siting = 1 if b"420jpeg" in open(name, "rb").read(100) else self.siting
        self.planes = self.decode()

    @property
    def layout(self):
        return "gray" if self.gray else "rgb" if self.rgb else self.sub

    def decode(self):
        """Planes of floats, R, G, B of RGB; `self.bits` must be right."""
        # The decoder's own format, or the same samples in planes.
        planes = ["-pix_fmt", "gbrp" if self.bits == 8 else f"gbrp{self.bits}le"]
        raw = sh(
            "ffmpeg",
            "-v",
            "error",
            *self.how,
            "-i",
            self.name,
            "-frames:v",
            "1",
            *(planes if self.rgb else []),
            "-f",
            "rawvideo",
            "-",
        )
        values = np.frombuffer(raw, np.uint8 if self.bits == 8 else "<u2").astype(float)
        w, h = SIZE
        shapes = [(h, w)] if self.gray else [(h, w)] + [(h // self.sub, w // self.sub)] * 2
        planes, at = [], 0
        for shape in shapes:
            planes.append(values[at : at + shape[0] * shape[1]].reshape(shape))
            at += shape[0] * shape[1]
        assert len(values) - at in (0, w * h), f"{self.name} has planes, and perhaps alpha"
        return [planes[2], planes[0], planes[1]] if self.rgb else planes


def span(full, bits, chroma=False):
    top, unit = 2.0**bits - 1, 2.0 ** (bits - 8)
    if full:
        return (128 * unit if chroma else 0), top
    return (128 * unit, 224 * unit) if chroma else (16 * unit, 219 * unit)


def resize(plane, axis, up, centre):
    """By a triangle: chroma of half the size lies on luma's even samples, or between two."""
    plane = np.moveaxis(plane, axis, 0)
    n = len(plane)

    def at(i):
        return plane[np.clip(i, 0, n - 1)]

    if up:
        x = np.arange(2 * n)
        place = (x - 0.5) / 2 if centre else x / 2
        low = np.floor(place).astype(int)
        part = (place - low)[:, None]
        out = (1 - part) * at(low) + part * at(low + 1)
    else:
        x = 2 * np.arange(n // 2)
        taps = ((-1, 1), (0, 3), (1, 3), (2, 1)) if centre else ((-1, 1), (0, 2), (1, 1))
        out = sum(w * at(x + d) for d, w in taps) / sum(w for _, w in taps)
    return np.moveaxis(out, 0, axis)


def chroma_resize(plane, up, siting):
    return resize(resize(plane, 1, up, siting == 1), 0, up, siting in (0, 1))


def to_rgb(clip, matrix, full):
    if clip.rgb:
        return [p / (2.0**clip.bits - 1) for p in clip.planes]
    zero, scale = span(full, clip.bits)
    y = (clip.planes[0] - zero) / scale
    if clip.gray:
        return [y, y, y]
    zero, scale = span(full, clip.bits, True)
    cb, cr = (
        ((chroma_resize(p, True, clip.siting) if clip.sub == 2 else p) - zero) / scale
        for p in clip.planes[1:]
    )
    kr, kb = WEIGHTS[matrix]
    r, b = y + 2 * (1 - kr) * cr, y + 2 * (1 - kb) * cb
    return [r, (y - kr * r - kb * b) / (1 - kr - kb), b]


def from_rgb(rgb, matrix, full, bits, sub, siting):
    r, g, b = rgb
    kr, kb = WEIGHTS[matrix]
    y = kr * r + (1 - kr - kb) * g + kb * b
    chroma = [(b - y) / 2 / (1 - kb), (r - y) / 2 / (1 - kr)]
    if sub == 2:
        chroma = [chroma_resize(c, False, siting) for c in chroma]
    return encode([y, *chroma], full, bits)


def encode(planes, full, bits):
    out = []
    for i, plane in enumerate(planes):
        zero, scale = span(full, bits, i > 0)
        out.append(np.clip(np.rint(zero + scale * plane), 0, 2**bits - 1))
    return out


def change_range(clip, full, target):
    if full == target:
        return clip.planes
    planes = []
    for i, plane in enumerate(clip.planes):
        zero, scale = span(full, clip.bits, i > 0)
        planes.append((plane - zero) / scale)
    return encode(planes, target, clip.bits)


def meanings(a, b):
    """Matrix and range of the two; what one does not say is what the other says."""
    ranges = [a.full, b.full]
    for i, other in ((0, b), (1, a)):
        if ranges[i] is None:
            ranges[i] = bool(other.full) and not other.kind
    known = [None if c.rgb or c.gray else c.matrix for c in (a, b)]
    matrices = [known[0] or known[1] or 1, known[1] or known[0] or 1]
    return matrices, ranges


def expected(a, b):
    """Planes of both as they are to be compared; None: refused for depth or chroma."""
    (ma, mb), (fa, fb) = meanings(a, b)
    if a.rgb and b.rgb or (a.rgb and b.gray) or (a.gray and b.rgb):
        if a.bits != b.bits:
            return None
        pair = []
        for clip, full in ((a, fa), (b, fb)):
            rgb = to_rgb(clip, 1, full)
            top = 2.0**clip.bits - 1
            pair.append(from_rgb([np.rint(p * top) / top for p in rgb], 1, False, a.bits, 1, 0))
        return pair
    if a.rgb:
        return [from_rgb(to_rgb(a, 0, True), mb, fb, b.bits, b.sub, b.siting), b.planes]
    if b.rgb:
        return [a.planes, from_rgb(to_rgb(b, 0, True), ma, fa, a.bits, a.sub, a.siting)]
    if a.bits != b.bits or a.layout != b.layout:
        return None
    if a.gray or WEIGHTS[ma] == WEIGHTS[mb]:
        return [a.planes, change_range(b, fb, fa)]
    return [a.planes, from_rgb(to_rgb(b, mb, fb), ma, fa, a.bits, a.sub, b.siting)]


def psnr(a, b, bits):
    error = np.mean((a - b) ** 2)
    most = 6 * bits + 12
    return most if error == 0 else min(most, 10 * np.log10((2.0**bits - 1) ** 2 / error))


def run(command, *words):
    report = pathlib.Path("scores.json")
    report.unlink(missing_ok=True)
    raw = RAW if any(word.endswith(".yuv") for word in words) else []
    done = subprocess.run(
        [
            command,
            *words,
            *raw,
            "-q",
            "-n",
            "--feature",
            "psnr",
            "-o",
            str(report),
            "--precision",
            "max",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return done, json.loads(report.read_text()) if done.returncode == 0 else None


def check_pair(command, a, b):
    """What is wrong with the pair; None: nothing."""
    planes = expected(a, b)
    done, scores = run(command, a.name, b.name)
    if planes is None:
        helps = "--to_bitdepth" if a.bits != b.bits else "--to_pixel_format"
        if done.returncode != 2 or helps not in done.stderr:
            return f"should be refused, naming {helps}: {done.returncode} {done.stderr}"
        done, _ = run(command, a.name, b.name, "--to_bitdepth=auto", "--to_pixel_format=auto")
        return None if done.returncode == 0 else f"the advice does not help: {done.stderr}"
    if done.returncode != 0:
        return f"is refused: {done.stderr}"
    bits = b.bits if a.rgb and not b.rgb and not b.gray else a.bits
    for i, name in enumerate(("psnr_y", "psnr_cb", "psnr_cr")[: len(planes[0])]):
        want = psnr(planes[0][i], planes[1][i], bits)
        got = scores["pooled_metrics"][name]["mean"]
        if abs(want - got) > BOUND:
            return f"{name} is {got:.4f} and not {want:.4f}"
    return None


def main():
    command = os.path.abspath(sys.argv[1])
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    clips = []
    for name, options in CLIPS.items():
        sh("ffmpeg", "-v", "error", "-y", *SOURCE, *options.split(), name)
        clips.append(Clip(name))
    wrong = 0
    for a in clips:
        for b in clips:
            problem = check_pair(command, a, b)
            if problem:
                wrong += 1
                print(f"{a.name} and {b.name}: {problem}")
    print(f"{len(clips) ** 2} pairs, {wrong} wrong")
    sys.exit(1 if wrong else 0)


main()
