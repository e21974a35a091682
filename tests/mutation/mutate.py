#!/usr/bin/env python3
"""Flips each comparison of the code that pools scores, says what samples mean, and cuts clips into
parts, and runs the tests that should notice. Prints what they did not notice, and fails where
tests/mutation/survivors.txt does not say why that is right.

    tests/mutation/mutate.py [--only FILE]

Works on a copy of HEAD in build/mutation. Takes some 20 minutes.
"""

import argparse
import collections
import dataclasses
import pathlib
import re
import subprocess
import sys

PROJECT = pathlib.Path(__file__).resolve().parents[2]
BUILD = PROJECT / "build/mutation"
TREE = BUILD / "tree"
SURVIVORS = PROJECT / "tests/mutation/survivors.txt"

RANGE = ("tests/visq_context_tests", "--gtest_filter=CapiRange*:CapiShots*")
JOB = ("job/visq_job_tests",)
# What is changed, and the programs whose tests should fail then.
TESTS = {
    "src/collect/pool.cc": [("tests/visq_collect_tests",)],
    "src/collect/table.cc": [("tests/visq_collect_tests",), RANGE],
    "src/report/statistics.cc": [("tests/visq_report_tests",), RANGE],
    "src/engine/counted.cc": [RANGE, ("tests/visq_engine_tests",)],
    "job/meaning.cc": [JOB],
    "job/pooled.cc": [JOB],
}
# clang-format puts spaces around binary operators, and none within templates.
FLIPS = {
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "==": "!=",
    "!=": "==",
    "&&": "||",
    "||": "&&",
}
OPERATOR = re.compile(r"(?<= )(<=|>=|==|!=|&&|\|\||<|>)(?= )")
LONGEST = 120  # seconds of a test program: one that does not end has noticed


@dataclasses.dataclass(frozen=True)
class Mutant:
    file: str
    line: int  # from 0
    start: int
    operator: str
    text: str  # of the line

    @property
    def key(self):
        """The place by its text, so that lines above may come and go."""
        marked = (
            self.text[: self.start]
            + f"[{self.operator}]"
            + self.text[self.start :][len(self.operator) :]
        )
        return f"{self.file}: {' '.join(marked.split())}"[:100].strip()


def mutants_of(file):
    lines = (TREE / file).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        code = re.sub(r'"(\\.|[^"\\])*"', lambda found: '"' * len(found[0]), line)
        code = code.split("//")[0]
        for found in OPERATOR.finditer(code):
            yield Mutant(file, number, found.start(), found[1], line)


def run(*words, **more):
    return subprocess.run([str(w) for w in words], capture_output=True, check=False, **more)


def prepare():
    run("git", "worktree", "remove", "--force", TREE, cwd=PROJECT)
    subprocess.run(["git", "worktree", "add", "--detach", TREE, "HEAD"], cwd=PROJECT, check=True)
    (TREE / ".deps").symlink_to(PROJECT / ".deps")
    if (PROJECT / "models/store").exists():
        (TREE / "models/store").symlink_to(PROJECT / "models/store")
    configure = ["cmake", "-S", TREE, "-B", BUILD / "out", "-G", "Ninja", "-DVISQ_PYTHON=OFF"]
    subprocess.run([*configure, "-DCMAKE_BUILD_TYPE=Release"], check=True, capture_output=True)


def build(programs):
    targets = sorted({pathlib.Path(program[0]).name for program in programs})
    return run("ninja", "-C", BUILD / "out", *targets).returncode == 0


def noticed(programs):
    for program, *words in programs:
        try:
            done = run(BUILD / "out" / program, *words, "--gtest_brief=1", timeout=LONGEST)
        except subprocess.TimeoutExpired:
            return True
        if done.returncode != 0:
            return True
    return False


def outcome(mutant):
    path = TREE / mutant.file
    whole = path.read_text(encoding="utf-8")
    lines = whole.splitlines(keepends=True)
    line = lines[mutant.line]
    end = mutant.start + len(mutant.operator)
    lines[mutant.line] = line[: mutant.start] + FLIPS[mutant.operator] + line[end:]
    path.write_text("".join(lines), encoding="utf-8")
    try:
        if not build(TESTS[mutant.file]):
            return "no program"
        return "noticed" if noticed(TESTS[mutant.file]) else "survived"
    finally:
        path.write_text(whole, encoding="utf-8")


def explained():
    text = SURVIVORS.read_text(encoding="utf-8")
    return {line for line in text.splitlines() if ": " in line and not line.startswith(("#", " "))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", metavar="FILE", choices=sorted(TESTS))
    options = parser.parse_args()
    prepare()
    files = [options.only] if options.only else list(TESTS)
    if not build([p for f in files for p in TESTS[f]]) or any(noticed(TESTS[f]) for f in files):
        sys.exit("mutation: the tests fail without any change")
    counts, unexplained = collections.Counter(), []
    for file in files:
        for mutant in mutants_of(file):
            how = outcome(mutant)
            counts[how] += 1
            if how == "survived":
                known = mutant.key in explained()
                print(f"survived{' (explained)' if known else ''}: {mutant.key}", flush=True)
                unexplained += [] if known else [mutant.key]
    print(", ".join(f"{count} {how}" for how, count in sorted(counts.items())))
    run("git", "worktree", "remove", "--force", TREE, cwd=PROJECT)
    if unexplained:
        sys.exit(f"mutation: {len(unexplained)} changes that no test notices, and nobody explained")


if __name__ == "__main__":
    main()
