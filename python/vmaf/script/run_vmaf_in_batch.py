#!/usr/bin/env python3
"""run_vmaf_in_batch FILE: VMAF of pairs of raw .yuv files. Each line of FILE has FMT WIDTH HEIGHT
REFERENCE DISTORTED; empty lines and those that begin with # count for nothing.
"""

from __future__ import annotations

import argparse
import sys
from typing import List, Optional

import visq

from vmaf.core.asset import Asset
from vmaf.core.quality_runner import BootstrapVmafQualityRunner, VmafQualityRunner
from vmaf.script import _command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run_vmaf_in_batch", description="VMAF of pairs of raw .yuv files."
    )
    parser.add_argument("input_file", help="lines of: fmt width height ref_path dis_path")
    _command.add_model(parser)
    _command.add_output(parser)
    parser.add_argument("--ci", action="store_true", help="with confidence intervals")
    parser.add_argument("--parallelize", action="store_true", help="several pairs at a time")
    parser.add_argument("--processes", type=_command.positive, help="at most so many at a time")
    return parser


def _asset(path: str, number: int, line: str) -> Asset:
    words = line.split()
    if len(words) != 5 or words[0] not in _command.FMTS or not (words[1] + words[2]).isdigit():
        raise visq.InvalidArgument(
            f'{path}, line {number}: "{line.strip()}" is not "fmt width height ref_path dis_path"'
        )
    return _command.asset_of(words[0], int(words[1]), int(words[2]), words[3], words[4])


def _run(arguments: argparse.Namespace) -> None:
    with open(arguments.input_file, encoding="utf-8") as file:
        assets = [
            _asset(arguments.input_file, number, line)
            for number, line in enumerate(file, 1)
            if line.strip() and not line.startswith("#")
        ]
    runner = (BootstrapVmafQualityRunner if arguments.ci else VmafQualityRunner)(
        assets, None, optional_dict=_command.model_options(arguments)
    )
    runner.run(parallelize=arguments.parallelize, processes=arguments.processes)
    for result in runner.results:
        _command.show(result, arguments)


def main(words: Optional[List[str]] = None) -> int:
    return _command.run(_parser(), _run, words)


if __name__ == "__main__":
    sys.exit(main())
