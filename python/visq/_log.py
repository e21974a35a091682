"""The library's warnings, on their way to logging.getLogger("visq")."""

from __future__ import annotations

import logging

from . import _core

logger = logging.getLogger("visq")
_LEVELS = {2: logging.WARNING, 3: logging.INFO, 4: logging.DEBUG}


def forward() -> None:
    for level, sentence in _core.take_sentences():
        logger.log(_LEVELS.get(level, logging.WARNING), "%s", sentence)
