"""Clips that lie elsewhere: a worker keeps a bounded number of bytes of them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import tempfile
from typing import Iterator, Sequence

from .._errors import Error, NotFound, invalid
from .packages import load


def is_remote(path: str) -> bool:
    return "://" in path


def cache_folder() -> pathlib.Path:
    named = os.environ.get("VISQ_CACHE")
    return pathlib.Path(named) if named else pathlib.Path(tempfile.gettempdir()) / "visq-cache"


def cache_bytes() -> int:
    megabytes = os.environ.get("VISQ_CACHE_MB", "20000")
    if not megabytes.isdigit():
        raise invalid(f'VISQ_CACHE_MB is "{megabytes}", and a whole number is expected')
    return int(megabytes) << 20


@contextlib.contextmanager
def _reaching(url: str) -> Iterator[None]:
    """What the packages below fsspec raise, as a sentence that names the clip."""
    try:
        yield
    except Error:
        raise
    except FileNotFoundError:
        raise NotFound(f"{url} is not there, or its server does not answer") from None
    except Exception as error:  # of any package
        text = " ".join(str(error).split()) or type(error).__name__
        raise invalid(f"{url} cannot be read: {text}") from error


def _place(folder: pathlib.Path, url: str, version: str) -> pathlib.Path:
    name = hashlib.sha256(f"{url} {version}".encode()).hexdigest()[:32]
    return folder / (name + pathlib.PurePosixPath(url).suffix)


def remote_identity(url: str) -> dict[str, str]:
    """Size and version of a file elsewhere: what changes when it does."""
    with _reaching(url):
        filesystem, path = load("fsspec").core.url_to_fs(url)
        info = filesystem.info(path)
    version = info.get("ETag") or info.get("etag") or info.get("LastModified") or info.get("mtime")
    return {"size": str(info.get("size")), "changed": str(version or "").strip('"')}


def _make_room(folder: pathlib.Path, keep: set[pathlib.Path], wanted: int) -> None:
    """Gives up what was longest not used; another worker may do the same at the same time."""
    files = []
    for file in folder.iterdir():
        with contextlib.suppress(OSError):
            files.append((file.stat().st_atime_ns, file.stat().st_size, file))
    total = sum(size for _, size, _ in files)
    for _, size, file in sorted(files):
        if total <= wanted:
            return
        if file not in keep and not file.name.endswith(".part"):
            with contextlib.suppress(OSError):
                file.unlink()
                total -= size


def _fetched(url: str, folder: pathlib.Path, keep: set[pathlib.Path]) -> pathlib.Path:
    place = _place(folder, url, remote_identity(url)["changed"])
    keep.add(place)
    if place.exists():
        os.utime(place)
        return place
    part, name = tempfile.mkstemp(dir=folder, suffix=".part")
    os.close(part)
    try:
        with _reaching(url):
            filesystem, path = load("fsspec").core.url_to_fs(url)
            size = int(filesystem.info(path)["size"] or 0)
            _make_room(folder, keep, max(0, cache_bytes() - size))
            filesystem.get_file(path, name)
        os.replace(name, place)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    return place


def local_files(paths: Sequence[str]) -> list[str]:
    """Where the clips lie on this machine, those from elsewhere in the cache."""
    keep: set[pathlib.Path] = set()
    folder = cache_folder()
    if any(is_remote(path) for path in paths):
        folder.mkdir(parents=True, exist_ok=True)
    return [str(_fetched(p, folder, keep)) if is_remote(p) else p for p in paths]
