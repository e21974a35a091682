"""Reads files of torch.save without torch: the zip of today and the older single stream.

Only tables of tensors are read, and nothing in a file is run (pickles.py). Values are taken from
the file when they are asked for, so the 500 MB of VGG-16 that nobody needs are not read.
"""

import io
import math
import mmap
import os
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np

from ai import pickles
from ai.errors import Refused
from ai.pickles import Global

STREAM_MAGIC, STREAM_PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
MAX_PICKLE = 4 << 20
MAX_MEMBERS = 4096
MAX_RANK = 8

_KINDS = {
    **{"Float": "<f4", "Double": "<f8", "Half": "<f2", "Bool": "?", "Byte": "u1", "Char": "i1"},
    **{"Short": "<i2", "Int": "<i4", "Long": "<i8"},
}
_DTYPES = {Global("torch", name + "Storage"): np.dtype(code) for name, code in _KINDS.items()}


class _Storage:
    """A run of values of one type; `place` is where in the file they begin."""

    def __init__(self, dtype: np.dtype, key: str, count: int) -> None:
        self.dtype, self.key, self.count = dtype, key, count
        self.place: int | None = None


@dataclass
class Tensor:
    """A tensor of a file that is open; array() reads it."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]  # in values
    offset: int
    storage: _Storage
    file: Any  # the mapped file

    def array(self) -> np.ndarray:
        storage = self.storage
        values = np.frombuffer(self.file, storage.dtype, storage.count, storage.place)
        steps = [stride * storage.dtype.itemsize for stride in self.strides]
        view = np.lib.stride_tricks.as_strided(values[self.offset :], self.shape, steps)
        return np.array(view)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62


def _are_counts(values: Any) -> bool:
    return isinstance(values, tuple) and len(values) <= MAX_RANK and all(map(_is_count, values))


class _Reader:
    """What both formats have in common: the pickle's tensors and storages."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.storages: dict[str, _Storage] = {}
        tensor, parameter = self.tensor, self.parameter
        utils = "torch._utils"
        self.builders = {
            Global("collections", "OrderedDict"): dict,
            Global(utils, "_rebuild_tensor"): tensor,
            Global(utils, "_rebuild_tensor_v2"): tensor,
            Global(utils, "_rebuild_parameter"): parameter,
            Global("torch.nn.parameter", "Parameter"): parameter,
            # How the oldest versions wrote a tensor: empty, with the rest as its state.
            **{Global("torch", kind + "Tensor"): self.empty_tensor for kind in _KINDS},
        }

    def load(self, file: Any) -> Any:
        return pickles.load(file, self.builders, set(_DTYPES), self.storage)

    def storage(self, identity: Any) -> _Storage:
        if not isinstance(identity, tuple) or len(identity) not in (5, 6):
            raise Refused("one of its storages is not described as torch does it")
        kind, dtype, key, _, count, *view = identity
        if kind != "storage" or dtype not in _DTYPES or not isinstance(key, str):
            raise Refused("one of its storages has no known type")
        if not _is_count(count) or any(part is not None for part in view):
            raise Refused(f"its storage {key[:40]} is a part of another, or has no size")
        known = self.storages.setdefault(key, _Storage(_DTYPES[dtype], key, count))
        if known.dtype != _DTYPES[dtype] or known.count != count:
            raise Refused(f"its storage {key[:40]} is described twice, differently")
        return known

    def tensor(self, storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> Tensor:
        if not isinstance(storage, _Storage) or not _is_count(offset):
            raise Refused("one of its tensors has no storage")
        if not _are_counts(shape) or not _are_counts(strides) or len(shape) != len(strides):
            raise Refused("one of its tensors has an impossible shape")
        count = math.prod(shape)
        steps = zip(shape, strides, strict=True)
        last = offset + sum((side - 1) * step for side, step in steps) if count else 0
        if count > storage.count or last >= max(storage.count, 1) or offset > storage.count:
            raise Refused(
                f"a tensor of shape {list(shape)} reaches beyond its storage of {storage.count} "
                f"values"
            )
        return Tensor(shape, strides, offset, storage, self.file)

    def empty_tensor(self) -> pickles.Unfinished:
        return pickles.Unfinished(lambda state: self.tensor(*state))

    @staticmethod
    def parameter(tensor: Any, *_: Any) -> Tensor:
        if not isinstance(tensor, Tensor):
            raise Refused("one of its parameters is no tensor")
        return tensor

    def place(self, storage: _Storage, begin: int, size: int) -> None:
        """Says where a storage's values are, and that they are there."""
        expected = storage.count * storage.dtype.itemsize
        if size != expected or begin < 0 or begin + size > len(self.file):
            raise Refused(
                f"its storage {storage.key[:40]} needs {expected} bytes; the file has "
                f"{max(0, min(size, len(self.file) - begin))}"
            )
        storage.place = begin


def _local_header(file: Any, info: zipfile.ZipInfo) -> int:
    """How long a member's header is in front of its bytes."""
    header = file[info.header_offset : info.header_offset + 30]
    if len(header) < 30 or header[:4] != b"PK\3\4":
        raise Refused(f"its part {info.filename[:80]} is not where its list says")
    return 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")


class _Zip:
    """The members of a zip by the names that follow its one folder."""

    def __init__(self, file: Any) -> None:
        self.file = file
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
        if len(infos) > MAX_MEMBERS:
            raise Refused(f"it has more than {MAX_MEMBERS} parts")
        self.members = {info.filename.partition("/")[2]: info for info in infos}
        if len(self.members) != len(infos):
            raise Refused("two of its parts have one name")

    def span(self, name: str) -> tuple[int, int]:
        """Where in the file a member's bytes begin, and how many they are."""
        info = self.members.get(name)
        if info is None:
            raise Refused(f"it has no part {name[:80]}")
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            raise Refused(f"its part {name[:80]} is compressed or encrypted; torch writes neither")
        return info.header_offset + _local_header(self.file, info), info.file_size

    def read(self, name: str) -> bytes:
        begin, size = self.span(name)
        if size > MAX_PICKLE:
            raise Refused(f"its part {name} has {size} bytes; at most {MAX_PICKLE}")
        return self.file[begin : begin + size]


def _read_zip(file: Any) -> Any:
    try:
        archive = _Zip(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise Refused(f"it is no whole zip file ({error})") from error
    order = archive.read("byteorder") if "byteorder" in archive.members else b"little"
    if order != b"little":
        raise Refused("its values are not in little-endian order")
    reader = _Reader(file)
    tensors = reader.load(io.BytesIO(archive.read("data.pkl")))
    for key, storage in reader.storages.items():
        reader.place(storage, *archive.span("data/" + key))
    return tensors


def _read_stream(file: Any) -> Any:
    """A pickle each of magic, version, system, table and keys; then the storages by key."""
    reader = _Reader(file)
    if reader.load(file) != STREAM_MAGIC or reader.load(file) != STREAM_PROTOCOL:
        raise Refused("it is no file of torch.save")
    system = reader.load(file)
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise Refused("its values are not in little-endian order")
    tensors, keys = reader.load(file), reader.load(file)
    if not isinstance(keys, list) or set(keys) != set(reader.storages):
        raise Refused("its list of storages is not that of its tensors")
    for key in keys:
        count, begin = int.from_bytes(file.read(8), "little"), file.tell()
        storage = reader.storages[key]
        if count != storage.count:
            raise Refused(f"its storage {key[:40]} has {count} values; {storage.count} expected")
        size = count * storage.dtype.itemsize
        reader.place(storage, begin, size)
        file.seek(begin + size)
    return tensors


def _check_table(tensors: Any) -> dict[str, Tensor]:
    if not isinstance(tensors, dict) or not tensors:
        raise Refused("it holds no table of tensors")
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise Refused(f"its entry {str(name)[:80]} is no tensor")
    return tensors


def read(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """The tensors of a file by name."""
    try:
        with open(path, "rb") as opened:
            if os.fstat(opened.fileno()).st_size == 0:
                raise Refused("it is empty")
            file = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        return _check_table((_read_zip if file[:4] == b"PK\3\4" else _read_stream)(file))
    except Refused as error:
        raise Refused(f"{os.fspath(path)}: {error}") from error
