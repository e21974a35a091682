"""python -m vmaf FMT WIDTH HEIGHT REFERENCE DISTORTED: VMAF of two raw .yuv files.

Exit codes: 0 done, 2 usage, 1 the clips could not be scored.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import List, Optional

import numpy as np
import visq

from ..core.asset import Asset
from ..core.quality_runner import BootstrapVmafQualityRunner, VmafQualityRunner
from ..core.result import Result
from ..tools.misc import get_file_name_without_extension
from ..tools.stats import ListStats

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


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m vmaf", description="VMAF of two raw .yuv files."
    )
    parser.add_argument("fmt", choices=FMTS, metavar="fmt", help=", ".join(FMTS))
    parser.add_argument("width", type=_positive)
    parser.add_argument("height", type=_positive)
    parser.add_argument("ref_path")
    parser.add_argument("dis_path")
    parser.add_argument(
        "--model", metavar="FILE", help="a .json model, or the name of one that is built in"
    )
    parser.add_argument("--out-fmt", choices=["text", "xml", "json"], default="text")
    parser.add_argument(
        "--pool", choices=list(POOL_METHODS), default="mean", help="how frames become one score"
    )
    parser.add_argument("--phone-model", action="store_true", help="as on the screen of a phone")
    parser.add_argument(
        "--ci", action="store_true", help="with confidence intervals, of a bootstrap model"
    )
    parser.add_argument("--save-plot", metavar="FOLDER", help="draw the scores into FOLDER")
    return parser


def _plot(result: Result, key: str, folder: str) -> None:
    from matplotlib import figure  # pylint: disable=import-outside-toplevel

    os.makedirs(folder, exist_ok=True)
    drawing = figure.Figure(figsize=(8, 3), layout="constrained")
    axes = drawing.subplots()
    axes.plot(result[key])
    axes.set(xlabel="frame", ylabel=key.removesuffix("_scores"))
    drawing.savefig(
        os.path.join(folder, get_file_name_without_extension(result.asset.dis_path) + ".png")
    )


def _run(arguments: argparse.Namespace) -> None:
    asset = Asset(
        "cmd",
        0,
        0,
        arguments.ref_path,
        arguments.dis_path,
        {"width": arguments.width, "height": arguments.height, "yuv_type": arguments.fmt},
    )
    options = {"model_filepath": arguments.model} if arguments.model else {}
    if arguments.phone_model:
        options["enable_transform_score"] = True
    runner = (BootstrapVmafQualityRunner if arguments.ci else VmafQualityRunner)(
        [asset], None, optional_dict=options
    )
    runner.run()
    result = runner.results[0]
    result.set_score_aggregate_method(POOL_METHODS[arguments.pool])
    print(
        {"text": result.to_string, "xml": result.to_xml, "json": result.to_json}[
            arguments.out_fmt
        ]()
    )
    if arguments.save_plot:
        _plot(result, runner.get_scores_key(), arguments.save_plot)


def main(words: Optional[List[str]] = None) -> int:
    try:
        arguments = _parser().parse_args(words)
    except SystemExit as ended:  # argparse said why
        return ended.code if isinstance(ended.code, int) else 2
    try:
        _run(arguments)
    except (visq.Error, OSError) as error:
        print(f"vmaf: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
