#!/usr/bin/env python3
"""Trains a network from features of a frame to a score, and writes it for --tiny-model.

Every figure is of sources that were left out of the training. What misses its gate is not written
(exit code 3): the mean PLCC must be 0.95; of an ensemble the members' means must lie within 0.005,
and its own must be 0.005 above that of the same network without the codec.
"""

import argparse
import hashlib
import pathlib
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from ai import errors

with errors.missing_packages():
    import numpy as np
    import visq

    from ai import codec_block, corpus, download, loso, regressors, store
    from ai.errors import Refused
    from ai.exporting import ROOT, say
    from ai.graph import OPSET

GATE, SPREAD, GAIN = 0.95, 0.005, 0.005
REFUSED = 3
SAME = 1e-5  # between the trainer's scores and the library's, of the largest score


@dataclass
class Task:
    args: argparse.Namespace
    recipe: regressors.Recipe
    table: corpus.Corpus
    names: list[str]
    rows: loso.Rows


@dataclass
class Result:
    """Figures of sources that were left out; of an ensemble, and of each of its members."""

    net: loso.Figures
    members: list[loso.Figures]
    baselines: dict[str, loso.Figures]
    without_codec: loso.Figures | None
    failed: list[str]  # which gates, with the figures


def _set(rows: loso.Rows) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    return rows.features, rows.codec, rows.target


def _predictions(task: Task, seed: int) -> np.ndarray:
    """Of every row by a network that has not seen its source; all of these learn side by side."""
    held = loso.folds(task.rows)
    nets = regressors.trained([_set(task.rows.where(~mask)) for mask in held], task.recipe, seed)
    out = np.empty(len(task.rows.target))
    for mask, net in zip(held, nets, strict=True):
        out[mask] = net(task.rows.features[mask], task.rows.where(mask).codec)
    return out


def _without_codec(task: Task) -> loso.Figures:
    rows = replace(task.rows, codec=None)
    return loso.figures(rows, _predictions(replace(task, rows=rows), 0))


def _gates(result: Result, gate: float) -> list[str]:
    failed = []
    if not result.net.plcc >= gate:
        failed.append(f"mean PLCC {result.net.plcc:.4f}, at least {gate:g} is wanted")
    if result.without_codec is not None:
        means = [member.plcc for member in result.members]
        spread, gain = max(means) - min(means), result.net.plcc - result.without_codec.plcc
        if not spread <= SPREAD:
            failed.append(f"its members differ by {spread:.4f} in PLCC, at most {SPREAD} is wanted")
        if not gain >= GAIN:
            failed.append(f"the codec gains {gain:.4f} in PLCC, at least {GAIN} is wanted")
    return failed


def validated(task: Task) -> Result:
    seeds = range(task.args.ensemble or 1)
    predicted = [_predictions(task, seed) for seed in seeds]
    members = [loso.figures(task.rows, each) for each in predicted]
    net = loso.figures(task.rows, np.mean(predicted, axis=0))
    without = _without_codec(task) if task.args.ensemble else None
    result = Result(net, members, loso.baselines(task.rows), without, [])
    result.failed = _gates(result, task.args.gate)
    return result


def _sidecar(task: Task, name: str, data: bytes, net: regressors.Regressor) -> dict[str, Any]:
    codec = codec_block.sidecar() if task.recipe.codec else {}
    return {
        **codec,
        "id": name,
        "kind": "fr",
        "onnx": f"{name}.onnx",
        "opset": OPSET,
        "sha256": hashlib.sha256(data).hexdigest(),
        "feature_order": task.names,
        "feature_mean": net.scaler.mean.tolist(),
        "feature_std": net.scaler.std.tolist(),
        "input_names": ["features", "codec"] if codec else ["features"],
        "output_names": ["score"],
    }


def _checked(task: Task, path: pathlib.Path, net: regressors.Regressor) -> float:
    """The largest difference between the library's scores and the trainer's."""
    rows = task.rows
    inputs = {"features": net.scaler(rows.features).astype(np.float32)}
    if rows.codec is not None:
        inputs["codec"] = rows.codec
    try:
        (found,) = visq.dnn.Session(path, device="cpu").run(inputs).values()
    except visq.Error as error:
        raise Refused(f"the library refuses the model, it is not written: {error}") from error
    wanted = net(rows.features, rows.codec)
    difference = float(np.abs(found - wanted).max())
    if not difference <= SAME * max(1, np.abs(wanted).max()):
        raise Refused(f"the library's scores differ by {difference}: the model is not written")
    return difference


def _files(task: Task, name: str, seed: int) -> tuple[dict[str, bytes], dict[str, Any], float]:
    """Of one network, trained on every source: its files and its registry line."""
    rows = task.rows
    (net,) = regressors.trained([_set(rows)], task.recipe, seed)
    width = 0 if rows.codec is None else codec_block.WIDTH
    data = regressors.graph_of(net.layers, len(task.names), width)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"{name}.onnx"
        path.write_bytes(data)
        difference = _checked(task, path, net)
    sidecar = _sidecar(task, name, data, net)
    line = {
        **{key: sidecar[key] for key in ("id", "kind", "onnx", "opset", "sha256")},
        "description": f"{task.args.version} of {task.table.path.name}: an estimate of its target.",
        "notes": f"made here by train_fr_regressor.py; corpus sha256 "
        f"{download.sha256_of(task.table.path)}, seed {seed}",
    }
    files = {sidecar["onnx"]: data, f"{name}.json": store.as_text(sidecar)}
    return files, line, difference


def _manifest(task: Task, name: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    keys = ("id", "onnx", "sha256")
    members = [{**{k: line[k] for k in keys}, "seed": i} for i, line in enumerate(lines)]
    return {
        **codec_block.sidecar(),
        "id": name,
        "kind": "fr_ensemble",
        "ensemble_size": len(members),
        "feature_order": task.names,
        "members": members,
    }


def _verdict(result: Result) -> str:
    better = [name for name, each in result.baselines.items() if each.plcc >= result.net.plcc]
    if not better:
        return "It is better than every baseline in mean PLCC."
    return f"It does not beat {' and '.join(better)} in mean PLCC: take that instead."


def _recipe_words(task: Task) -> str:
    r = task.recipe
    return (
        f"{len(task.names)} features{' and the codec block' if r.codec else ''}, hidden layers of "
        f"{r.hidden} and {r.hidden}, GELU, dropout {r.dropout}; AdamW {r.rate:g}, weight decay "
        f"{r.decay:g}, MSE, batch {r.batch}, {r.epochs} epochs; a row is "
        f"{'an encode, with the means of its frames' if r.per_encode else 'a frame'}"
    )


def card(task: Task, name: str, result: Result, difference: float) -> str:
    rows = [("this network", result.net)]
    if task.args.ensemble:
        rows += [(f"member {i}", each) for i, each in enumerate(result.members)]
        rows.append(("member 0 without the codec", result.without_codec))
    table = [f"| {what} | {each.row()} |" for what, each in [*rows, *result.baselines.items()]]
    return "\n".join(
        [
            f"# {name}",
            "",
            f"Made here from {len(task.rows.target)} rows of {result.net.folds} sources "
            f"(`{task.table.path.name}`).",
            "",
            f"- Inputs: `{' '.join(task.names)}`.",
            f"- Training: {_recipe_words(task)}.",
            f"- Gate: a mean PLCC of {task.args.gate:g}.",
            f"- The library's scores are the trainer's within {difference:.2g}.",
            "",
            "## Accuracy",
            "",
            "Leave one source out, means over the sources, and the worst source's PLCC:",
            "",
            "| | PLCC | worst | SROCC | RMSE |",
            "|---|---|---|---|---|",
            *table,
            "",
            _verdict(result),
            "",
            "The target is a score of another program and not the opinion of viewers: agreement",
            "with VMAF, or with any teacher, is not agreement with people.",
            "",
        ]
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", metavar="CORPUS", help="Parquet, of ai/make_corpus.py")
    parser.add_argument("--version", choices=regressors.RECIPES, required=True)
    parser.add_argument("--ensemble", type=int, default=0, metavar="N", help="of v3: N networks")
    parser.add_argument("--features", nargs="+", default=list(corpus.SIX), metavar="NAME")
    parser.add_argument("--epochs", type=int, metavar="N", help="others than the recipe's")
    parser.add_argument("--gate", type=float, default=GATE, metavar="P", help="mean PLCC (0.95)")
    parser.add_argument("--name", help="of the model (fr_regressor_VERSION_here)")
    parser.add_argument(
        "--out", metavar="FOLDER", type=pathlib.Path, default=ROOT / "models/store/tiny"
    )
    return parser


def _task(args: argparse.Namespace) -> Task:
    if args.ensemble and (args.version != "v3" or not 2 <= args.ensemble <= 20):
        raise Refused("--ensemble takes 2 to 20 networks of --version v3")
    if args.epochs is not None and args.epochs < 1:
        raise Refused(f"--epochs {args.epochs}: at least 1 is expected")
    recipe = regressors.RECIPES[args.version]
    if args.epochs:
        recipe = replace(recipe, epochs=args.epochs)
    table = corpus.read(args.corpus)
    rows = loso.rows_of(table, args.features, recipe.codec, recipe.per_encode)
    return Task(args, recipe, table, args.features, rows)


def _write(task: Task, name: str, result: Result) -> None:
    files: dict[str, bytes] = {}
    lines, worst = [], 0.0
    for seed in range(task.args.ensemble or 1):
        member = f"{name}_seed{seed}" if task.args.ensemble else name
        made, line, difference = _files(task, member, seed)
        files.update(made)
        lines.append(line)
        worst = max(worst, difference)
    if task.args.ensemble:
        files[f"{name}.json"] = store.as_text(_manifest(task, name, lines))
    files[f"{name}.md"] = card(task, name, result, worst).encode()
    out = task.args.out
    store.write(out, {**files, store.REGISTRY: store.with_lines(out, lines)})
    for file, data in files.items():
        say(f"{out / file}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


def main() -> int:
    args = _parser().parse_args()
    task = _task(args)
    name = args.name or f"fr_regressor_{args.version}{'_ensemble' * bool(args.ensemble)}_here"
    result = validated(task)
    for what, each in {"this network": result.net, **result.baselines}.items():
        say(f"{what}: {asdict(each)}")
    if result.failed:
        print(f"{name} is not written: {'; '.join(result.failed)}", file=sys.stderr)
        return REFUSED
    _write(task, name, result)
    return 0


if __name__ == "__main__":
    errors.run(main, 2)
