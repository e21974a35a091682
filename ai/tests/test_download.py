"""Downloads from a web server of this machine: whole, broken off, wrong."""

import hashlib

import pytest
from conftest import source_of

from ai import download
from ai.errors import Refused

DATA = bytes(range(256)) * 5000


@pytest.fixture
def source(server):
    (server.folder / "a.pth").write_bytes(DATA)
    return source_of(server, "a.pth")


def get(source, folder):
    said = []
    path = download.get(source, folder, said.append)
    return path, said


def test_says_what_it_gets_and_gets_it_once(server, source, tmp_path):
    path, said = get(source, tmp_path / "w")
    assert path.read_bytes() == DATA
    assert said == [f"downloading {source['url']}: 1.3 MB"]
    assert get(source, tmp_path / "w") == (path, [])
    assert len(server.asked) == 1
    assert not list((tmp_path / "w").glob("*.part"))


def test_goes_on_where_the_line_broke(server, source, tmp_path):
    server.break_after = 400_000
    with pytest.raises(Refused, match="400000 of 1280000 bytes arrived; run this again"):
        get(source, tmp_path)
    assert not (tmp_path / "a.pth").exists()
    path, said = get(source, tmp_path)
    assert path.read_bytes() == DATA
    assert said == [f"downloading {source['url']}: 1.3 MB, 0.4 MB of them are here"]
    assert server.asked[-1] == ("a.pth", "bytes=400000-")


def test_begins_anew_where_the_server_knows_no_ranges(server, source, tmp_path):
    server.knows_ranges = False
    (tmp_path / "a.pth.part").write_bytes(b"x" * 1000)
    assert get(source, tmp_path)[0].read_bytes() == DATA


def test_a_part_that_is_whole_is_not_asked_for(server, source, tmp_path):
    (tmp_path / "a.pth.part").write_bytes(DATA)
    assert get(source, tmp_path)[0].read_bytes() == DATA
    assert server.asked == []


@pytest.mark.parametrize("part", [b"", b"x" * 1000, b"x" * len(DATA), b"x" * (len(DATA) + 1)])
def test_wrong_bytes_do_not_stay(source, tmp_path, part):
    wrong = {**source, "sha256": hashlib.sha256(b"another").hexdigest()}
    (tmp_path / "a.pth.part").write_bytes(part)
    with pytest.raises(Refused, match="has sha256 .* expected"):
        get(wrong, tmp_path)
    assert not list(tmp_path.glob("a.pth*"))


def test_a_damaged_file_is_replaced(source, tmp_path):
    (tmp_path / "a.pth").write_bytes(DATA[:-1])
    assert get(source, tmp_path)[0].read_bytes() == DATA


def test_more_than_was_expected_is_refused(source, tmp_path):
    with pytest.raises(Refused, match="more than the 1000 bytes"):
        get({**source, "bytes": 1000}, tmp_path)
    assert not list(tmp_path.glob("a.pth*"))


def test_who_does_not_answer_is_named(server, source, tmp_path):
    for url, sentence in (
        (server.url + "none", "404"),
        ("http://127.0.0.1:9/a", "cannot be reached"),
        ("file:///etc/passwd", "no web address"),
    ):
        with pytest.raises(Refused, match=sentence) as caught:
            get({**source, "url": url}, tmp_path)
        assert url in str(caught.value)
