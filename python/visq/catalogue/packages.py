"""Packages that visq itself does without: imported when they are used."""

from __future__ import annotations

import importlib
from typing import Any

from .._errors import NotFound

_EXTRAS = {
    "pyarrow": "catalogue",
    "pyarrow.parquet": "catalogue",
    "pyarrow.compute": "catalogue",
    "yaml": "catalogue",
    "fsspec": "catalogue",
    "distributed": "dask",
    "submitit": "slurm",
    "ray": "ray",
}


def load(name: str) -> Any:
    """The module; a sentence that says how to get it where it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package, extra = name.partition(".")[0], _EXTRAS[name]
        raise NotFound(
            f"the Python package {package} is needed and missing: pip install 'visq[{extra}]'"
        ) from error
