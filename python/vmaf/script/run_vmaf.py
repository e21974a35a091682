#!/usr/bin/env python3
"""run_vmaf FMT WIDTH HEIGHT REFERENCE DISTORTED: VMAF of two raw .yuv files."""

from __future__ import annotations

import argparse
import os
import sys
from typing import List, Optional

from vmaf.core.quality_runner import BootstrapVmafQualityRunner, VmafQualityRunner
from vmaf.core.result import Result
from vmaf.script import _command
from vmaf.tools.misc import get_file_name_without_extension


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vmaf", description="VMAF of two raw .yuv files.")
    _command.add_size(parser)
    parser.add_argument("ref_path")
    parser.add_argument("dis_path")
    _command.add_model(parser)
    _command.add_output(parser)
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
    asset = _command.asset_of(
        arguments.fmt, arguments.width, arguments.height, arguments.ref_path, arguments.dis_path
    )
    runner = (BootstrapVmafQualityRunner if arguments.ci else VmafQualityRunner)(
        [asset], None, optional_dict=_command.model_options(arguments)
    )
    runner.run()
    _command.show(runner.results[0], arguments)
    if arguments.save_plot:
        _plot(runner.results[0], runner.get_scores_key(), arguments.save_plot)


def main(words: Optional[List[str]] = None) -> int:
    return _command.run(_parser(), _run, words)


if __name__ == "__main__":
    sys.exit(main())
