"""Plans, runs and what they leave: scores of parts are those of one run, and nothing is lost."""

import concurrent.futures
import json
import multiprocessing
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet as pq
import pytest
import visq
from conftest import METRICS, encode, rows_of
from visq.catalogue import (
    compare,
    make_plan,
    read_manifest,
    read_plan,
    run,
    status,
    store,
    write_report,
)
from visq.catalogue.run import run_element
from visq.catalogue.settings import Settings


def visq_catalogue(*words, **more):
    return subprocess.run(
        [sys.executable, "-m", "visq.catalogue", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        **more,
    )


def frames_of(folder):
    """Every row of all units, in the order of clips and frames."""
    parts = sorted(pathlib.Path(folder).glob("frames/unit=*/part.parquet"))
    rows = [row for part in parts for row in pq.read_table(part, partitioning=None).to_pylist()]
    return sorted(rows, key=lambda row: (row["id"], row["frame"]))


def check_equal(folder, whole):
    """Frames, pooled values and scores of the clip, bit by bit."""
    rows = frames_of(folder)
    assert len(rows) == len({(row["id"], row["frame"]) for row in rows}), "a frame twice"
    pooled = {row["id"]: row for row in pq.read_table(folder / "clips.parquet").to_pylist()}
    for name, scores in whole.items():
        mine = [row for row in rows if row["id"] == name]
        assert [row["frame"] for row in mine] == scores.frames.tolist()
        for label in scores:
            got = np.array([row[label] for row in mine], dtype=float)
            assert got.tobytes() == scores[label].tobytes(), label
            for statistic in ("mean", "harmonic_mean", "percentile_5", "min", "clip"):
                expected = getattr(scores.pooled[label], statistic)
                assert pooled[name][f"{label}_{statistic}"] == expected, (label, statistic)
        for label, value in scores.aggregate.items():
            assert pooled[name][label] == value, label


def test_parts_are_the_whole(plan, whole):
    assert plan.table.num_rows == 9
    assert run(plan.folder, "local:2", quiet=True) == 0
    check_equal(plan.folder, whole)
    told = status(plan.folder)
    assert (told["units_done"], told["frames_done"], told["failures"]) == (9, 60, [])


@pytest.mark.parametrize("where", ["slurm:local", "dask"])
def test_executors_give_the_same(plan, whole, where, monkeypatch):
    monkeypatch.setenv("DASK_DISTRIBUTED__WORKER__NANNY", "true")
    words = ["run", plan.folder, "--on", where, "-q"]
    if where == "dask":
        from distributed import LocalCluster

        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            words[3] = f"dask:{cluster.scheduler_address}"
            done = visq_catalogue(*words)
    else:
        done = visq_catalogue(*words)
    assert done.returncode == 0, done.stderr
    check_equal(plan.folder, whole)


@pytest.mark.parametrize(
    "variable", ["SLURM_ARRAY_TASK_ID", "AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX"]
)
def test_an_array_gives_the_same(plan, whole, variable, monkeypatch):
    assert run_element(plan.folder, None) == "9"
    for element in range(9):
        monkeypatch.setenv(variable, str(element))
        run_element(plan.folder, None)
    monkeypatch.delenv(variable)
    assert run(plan.folder, "local:1", quiet=True) == 0
    check_equal(plan.folder, whole)


def test_what_is_done_stays(plan):
    assert run(plan.folder, "local:1", quiet=True) == 0
    before = {p: p.stat().st_mtime_ns for p in plan.folder.glob("frames/*/part.parquet")}
    assert run(plan.folder, "local:1", quiet=True) == 0
    assert before == {p: p.stat().st_mtime_ns for p in plan.folder.glob("frames/*/part.parquet")}


def test_each_file_says_what_it_is_made_of(plan):
    run(plan.folder, "local:1", quiet=True)
    part = next(plan.folder.glob("frames/*/part.parquet"))
    about = store.about(part)
    assert about["inputs"] == plan.groups[0].inputs and about["library"].startswith("visq-")
    assert about["cpu"] and about["cpu_target"]
    row = pq.read_table(plan.folder / "clips.parquet").to_pylist()[0]
    assert row["cpu_targets"] == [about["cpu_target"]]
    assert len(row["sha256"]) == 64 and row["inputs"] == plan.groups[0].inputs


def test_what_changed_is_done_again(clips, tmp_path):
    rows = rows_of(clips)[:1]
    copy = tmp_path / "copy.mp4"
    shutil.copy(clips / "good.mp4", copy)
    rows[0]["distorted"] = str(copy)
    plan = make_plan(rows, Settings(("psnr",)), tmp_path / "catalogue", chunk=30)
    run(plan.folder, "local:1", quiet=True)
    mean = pq.read_table(plan.folder / "clips.parquet").to_pylist()[0]["psnr_y_mean"]
    shutil.copy(clips / "bad.mkv", copy)
    run(plan.folder, "local:1", quiet=True)
    after = pq.read_table(plan.folder / "clips.parquet").to_pylist()[0]["psnr_y_mean"]
    assert after < mean - 1
    assert len(list(plan.folder.glob("frames/*"))) == 2, "units of the old file are gone"


def test_a_file_that_vanishes_is_a_row(clips, tmp_path):
    rows = rows_of(clips)
    copy = tmp_path / "copy.mkv"
    shutil.copy(clips / "bad.mkv", copy)
    rows[1].update(distorted=str(copy), reference=str(shutil.copy(rows[0]["reference"], tmp_path)))
    plan = make_plan(rows, Settings(("psnr",)), tmp_path / "catalogue", chunk=30)
    copy.unlink()
    assert run(plan.folder, "local:2", retries=1, quiet=True) == 2
    failures = pq.read_table(plan.folder / "failures.parquet").to_pylist()
    assert {row["tries"] for row in failures} == {2}
    assert all(str(copy) in row["sentence"] for row in failures)
    pooled = pq.read_table(plan.folder / "clips.parquet").to_pylist()
    assert [row["id"] for row in pooled] == ["good"], "the others go on"
    assert len(status(plan.folder)["failures"]) == 2
    shutil.copy(clips / "bad.mkv", copy)
    assert run(plan.folder, "local:1", quiet=True) == 0


def damaged_copy(clip, path, at):
    """Samples of a coded picture are overwritten at that part of the file."""
    data = bytearray(clip.read_bytes())
    place = int(len(data) * at)
    data[place : place + 300] = bytes((0x35 + 41 * i) % 256 for i in range(300))
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("what", ["conceal", "skip"])
def test_damaged_frames_are_named_and_scored_or_left_out(clips, tmp_path, what):
    key_frames = encode(tmp_path / "key.mkv", 20, 30, "-g", "1")
    bad = damaged_copy(key_frames, tmp_path / "bad.mkv", 0.5)
    row = {"id": "a", "reference": str(key_frames), "distorted": str(bad)}
    whole = visq.score(key_frames, bad, "psnr", damaged=what, threads=1)
    assert whole.damaged_frames and whole.damaged_frames[0] > 7, "beyond the first unit"
    assert whole.to_dict()["damaged_frames"] == whole.damaged_frames
    plan = make_plan([row], Settings(("psnr",), {"damaged": what}), tmp_path / "c", chunk=7)
    assert run(plan.folder, "local:1", quiet=True) == 0
    frames = frames_of(plan.folder)
    assert [f["frame"] for f in frames if f["damaged"]] == whole.damaged_frames
    intact = np.array([not f["damaged"] for f in frames])
    scores = np.array([f["psnr_y"] for f in frames])  # what is made up depends on what came before
    assert scores[intact].tobytes() == whole["psnr_y"][intact].tobytes()
    (clip,) = pq.read_table(plan.folder / "clips.parquet").to_pylist()
    assert clip["damaged_frames"] == whole.damaged_frames
    counted = scores[intact] if what == "skip" else scores
    assert clip["psnr_y_mean"] == pytest.approx(np.mean(counted), abs=1e-9)
    assert make_plan([row], Settings(("psnr",)), tmp_path / "d", chunk=30)
    assert run(tmp_path / "d", "local:1", retries=0, quiet=True) == 1
    (failure,) = pq.read_table(tmp_path / "d/failures.parquet").to_pylist()
    assert "is damaged" in failure["sentence"]


def test_a_bad_clip_leaves_the_others_of_its_reference(clips, whole, tmp_path):
    rows = rows_of(clips)
    short = encode(tmp_path / "short.mp4", 30, 40)
    rows.append({"id": "short", "reference": rows[0]["reference"], "distorted": str(short)})
    plan = make_plan(rows, Settings(METRICS), tmp_path / "c", chunk=25)
    assert plan.table.num_rows == 2, "the common frames"
    short.write_bytes(encode(tmp_path / "other.mp4", 30, 20).read_bytes())
    assert run(plan.folder, "local:1", retries=1, quiet=True) > 0
    failures = pq.read_table(plan.folder / "failures.parquet").to_pylist()
    assert all(row["clips"] == ["short"] and str(short) in row["sentence"] for row in failures)
    pooled = pq.read_table(plan.folder / "clips.parquet").to_pylist()
    assert {row["id"] for row in pooled} == {"good", "bad"}


def no_room():
    """Of a worker: no file can grow beyond a few bytes, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


def test_a_full_disk_is_a_row(plan):
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, spawn, no_room) as executor:
        assert run(plan.folder, executor, retries=1, quiet=True) == 9
    failures = pq.read_table(plan.folder / "failures.parquet").to_pylist()
    assert all("too large" in row["sentence"] and row["tries"] == 2 for row in failures)
    assert not list(plan.folder.glob("frames/*")), "no half of a file"
    assert run(plan.folder, "local:2", quiet=True) == 0


def test_an_interrupt_loses_nothing(plan, whole):
    process = subprocess.Popen(
        [sys.executable, "-m", "visq.catalogue", "run", str(plan.folder), "--on", "local:1"],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while not store.done_units(plan.folder):
        time.sleep(0.05)
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(300) in (130, 0), "it may have just ended"
    assert run(plan.folder, "local:2", quiet=True) == 0
    check_equal(plan.folder, whole)


def workers_of(pid):
    """Processes below that one that score."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "stat").read_text().rpartition(")")[2].split()
            line = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(words[1]) == pid and b"spawn_main" in line:
            found.append(int(folder.name))
    return found


def test_killed_workers_lose_nothing(plan, whole):
    process = subprocess.Popen(
        [sys.executable, "-m", "visq.catalogue", "run", str(plan.folder), "--on", "local:2"]
        + ["--retries", "10", "-q"]
    )
    kills = 0
    while process.poll() is None and kills < 3:
        for pid in workers_of(process.pid)[:1]:
            os.kill(pid, signal.SIGKILL)
            kills += 1
        time.sleep(0.7)
    assert process.wait(300) == 0
    assert kills > 0
    check_equal(plan.folder, whole)


def test_manifests_of_every_kind_say_the_same(clips, tmp_path):
    rows = rows_of(clips)
    (tmp_path / "a.csv").write_text(
        "id,reference,distorted,crf\n"
        + "".join(f"{r['id']},{r['reference']},{r['distorted']},{r['crf']}\n" for r in rows)
    )
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pq.write_table(store.table_of(rows), tmp_path / "a.parquet")
    (tmp_path / "a.yaml").write_text(json.dumps({"metrics": list(METRICS), "pairs": rows}))
    for kind in ("csv", "jsonl", "parquet", "yaml"):
        read, settings = read_manifest(tmp_path / f"a.{kind}")
        assert [(r["id"], r["distorted"], int(r["crf"])) for r in read] == [
            (r["id"], r["distorted"], r["crf"]) for r in rows
        ]
        assert settings.metrics == (METRICS if kind == "yaml" else ())


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("reference\na\n", "pair 1 names no distorted clip"),
        ("id,reference,distorted\na,b,c\na,b,d\n", "pair 2 has the id a, which another pair has"),
        ("id,reference,distorted\na,b\n", "line 2 has more or fewer values"),
        ("id,reference,distorted\n", "has no pair of clips"),
    ],
)
def test_bad_manifests_are_refused(tmp_path, text, sentence):
    (tmp_path / "bad.csv").write_text(text)
    done = visq_catalogue("plan", tmp_path / "bad.csv", "--out", tmp_path / "out")
    assert done.returncode == 1 and sentence in done.stderr, done.stderr


def test_damaged_parquet_is_refused(plan, tmp_path):
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and nothing else")
    done = visq_catalogue("plan", tmp_path / "bad.parquet", "--out", tmp_path / "out")
    assert done.returncode == 1 and "bad.parquet is no whole Parquet file" in done.stderr
    (plan.folder / "plan.parquet").write_bytes(b"PAR1 and nothing else")
    done = visq_catalogue("run", plan.folder)
    assert done.returncode == 1 and "plan.parquet is no whole Parquet file" in done.stderr


@pytest.mark.parametrize("on", ["moon", "local:0", "local:x"])
def test_no_executor_is_refused_also_where_nothing_is_left(plan, on):
    assert run(plan.folder, "local:2", quiet=True) == 0
    done = visq_catalogue("run", plan.folder, "--on", on)
    assert done.returncode == 1 and f"--on {on}" in done.stderr, done.stderr
    done = visq_catalogue("run", plan.folder)
    assert done.stdout == f"2 of 2 clips: {plan.folder}/clips.parquet\n"


def test_a_folder_that_cannot_be_made_is_said(clips, tmp_path):
    (tmp_path / "pairs.jsonl").write_text(json.dumps(rows_of(clips)[0]) + "\n")
    (tmp_path / "file").write_text("")
    done = visq_catalogue("plan", tmp_path / "pairs.jsonl", "--out", tmp_path / "file/out")
    assert done.returncode == 1 and "cannot be made: Not a directory" in done.stderr


def test_compare_says_what_changed(clips, tmp_path):
    rows = rows_of(clips)
    before = make_plan(rows, Settings(("psnr",)), tmp_path / "a", chunk=60)
    rows[0]["distorted"] = rows[1]["distorted"]
    after = make_plan(rows, Settings(("psnr",)), tmp_path / "b", chunk=60)
    for plan in (before, after):
        run(plan.folder, "local:1", quiet=True)
    told = compare(before.folder, after.folder, "psnr_y")
    assert [clip["id"] for clip in told["clips"]] == ["good", "bad"], "the worst first"
    assert told["clips"][0]["change"] < -1 and told["clips"][1]["change"] == 0
    assert (told["titles_worse"], told["titles_better"], told["p"]) == (1, 0, 1.0)


def test_the_page_holds_what_was_scored(plan):
    run(plan.folder, "local:1", quiet=True)
    page = plan.folder / "page.html"
    write_report(plan.folder, page)
    data = json.loads(page.read_text().split('id="data">')[1].split("</script>")[0])
    assert {clip["id"] for clip in data["clips"]} == {"good", "bad"}
    for clip in data["clips"]:
        assert (plan.folder / clip["page"]).is_file()


def test_a_plan_can_be_read_again(plan):
    again = read_plan(plan.folder)
    assert again.groups == plan.groups and again.table.equals(plan.table)
    assert [unit.first for unit in again.units_of(0)] == list(range(0, 60, 7))
