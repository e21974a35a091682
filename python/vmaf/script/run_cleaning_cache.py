#!/usr/bin/env python3
"""run_cleaning_cache TYPE DATASET: removes the results that run_testing --cache-result kept."""

from __future__ import annotations

import argparse
import sys
from typing import List, Optional

from vmaf.core import cambi_quality_runner
from vmaf.core.quality_runner import QualityRunner
from vmaf.core.result_store import FileSystemResultStore
from vmaf.routine import run_remove_results_for_dataset
from vmaf.script import _command
from vmaf.tools.misc import import_python_file

RUNNERS = (QualityRunner, cambi_quality_runner)  # a type is found among what was imported


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run_cleaning_cache", description="Removes the results of a dataset that were kept."
    )
    parser.add_argument("quality_type", help="VMAF, PSNR, SSIM, MS_SSIM, Cambi, ...")
    parser.add_argument("dataset_filepath", help="a file of Python")
    return parser


def _run(arguments: argparse.Namespace) -> None:
    run_remove_results_for_dataset(
        FileSystemResultStore(),
        import_python_file(arguments.dataset_filepath),
        QualityRunner.find_subclass(arguments.quality_type),
    )


def main(words: Optional[List[str]] = None) -> int:
    return _command.run(_parser(), _run, words)


if __name__ == "__main__":
    sys.exit(main())
