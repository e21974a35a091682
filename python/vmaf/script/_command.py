"""What the commands have in common: raw files, pooling, and how results are printed."""

from __future__ import annotations

import argparse
import sys
from typing import Any, Callable, Optional, Sequence

import numpy as np
import visq

from vmaf.core.asset import Asset
from vmaf.core.result import Result
from vmaf.tools.misc import get_file_name_without_extension
from vmaf.tools.stats import ListStats

FMTS = Asset.SUPPORTED_YUV_TYPES[:-1]
POOL_METHODS = {
    "mean": np.mean,
    "harmonic_mean": ListStats.harmonic_mean,
    "min": np.min,
    "median": np.median,
    "perc5": ListStats.perc5,
    "perc10": ListStats.perc10,
    "perc20": ListStats.perc20,
}


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value


def add_size(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("fmt", choices=FMTS, metavar="fmt", help=", ".join(FMTS))
    parser.add_argument("width", type=positive)
    parser.add_argument("height", type=positive)


def add_pool(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pool", choices=list(POOL_METHODS), default="mean", help="how frames become one score"
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    add_pool(parser)
    parser.add_argument("--out-fmt", choices=["text", "xml", "json"], default="text")


def add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", metavar="FILE", help="a .json model, or the name of one that is built in"
    )
    parser.add_argument("--phone-model", action="store_true", help="as on the screen of a phone")


def model_options(arguments: argparse.Namespace) -> dict[str, Any]:
    options = {"model_filepath": arguments.model} if arguments.model else {}
    return {**options, **({"enable_transform_score": True} if arguments.phone_model else {})}


def asset_of(fmt: str, width: int, height: int, ref_path: str, dis_path: str) -> Asset:
    size = {"width": width, "height": height, "yuv_type": fmt}
    name = get_file_name_without_extension(ref_path)
    return Asset("cmd", name, name, ref_path, dis_path, size)


def show(result: Result, arguments: argparse.Namespace) -> None:
    result.set_score_aggregate_method(POOL_METHODS[arguments.pool])
    writers = {"text": result.to_string, "xml": result.to_xml, "json": result.to_json}
    print(writers[arguments.out_fmt]())


def run(
    parser: argparse.ArgumentParser,
    do: Callable[[argparse.Namespace], None],
    words: Optional[Sequence[str]],
) -> int:
    """0 done, 2 usage, 1 the clips could not be scored."""
    try:
        arguments = parser.parse_args(words)
    except SystemExit as ended:  # argparse said why
        return ended.code if isinstance(ended.code, int) else 2
    try:
        do(arguments)
    except (visq.Error, OSError, AssertionError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 1
    return 0
