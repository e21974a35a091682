"""What takes minutes: a million units, Dask's workers killed at random, Ray."""

import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest
import visq
from conftest import METRICS, encode, missing, rows_of
from test_catalogue import check_equal
from visq.catalogue import make_plan, run, store
from visq.catalogue.settings import Settings

PLAN_AND_RESUME = """
import resource, sys, time
from visq.catalogue import make_plan, read_plan, store, status
from visq.catalogue.settings import Settings
start = time.monotonic()
size = {"width": 1920, "height": 1080, "bits": 8, "rate": 24, "frames": 10**7}
at = sys.argv[1]
rows = [{"id": f"c{i}", "reference": f"{at}/r{i}.mp4", "distorted": f"{at}/d{i}.mp4", **size}
        for i in range(100)]
plan = make_plan(rows, Settings(("psnr",)), sys.argv[2], chunk=1000, hashes=False)
assert plan.table.num_rows == 10**6
again = read_plan(sys.argv[2])
done = store.done_units(again.folder)
left = [row for row, name in enumerate(again.names()) if name not in done]
assert len(left) == 10**6 - 1000, len(left)
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(time.process_time(), time.monotonic() - start, most / 1e6)
"""


def test_a_million_units_are_planned_and_resumed(tmp_path):
    for i in range(100):
        for kind in "rd":
            (tmp_path / f"{kind}{i}.mp4").write_bytes(b"x")
    out = tmp_path / "catalogue"
    code = PLAN_AND_RESUME.replace(
        "again = read_plan",
        "[store.unit_folder(plan.folder, n).mkdir(parents=True) for n in plan.names()[:1000]]\n"
        "again = read_plan",
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seconds, elapsed, gigabytes = map(float, done.stdout.split())
    print(f"{seconds:.1f} s of a core in {elapsed:.1f} s, {gigabytes:.2f} GB")
    assert seconds < 60 and gigabytes < 1


CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def cluster(tmp_path):
    """Two workers in a process of their own: its end does not wait for those that were killed."""
    (tmp_path / "cluster.py").write_text(CLUSTER)
    process = subprocess.Popen(
        [sys.executable, tmp_path / "cluster.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    process.address = process.stdout.readline().strip()
    yield process
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def workers_of(cluster):
    """Their processes, which the cluster starts anew when they die."""
    children = psutil.Process(cluster.pid).children()
    return [c for c in children if any("spawn_main" in word for word in c.cmdline())]


def test_ten_kills_among_dask_workers_lose_nothing(cluster, tmp_path):
    reference, encoded = tmp_path / "reference.mp4", tmp_path / "encode.mp4"
    encode(reference, 1, 200, size="480x272")
    encode(encoded, 30, 200, size="480x272")
    row = {"id": "a", "reference": str(reference), "distorted": str(encoded)}
    plan = make_plan([row], Settings(METRICS), tmp_path / "catalogue", chunk=1)
    process = subprocess.Popen(
        [sys.executable, "-m", "visq.catalogue", "run", str(plan.folder), "-q"]
        + ["--retries", "20", "--on", f"dask:{cluster.address}"]
    )
    generator = random.Random(1)
    kills = done = 0
    while kills < 10:
        assert process.poll() is None, f"it ended after {kills} kills"
        now, alive = len(store.done_units(plan.folder)), workers_of(cluster)
        if now > done and alive:  # it goes on between two kills
            generator.choice(alive).kill()
            kills, done = kills + 1, now
        time.sleep(generator.uniform(0.05, 0.3))
    print(f"{done} of {plan.table.num_rows} units when the tenth was killed")
    assert process.wait(600) == 0
    metrics = [(name, {}) for name in METRICS]
    check_equal(plan.folder, {"a": visq.score(reference, encoded, metrics, threads=1)})


def test_ray_gives_the_same(clips, whole, tmp_path):
    try:
        import ray
    except ImportError:
        missing("ray")
    plan = make_plan(rows_of(clips), Settings(METRICS), tmp_path / "catalogue", chunk=20)
    try:
        assert run(plan.folder, "ray", quiet=True) == 0
    finally:
        ray.shutdown()
    check_equal(plan.folder, whole)
