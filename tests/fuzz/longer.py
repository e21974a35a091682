"""longer.py TREE [--minutes 30] [TARGET...]: each fuzz target of a tree of the preset `fuzz` for so
many minutes of processor time, from what earlier runs found and the seeds that its test has. Prints
a row of a table for each; what a target failed with lies beside its corpus. Fails where one did.

Processor time, so that the result does not depend on what else the machine does.
"""

import argparse
import json
import math
import pathlib
import re
import resource
import subprocess
import sys

SLICE = 300  # seconds


def tests_of(tree):
    """The commands of the tests fuzz.*, by the name of the target."""
    listed = subprocess.run(
        ["ctest", "--show-only=json-v1", "-R", "^fuzz\\."],
        cwd=tree,
        check=True,
        capture_output=True,
    )
    commands = [test["command"] for test in json.loads(listed.stdout)["tests"]]
    return {pathlib.Path(command[0]).name: command for command in commands}


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def fuzz(name, command, minutes):
    """Whether it went well for so long."""
    replaced = ("-runs=", "-timeout=")
    corpus = next(word for word in command[1:] if not word.startswith("-"))
    words = [word for word in command if not word.startswith(replaced)]
    words += [
        "-timeout=120",
        "-print_final_stats=1",
        "-close_fd_mask=1",
    ]
    words += [f"-artifact_prefix={corpus}-"]
    start, runs, said = processor_seconds(), 0, ""
    while (left := start + 60 * minutes - processor_seconds()) > 0:
        limit = f"-max_total_time={min(SLICE, math.ceil(left) + 2)}"
        done = subprocess.run([*words, limit], check=False, capture_output=True)
        said = done.stderr.decode(errors="replace")
        runs += int((re.findall(r"number_of_executed_units: (\d+)", said) or [0])[-1])
        if done.returncode:
            break
    else:
        edges = (re.findall(r"cov: (\d+)", said) or ["?"])[-1]
        inputs = sum(1 for _ in pathlib.Path(corpus).iterdir())
        print(f"| {name} | {runs:,} | {edges} | {inputs} |", flush=True)
        return True
    print(f"{name}: after {runs} inputs: {said[-3000:]}", flush=True)
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tree", type=pathlib.Path)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--minutes", type=float, default=30)
    arguments = parser.parse_intermixed_args()
    tests = tests_of(arguments.tree)
    if unknown := sorted(set(arguments.targets) - set(tests)):
        parser.error(f"{arguments.tree} has no {unknown[0]}: it has {', '.join(sorted(tests))}")
    print("| target | inputs | edges | corpus |\n| --- | --- | --- | --- |", flush=True)
    done = [
        fuzz(name, tests[name], arguments.minutes) for name in arguments.targets or sorted(tests)
    ]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
