#!/usr/bin/env python3
"""Teaches a small network what an expensive metric says, from features that cost milliseconds.

A corpus is made of your sources, the teacher scores it, and the network is trained and checked as
every other (docs/ai/training.md). The teacher's network must be in the model store, or be named.
"""

import argparse
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from ai import errors

with errors.missing_packages():
    import visq

    from ai import corpus, store
    from ai.errors import Refused
    from ai.exporting import ROOT, say

TEACHERS = {"dists": "dists", "lpips_vgg": "lpips=net=vgg"}  # the feature, and how it is asked for
SCALES = [
    f"ssimulacra2_{error}_scale{i}"
    for i in range(6)
    for error in ("structure", "artefacts", "lost")
]
# What the network may read besides the six: what scores it, and its columns.
CHEAP = {
    "ssim": ("float_ssim", ["float_ssim"]),
    "ssimulacra2": ("ssimulacra2", ["ssimulacra2"]),
    "scales": ("ssimulacra2=enable_scales=true", SCALES),
    "taps": ("lpips=enable_taps=true", [f"lpips_tap{i}" for i in range(7)]),
}
MOST = 32  # features of a model


def _run(script: str, words: list[str]) -> None:
    """Another script of this folder, whose sentences and exit code are ours."""
    command = [sys.executable, ROOT / f"ai/{script}.py", *words]
    code = subprocess.run(command, check=False).returncode
    if code != 0:
        sys.exit(code)


def _spec(args: argparse.Namespace) -> str:
    spec = TEACHERS[args.teacher]
    if args.teacher_model is None:
        return spec
    # What ends in .onnx is a tiny model to the library: the engine's option stands behind it.
    path = args.teacher_model.absolute()
    return f"{spec}{':' if '=' in spec else '='}model_path={path}:engine=auto"


def _seconds(pair: list[str], specs: list[str]) -> float:
    """Of a frame, on one thread."""
    best = []
    for _ in range(3):
        start = time.perf_counter()
        scores = visq.score(*pair, specs, threads=1, frames=2, to_pixel_format="auto")
        best.append((time.perf_counter() - start) / len(scores.frames))
    return min(best)


def _costs(args: argparse.Namespace, table: corpus.Corpus, model: pathlib.Path) -> str:
    encodes = args.corpus.with_suffix(".work") / "encodes"
    encode = encodes / f"{table.columns['encode'][0]}.mkv"
    pair = [str(_source_of(args.manifest, table.columns["source"][0])), str(encode)]
    teacher, student = _seconds(pair, [_spec(args)]), _seconds(pair, [str(model)])
    return (
        f"A frame of `{encode.name}` costs {1000 * student:.3g} ms on one thread with its "
        f"features, and {1000 * teacher:.3g} ms of {args.teacher}."
    )


def _source_of(manifest: str, name: str) -> pathlib.Path:
    from ai import make_corpus

    return pathlib.Path(make_corpus.read_sources(manifest)[name])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("manifest", metavar="MANIFEST", help="CSV with a column source")
    parser.add_argument("--teacher", choices=TEACHERS, required=True)
    parser.add_argument("--teacher-model", type=pathlib.Path, metavar="FILE", help="its network")
    parser.add_argument(
        "--inputs",
        nargs="+",
        choices=CHEAP,
        default=["ssim", "ssimulacra2"],
        help="what it reads besides VMAF's six features; scales: SSIMULACRA 2's errors at six "
        "scales, of pictures of 128 rows and more; taps: LPIPS's distances at seven layers "
        "(default: ssim ssimulacra2)",
    )
    parser.add_argument("--codec", action="store_true", help="tell the network the encoder, too")
    parser.add_argument("--codecs", nargs="+", default=["libx264", "libx265"], metavar="NAME")
    parser.add_argument("--crfs", nargs="+", default=["22", "28", "34", "40", "46"], metavar="N")
    parser.add_argument(
        "--gate", default="0.95", metavar="P", help="mean PLCC that is wanted (0.95)"
    )
    parser.add_argument("--epochs", metavar="N", help="others than the recipe's")
    parser.add_argument(
        "--corpus", type=pathlib.Path, metavar="FILE", help="kept there (TEACHER.parquet)"
    )
    parser.add_argument(
        "--out", type=pathlib.Path, default=ROOT / "models/store/tiny", metavar="FOLDER"
    )
    args = parser.parse_args()
    args.corpus = args.corpus or pathlib.Path(f"{args.teacher}.parquet")
    specs, names = [_spec(args)], list(corpus.SIX)
    for spec, columns in (CHEAP[name] for name in dict.fromkeys(args.inputs)):
        specs.append(spec)
        names += columns
    if len(names) > MOST:
        raise Refused(
            f"--inputs {' '.join(args.inputs)}: {len(names)} features; {MOST} are possible"
        )
    features = [word for spec in specs for word in ("--feature", spec)]
    grid = ["--codecs", *args.codecs, "--crfs", *args.crfs]
    target = ["--target", args.teacher, "--out", str(args.corpus)]
    _run("make_corpus", [args.manifest, *target, *grid, *features])
    name = f"{args.teacher}_student"
    words = [str(args.corpus), "--version", "v3" if args.codec else "v1", "--name", name]
    words += ["--features", *names, "--gate", args.gate, "--out", str(args.out)]
    _run("train_fr_regressor", words + (["--epochs", args.epochs] if args.epochs else []))
    try:
        told = _costs(args, corpus.read(args.corpus), args.out / f"{name}.onnx")
    except visq.Error as error:
        raise Refused(str(error)) from error
    card = args.out / f"{name}.md"
    text = card.read_text(encoding="utf-8") + f"\n## Cost\n\n{told}\n"
    store.write(args.out, {card.name: text.encode()})
    say(told)


if __name__ == "__main__":
    errors.run(main)
