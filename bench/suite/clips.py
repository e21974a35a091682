"""The clips and networks that are measured: made once, and kept."""

import dataclasses
import hashlib
import json
import pathlib
import subprocess

from suite import measure

FFMPEG = ["ffmpeg", "-nostdin", "-v", "error", "-y"]
RATE = 25


@dataclasses.dataclass(frozen=True)
class Pair:
    """A reference and a distorted clip."""

    reference: pathlib.Path
    distorted: pathlib.Path

    def __iter__(self):
        return iter((self.reference, self.distorted))


def _ffmpeg(*arguments):
    subprocess.run([*FFMPEG, *map(str, arguments)], check=True)


def _once(path, make):
    """Calls make(temporary path): what is there is whole, even if this program was stopped."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"part_{path.name}")
        make(part)
        part.rename(path)
    return path


def _scene(size, noise):
    # ffmpeg draws fractals up to some size only.
    fractal = size if int(size.split("x")[0]) <= 4096 else "3840x2160"
    return (
        f"gradients=s={size}:r={RATE}:seed=7:speed=0.02[g];"
        f"mandelbrot=s={fractal}:r={RATE},scale={size.replace('x', ':')}[m];"
        f"testsrc2=s=480x270:r={RATE}[t];"
        f"[g][m]blend=all_mode=average{',noise=alls=6:allf=t' if noise else ''}[n];"
        "[n][t]overlay=x=60*t:y=40*t"
    )


def y4m(folder, size, bits, frames, noise=True):
    """A moving scene of gradients, fractal texture, edges and noise, 4:2:0; its compressed copy.

    Noise takes bits: without it H.264 has the bit rates that people use."""
    name = f"{size}_{bits}bit_{frames}" + ("" if noise else "_clean")
    pixels = ["-pix_fmt", "yuv420p" if bits == 8 else f"yuv420p{bits}le", "-strict", "-1"]
    reference = _once(
        folder / f"{name}_ref.y4m",
        lambda part: _ffmpeg(
            "-f", "lavfi", "-i", _scene(size, noise), "-frames:v", frames, *pixels, part
        ),
    )
    small = _once(
        folder / f"{name}.mkv",
        lambda part: _ffmpeg("-i", reference, "-c:v", "mpeg4", "-qscale:v", "20", part),
    )
    distorted = _once(folder / f"{name}_dist.y4m", lambda part: _ffmpeg("-i", small, *pixels, part))
    return Pair(reference, distorted)


def _repeat(clip, times, to):
    with clip.open("rb") as source, to.open("wb") as target:
        header = source.readline()
        target.write(header)
        for _ in range(times):
            source.seek(len(header))
            while chunk := source.read(1 << 24):
                target.write(chunk)


def repeated(clips, times):
    """The same clips, played several times over."""
    return Pair(
        *(
            _once(
                clip.with_name(f"{times}x_{clip.name}"),
                lambda part, clip=clip: _repeat(clip, times, part),
            )
            for clip in clips
        )
    )


def mp4(clips):
    """The same as H.264: a reference of high quality, and what is sent."""
    return Pair(
        *(
            _once(
                clip.with_suffix(".mp4"),
                lambda part, clip=clip, crf=crf: _ffmpeg(
                    "-i", clip, "-c:v", "libx264", "-preset", "fast", "-crf", crf, part
                ),
            )
            for clip, crf in zip(clips, (14, 30), strict=False)
        )
    )


def png(clips):
    """The first frames, as images."""
    return Pair(
        *(
            _once(
                clip.with_suffix(".png"),
                lambda part, clip=clip: _ffmpeg("-i", clip, "-frames:v", 1, part),
            )
            for clip in clips
        )
    )


def megabits_a_second(clip, frames):
    return clip.stat().st_size * 8 * RATE / frames / 1e6


def raw(path):
    """A y4m clip as raw samples, without its headers."""
    return _once(path.with_suffix(".yuv"), lambda part: _ffmpeg("-i", path, "-f", "rawvideo", part))


def networks(folder):
    """Networks by the names of their features. Those that ./setup does not get are synthetic."""
    store = folder / "networks"
    if not (store / "tiny/registry.json").exists():
        subprocess.run([measure.SYNTHETIC_STORE, store, "whole"], check=True)
        pins = []
        for path in sorted((store / "tiny").glob("*.onnx")):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            pins.append(
                {
                    "id": path.stem,
                    "kind": "fr",
                    "onnx": path.name,
                    "sha256": digest,
                    "max_bytes": path.stat().st_size,
                }
            )
        (store / "tiny/registry.json").write_text(json.dumps({"models": pins}))
    dists = store / "tiny/dists_vgg.onnx"
    return {
        "lpips": measure.LPIPS_MODEL,
        "lpips_alex": store / "tiny/lpips_alex.onnx",
        "lpips_vgg": store / "tiny/lpips_vgg.onnx",
        "dists": dists,
        "dists_256": dists,
    }
