#!/usr/bin/env python3
"""Measures visq beside a named peer and writes the tables of docs/benchmarks.md.

    bench/run.py --peer PATH_OF_LIBVMAF_VMAF                       everything, about an hour
    bench/run.py --peer PATH_OF_LIBVMAF_VMAF --only vmaf psnr      these sections; others stay
    bench/run.py --render                                          the page from figures kept before

The figures of every run are kept in --json, so that a page can be made again without measuring and
sections can be measured one by one.
"""

import argparse
import json
import pathlib
import sys

from suite import measure, page
from suite.sections import SECTIONS, Bench

BUILD = measure.PROJECT / "build/bench"


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", type=pathlib.Path, help="libvmaf's vmaf command")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=SECTIONS,
        metavar="SECTION",
        default=list(SECTIONS),
        help=", ".join(SECTIONS),
    )
    parser.add_argument("--quick", action="store_true", help="fewer frames, three rounds")
    parser.add_argument(
        "--threads",
        type=lambda text: [int(n) for n in text.split(",")],
        default=[1, 2],
        help="of the rows (default: 1,2)",
    )
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument(
        "--json",
        type=pathlib.Path,
        default=BUILD / "results.json",
        help="where the figures are kept (default: %(default)s)",
    )
    parser.add_argument(
        "--page",
        type=pathlib.Path,
        default=measure.PROJECT / "docs/benchmarks.md",
        help="where the tables go; - is standard output",
    )
    parser.add_argument(
        "--clips",
        type=pathlib.Path,
        default=BUILD / "clips",
        help="folder for the clips (default: %(default)s)",
    )
    return parser.parse_args()


def measure_sections(options, results):
    for program in (measure.VMAF, measure.MEASURE):
        if not program.exists():
            sys.exit(f"{program} is missing: build the presets release and bench first")
    bench = Bench(options.peer, options.clips, options.quick, options.threads)
    results["machine"] = measure.machine(options.peer) | {"rounds": bench.rounds}
    for name in options.only:
        print(f"{name} ", end="", flush=True, file=sys.stderr)
        rows = []
        for row in SECTIONS[name](bench):
            rows.append(row)
            print(".", end="", flush=True, file=sys.stderr)
        print(file=sys.stderr)
        results["sections"][name] = rows
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(results))


def main():
    options = parse()
    if options.peer is None and not options.render:
        sys.exit("name the peer with --peer, or make the page again with --render")
    kept = options.json.exists()
    if options.render and not kept:
        sys.exit(f"there are no figures in {options.json}")
    results = json.loads(options.json.read_text()) if kept else {"sections": {}}
    if not options.render:
        measure_sections(options, results)
    part = page.render(results)
    if str(options.page) == "-":
        print(part, end="")
    else:
        options.page.write_text(page.replace(options.page.read_text(), part))


if __name__ == "__main__":
    main()
