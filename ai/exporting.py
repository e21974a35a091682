"""What the exporters have in common: their options, the original weights, and putting a model
with its sidecar and registry line into a folder.
"""

import argparse
import hashlib
import pathlib
import sys
from dataclasses import dataclass
from typing import Any, Callable, Mapping

import numpy as np

from ai import download, selfcheck, store, torch_file, trunks
from ai.errors import Refused
from ai.graph import OPSET
from ai.store import as_text, read_json

ROOT = pathlib.Path(__file__).resolve().parents[1]
SOURCE_KEYS = {
    "trunks": ("file", "url", "bytes", "sha256"),
    "heads": ("file", "url", "bytes", "sha256", "values_sha256"),
    "packages": ("file", "bytes", "sha256", "requirement", "wheel_bytes", "wheel_sha256", "member"),
}
USUAL_LIMIT = 50 << 20  # the library's, for model files
Shapes = Mapping[str, tuple[int, ...]]
# path of the model, what is published of it, say
Check = Callable[[pathlib.Path, dict[str, Any] | None, Callable[[str], None]], None]


def say(sentence: str) -> None:
    print(f"{pathlib.Path(sys.argv[0]).stem}: {sentence}", flush=True)


def parser(description: str) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(description=description)
    p.add_argument("--trunk", metavar="FILE", help="the network's weights, as published")
    p.add_argument("--download", action="store_true", help="get what is missing from publishers")
    p.add_argument(
        *("--weights", "-w"),
        metavar="FOLDER",
        default=ROOT / ".deps/weights",
        help="where original weights are, and downloads go (default: .deps/weights)",
    )
    p.add_argument(
        *("--out", "-o"),
        metavar="FOLDER",
        default=ROOT / "models/store/tiny",
        help="where the model goes (default: models/store/tiny)",
    )
    p.add_argument(
        "--allow-unknown-weights",
        action="store_true",
        help="take weights that are not the published ones",
    )
    p.add_argument(
        "--sources",
        metavar="FILE",
        default=ROOT / "ai/sources.json",
        help="another list of the original files, for a mirror (default: ai/sources.json)",
    )
    return p


def parser_with_heads(description: str) -> argparse.ArgumentParser:
    p = parser(description)
    p.add_argument("--heads", metavar="FILE", help="the metric's own weights, .pth, .pt or .json")
    return p


class Weights:
    """The original weights of one export. `known`: all of them are the published ones."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.sources = read_json(args.sources)
        self.known = True
        self.notes: list[str] = []

    def source(self, kind: str, name: str) -> dict[str, Any]:
        try:
            return {key: self.sources[kind][name][key] for key in SOURCE_KEYS[kind]}
        except (KeyError, TypeError) as error:
            raise Refused(f"{self.args.sources} has no {kind} {name} with {error}") from error

    def file(self, source: dict[str, Any], given: str | None) -> pathlib.Path:
        """The file that the user named, else that of the weights folder, else the publisher's."""
        if given:
            return pathlib.Path(given)
        path = pathlib.Path(self.args.weights) / source["file"]
        if self.args.download:
            get = download.get if "url" in source else download.get_from_package
            return get(source, self.args.weights, say)
        if not path.is_file():
            options = "--trunk and --heads" if "heads" in self.args else "--trunk"
            raise Refused(
                f"there is no {path}: --download gets it ({source['bytes'] / 1e6:.1f} MB), or name "
                f"a file with {options}"
            )
        return path

    def unknown(self, sentence: str) -> None:
        if not self.args.allow_unknown_weights:
            raise Refused(f"{sentence}; --allow-unknown-weights takes it all the same")
        say(f"{sentence}; taken as asked")
        self.known = False

    def trunk(self, net: str) -> dict[str, np.ndarray]:
        return self.tensors(self.source("trunks", net), trunks.shapes(trunks.TRUNKS[net]))

    def package(self, name: str, shapes: Shapes) -> dict[str, np.ndarray]:
        """Of a file in a Python package."""
        return self.tensors(self.source("packages", name), shapes)

    def tensors(self, source: dict[str, Any], shapes: Shapes) -> dict[str, np.ndarray]:
        path = self.file(source, self.args.trunk)
        sha256 = download.sha256_of(path)
        if sha256 != source["sha256"]:
            self.unknown(
                f"{path} has sha256 {sha256}; the published {source['file']} has {source['sha256']}"
            )
        tensors = torch_file.read(path)
        trunks.check_weights(tensors, shapes, str(path))
        self.notes.append(f"{path.name} sha256 {sha256}")
        out = {}
        for name in shapes:
            out[name] = tensors[name].array().astype(np.float32)
            if not np.isfinite(out[name]).all():
                raise Refused(f"{path}: {name} holds values that are not finite")
        return out

    def heads(self, name: str, wanted: dict[str, int]) -> list[np.ndarray]:
        """Lists of weights; `wanted` has their names in files of torch, and their lengths."""
        source = self.source("heads", name)
        path = self.file(source, self.args.heads)
        heads = _read_heads(path, list(wanted))
        for values, (tensor, length) in zip(heads, wanted.items(), strict=True):
            if values.size != length or not np.isfinite(values).all() or (values < 0).any():
                raise Refused(f"{path}: {tensor} must hold {length} numbers, none below 0")
        found = [hashlib.sha256(values.tobytes()).hexdigest() for values in heads]
        for tensor, sha256, expected in zip(wanted, found, source["values_sha256"], strict=True):
            if sha256 != expected:
                self.unknown(f"{path}: {tensor} holds other values than the published weights")
        self.notes.append(f"{path.name} values {', '.join(sha256[:16] for sha256 in found)}")
        return heads


def _read_heads(path: pathlib.Path, names: list[str]) -> list[np.ndarray]:
    """From a file of torch, or from JSON with a list "lins" or with lists of those names."""
    if path.suffix == ".json":
        table = read_json(path)
        named = [table.get(name) for name in names] if isinstance(table, dict) else []
        lists = table["lins"] if "lins" in table else named
        try:
            return [np.array(values, "<f4") for _, values in zip(names, lists, strict=True)]
        except (ValueError, TypeError) as error:
            raise Refused(f"{path} must have {len(names)} lists of numbers ({error})") from error
    tensors = torch_file.read(path)
    for name in names:
        if name not in tensors:
            raise Refused(f"{path} has no {name}")
    return [tensors[name].array().astype("<f4").ravel() for name in names]


@dataclass
class Model:
    """A finished export."""

    file: str
    data: bytes
    identity: dict[str, str]  # id, kind, license, license_url, description of the registry line
    check: Check  # refuses a model that does not do what it should
    sidecar: dict[str, str] | None  # None: the library asks for none


def model_of_pairs(
    file: str, data: bytes, identity: dict[str, str], sidecar: dict[str, str], metric: str
) -> Model:
    """Of a distance of pictures, which a metric of the library runs."""

    def check(path: pathlib.Path, published: dict[str, Any] | None, told: Any) -> None:
        selfcheck.in_onnxruntime(path, published, told)
        selfcheck.in_library(path, metric, told)

    names = {"input_name": "ref", "output_name": "score", "kind": "fr"}
    return Model(file, data, {**identity, "kind": "fr"}, check, {**names, **sidecar})


def registry_line(model: Model, notes: list[str]) -> dict[str, Any]:
    line: dict[str, Any] = {
        **model.identity,
        "onnx": model.file,
        "opset": OPSET,
        "sha256": hashlib.sha256(model.data).hexdigest(),
        "notes": f"made here by {pathlib.Path(sys.argv[0]).name} from {'; '.join(notes)}",
    }
    if len(model.data) > USUAL_LIMIT:
        line["max_bytes"] = len(model.data)
    return line


def publish_of(model: Model, weights: Weights) -> None:
    """Of weights that may be the published ones."""
    stem = model.file.removesuffix(".onnx")
    published = weights.sources.get("published", {}).get(stem) if weights.known else None
    publish(model, pathlib.Path(weights.args.out), weights.notes, published)


def publish(
    model: Model, folder: pathlib.Path, notes: list[str], published: dict[str, Any] | None = None
) -> None:
    """Checks the model, and puts it into the folder: never half a file, and none that fails."""
    line = registry_line(model, notes)
    files = {model.file: model.data, store.REGISTRY: store.with_lines(folder, [line])}
    if model.sidecar is not None:
        stem = model.file.removesuffix(".onnx")
        files[f"{stem}.json"] = as_text({**model.sidecar, "onnx_opset": OPSET})
    store.write(folder, files, lambda stage: model.check(stage / model.file, published, say))
    say(f"{folder / model.file}: {len(model.data)} bytes, sha256 {line['sha256']}")
