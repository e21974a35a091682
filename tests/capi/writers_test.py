"""writers_test.py LIBVMAF [CASES]: reports of random scores, under names that nobody would choose,
are read back by parsers of another hand: Python's json, xml, csv, and a pattern for subtitles.
"""

import csv
import ctypes
import io
import json
import math
import random
import re
import sys
from xml.etree import ElementTree

FORMATS = {"xml": 1, "json": 2, "csv": 3, "sub": 4}
PARTS = ["psnr_y", "<x>", '"', "'", "&amp;", ",", ";", "\n", "\r\n", "\t", "=1+1", "@", "-2", "\\"]
PARTS += ["\x1b[31m", "\x7f", "\u202e", "é", "漢", "\U0001f600", "]]>", "%s", "{}", "|", " ", "#"]
TAKE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


class Configuration(ctypes.Structure):
    """VmafConfiguration."""

    _fields_ = [
        ("log_level", ctypes.c_int),
        ("n_threads", ctypes.c_uint),
        ("n_subsample", ctypes.c_uint),
        ("cpumask", ctypes.c_uint64),
        ("gpumask", ctypes.c_uint64),
    ]


class Context:
    """A context that only holds imported scores."""

    def __init__(self, library):
        self.library, self.pointer = library, ctypes.c_void_p()
        assert library.vmaf_init(ctypes.byref(self.pointer), Configuration()) == 0

    def add(self, name, value, frame):
        return self.library.vmaf_import_feature_score(
            self.pointer, name, ctypes.c_double(value), ctypes.c_uint(frame)
        )

    def text(self, form):
        parts = []
        take = TAKE(lambda _, text, size: parts.append(ctypes.string_at(text, size)))
        assert self.library.vmaf_output_text(self.pointer, FORMATS[form], take, None) == 0
        return b"".join(parts).decode("utf-8")

    def close(self):
        assert self.library.vmaf_close(self.pointer) == 0


def value_from(chance):
    return chance.choice(
        [chance.uniform(0, 100), chance.uniform(-1, 1) * 10 ** chance.randint(-12, 12), 0.0]
        + [math.inf, -math.inf, math.nan] * (chance.random() < 0.1)
    )


def is_read_back(read, value):
    """As libvmaf writes numbers: six decimals, more of tiny ones."""
    if math.isnan(value) or math.isinf(value):
        return read is None or math.isnan(read) or read == value
    return math.isclose(read, value, rel_tol=1e-5, abs_tol=1e-6)


def json_frames(text):
    return [list(frame["metrics"].values()) for frame in json.loads(text)["frames"]]


def xml_frames(text):
    return [
        [float(value) for key, value in frame.attrib.items() if key != "frameNum"]
        for frame in ElementTree.fromstring(text).find("frames")
    ]


def csv_frames(text):
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    cells = [row[1:-1] if rows[0][-1] == "" else row[1:] for row in rows]
    assert len({len(row) for row in rows}) == 1, "rows differ in length"
    assert not any(cell[:1] in "=+@\t\r" for cell in cells[0] if cell), "a cell is a formula"
    return [[float(cell) for cell in row] for row in cells[1:]]


def sub_frames(text):
    lines = text.rstrip("\n").split("\n")
    assert all(re.match(r"\{\d+\}\{\d+\}frame: \d+\|", line) for line in lines), text
    return [[float(cell.rsplit(": ", 1)[1]) for cell in line.split("|")[1:-1]] for line in lines]


READERS = {"json": json_frames, "xml": xml_frames, "csv": csv_frames, "sub": sub_frames}


def check(library, chance):
    context = Context(library)
    names = {"".join(chance.choices(PARTS, k=chance.randint(1, 4))) for _ in range(3)}
    count, table = chance.randint(1, 4), []
    taken = [name for name in sorted(names) if context.add(name.encode(), 1.5, 0) == 0]
    for frame in range(count):
        values = {name: value_from(chance) if frame else 1.5 for name in taken}
        for name in taken if frame else []:
            assert context.add(name.encode(), values[name], frame) == 0
        table.append(values)
    if taken:
        for form, reader in READERS.items():
            text = context.text(form)
            try:
                frames = reader(text)
                assert len(frames) == count, f"{len(frames)} frames, not {count}"
                for read, values in zip(frames, table, strict=True):
                    left = list(values.values())
                    for number in read:
                        left.remove(next(x for x in left if is_read_back(number, x)))
                    assert not left, f"{left} are missing"
            except Exception:
                print(form, names, table, text, sep="\n")
                raise
            if form != "csv":  # whose cells hold whatever bytes a name has
                assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", text), f"{form}: {text!r}"
    context.close()
    return len(taken)


def main():
    library = ctypes.CDLL(sys.argv[1])
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 400
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    taken = sum(check(library, chance) for _ in range(cases))
    print(f"{cases} reports in 4 formats, {taken} names")
    assert taken > cases


main()
