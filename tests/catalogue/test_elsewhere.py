"""Clips on S3: a local server, which this starts on loopback."""

import os
import sys

import pyarrow.parquet as pq
import pytest
import visq
from conftest import METRICS, rows_of
from test_catalogue import check_equal
from visq.catalogue import files, make_plan, run
from visq.catalogue.settings import Settings


@pytest.fixture
def bucket(monkeypatch, tmp_path):
    """An empty bucket, and the environment that leads to it."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "VISQ_CACHE": str(tmp_path / "cache"),
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    filesystem = s3fs.S3FileSystem()
    if filesystem.exists("clips"):  # moto keeps what an earlier server of this process had
        filesystem.rm("clips", recursive=True)
    filesystem.mkdir("clips")
    yield filesystem
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def remote_rows(bucket, clips):
    rows = rows_of(clips)
    for row in rows:
        for name in ("reference", "distorted"):
            place = f"clips/{os.path.basename(row[name])}"
            bucket.put_file(row[name], place)
            row[name] = f"s3://{place}"
    return rows


def test_clips_on_s3_score_as_local_ones(bucket, clips, whole, tmp_path):
    rows = remote_rows(bucket, clips)
    plan = make_plan(rows, Settings(METRICS), tmp_path / "catalogue", chunk=25)
    assert run(plan.folder, "local:1", quiet=True) == 0
    check_equal(plan.folder, whole)


def test_a_clip_that_vanished_from_s3_is_a_row(bucket, clips, tmp_path):
    rows = remote_rows(bucket, clips)
    plan = make_plan(rows, Settings(("psnr",)), tmp_path / "catalogue", chunk=60)
    bucket.rm("clips/bad.mkv")
    bucket.invalidate_cache()
    assert run(plan.folder, "local:1", retries=0, quiet=True) == 1
    failures = pq.read_table(plan.folder / "failures.parquet").to_pylist()
    assert "bad.mkv" in failures[0]["sentence"]


@pytest.mark.parametrize(
    "url, sentence",
    [
        ("nothing://a/b.mp4", "cannot be read: Protocol not known: nothing"),
        ("http://127.0.0.1:9/b.mp4", "is not there, or its server does not answer"),
        ("gs://a/b.mp4", "cannot be read: Please install gcsfs"),
    ],
)
def test_addresses_that_cannot_be_reached_are_named(url, sentence, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    row = {"id": "a", "reference": url, "distorted": url}
    with pytest.raises(visq.Error) as raised:
        make_plan([row], Settings(("psnr",)), tmp_path / "catalogue")
    assert str(raised.value).startswith(f"{url} {sentence}")


def test_a_cache_of_no_number_is_refused(monkeypatch):
    monkeypatch.setenv("VISQ_CACHE_MB", "1 GB")
    with pytest.raises(visq.Error, match='VISQ_CACHE_MB is "1 GB"'):
        files.cache_bytes()


def test_the_cache_is_bounded(bucket, clips, monkeypatch):
    rows = remote_rows(bucket, clips)
    size = os.path.getsize(clips / "reference.mp4")
    monkeypatch.setattr(files, "cache_bytes", lambda: size + 1000)
    for url in (rows[0]["distorted"], rows[1]["distorted"], rows[0]["reference"]):
        (local,) = files.local_files([url])
        assert os.path.getsize(local) == bucket.info(url)["size"]
        assert sum(f.stat().st_size for f in files.cache_folder().iterdir()) <= size + 1000
