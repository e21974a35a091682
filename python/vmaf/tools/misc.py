"""Small helpers that scripts import."""

from __future__ import annotations

import os


def get_file_name_with_extension(path: str) -> str:
    return os.path.basename(path)


def get_file_name_without_extension(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


def get_file_name_extension(path: str) -> str:
    return os.path.splitext(path)[1][1:]


def make_parent_dirs_if_nonexist(path: str) -> None:
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
