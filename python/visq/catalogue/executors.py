"""Where units run. An executor is anything with `submit(fn, task) -> future`, as those of
concurrent.futures, Dask and submitit have it, that says how many units it works on at a time.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import multiprocessing
import os
import pathlib
import queue
import signal
import threading
from typing import Any, Callable, Optional

from .._errors import invalid
from .packages import load
from .unit import Task, usable_cores

Function = Callable[[Task], Any]


def _ignore_interrupts() -> None:
    """The driver ends its workers itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(1)


class Local:
    """Processes of this machine, each a pool by itself: one that dies ends no other's unit."""

    def __init__(self, workers: int):
        self.workers = workers
        self._threads = max(1, usable_cores() // workers)
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._pools: set[Any] = set()
        self._lock = threading.Lock()
        self._closed = False
        for _ in range(workers):
            self._idle.put(self._made())

    def _made(self) -> Any:
        pool = concurrent.futures.ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), _ignore_interrupts
        )
        self._pools.add(pool)
        return pool

    def submit(self, function: Function, task: Task) -> "concurrent.futures.Future[Any]":
        """Of a driver that has no more units in flight than there are workers."""
        pool = self._idle.get()
        future = pool.submit(function, dataclasses.replace(task, threads=self._threads))
        future.add_done_callback(lambda done: self._give_back(pool, done))
        return future

    def _give_back(self, pool: Any, done: "concurrent.futures.Future[Any]") -> None:
        broken = not done.cancelled() and isinstance(
            done.exception(), concurrent.futures.process.BrokenProcessPool
        )
        with self._lock:
            if broken and not self._closed:
                self._pools.discard(pool)
                pool = self._made()
        self._idle.put(pool)

    def close(self, at_once: bool) -> None:
        with self._lock:
            self._closed = True
        for pool in self._pools:
            processes = list((getattr(pool, "_processes", None) or {}).values())
            pool.shutdown(wait=not at_once, cancel_futures=True)
            for process in processes if at_once else ():
                process.kill()


def _in_dask(function: Function, task: Task) -> Any:
    worker = load("distributed").get_worker()
    return function(dataclasses.replace(task, threads=worker.state.nthreads))


class Dask:
    """A cluster that is there, or one on this machine. Workers that die are the scheduler's."""

    def __init__(self, address: str):
        distributed = load("distributed")
        self._client = distributed.Client(address) if address else distributed.Client()
        self.workers = max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))

    def submit(self, function: Function, task: Task) -> Any:
        future = self._client.submit(_in_dask, function, task, pure=False)
        return _as_concurrent(future.result, future.add_done_callback)

    def close(self, at_once: bool) -> None:
        self._client.close(0 if at_once else 10)


def _as_concurrent(result: Callable[[], Any], when_done: Callable[[Any], Any]) -> Any:
    """A future that concurrent.futures can wait for."""
    made: concurrent.futures.Future[Any] = concurrent.futures.Future()

    def finish(_: Any) -> None:
        try:
            made.set_result(result())
        except BaseException as error:  # pylint: disable=broad-exception-caught
            made.set_exception(error)

    when_done(finish)
    return made


def _waiting_thread(result: Callable[[], Any]) -> Callable[[Any], None]:
    def when_done(finish: Any) -> None:
        threading.Thread(target=finish, args=(None,), daemon=True).start()

    return when_done


class Slurm:
    """Jobs of submitit: of a partition, or as processes here where that is "local"."""

    def __init__(self, folder: pathlib.Path, partition: str):
        submitit = load("submitit")
        cluster = "local" if partition == "local" else "slurm"
        self._executor = submitit.AutoExecutor(folder=str(folder / "slurm"), cluster=cluster)
        parameters: dict[str, Any] = {"timeout_min": 24 * 60, "name": "visq"}
        if cluster == "slurm" and partition:
            parameters["slurm_partition"] = partition
        self._executor.update_parameters(**parameters)
        self.workers = usable_cores() if cluster == "local" else 1000
        self._threads = 1 if cluster == "local" else 0

    def submit(self, function: Function, task: Task) -> Any:
        job = self._executor.submit(function, dataclasses.replace(task, threads=self._threads))
        return _as_concurrent(job.result, _waiting_thread(job.result))

    def close(self, at_once: bool) -> None:
        pass


class Ray:
    """A thin adapter: a remote function a unit."""

    def __init__(self, address: str):
        self._ray = load("ray")
        self._ray.init(address=address or None, log_to_driver=False)
        self.workers = int(self._ray.cluster_resources().get("CPU", 1))

    def submit(self, function: Function, task: Task) -> Any:
        remote = self._ray.remote(num_cpus=1, max_retries=0)(function)
        reference = remote.remote(dataclasses.replace(task, threads=1))
        return reference.future()

    def close(self, at_once: bool) -> None:
        self._ray.shutdown()


class Given:
    """Somebody's own executor, as those of concurrent.futures are."""

    def __init__(self, executor: Any):
        self._executor = executor
        self.workers = getattr(executor, "_max_workers", usable_cores())

    def submit(self, function: Function, task: Task) -> Any:
        return self._executor.submit(function, task)

    def close(self, at_once: bool) -> None:
        """It is its owner's."""


ARRAY_VARIABLES = ("SLURM_ARRAY_TASK_ID", "AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX")


def array_index(given: Optional[int]) -> Optional[int]:
    """Which unit an element of a job array does; None: it is no such element."""
    if given is not None:
        return given
    for name in ARRAY_VARIABLES:
        if text := os.environ.get(name):
            if not text.isdigit():
                raise invalid(f'{name} is "{text}", and the number of a unit is expected')
            return int(text)
    return None


def check(on: Any) -> None:
    """Refuses the name of no executor."""
    if not isinstance(on, str):
        return
    name, _, rest = on.partition(":")
    if name not in ("local", "dask", "slurm", "ray"):
        raise invalid(f"--on {on}: local, dask, slurm, ray and array are known")
    if name == "local" and rest and (not rest.isdigit() or rest == "0"):
        raise invalid(f'--on {on}: "{rest}" is not a number of workers')


def open_executor(on: Any, folder: pathlib.Path) -> Any:
    """local[:N], dask[:ADDRESS], slurm[:PARTITION] or ray[:ADDRESS]; or an executor. Checked."""
    if not isinstance(on, str):
        return Given(on)
    name, _, rest = on.partition(":")
    if name == "local":
        return Local(int(rest) if rest else usable_cores())
    if name == "dask":
        return Dask(rest)
    if name == "slurm":
        return Slurm(folder, rest)
    return Ray(rest)
