#!/usr/bin/env python3
"""Signs the models of a folder with cosign, so that --tiny-model-verify accepts them.

Every file of a model that a registry lists gets a bundle, FILE.sigstore.json: the ONNX file, its
quantised file and its external data. A file that is not the listed one stops everything before
anything is signed; a model whose external data are not there cannot run, and is left out.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from ai import errors

with errors.missing_packages():
    import onnx

    from ai import download, inputs, store
    from ai.errors import Refused
    from ai.exporting import ROOT, say

PATIENCE_S = 600  # a person may have to look at a browser


def _external(path: pathlib.Path) -> list[str]:
    """Files beside the model that hold weights of it."""
    model = onnx.load(path, load_external_data=False)
    names = {
        entry.value
        for tensor in model.graph.initializer
        for entry in tensor.external_data
        if entry.key == "location"
    }
    for name in names:
        if pathlib.PurePath(name).name != name:
            raise Refused(f"{path} has external data outside its folder, {name}")
    return sorted(names)


def absent(folder: pathlib.Path, line: dict[str, Any]) -> list[str]:
    """External data that a model needs and that are not there."""
    return [name for name in _external(folder / line["onnx"]) if not (folder / name).is_file()]


def _expect(path: pathlib.Path, sha256: str) -> str:
    found = download.sha256_of(path)
    if found != sha256:
        raise Refused(f"{path} has sha256 {found}, and the registry lists {sha256}")
    return found


def files_of(folder: pathlib.Path, line: dict[str, Any]) -> dict[str, str]:
    """The files of a model that are there, with their hashes, all of them the listed ones."""
    path = folder / line["onnx"]
    found = {path.name: _expect(path, line["sha256"])}
    int8 = f"{inputs.stem_of(path)}.int8.onnx"
    if "int8_sha256" in line and (folder / int8).is_file():
        found[int8] = _expect(folder / int8, line["int8_sha256"])
    listed = line.get("external_data", {})
    for name in _external(path):
        found[name] = listed.get(name) or download.sha256_of(folder / name)
        _expect(folder / name, found[name])
    return found


def signed_line(line: dict[str, Any], files: dict[str, str], signer: dict[str, str]) -> Any:
    data = {name: sha256 for name, sha256 in files.items() if not name.endswith(".onnx")}
    bundle = {"sigstore_bundle": f"{line['onnx']}.sigstore.json", **signer}
    return {**line, **bundle, **({"external_data": data} if data else {})}


def _sign(cosign: str, path: pathlib.Path, key: str | None) -> None:
    """The bundle appears whole, once cosign has made it."""
    bundle = path.with_name(path.name + ".sigstore.json")
    part = bundle.with_name(f".{bundle.name}.part")
    words = [cosign, "sign-blob", "--yes", "--bundle", str(part.absolute())]
    words += ["--key", key] if key else []
    try:
        done = subprocess.run(
            [*words, str(path.absolute())],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        part.unlink(missing_ok=True)
        raise Refused(f"cosign did not sign {path} within {PATIENCE_S} seconds") from None
    if done.returncode != 0 or not part.is_file():
        part.unlink(missing_ok=True)
        words = " ".join(done.stderr.split())[:300] or "it gives no reason"
        raise Refused(f"cosign did not sign {path} (exit status {done.returncode}): {words}")
    os.replace(part, bundle)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        type=pathlib.Path,
        default=ROOT / "models/store/tiny",
        help="of the models (default: models/store/tiny)",
    )
    parser.add_argument("--key", metavar="FILE", help="cosign's private key; else it asks you")
    parser.add_argument("--identity", metavar="NAME", help="who signs, for the registry")
    parser.add_argument("--issuer", metavar="URL", help="who says so, for the registry")
    args = parser.parse_args()
    cosign = shutil.which("cosign")
    if cosign is None:
        raise Refused("there is no cosign on PATH (github.com/sigstore/cosign)")
    signer = {"sigstore_identity": args.identity, "sigstore_issuer": args.issuer}
    signer = {key: value for key, value in signer.items() if value}
    there = [line for line in store.lines(args.folder) if (args.folder / line["onnx"]).is_file()]
    broken = {line["onnx"]: missing for line in there if (missing := absent(args.folder, line))}
    there = [line for line in there if line["onnx"] not in broken]
    if not there:
        raise Refused(f"{args.folder} has no registry that lists a model which is there")
    files = [files_of(args.folder, line) for line in there]
    for path in sorted({name for each in files for name in each}):
        _sign(cosign, args.folder / path, args.key)
    lines = [signed_line(*pair, signer) for pair in zip(there, files, strict=True)]
    changed = [line for line, before in zip(lines, there, strict=True) if line != before]
    if changed:
        data = store.with_lines(args.folder, changed)
        store.write(args.folder, {store.REGISTRY: data})
    for name, missing in broken.items():
        say(f"{name} was not signed: it needs {missing[0]}, which is not there")
    signed = {name for each in files for name in each}
    for name in sorted({p.name for p in args.folder.glob("*.onnx")} - signed - broken.keys()):
        say(f"{name} is in no registry and was not signed")
    say(f"{sum(map(len, files))} files of {len(there)} models are signed")


if __name__ == "__main__":
    errors.run(main)
