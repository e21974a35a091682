"""How far a catalogue is, from its folder alone: another shell can ask."""

from __future__ import annotations

from typing import Any

from . import store
from .packages import load
from .plan import read_plan
from .run import FAILURES


def status(out: Any) -> dict[str, Any]:
    """Units and frames, done and in all, and what failed in the last run."""
    plan = read_plan(out)
    pa, compute = load("pyarrow"), load("pyarrow.compute")
    done = store.done_units(plan.folder)
    there = compute.is_in(plan.table["unit"], value_set=pa.array(sorted(done), pa.string()))
    frames_done = compute.sum(plan.table.filter(there)["frames"]).as_py() or 0
    failures = []
    if (plan.folder / FAILURES).is_file():
        rows = store.read_table(plan.folder / FAILURES).to_pylist()
        failures = [row for row in rows if row["unit"] not in done]
    return {
        "units": plan.table.num_rows,
        "units_done": compute.sum(there).as_py() or 0,
        "frames": compute.sum(plan.table["frames"]).as_py(),
        "frames_done": frames_done,
        "clips": sum(len(group.ids) for group in plan.groups),
        "failures": failures,
    }
