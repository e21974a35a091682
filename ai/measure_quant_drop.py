#!/usr/bin/env python3
"""Measures what STEM.int8.onnx loses against STEM.onnx, on the same inputs, in this library.

Models of pictures get 216 pairs of pictures (3 sizes, 6 distortions), models of features the rows
of a corpus, TransNet V2 windows of thumbnails. Ends with 0 when the loss of linear correlation is
within the budget of the registry, with 1 when it is beyond, and with 2 when it cannot be measured.
"""

import argparse
import json
import pathlib
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from ai import errors

with errors.missing_packages():
    import numpy as np
    import visq

    from ai import agreement, download, inputs, store
    from ai.errors import Refused
    from ai.quantize import BUDGETS

DEFAULT_BUDGET = 0.01
WITHIN, BEYOND, UNKNOWN = 0, 1, 2
SHORTEST = 0.5  # seconds of a measurement of speed


@dataclass
class Loss:
    model: str
    mode: str
    budget: float
    runs: int  # pairs, windows or rows
    values: int  # numbers that were compared
    plcc: float
    srocc: float
    largest: float
    mean: float
    bytes: int
    int8_bytes: int
    per_second: float  # runs, one thread
    int8_per_second: float

    def within(self) -> bool:
        return 1 - self.plcc <= self.budget

    def sentence(self) -> str:
        return (
            f"{self.model} {self.mode}: PLCC {self.plcc:.6f} (lower by {1 - self.plcc:.6f}, "
            f"{self.budget:g} allowed), SROCC {self.srocc:.6f}, differences at most "
            f"{self.largest:.4g}, {self.mean:.3g} on average, of {self.runs} inputs; "
            f"{self.int8_bytes} bytes for {self.bytes}; {self.int8_per_second:.4g} a second for "
            f"{self.per_second:.4g}: {'within' if self.within() else 'BEYOND'}"
        )


def _open(path: pathlib.Path) -> visq.dnn.Session:
    try:
        return visq.dnn.Session(path, device="cpu", threads=1)
    except visq.Error as error:
        raise Refused(str(error)) from error


def _run(session: visq.dnn.Session, arrays: inputs.Arrays) -> np.ndarray:
    return np.concatenate([out.ravel() for out in session.run(arrays).values()])


def _per_second(session: visq.dnn.Session, arrays: list[inputs.Arrays]) -> float:
    _run(session, arrays[0])
    count, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < SHORTEST or count < len(arrays[:6]):
        _run(session, arrays[count % len(arrays)])
        count += 1
    return count / passed


def _some(arrays: list[inputs.Arrays]) -> list[inputs.Arrays]:
    """Of the largest size alone, so that speeds are of one thing."""
    most = max(sum(a.size for a in each.values()) for each in arrays)
    return [each for each in arrays if sum(a.size for a in each.values()) == most]


def _compared(full: np.ndarray, int8: np.ndarray, name: str) -> tuple[float, float]:
    if not (np.isfinite(full).all() and np.isfinite(int8).all()):
        raise Refused(f"{name} gives values that are not finite")
    plcc, srocc = agreement.plcc(full, int8), agreement.srocc(full, int8)
    if np.isnan(plcc):
        raise Refused(f"{name} gives the same value for every input: nothing correlates with it")
    return plcc, srocc


def measured(path: pathlib.Path, source: inputs.Source) -> Loss:
    int8_path = path.with_name(f"{inputs.stem_of(path)}.int8.onnx")
    for needed in (path, int8_path):
        if not needed.is_file():
            raise Refused(f"there is no model {needed}")
    line = store.line_of(path) or {}
    if "int8_sha256" in line and line["int8_sha256"] != download.sha256_of(int8_path):
        raise Refused(f"{int8_path} is not the file whose sha256 the registry lists")
    sessions = _open(path), _open(int8_path)
    arrays = list(inputs.of(sessions[0].inputs, store.sidecar_of(path), source))
    full, int8 = (np.concatenate([_run(s, each) for each in arrays]) for s in sessions)
    plcc, srocc = _compared(full, int8, path.name)
    mode = line.get("quant_mode", "unknown")
    difference = np.abs(full.astype(np.float64) - int8)
    speeds = [_per_second(session, _some(arrays)) for session in sessions]
    budget = line.get("quant_accuracy_budget_plcc", BUDGETS.get(mode, DEFAULT_BUDGET))
    if not isinstance(budget, (int, float)) or not 0 <= budget <= 1:
        raise Refused(f"{path}: the registry's quant_accuracy_budget_plcc is not from 0 to 1")
    return Loss(
        *(inputs.stem_of(path), mode, budget, len(arrays), len(full), plcc, srocc),
        *(float(difference.max()), float(difference.mean())),
        *(_size(path), _size(int8_path), *speeds),
    )


def _size(path: pathlib.Path) -> int:
    data = path.with_name(path.name + ".data")
    return path.stat().st_size + (data.stat().st_size if data.exists() else 0)


def _quantised(folder: pathlib.Path) -> list[pathlib.Path]:
    """Every model of a folder that has a quantised file, or whose line says so."""
    files = {inputs.stem_of(path) for path in folder.glob("*.int8.onnx")}
    told = (folder / line["onnx"] for line in store.lines(folder) if line.get("int8_sha256"))
    files |= {inputs.stem_of(path) for path in told if path.is_file()}
    return [folder / f"{stem}.onnx" for stem in sorted(files)]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=pathlib.Path, metavar="MODEL", help="STEM.onnx, or a folder")
    parser.add_argument("--all", action="store_true", help="every quantised model of the folder")
    parser.add_argument("--clips", nargs="+", default=[], metavar="FILE", help="to take frames of")
    parser.add_argument("--corpus", metavar="FILE", help="Parquet, for models of features")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, help="write the figures")
    args = parser.parse_args()
    if args.all != args.model.is_dir():
        raise Refused(f"{args.model}: --all takes a folder of models, and nothing else does")
    found: list[Any] = []
    code = WITHIN
    for path in _quantised(args.model) if args.all else [args.model]:
        try:
            loss = measured(path, inputs.Source(args.clips, args.corpus))
        except Refused as error:
            print(f"{path.name}: not measured: {error}", file=sys.stderr)
            code = BEYOND if code == BEYOND else UNKNOWN
            continue
        print(loss.sentence(), flush=True)
        found.append(asdict(loss))
        code = code if loss.within() else BEYOND
    if args.json:
        store.write(
            args.json.parent, {args.json.name: (json.dumps(found, indent=1) + "\n").encode()}
        )
    return code


if __name__ == "__main__":
    errors.run(main, UNKNOWN)
