"""Where ./setup and the installation put models."""

from __future__ import annotations

import os
import pathlib
from typing import Iterator, Optional

from . import _core


def stores() -> list[pathlib.Path]:
    """The folder named by VISQ_MODEL_STORE; else the package's own models and the source tree's."""
    named = os.environ.get("VISQ_MODEL_STORE")
    if named:
        return [pathlib.Path(named)]
    return [pathlib.Path(__file__).parent / "models", pathlib.Path(_core.model_store)]


def find(file: str) -> Optional[str]:
    """The path of "tiny/lpips_sq.onnx", say, in the first store that has it."""
    for store in stores():
        if (store / file).is_file():
            return str(store / file)
    return None


def files(pattern: str) -> Iterator[pathlib.Path]:
    """Files of all stores that match "vmaf/*.json", say; of two with one name the first store's."""
    seen = set()
    for store in stores():
        for path in sorted(store.glob(pattern)):
            if path.name not in seen:
                seen.add(path.name)
                yield path
