"""A real Slurm of one node, which this starts and stops (Debian's package slurm-wlm): an array of
jobs, and submitit's jobs, give what one run gives.
"""

import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pytest
from conftest import METRICS, missing, rows_of
from test_catalogue import check_equal
from visq.catalogue import make_plan, run, store
from visq.catalogue.settings import Settings

PROGRAMS = ("munged", "slurmctld", "slurmd", "sinfo", "sbatch")

CONFIGURATION = """
ClusterName=visq
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthInfo=socket={folder}/munge.socket
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def free_ports():
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def daemons(folder):
    """Each in the foreground, so that its end is ours."""
    munge = [shutil.which("munged"), "--foreground", "--force", f"--key-file={folder}/munge.key"]
    munge += [f"--socket={folder}/munge.socket", f"--pid-file={folder}/munged.pid"]
    munge += [f"--log-file={folder}/munged.log", f"--seed-file={folder}/munged.seed"]
    for words in (munge, ["slurmctld", "-D", "-c"], ["slurmd", "-D"]):
        yield subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)


def wait_until_up():
    for _ in range(60):
        told = subprocess.run(
            ["sinfo", "-h", "-o", "%a %t"], capture_output=True, text=True, check=False
        )
        if told.stdout.strip() == "up idle":
            return
        time.sleep(0.5)
    pytest.fail(f"Slurm did not start: {told.stdout} {told.stderr}")


@pytest.fixture(scope="module")
def slurm():
    os.environ["PATH"] += ":/usr/sbin"  # where its daemons are, which users seldom have in PATH
    for program in PROGRAMS:
        if shutil.which(program) is None:
            missing(f"{program} (Debian's slurm-wlm)")
    # munged wants a folder that others can look into, and pytest's are private.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="visq-slurm-"))
    folder.chmod(0o755)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    (folder / "munge.key").write_bytes(secrets.token_bytes(1024))
    (folder / "munge.key").chmod(0o400)
    told = dict(host=socket.gethostname().partition(".")[0], user=os.environ.get("USER", "root"))
    told.update(folder=folder, ports=free_ports(), cores=len(os.sched_getaffinity(0)))
    (folder / "slurm.conf").write_text(CONFIGURATION.format(**told))
    os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
    processes = []
    try:
        processes.extend(daemons(folder))
        wait_until_up()
        yield
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        shutil.rmtree(folder)


def test_an_array_of_jobs_gives_the_same(slurm, clips, whole, tmp_path):
    plan = make_plan(rows_of(clips), Settings(METRICS), tmp_path / "catalogue", chunk=7)
    command = f"{sys.executable} -m visq.catalogue run {plan.folder} --on array"
    words = ["sbatch", "--wait", "--array=0-8", f"--output={tmp_path}/%a.txt", "--wrap", command]
    subprocess.run(words, check=True, timeout=600)
    assert len(store.done_units(plan.folder)) == 9
    assert run(plan.folder, "local:1", quiet=True) == 0
    check_equal(plan.folder, whole)


def test_jobs_of_submitit_give_the_same(slurm, clips, whole, tmp_path):
    plan = make_plan(rows_of(clips), Settings(METRICS), tmp_path / "catalogue", chunk=20)
    assert run(plan.folder, "slurm:main", quiet=True) == 0
    check_equal(plan.folder, whole)
