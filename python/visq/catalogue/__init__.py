"""A catalogue: many pairs of clips, scored in parts on any number of machines, with the scores of
one uninterrupted run.

visq catalogue plan manifest.csv --out DIR
visq catalogue run DIR --on local:4
visq catalogue report DIR --html catalogue.html
"""

from __future__ import annotations

from .compare import compare
from .manifest import read_manifest
from .plan import make_plan, read_plan
from .report import write_report
from .run import run
from .status import status

__all__ = [
    "compare",
    "make_plan",
    "read_manifest",
    "read_plan",
    "run",
    "status",
    "write_report",
]
