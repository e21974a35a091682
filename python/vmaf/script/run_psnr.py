#!/usr/bin/env python3
"""run_psnr FMT WIDTH HEIGHT REFERENCE DISTORTED: PSNR of two raw .yuv files."""

from __future__ import annotations

import argparse
import sys
from typing import List, Optional

from vmaf.core.quality_runner import PsnrQualityRunner
from vmaf.script import _command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run_psnr", description="PSNR of two raw .yuv files.")
    _command.add_size(parser)
    parser.add_argument("ref_path")
    parser.add_argument("dis_path")
    _command.add_output(parser)
    return parser


def _run(arguments: argparse.Namespace) -> None:
    asset = _command.asset_of(
        arguments.fmt, arguments.width, arguments.height, arguments.ref_path, arguments.dis_path
    )
    runner = PsnrQualityRunner([asset], None)
    runner.run()
    _command.show(runner.results[0], arguments)


def main(words: Optional[List[str]] = None) -> int:
    return _command.run(_parser(), _run, words)


if __name__ == "__main__":
    sys.exit(main())
