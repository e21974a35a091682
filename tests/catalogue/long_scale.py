"""What takes minutes: a million units, workers killed at random, two workers against one."""

import os
import random
import resource
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

pytestmark = pytest.mark.long

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


def test_two_workers_are_nearly_twice_one(tmp_path):
    if len(os.sched_getaffinity(0)) < 2:
        missing("two cores")
    encode(tmp_path / "reference.mp4", 1, 240, size="640x360")
    encode(tmp_path / "encode.mp4", 30, 240, size="640x360")
    row = {
        "id": "a",
        "reference": str(tmp_path / "reference.mp4"),
        "distorted": str(tmp_path / "encode.mp4"),
    }
    seconds = {}
    for workers in (1, 2):
        settings = Settings(("vmaf",))
        plan = make_plan([row], settings, tmp_path / str(workers), chunk=12)
        cores = sorted(os.sched_getaffinity(0))[:workers]
        words = ["taskset", "-c", ",".join(map(str, cores)), sys.executable, "-m"]
        words += ["visq.catalogue", "run", str(plan.folder), "--on", f"local:{workers}", "-q"]
        start = time.monotonic()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, check=True)
        seconds[workers] = time.monotonic() - start
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        busy = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        print(f"{workers} workers: {seconds[workers]:.1f} s, {busy:.1f} s of cores")
    efficiency = seconds[1] / seconds[2] / 2
    print(f"efficiency {efficiency:.3f}")
    assert efficiency >= 0.95


def test_slurm_runs_an_array(clips, whole, tmp_path):
    """A single node of Slurm, where it is installed and runs (slurm-wlm)."""
    try:
        up = subprocess.run(["sinfo", "-h", "-o", "%a"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        pytest.skip("needs a Slurm that runs (sinfo)")
    if "up" not in up.stdout:
        pytest.skip("needs a Slurm that runs (sinfo)")
    plan = make_plan(rows_of(clips), Settings(METRICS), tmp_path / "catalogue", chunk=7)
    command = f"{sys.executable} -m visq.catalogue run {plan.folder} --on array"
    subprocess.run(["sbatch", "--wait", "--array=0-8", "--wrap", command], check=True, timeout=600)
    assert len(store.done_units(plan.folder)) == 9
    assert run(plan.folder, "local:1", quiet=True) == 0
    check_equal(plan.folder, whole)
