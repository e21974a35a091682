#!/usr/bin/env python3
"""Runs the tests of libvmaf's own Python package.

suite.py compare FOLDER [WORD]  over the package of visq, and counts
suite.py record FOLDER [WORD]   over libvmaf's package, and keeps what it gives, for the others;
                                needs an interpreter with its requirements, and its command
suite.py command FOLDER [WORD]  over libvmaf's package with visq's command in the place of its own,
                                and counts the numbers; needs that interpreter as well

WORD: only files of tests whose names have it. The interpreter needs pytest 8 or newer.

VISQ_NETFLIX_VMAF      a clone of github.com/Netflix/vmaf
VISQ_NETFLIX_RESOURCE  a clone of github.com/Netflix/vmaf_resource, or a part of one: of clips that
                       it lacks there are stand-ins
VISQ_NETFLIX_NUMBERS   the file that `record` writes and the others read; without it, tests of
                       stand-ins miss their numbers
VISQ_NETFLIX_COMMAND   the command of libvmaf, for `record`
VISQ_VMAF              the command of visq
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import standins

HERE = pathlib.Path(__file__).resolve().parent
ENOUGH = 0.85
# What is of training, NIQE, local explanations or kernels in Python, which visq's package refuses.
LEFT_OUT_FILES = (
    "bootstrap_train_test_model_test.py",
    "cross_validation_test.py",
    "cy_test.py",
    "doctest_test.py",
    "local_explainer_test.py",
    "niqe_train_test_model_test.py",
    "train_test_model_test.py",
)
LEFT_OUT_NAMES = ("train_test", "vmaf_training", "niqe", "local_explain")


def _clone(variable):
    path = os.environ.get(variable, "")
    if not os.path.isdir(path):
        print(f"{variable} does not name a clone ({path or 'it is not set'}): see {__file__}")
        sys.exit(77)
    return pathlib.Path(path).resolve()


def _link_all(source, target):
    """Each file on its own, so that stand-ins can lie beside them."""
    for file in source.rglob("*"):
        place = target / file.relative_to(source)
        if file.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        elif not os.path.lexists(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(file)


def _make_root(root, package, command):
    """A folder laid out like the clone, around one of the packages."""
    clone, resources = _clone("VISQ_NETFLIX_VMAF"), _clone("VISQ_NETFLIX_RESOURCE")
    tests = root / "python/test"
    for name in ("model", "resource"):
        _link_all(clone / name, root / name)
    _link_all(clone / "python/test", tests)
    _link_all(resources / "python/test/resource", tests / "resource")
    standins.make(tests / "resource")
    shutil.rmtree(root / "python/vmaf", ignore_errors=True)
    shutil.copytree(package, root / "python/vmaf")
    tool = root / "libvmaf/build/tools/vmaf"
    tool.parent.mkdir(parents=True, exist_ok=True)
    tool.unlink(missing_ok=True)
    tool.symlink_to(command)


def _run(root, file, mode, numbers):
    kept = root / "numbers.json"
    kept.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]),
        # The command lines ask env for python3.
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "Agg",
        "VISQ_NUMBERS": f"{mode}:{numbers}",
        "VISQ_NUMBERS_OUT": str(kept),
    }
    choice = " and ".join(f"not {name}" for name in LEFT_OUT_NAMES)
    words = [sys.executable, "-m", "pytest", "-q", "-p", "plugin", "-p", "no:cacheprovider"]
    log = subprocess.run(
        [*words, "-k", choice, str(file.relative_to(root / "python"))],
        cwd=root / "python",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if log.returncode not in (0, 1, 2, 5) or not kept.exists():
        sys.exit(f"{file.name}: pytest failed\n{log.stdout}\n{log.stderr}")
    return json.loads(kept.read_text(encoding="utf-8"))


def _all_tests(root, mode, numbers):
    tests, word = {}, (sys.argv[3:] or [""])[0]
    for file in sorted((root / "python/test").rglob("*_test.py")):
        if file.name not in LEFT_OUT_FILES and word in file.name:
            found = _run(root, file, mode, numbers)
            passed = sum(test.get("outcome") == "passed" for test in found.values())
            print(f"{file.name:45} {passed:4} of {len(found):4}", flush=True)
            tests.update(found)
    return tests


def _make_root_of_theirs(root, command):
    clone = _clone("VISQ_NETFLIX_VMAF")
    _make_root(root, clone / "python/vmaf", command)
    ffmpeg = f'FFMPEG_PATH = "{shutil.which("ffmpeg")}"\nFFMPEG_ENV = None\n'
    (root / "python/vmaf/externals.py").write_text(ffmpeg, encoding="utf-8")
    os.environ["PYTHONPATH"] = str(root / "python")


def record(folder):
    root, clone = folder / "record", _clone("VISQ_NETFLIX_VMAF")
    command = os.environ.get("VISQ_NETFLIX_COMMAND", clone / "libvmaf/build/tools/vmaf")
    _make_root_of_theirs(root, command)
    numbers = os.environ["VISQ_NETFLIX_NUMBERS"]
    tests = _all_tests(root, "record", numbers)
    with open(numbers, "w", encoding="utf-8") as file:
        json.dump(tests, file)


def command(folder):
    root = folder / "command"
    _make_root_of_theirs(root, os.environ["VISQ_VMAF"])
    tests = _all_tests(root, "count", os.environ.get("VISQ_NETFLIX_NUMBERS", ""))
    return _count_numbers(tests)


def compare(folder):
    import vmaf  # pylint: disable=import-outside-toplevel

    root = folder / "compare"
    _make_root(root, pathlib.Path(vmaf.__file__).parent, os.environ["VISQ_VMAF"])
    os.environ["VMAF_ROOT"] = str(root)
    tests = _all_tests(root, "compare", os.environ.get("VISQ_NETFLIX_NUMBERS", ""))
    passed = [name for name, test in tests.items() if test.get("outcome") == "passed"]
    for name, test in tests.items():
        if test.get("outcome") == "failed":
            print(f"{name}\n    {test['words']}")
    counted = [name for name, test in tests.items() if test.get("outcome") != "skipped"]
    print(f"{len(passed)} of {len(counted)} tests give the numbers of libvmaf's package")
    return 0 if len(passed) >= ENOUGH * len(counted) else 1


def _count_numbers(tests):
    for name, test in tests.items():
        if test["missed"] or test.get("outcome") == "failed":
            print(f"{name}\n    {len(test['missed'])} missed {test['words']}")
    compared = sum(len(test["values"]) for test in tests.values())
    missed = sum(len(test["missed"]) for test in tests.values())
    print(f"{compared - missed} of {compared} numbers are those that the tests expect")
    return 0 if missed <= (1 - ENOUGH) * compared else 1


if __name__ == "__main__":
    modes = {"record": record, "compare": compare, "command": command}
    sys.exit(modes[sys.argv[1]](pathlib.Path(sys.argv[2])))
