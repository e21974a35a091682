"""The command visq-catalogue, which `visq catalogue` runs."""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import signal
import sys
from typing import Any, Optional, Sequence

from .. import _core
from .._errors import Error
from .manifest import read_manifest
from .settings import Settings

# As the command has them; a catalogue takes their values as they are.
_OPTIONS = (
    "width height pixel_format bitdepth scale scaler to_bitdepth to_pixel_format colour_ref "
    "colour_dist stream_ref stream_dist crop_ref crop_dist damaged film_grain interlaced "
    "frame_rate subsample skip_reference skip_distorted device threshold shots"
).split()
_FLAGS = ("shortest", "strict")


def _add_plan(commands: Any) -> None:
    plan = commands.add_parser("plan", help="cut a manifest into units")
    plan.add_argument("manifest", help="CSV, Parquet, JSON lines or YAML: a row a pair of clips")
    plan.add_argument("--out", required=True, metavar="DIR", help="the folder of the catalogue")
    plan.add_argument("--chunk", type=int, default=1000, metavar="N", help="frames a unit (1000)")
    plan.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="seconds of a core a unit, measured here, instead",
    )
    plan.add_argument(
        "-m", "--model", action="append", default=[], metavar="SPEC", help="as vmaf takes it"
    )
    plan.add_argument(
        "--feature", action="append", default=[], metavar="SPEC", help="as vmaf takes it"
    )
    plan.add_argument("--no-hash", action="store_true", help="know files by size and time alone")
    for name in _OPTIONS:
        plan.add_argument(f"--{name}", metavar="VALUE", help="as vmaf takes it")
    for name in _FLAGS:
        plan.add_argument(f"--{name}", action="store_true", help="as vmaf takes it")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="visq catalogue",
        description="Scores many pairs of clips in parts, with the scores of one run.",
    )
    parser.add_argument("--version", action="version", version=_core.version())
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_plan(commands)
    run = commands.add_parser("run", help="score what is not done yet")
    run.add_argument("folder", metavar="DIR")
    run.add_argument(
        "--on",
        default="local",
        metavar="WHERE",
        help="local[:N], dask[:ADDRESS], slurm[:PARTITION], ray[:ADDRESS] or array",
    )
    run.add_argument("--unit", type=int, metavar="N", help="of --on array: the unit to do")
    run.add_argument("--retries", type=int, default=2, metavar="N", help="tries more (2)")
    run.add_argument("--progress", choices=["json"], help="JSON objects on standard error")
    run.add_argument("-q", "--quiet", action="store_true", help="no progress")
    status = commands.add_parser("status", help="tell how far a run is")
    status.add_argument("folder", metavar="DIR")
    status.add_argument("--json", action="store_true")
    report = commands.add_parser("report", help="write a page to look at")
    report.add_argument("folder", metavar="DIR")
    report.add_argument("--html", required=True, metavar="FILE.html")
    report.add_argument(
        "--score", metavar="NAME", help="what is worst by; default: the first asked"
    )
    compare = commands.add_parser("compare", help="tell what changed between two runs")
    compare.add_argument("before", metavar="DIR_A")
    compare.add_argument("after", metavar="DIR_B")
    compare.add_argument("--score", metavar="NAME")
    compare.add_argument("--json", action="store_true")
    return parser


def _settings(arguments: argparse.Namespace, told: Settings) -> Settings:
    """The command line says more than a YAML manifest does."""
    metrics = (*told.metrics, *arguments.model, *arguments.feature) or ("vmaf",)
    options = dict(told.options)
    options.update(
        {
            name: getattr(arguments, name)
            for name in _OPTIONS
            if getattr(arguments, name) is not None
        }
    )
    options.update({name: "true" for name in _FLAGS if getattr(arguments, name)})
    return Settings(metrics, options)


def _plan(arguments: argparse.Namespace) -> int:
    from .plan import make_plan  # pylint: disable=import-outside-toplevel

    rows, told = read_manifest(arguments.manifest)
    plan = make_plan(
        rows,
        _settings(arguments, told),
        arguments.out,
        chunk=arguments.chunk,
        seconds=arguments.seconds,
        hashes=not arguments.no_hash,
    )
    print(f"{len(rows)} pairs in {plan.table.num_rows} units: {arguments.out}/plan.parquet")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from . import run, store  # pylint: disable=import-outside-toplevel
    from .run import run_element  # pylint: disable=import-outside-toplevel

    if arguments.on == "array":
        print(run_element(arguments.folder, arguments.unit))
        return 0
    failed = run(
        arguments.folder,
        arguments.on,
        retries=arguments.retries,
        json_progress=arguments.progress == "json",
        quiet=arguments.quiet,
    )
    if not arguments.quiet:
        scored, all_clips = (
            store.read_table(pathlib.Path(arguments.folder) / name, ["id"]).num_rows
            for name in ("clips.parquet", "pairs.parquet")
        )
        print(f"{scored} of {all_clips} clips: {arguments.folder}/clips.parquet")
    if failed:
        print(
            f"visq catalogue: {failed} units failed: {arguments.folder}/failures.parquet says why",
            file=sys.stderr,
        )
    return 4 if failed else 0


def _status(arguments: argparse.Namespace) -> int:
    from .status import status  # pylint: disable=import-outside-toplevel

    told = status(arguments.folder)
    if arguments.json:
        print(json.dumps(told))
        return 0
    print("{units_done} of {units} units, {frames_done} of {frames} frames".format(**told))
    for row in told["failures"]:
        print(f"failed: {row['unit']}: {row['sentence']}")
    return 0


def _report(arguments: argparse.Namespace) -> int:
    from .report import write_report  # pylint: disable=import-outside-toplevel

    write_report(arguments.folder, arguments.html, arguments.score)
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    from .compare import compare, text_of  # pylint: disable=import-outside-toplevel

    told = compare(arguments.before, arguments.after, arguments.score)
    print(json.dumps(told) if arguments.json else text_of(told))
    return 0


_COMMANDS = {
    "plan": _plan,
    "run": _run,
    "status": _status,
    "report": _report,
    "compare": _compare,
}


def main(words: Optional[Sequence[str]] = None) -> int:
    arguments = _parser().parse_args(words)
    try:
        return _COMMANDS[arguments.command](arguments)
    except KeyboardInterrupt:
        print("visq catalogue: interrupted; what was finished is kept", file=sys.stderr)
        sys.stderr.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os._exit(130)  # threads that wait for workers are not waited for
    except (Error, OSError) as error:
        print(f"visq catalogue: error: {error}", file=sys.stderr)
        return 1
