"""A corpus: a Parquet file with a row a frame (make_corpus.py). What comes in is checked here."""

import os
import pathlib
from dataclasses import dataclass
from typing import Any, Sequence

import numpy as np

from ai.errors import Refused

SIX = ("adm2", "vif_scale0", "vif_scale1", "vif_scale2", "vif_scale3", "motion2")
TEXTS = ("source", "encode", "codec", "preset")
MAX_ROWS = 50_000_000


@dataclass
class Corpus:
    """Columns by name, in the order of source, encode and frame."""

    path: pathlib.Path
    columns: dict[str, np.ndarray]
    metadata: dict[str, Any]

    def __len__(self) -> int:
        return len(self.columns["frame"])

    def numbers(self, names: Sequence[str]) -> np.ndarray:
        """[rows, names] of float64."""
        missing = [name for name in names if name not in self.columns]
        if missing:
            there = ", ".join(sorted(set(self.columns) - {*TEXTS, "frame", "crf"}))
            raise Refused(f"{self.path} has no column {missing[0]}; its features are {there}")
        return np.stack([self.columns[name].astype(np.float64) for name in names], axis=1)


def _number_column(path: Any, name: str, column: Any) -> np.ndarray:
    try:
        values = column.to_numpy(zero_copy_only=False).astype(np.float64)
    except (TypeError, ValueError) as error:
        raise Refused(f"{path}: its column {name} holds {column.type}, not numbers") from error
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        raise Refused(f"{path}: {name} is no number in row {row}")
    return values


def _text_column(path: Any, name: str, column: Any) -> np.ndarray:
    values = column.to_pylist()
    if not all(isinstance(value, str) for value in values):
        raise Refused(f"{path}: its column {name} holds {column.type}, and texts are expected")
    return np.array(values, dtype=object)


def read(path: str | os.PathLike[str]) -> Corpus:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        if file.metadata.num_rows > MAX_ROWS:
            raise Refused(f"{path} has {file.metadata.num_rows} rows; at most {MAX_ROWS}")
        table = file.read()
        metadata = dict(table.schema.metadata or {})
        table.validate(full=True)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:  # a name that is no text, for one
        words = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise Refused(f"{path} is no whole Parquet file ({words})") from error
    for name in (*TEXTS, "frame", "crf"):
        if name not in table.column_names:
            raise Refused(f"{path} has no column {name}: ai/make_corpus.py writes such files")
    if len(set(table.column_names)) < len(table.column_names):
        raise Refused(f"{path} has two columns of one name")
    if table.num_rows == 0:
        raise Refused(f"{path} has no row")
    return _sorted(pathlib.Path(path), table, metadata)


def _sorted(path: pathlib.Path, table: Any, metadata: dict[str, Any]) -> Corpus:
    table = table.combine_chunks()
    columns = {}
    for name in table.column_names:
        make = _text_column if name in TEXTS else _number_column
        columns[name] = make(path, name, table[name])
    order = np.lexsort((columns["frame"], columns["encode"].astype(str)))
    order = order[np.argsort(columns["source"][order].astype(str), kind="stable")]
    return Corpus(path, {name: values[order] for name, values in columns.items()}, metadata)
