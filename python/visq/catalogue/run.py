"""Runs a plan: what is done stays, what fails is tried again, and the rest goes on."""

from __future__ import annotations

import concurrent.futures
import heapq
from typing import Any, Iterator, Optional

from .._errors import invalid
from . import clips, executors, store
from .plan import Plan, Unit, read_plan, refreshed
from .progress import Progress
from .unit import do, task_of

FAILURES = "failures.parquet"


def _sentence(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if text else type(error).__name__


class _Failures:
    """Units that were given up, with the reason."""

    def __init__(self, plan: Plan, retries: int):
        self._plan, self._retries = plan, retries
        self._tries: dict[int, int] = {}
        self.rows: list[dict[str, Any]] = []

    def tries_again(self, row: int, error: BaseException) -> bool:
        self._tries[row] = self._tries.get(row, 0) + 1
        if self._tries[row] <= self._retries:
            return True
        unit = self._plan.unit(row)
        self.rows.append(
            {
                "unit": unit.name,
                "reference": unit.group.reference,
                "clips": self._failed(unit),
                "first": unit.first,
                "last": unit.last,
                "tries": self._tries[row],
                "sentence": _sentence(error),
            }
        )
        return False

    def _failed(self, unit: Unit) -> list[str]:
        """Clips of which there is nothing."""
        part = store.part_of(self._plan.folder, unit.name)
        scored = store.about(part)["clips"] if part.exists() else ()
        return [name for name in unit.group.ids if name not in scored]

    def write(self) -> None:
        pa = store.load("pyarrow")
        fields = [
            ("unit", pa.string()),
            ("reference", pa.string()),
            ("clips", pa.list_(pa.string())),
            ("first", pa.int64()),
            ("last", pa.int64()),
            ("tries", pa.int32()),
            ("sentence", pa.string()),
        ]
        table = pa.Table.from_pylist(self.rows, schema=pa.schema(fields))
        store.write_table(table, self._plan.folder / FAILURES, {})


class _Driver:
    """Keeps as many units in flight as the executor works on."""

    def __init__(self, plan: Plan, executor: Any, progress: Progress, failures: _Failures):
        self._plan, self._executor = plan, executor
        self._progress, self._failures = progress, failures
        self._frames = plan.table["frames"].to_pylist()
        self._in_flight: dict[Any, int] = {}

    def run(self, rows: list[int]) -> None:
        waiting = list(rows)  # the longest first
        heapq.heapify(waiting)
        while waiting or self._in_flight:
            while waiting and len(self._in_flight) < self._executor.workers:
                row = heapq.heappop(waiting)
                self._in_flight[self._executor.submit(do, task_of(self._plan, row))] = row
            for row in self._landed():
                heapq.heappush(waiting, row)
            self._progress.show()

    def _landed(self) -> Iterator[int]:
        """Those that are to be tried again."""
        done, _ = concurrent.futures.wait(
            self._in_flight, timeout=0.5, return_when=concurrent.futures.FIRST_COMPLETED
        )
        for future in done:
            row = self._in_flight.pop(future)
            error = future.exception()
            if error is None:
                self._progress.add(1, self._frames[row])
            elif self._failures.tries_again(row, error):
                yield row
            else:
                self._progress.fail()


def run(
    out: Any,
    on: Any = "local",
    *,
    retries: int = 2,
    json_progress: bool = False,
    quiet: bool = False,
) -> int:
    """Does what is not done yet, and pools the clips that are whole. How many units failed."""
    executors.check(on)
    plan = refreshed(read_plan(out))
    names = plan.names()
    store.sweep(plan.folder, set(names))
    done = store.done_units(plan.folder)
    left = [row for row, name in enumerate(names) if name not in done]
    progress = Progress(plan, len(names) - len(left), json_progress, quiet)
    failures = _Failures(plan, retries)
    if left:
        executor = executors.open_executor(on, plan.folder)
        ended = False
        try:
            _Driver(plan, executor, progress, failures).run(left)
            ended = True
        finally:
            executor.close(at_once=not ended)
            failures.write()
            progress.close()
    else:
        failures.write()
    clips.write_clips(plan)
    return len(failures.rows)


def run_element(out: Any, unit: Optional[int]) -> str:
    """One unit of a job array, by its number; without one, how many there are."""
    plan = read_plan(out)
    row = executors.array_index(unit)
    if row is None:
        return str(plan.table.num_rows)
    if row >= plan.table.num_rows:
        raise invalid(f"there is no unit {row}: the plan has {plan.table.num_rows}, from 0 on")
    if plan.unit(row).name not in store.done_units(plan.folder):
        do(task_of(plan, row))
    return plan.unit(row).name
