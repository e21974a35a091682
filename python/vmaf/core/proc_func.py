"""What an asset's proc_callback may name: a function of a luma plane, samples from 0 to 1, that
gives a plane. Scripts add their own.
"""

from __future__ import annotations

from typing import Any, Callable

proc_func_dict: dict[str, Callable[[Any], Any]] = {
    "identity": lambda plane: plane,
    "multiply": lambda plane: plane * 1.1,
}
