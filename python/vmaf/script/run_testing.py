#!/usr/bin/env python3
"""run_testing TYPE DATASET: scores a dataset, such as VMAF or PSNR, and compares with what people
said.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any, List, Optional, Tuple

import visq

from vmaf.config import DisplayConfig
from vmaf.core import cambi_quality_runner, quality_runner
from vmaf.core.quality_runner import QualityRunner, VmafQualityRunner
from vmaf.core.result_store import FileSystemResultStore
from vmaf.routine import run_test_on_dataset
from vmaf.script import _command
from vmaf.tools.misc import import_python_file

RUNNERS = (cambi_quality_runner, quality_runner)  # a type is found among what was imported


def _size(text: str) -> Tuple[int, ...]:
    parts = text.split("x")
    if len(parts) != 2 or not all(part.isdigit() for part in parts):
        raise argparse.ArgumentTypeError(f"{text} is not WxH, such as 5x5")
    return tuple(int(part) for part in parts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run_testing", description="Scores a dataset and compares with what people said."
    )
    parser.add_argument("quality_type", help="VMAF, PSNR, SSIM, MS_SSIM, Cambi, ...")
    parser.add_argument("test_dataset_filepath", help="a file of Python")
    parser.add_argument("--vmaf-model", metavar="FILE", help="for VMAF and BOOTSTRAP_VMAF")
    parser.add_argument("--vmaf-phone-model", action="store_true")
    parser.add_argument("--subj-model", help="of the package sureal, for opinions: MLE_CO_AP2 ...")
    parser.add_argument("--cache-result", action="store_true", help="keeps and uses results")
    parser.add_argument("--parallelize", action="store_true", help="several clips at a time")
    parser.add_argument("--processes", type=_command.positive, help="at most so many at a time")
    parser.add_argument("--print-result", action="store_true")
    _command.add_pool(parser)
    parser.add_argument("--suppress-plot", action="store_true", help="draws nothing")
    parser.add_argument("--save-plot", metavar="FOLDER", help="draws into FOLDER, not a window")
    parser.add_argument("--plot-wh", type=_size, default=(5, 5), help="inches: 5x5")
    return parser


def _subjective(name: Optional[str]) -> Any:
    if name is None:
        return None
    try:
        from sureal.subjective_model import (  # pylint: disable=import-outside-toplevel
            SubjectiveModel,
        )
    except ImportError as error:
        raise visq.NotSupported("--subj-model needs the package sureal") from error
    return SubjectiveModel.find_subclass(name)


def _axes(arguments: argparse.Namespace) -> Any:
    if arguments.suppress_plot:
        return None
    try:
        import matplotlib  # pylint: disable=import-outside-toplevel
    except ImportError as error:
        raise visq.NotSupported(
            "drawing needs matplotlib: pip install matplotlib, or --suppress-plot"
        ) from error
    if arguments.save_plot:
        matplotlib.use("Agg")
    from matplotlib import pyplot  # pylint: disable=import-outside-toplevel

    return pyplot.subplots(figsize=arguments.plot_wh)[1]


def _run(arguments: argparse.Namespace) -> None:
    runner = QualityRunner.find_subclass(arguments.quality_type)
    if (arguments.vmaf_model or arguments.vmaf_phone_model) and not issubclass(
        runner, VmafQualityRunner
    ):
        raise visq.InvalidArgument(f"{arguments.quality_type} has no VMAF model")
    if arguments.processes and not arguments.parallelize:
        raise visq.InvalidArgument("--processes needs --parallelize")
    axes = _axes(arguments)
    _, results = run_test_on_dataset(
        import_python_file(arguments.test_dataset_filepath),
        runner,
        axes,
        FileSystemResultStore() if arguments.cache_result else None,
        arguments.vmaf_model,
        parallelize=arguments.parallelize,
        aggregate_method=_command.POOL_METHODS[arguments.pool],
        subj_model_class=_subjective(arguments.subj_model),
        enable_transform_score=arguments.vmaf_phone_model or None,
        processes=arguments.processes,
    )
    for result in results if arguments.print_result else []:
        print(f"{result}\n")
    if axes is not None:
        axes.figure.tight_layout()
        folder = {"write_to_dir": arguments.save_plot} if arguments.save_plot else {}
        DisplayConfig.show(**folder)


def main(words: Optional[List[str]] = None) -> int:
    return _command.run(_parser(), _run, words)


if __name__ == "__main__":
    sys.exit(main())
