"""docs/catalogue.md: its queries and its ladder run, and its manifests are what their readers
take.
"""

import json
import os
import re
import subprocess
import sys

import duckdb
import pytest
import yaml
from conftest import METRICS, ROOT, encode, rows_of
from visq.catalogue import executors, make_plan, run
from visq.catalogue.settings import Settings

PAGE = ROOT / "docs/catalogue.md"


def blocks(language):
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.M | re.S)


def test_the_queries_run(clips, tmp_path, monkeypatch):
    rows = [{**row, "title": "a title"} for row in rows_of(clips)]
    plan = make_plan(rows, Settings(METRICS), tmp_path / "catalogue", chunk=7)
    run(plan.folder, "local:1", quiet=True)
    monkeypatch.chdir(plan.folder.parent)
    (plan.folder.parent / "DIR").symlink_to(plan.folder)
    queries = [q for block in blocks("sql") for q in block.split(";") if q.strip()]
    assert len(queries) >= 4
    for query in queries:
        query = query.replace("vmaf_mean", "psnr_y_mean").replace("vmaf", "psnr_y")
        assert duckdb.sql(query).fetchall() is not None
    every = duckdb.sql("SELECT count(*) FROM 'DIR/frames/*/part.parquet'").fetchone()
    assert every == (120,)


def test_the_ladder_takes_three_commands(tmp_path):
    for number in range(1, 6):
        encode(tmp_path / f"title_{number}.mp4", 2, 6, "-vf", f"hue=h={40 * number}")
        for crf in (25, 35):
            encode(tmp_path / f"title_{number}_{crf}.mp4", crf, 6, "-vf", f"hue=h={40 * number}")
    text, ladder = blocks("csv")[0], [b for b in blocks("sh") if "ladder.csv" in b][0]
    (tmp_path / "ladder.csv").write_text(text)
    commands = ladder.strip().splitlines()
    assert len(commands) == 3
    for command in commands:
        words = command.replace("visq catalogue", f"{sys.executable} -m visq.catalogue").split()
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "ladder.html").stat().st_size > 10000


def test_manifests_of_kubernetes_are_indexed_jobs():
    (text,) = [b for b in blocks("yaml") if "kind: Job" in b]
    job = yaml.safe_load(text)
    assert job["apiVersion"] == "batch/v1" and job["spec"]["completionMode"] == "Indexed"
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert "array" in container["command"]
    assert job["spec"]["completions"] >= job["spec"]["parallelism"] > 0


def test_requests_of_aws_batch_are_array_jobs():
    (text,) = [b for b in blocks("json") if "arrayProperties" in b]
    request = json.loads(text)
    assert set(request) <= {
        "jobName",
        "jobQueue",
        "jobDefinition",
        "arrayProperties",
        "containerOverrides",
        "retryStrategy",
    }
    assert request["arrayProperties"]["size"] >= 2


def test_scripts_of_slurm_are_arrays():
    (script,) = [b for b in blocks("bash") if "#SBATCH" in b]
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    options = re.findall(r"^#SBATCH --([a-z-]+)=(\S+)$", script, flags=re.M)
    assert dict(options)["array"].startswith("0-")


def test_python_of_the_page_is_python():
    for block in blocks("python"):
        compile(block, str(PAGE), "exec")


@pytest.mark.parametrize("name", executors.ARRAY_VARIABLES)
def test_the_page_names_the_variables(name):
    assert name in PAGE.read_text(encoding="utf-8")


def test_what_the_page_names_is_there():
    page = PAGE.read_text(encoding="utf-8").replace(blocks("bash")[0], "")  # sbatch's own
    words = set(re.findall(r"--[a-z_-]+", page))
    helps = "".join(
        subprocess.run(
            [sys.executable, "-m", "visq.catalogue", command, "--help"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "COLUMNS": "200"},
        ).stdout
        for command in ("plan", "run", "status", "report", "compare")
    )
    # Of vmaf, of ./setup, of sbatch and of aws; and a line of a table.
    elsewhere = {"--range", "--dry-run", "--with", "--array", "--cli-input-json", "---"}
    assert words - set(re.findall(r"--[a-z_-]+", helps)) <= elsewhere
