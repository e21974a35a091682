#!/usr/bin/env python3
"""run_cambi FMT WIDTH HEIGHT CLIP: banding of a raw .yuv file."""

from __future__ import annotations

import argparse
import sys
from typing import Any, List, Optional

from vmaf.core.asset import Asset, NorefAsset
from vmaf.core.cambi_quality_runner import CambiFullReferenceQualityRunner, CambiQualityRunner
from vmaf.script import _command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run_cambi", description="Banding of a raw .yuv file.")
    _command.add_size(parser)
    parser.add_argument("dis_path")
    parser.add_argument("--ref-path", help="what of it the reference has already does not count")
    parser.add_argument("--enc-width", type=_command.positive, help="of the encode, when scaled")
    parser.add_argument("--enc-height", type=_command.positive)
    parser.add_argument("--enc-bitdepth", type=_command.positive, help="of the encode")
    _command.add_output(parser)
    return parser


def _run(arguments: argparse.Namespace) -> None:
    described: dict[str, Any] = {
        "width": arguments.width,
        "height": arguments.height,
        "yuv_type": arguments.fmt,
    }
    for name in ("enc_width", "enc_height", "enc_bitdepth"):
        if getattr(arguments, name):
            described[f"dis_{name}"] = getattr(arguments, name)
    if arguments.ref_path:
        asset = Asset("cmd", 0, 0, arguments.ref_path, arguments.dis_path, described)
        runner: Any = CambiFullReferenceQualityRunner([asset], None)
    else:
        runner = CambiQualityRunner([NorefAsset("cmd", 0, 0, arguments.dis_path, described)], None)
    runner.run()
    _command.show(runner.results[0], arguments)


def main(words: Optional[List[str]] = None) -> int:
    return _command.run(_parser(), _run, words)


if __name__ == "__main__":
    sys.exit(main())
