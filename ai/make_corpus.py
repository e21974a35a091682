#!/usr/bin/env python3
"""Encodes sources at a grid of codecs, presets and quality, and scores every frame.

It is a run of visq catalogue, kept in a folder beside the Parquet file: what was finished stays,
and the same command goes on from there.
"""

import argparse
import csv
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, Iterator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from ai import errors

with errors.missing_packages():
    import pyarrow as pa
    import pyarrow.compute
    import visq
    import visq.catalogue
    from visq.catalogue import store as columns
    from visq.catalogue.settings import Settings

    from ai import corpus, download
    from ai.errors import Refused
    from ai.exporting import say

# The options of ffmpeg besides the codec and the quality, with the preset that is usual.
CODECS: dict[str, tuple[str, list[str]]] = {
    "libx264": ("medium", ["-preset", "{preset}", "-crf", "{crf}", "-threads", "1"]),
    "libx265": (
        "medium",
        [
            *("-preset", "{preset}", "-crf", "{crf}"),
            *("-x265-params", "log-level=error:pools=none:frame-threads=1"),
        ],
    ),
    "libsvtav1": ("8", ["-preset", "{preset}", "-crf", "{crf}", "-svtav1-params", "lp=1"]),
    "libvpx-vp9": (
        "good",
        [
            *("-deadline", "{preset}", "-cpu-used", "4", "-crf", "{crf}", "-b:v", "0"),
            *("-threads", "1"),
        ],
    ),
}
BITEXACT = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"]
# What the catalogue calls the features that models take.
NAMES = {
    "integer_adm2": "adm2",
    "integer_motion2": "motion2",
    **{f"integer_vif_scale{i}": f"vif_scale{i}" for i in range(4)},
}


@dataclass(frozen=True)
class Encode:
    source: str  # its name
    path: str  # of the source
    codec: str
    preset: str
    crf: str

    @property
    def name(self) -> str:
        return f"{self.source}_{self.codec}_{self.preset}_{self.crf}"


def read_sources(manifest: str) -> dict[str, str]:
    """Paths by name, of a CSV file with the column source, and name where that is not the stem."""
    path = pathlib.Path(manifest)
    out: dict[str, str] = {}
    with open(path, newline="", encoding="utf-8-sig") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            if not row.get("source"):
                raise Refused(f"{path}: line {number} names no source")
            name = row.get("name") or pathlib.PurePath(row["source"]).stem
            source = path.parent / row["source"]
            if name in out or "/" in name:
                raise Refused(f"{path}: line {number}: {name} is a name twice, or no name")
            if not source.is_file():
                raise Refused(f"{path}: line {number}: there is no {source}")
            out[name] = str(source)
    if not out:
        raise Refused(f"{path} has no source")
    return out


def grid(sources: dict[str, str], args: argparse.Namespace) -> Iterator[Encode]:
    for name, path in sources.items():
        for codec in args.codecs:
            for preset in args.presets or [CODECS[codec][0]]:
                for crf in args.crfs:
                    yield Encode(name, path, codec, preset, crf)


def _ffmpeg(encode: Encode, target: pathlib.Path) -> list[str]:
    words = [word.format(preset=encode.preset, crf=encode.crf) for word in CODECS[encode.codec][1]]
    return [
        *("ffmpeg", "-v", "error", "-nostdin", "-y", "-i", encode.path, "-an"),
        *("-c:v", encode.codec, *words, *BITEXACT, "-f", "matroska", str(target)),
    ]


def encoded(encode: Encode, folder: pathlib.Path, version: str) -> pathlib.Path:
    """The encode's file, made where it is not there or was made of something else."""
    target = folder / f"{encode.name}.mkv"
    command = _ffmpeg(encode, target)
    told = json.dumps([version, download.sha256_of(pathlib.Path(encode.path)), command])
    key = hashlib.sha256(told.encode()).hexdigest()
    stamp = target.with_suffix(".made_of")
    if target.is_file() and stamp.is_file() and stamp.read_text() == key:
        return target
    part = target.with_suffix(".part")
    done = subprocess.run([*command[:-1], str(part)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        part.unlink(missing_ok=True)
        words = done.stderr.strip().splitlines()
        raise Refused(f"ffmpeg cannot make {target.name}: {words[-1] if words else 'no reason'}")
    stamp.unlink(missing_ok=True)
    os.replace(part, target)
    stamp.write_text(key)
    return target


def ffmpeg_version() -> str:
    if shutil.which("ffmpeg") is None:
        raise Refused("there is no ffmpeg on PATH")
    done = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()[0]


def check_codecs(wanted: list[str]) -> None:
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-encoders"], capture_output=True, text=True, check=False
    )
    for codec in wanted:
        if f" {codec} " not in done.stdout:
            raise Refused(f"this ffmpeg has no encoder {codec}")


def scored(encodes: list[Encode], files: list[pathlib.Path], work: pathlib.Path, args: Any) -> Any:
    """The folder of a catalogue in which every frame has its scores."""
    rows = [
        {
            "reference": str(pathlib.Path(e.path).absolute()),
            "distorted": str(path.absolute()),
            "id": e.name,
            **{"title": e.source, "codec": e.codec, "preset": e.preset, "crf": e.crf},
        }
        for e, path in zip(encodes, files, strict=True)
    ]
    same = {"to_bitdepth": "auto", "to_pixel_format": "auto"}  # not every encoder keeps them
    settings = Settings(("vmaf", *args.feature), {"shortest": "true", **same})
    plan = visq.catalogue.make_plan(rows, settings, work)
    failed = visq.catalogue.run(work, args.on, quiet=True)
    if failed:
        first = columns.read_table(work / "failures.parquet").to_pylist()[0]
        raise Refused(f"{failed} parts could not be scored; the first: {first['sentence']}")
    return plan


def table_of(plan: Any, encodes: list[Encode], target: str) -> Any:
    """A row a frame, in the order of the encodes."""
    tables = [
        columns.read_table(columns.part_of(plan.folder, unit)) for unit in sorted(plan.names())
    ]
    whole = pa.concat_tables(tables, promote_options="default")
    of = {e.name: e for e in encodes}
    whole = whole.filter(pa.compute.is_in(whole["id"], value_set=pa.array(list(of))))
    whole = whole.sort_by([("id", "ascending"), ("frame", "ascending")])
    about = [of[name] for name in whole["id"].to_pylist()]
    out = {
        "source": pa.array([e.source for e in about]),
        "encode": whole["id"].combine_chunks(),
        "frame": whole["frame"].combine_chunks(),
        "codec": pa.array([e.codec for e in about]),
        "preset": pa.array([e.preset for e in about]),
        "crf": pa.array([float(e.crf) for e in about]),
    }
    for name in whole.column_names:
        if name not in ("id", "frame", "time", "damaged") and pa.types.is_floating(
            whole[name].type
        ):
            out[NAMES.get(name, name)] = whole[name].combine_chunks()
    if target not in out:
        raise Refused(f"nothing was scored that is called {target}: {', '.join(out)}")
    out["target"] = out[target]
    return pa.table(out)


def check_crfs(values: list[str]) -> None:
    for value in values:
        if not value.isdigit() or int(value) > 63:
            raise Refused(f"--crfs {value}: a whole number from 0 to 63 is expected")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("manifest", metavar="MANIFEST", help="CSV with a column source")
    parser.add_argument("--out", required=True, type=pathlib.Path, metavar="FILE.parquet")
    parser.add_argument("--codecs", nargs="+", choices=CODECS, default=["libx264", "libx265"])
    parser.add_argument("--presets", nargs="+", metavar="P", help="(what is usual of each)")
    parser.add_argument("--crfs", nargs="+", default=["22", "28", "34", "40", "46"], metavar="N")
    parser.add_argument(
        "--feature",
        action="append",
        default=[],
        metavar="SPEC",
        help="also score this, as vmaf takes it: other features, or a teacher",
    )
    parser.add_argument("--target", default="vmaf", metavar="NAME", help="what is learned (vmaf)")
    parser.add_argument("--on", default="local", metavar="WHERE", help="as visq catalogue run")
    args = parser.parse_args()
    sources, version = read_sources(args.manifest), ffmpeg_version()
    check_codecs(args.codecs)
    check_crfs(args.crfs)
    work = args.out.with_suffix(".work")
    (work / "encodes").mkdir(parents=True, exist_ok=True)
    encodes = list(grid(sources, args))
    files = [encoded(e, work / "encodes", version) for e in encodes]
    say(f"{len(files)} encodes of {len(sources)} sources are in {work / 'encodes'}")
    try:
        plan = scored(encodes, files, work / "catalogue", args)
        table = table_of(plan, encodes, args.target)
    except visq.Error as error:
        raise Refused(str(error)) from error
    about = {"library": visq.__version__, "ffmpeg": version, "target": args.target}
    columns.write_table(table, args.out, about)
    corpus.read(args.out)
    say(f"{args.out}: {table.num_rows} frames, sha256 {download.sha256_of(args.out)}")


if __name__ == "__main__":
    errors.run(main)
