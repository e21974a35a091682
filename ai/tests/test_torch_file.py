"""Files of torch.save: right ones, broken ones, and ones that want to run something."""

import pathlib
import zipfile

import numpy as np
import pytest
import torch_samples
import torch_writer as w

from ai import torch_file
from ai.errors import Refused

ARRAYS = {
    "a.weight": np.arange(24, dtype="<f4").reshape(2, 3, 4),
    "a.bias": np.array([0.5, -2], "<f4"),
    "half": np.array([[1.5, 2]], "<f2"),
    "count": np.array(7, "<i8"),
    "none": np.zeros((0, 3), "<f4"),
}
BOTH = pytest.mark.parametrize("form", ["zip", "stream"])


def read_arrays(path):
    return {name: tensor.array() for name, tensor in torch_file.read(path).items()}


def refused(path):
    with pytest.raises(Refused) as caught:
        read_arrays(path)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value)


@BOTH
def test_reads_every_value_with_its_type(tmp_path, form):
    got = read_arrays(w.WRITERS[form](tmp_path / "a.pth", ARRAYS))
    assert list(got) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert got[name].dtype == array.dtype and np.array_equal(got[name], array), name


@pytest.mark.parametrize("data", [torch_samples.zip_file(), torch_samples.stream_file()])
def test_reads_what_torch_wrote(tmp_path, data):
    (tmp_path / "a.pth").write_bytes(data)
    got = read_arrays(tmp_path / "a.pth")
    assert got["a.weight"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert got["a.bias"].tolist() == [0.5, -1.5], "a Parameter"
    assert got["n"] == 7


@BOTH
def test_reads_tables_of_python_2_and_tensors_of_the_oldest_versions(tmp_path, form):
    """A list of pairs makes the table; texts are bytes; a tensor's place is its state."""
    place = w.storage(np.zeros(6, "<f4"), "0", form == "stream")
    state = w.group(place, w.number(1), w.group(w.number(3)), w.group(w.number(2)))
    old = w.name("torch", "FloatTensor") + b")\x81" + state + b"b"
    pair = b"](" + b"U\x01x" + old + b"e"
    table = w.name("collections", "OrderedDict") + b"](" + pair + b"e\x85R"
    assert read_arrays(crafted(tmp_path, form, table))["x"].tolist() == [1, 3, 5]
    for bad in (w.number(1), w.group(w.number(1)), w.group(place), w.group(place, *[b"N"] * 3)):
        old = w.name("torch", "FloatTensor") + b")\x81" + bad + b"b"
        refused(crafted(tmp_path, form, w.empty_table() + b"(" + w.text("x") + old + b"u"))
    old = w.name("torch", "FloatTensor") + b")\x81"
    refused(crafted(tmp_path, form, w.empty_table() + b"(" + w.text("x") + old + b"u"))


def crafted(tmp_path, form, obj, arrays=None):
    """A file whose pickle is `obj`, over one storage of six values."""
    arrays = {"x": np.arange(6, dtype="<f4")} if arrays is None else arrays
    return w.WRITERS[form](tmp_path / "bad.pth", arrays, w.pickle(obj))


def one_tensor(form, *args, count=6, **kw):
    place = w.storage(np.zeros(6, "<f4"), "0", form == "stream", count)
    return w.empty_table() + b"(" + w.text("x") + w.tensor(place, *args, **kw) + b"u"


@BOTH
def test_views_have_their_offset_and_strides(tmp_path, form):
    path = crafted(tmp_path, form, one_tensor(form, (2, 2), (1, 2), offset=1))
    assert read_arrays(path)["x"].tolist() == [[1, 3], [2, 4]]


@BOTH
@pytest.mark.parametrize(
    "what",
    [
        w.call(w.name("os", "system"), w.text("touch ran")),
        w.call(w.name("builtins", "eval"), w.text("open('ran', 'w')")),
        w.call(w.name("torch", "load"), w.text("x")),
        w.name("os", "system"),
        b"(" + w.text("touch ran") + b"ios\nsystem\n",
        w.text("os") + w.text("system") + b"\x93" + w.group(w.text("touch ran")) + b"R",
        w.name("os", "system") + w.group(w.text("touch ran")) + b"\x81",
        b"\x82\x01",
    ],
)
def test_nothing_in_a_pickle_runs(tmp_path, monkeypatch, form, what):
    monkeypatch.chdir(tmp_path)
    sentence = refused(crafted(tmp_path, form, what))
    assert "tensors do not need" in sentence
    assert not pathlib.Path("ran").exists()


@BOTH
def test_allowed_globals_build_tensors_only(tmp_path, form):
    for obj in (
        w.call(w.name("torch", "FloatStorage"), w.number(1)),
        w.call(w.text("no global")),
        w.call(w.name("torch._utils", "_rebuild_tensor_v2"), w.number(1)),
        w.call(w.name("torch._utils", "_rebuild_parameter"), w.text("x"), b"\x89", b"N"),
        w.name("collections", "OrderedDict") + w.number(3) + b"R",
    ):
        sentence = refused(crafted(tmp_path, form, obj))
        assert "its pickle" in sentence or "tensor" in sentence


@BOTH
@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [
        ((7,), (1,), 0),
        ((6,), (1,), 1),
        ((2, 3), (4, 1), 0),
        ((6,), (1,), 1 << 40),
        ((1 << 40, 1 << 40), (0, 0), 0),
        ((1 << 31,), (0,), 0),
        ((-1,), (1,), 0),
        ((2,), (-1,), 3),
        ((2,), (1, 1), 0),
        ((1,) * 9, (1,) * 9, 0),
        ((0,), (1,), 7),
    ],
)
def test_tensors_stay_inside_their_storage(tmp_path, form, shape, strides, offset):
    sentence = refused(crafted(tmp_path, form, one_tensor(form, shape, strides, offset=offset)))
    assert "tensor" in sentence


@BOTH
@pytest.mark.parametrize("count", [5, 7, 1 << 40, -1, 1 << 70])
def test_storages_have_the_size_that_they_say(tmp_path, form, count):
    assert "storage" in refused(crafted(tmp_path, form, one_tensor(form, (1,), (1,), count=count)))


@BOTH
def test_a_file_that_is_cut_off_is_refused_wherever_it_is_cut(tmp_path, form):
    whole = w.WRITERS[form](tmp_path / "a.pth", {"x": np.arange(6, dtype="<f4")}).read_bytes()
    for size in range(len(whole)):
        (tmp_path / "cut.pth").write_bytes(whole[:size])
        refused(tmp_path / "cut.pth")


@BOTH
def test_a_file_with_a_changed_byte_gives_tensors_or_one_sentence(tmp_path, form):
    whole = w.WRITERS[form](tmp_path / "a.pth", {"x": np.arange(6, dtype="<f4")}).read_bytes()
    numbers = np.random.default_rng(1)
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= int(numbers.integers(1, 256))
        (tmp_path / "b.pth").write_bytes(changed)
        try:
            read_arrays(tmp_path / "b.pth")
        except Refused as error:
            assert len(str(error)) < 1000


@BOTH
def test_only_tables_of_tensors_count(tmp_path, form):
    for obj in (w.number(1), b"}", b"]", b"}(" + w.text("a") + w.number(1) + b"u"):
        assert "tensor" in refused(crafted(tmp_path, form, obj, {"x": np.zeros(0, "<f4")}))
    assert "keys are not names" in refused(crafted(tmp_path, form, b"}(" + b"]" + b"N" + b"u"))


def test_endless_pickles_end(tmp_path):
    path = crafted(tmp_path, "zip", b"N0" * (1 << 20))
    assert "POP" in refused(path)
    assert "steps" in refused(crafted(tmp_path, "zip", b"N" * ((1 << 20) + 1)))
    deep = b"]" * 100000 + b"a" * 99999
    assert "table" in refused(crafted(tmp_path, "zip", deep))


def test_zip_files_are_as_torch_writes_them(tmp_path):
    path = w.write_zip(tmp_path / "a.pth", {"x": np.zeros(6, "<f4")})
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def rewritten(changes, method=zipfile.ZIP_STORED):
        with zipfile.ZipFile(tmp_path / "b.pth", "w", method) as archive:
            for name, data in {**members, **changes}.items():
                if data is not None:
                    archive.writestr(name, data)
        return refused(tmp_path / "b.pth")

    assert "compressed" in rewritten({}, zipfile.ZIP_DEFLATED)
    assert "little-endian" in rewritten({"archive/byteorder": b"big"})
    assert "no part data.pkl" in rewritten({"archive/data.pkl": None})
    assert "no part data/0" in rewritten({"archive/data/0": None})
    assert "24 bytes" in rewritten({"archive/data/0": bytes(23)})
    assert "one name" in rewritten({"other/data.pkl": b"x"})
    assert "at most" in rewritten({"archive/data.pkl": bytes(torch_file.MAX_PICKLE + 1)})


def test_other_files_are_refused(tmp_path):
    for data in (b"", b"hello", b"PK\3\4 and no zip", b"\x80\x02N.", bytes(1000)):
        (tmp_path / "a.pth").write_bytes(data)
        refused(tmp_path / "a.pth")
