"""Small helpers that scripts import."""

from __future__ import annotations

import ast
import concurrent.futures
import fnmatch
import itertools
import json
import logging
import os
import re
import sys
import time
import types
from typing import Any, Callable, Iterable, List, Mapping, Optional, Sequence

from .. import run_process
from .testutils import MyTestCase, QualityRunnerTestMixin
from .yuv import layout_of

__all__ = ["MyTestCase", "QualityRunnerTestMixin", "run_process"]  # imported by scripts from here


def get_file_name_with_extension(path: str) -> str:
    return os.path.basename(path)


def get_file_name_without_extension(path: str) -> str:
    """
    >>> get_file_name_without_extension("abc/src01_hrc01.sdr.yuv")
    'src01_hrc01.sdr'
    """
    return os.path.splitext(os.path.basename(path))[0]


def get_file_name_extension(path: str) -> str:
    """
    >>> get_file_name_extension("abc/test.265")
    '265'
    """
    return os.path.splitext(path)[1][1:]


def get_dir_without_last_slash(path: str) -> str:
    return os.path.dirname(path)


def make_parent_dirs_if_nonexist(path: str) -> None:
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)


def match_any_files(template: str) -> bool:
    """Is there a file of that name, where %d stands for a number and * for anything?"""
    pattern = re.sub(r"%0?\d*d", "*", template)
    folder = os.path.dirname(pattern) or "."
    if not os.path.isdir(folder):
        return False
    return any(fnmatch.fnmatch(name, os.path.basename(pattern)) for name in os.listdir(folder))


def get_stdout_logger() -> logging.Logger:
    logger = logging.getLogger()
    logger.setLevel(logging.DEBUG)
    logger.addHandler(logging.StreamHandler(stream=sys.stdout))
    return logger


def close_logger(logger: logging.Logger) -> None:
    for handler in list(logger.handlers):
        handler.close()
        logger.removeHandler(handler)


def get_normalized_string_from_dict(d: Mapping[str, Any]) -> str:
    """
    >>> get_normalized_string_from_dict({"max_buffer_sec": 5.0, "bitrate_kbps": 45})
    'bitrate_kbps_45_max_buffer_sec_5.0'
    """
    return "_".join(f"{key}_{d[key]}" for key in sorted(d))


def get_unique_str_from_recursive_dict(d: Mapping[str, Any]) -> str:
    """
    >>> get_unique_str_from_recursive_dict({"b": {"y": "1", "x": "0"}, "a": 1})
    '{"a": 1, "b": {"x": "0", "y": "1"}}'
    """
    return json.dumps(d, sort_keys=True)


def indices(a: Iterable[Any], func: Callable[[Any], bool]) -> List[int]:
    """
    >>> indices([1, 2, 3, 1, 2, 3], lambda x: x > 2)
    [2, 5]
    """
    return [i for i, value in enumerate(a) if func(value)]


def empty_object() -> Any:
    """An object to hang attributes on."""
    return types.SimpleNamespace()


def get_cmd_option(argv: Sequence[str], begin: int, end: int, option: str) -> Optional[str]:
    """
    >>> get_cmd_option(["a", "--xyz", "123"], 0, 3, "--xyz")
    '123'
    """
    for i in range(begin, end - 1):
        if argv[i] == option:
            return argv[i + 1]
    return None


def cmd_option_exists(argv: Sequence[str], begin: int, end: int, option: str) -> bool:
    return option in argv[begin:end]


def unroll_dict_of_lists(dict_of_lists: Mapping[str, Iterable[Any]]) -> List[dict[str, Any]]:
    """
    >>> unroll_dict_of_lists({"a": [1, 2], "b": [3]})
    [{'a': 1, 'b': 3}, {'a': 2, 'b': 3}]
    """
    keys = sorted(dict_of_lists)
    values = itertools.product(*(dict_of_lists[key] for key in keys))
    return [dict(zip(keys, chosen, strict=True)) for chosen in values]


def parallel_map(
    func: Callable[[Any], Any], list_args: Sequence[Any], processes: Optional[int] = None
) -> List[Any]:
    """func of each, several at a time in threads: scoring holds no lock of Python."""
    with concurrent.futures.ThreadPoolExecutor(processes or os.cpu_count()) as pool:
        return list(pool.map(func, list_args))


def map_yuv_type_to_bitdepth(yuv_type: str) -> Optional[int]:
    """
    >>> map_yuv_type_to_bitdepth("yuv420p10le"), map_yuv_type_to_bitdepth("notyuv")
    (10, None)
    """
    return None if yuv_type == "notyuv" else layout_of(yuv_type).bits


class Timer:
    """Prints how long its block took."""

    def __enter__(self) -> None:
        self._start = time.monotonic()

    def __exit__(self, *_: Any) -> None:
        print(f"Elapsed: {time.monotonic() - self._start} sec")


def _literal(value: Any) -> ast.expr:
    return ast.parse(repr(value), mode="eval").body


def import_python_file(
    filepath: str, override: Optional[Mapping[str, Any]] = None
) -> types.ModuleType:
    """Runs a file of Python, such as a dataset, and gives its names. override: other values for
    variables that it assigns, also for what it makes of them.
    """
    with open(filepath, encoding="utf-8") as file:
        tree = ast.parse(file.read(), filepath)
    left = dict(override or {})
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id in left:
            node.value = _literal(left.pop(target.id))  # type: ignore[attr-defined]
    for name, value in left.items():
        tree.body.append(ast.Assign([ast.Name(name, ast.Store())], _literal(value)))
    module = types.ModuleType(get_file_name_without_extension(filepath))
    module.__file__ = filepath
    # The file is the caller's own, who asks for it to be run.
    exec(  # pylint: disable=exec-used
        compile(ast.fix_missing_locations(tree), filepath, "exec"), module.__dict__
    )
    return module
