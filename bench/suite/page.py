"""The generated part of docs/benchmarks.md."""

import dataclasses
import typing

from suite import tables

BEGIN = "<!-- bench/run.py writes what follows, up to its end: do not edit. -->"
END = "<!-- The end of what bench/run.py writes. -->"


@dataclasses.dataclass
class Part:
    title: str
    table: typing.Callable
    text: str = ""


PARTS = {
    "vmaf": Part(
        "VMAF",
        tables.compared,
        """\
The default model, and both it and the one that does not reward enhancement (`vmaf+neg`).""",
    ),
    "both_models": Part(
        "Both models beside the default one",
        tables.both_models,
        """\
What `vmaf+neg` costs over `vmaf`, in turns; visq, 1080p, 8 bits.""",
    ),
    "metrics": Part(
        "Metrics, 8 bits",
        tables.compared,
        """\
`--aom_ctc v3.0` is a set of two models and six metrics.""",
    ),
    "bits10": Part("Metrics, 10 bits", tables.compared),
    "uhd": Part("Metrics, 4K", tables.compared),
    "psnr": Part(
        "PSNR: one frame, short and long clips",
        tables.psnr,
        """\
Reading the file is most of the work. 1080p, 8 bits; wall time of the whole command.""",
    ),
    "start": Part(
        "Start",
        tables.start,
        """\
Wall time of the whole command, from start to end, on one core. The peer reads no PNG files.""",
    ),
    "clips": Part(
        "Several clips against one reference",
        tables.together,
        """\
`vmaf -r reference -d a -d b -d c -d d` reads the reference once. A further clip is what each clip
after the first adds, over the time of a run with one clip. VMAF, 1080p, 8 bits.""",
    ),
    "decode": Part(
        "Decoding",
        tables.decode,
        """\
The scene without its noise, as y4m and as H.264, with visq. Decoding is the CPU time that mp4 takes
more. Cores busy is CPU time over wall time, of mp4.""",
    ),
    "one_frame": Part(
        "One pair of pictures, several cores",
        tables.one_frame,
        """\
Wall time of the whole command for one pair. The peer has one thread: it gives a pair to one
core.""",
    ),
    "alone": Part(
        "Metrics that libvmaf does not have",
        tables.alone,
        """\
Wall time, start and reading included. XPSNR beside FFmpeg's filter: `bench/xpsnr_filter.py`.""",
    ),
    "networks": Part(
        "LPIPS and DISTS",
        tables.networks,
        """\
Here the peer is ONNX Runtime alone on the same network, with all graph optimisations and no reading
or colour (`bench/network_peer.cc`). The other rows are the whole command, 1080p, 8 bits. All but
`lpips` have synthetic weights (`visq_synthetic_store FOLDER whole`), which cost what trained ones
cost.""",
    ),
    "shots": Part(
        "Shots",
        tables.shots,
        """\
What `--shots detect` takes more than the run without it: TransNet V2 in ONNX Runtime, start
included; 1080p, 8 bits.""",
    ),
}

COMMANDS = """\
```sh
cmake --preset release && cmake --build --preset release
cmake --preset bench && cmake --build --preset bench
bench/run.py --peer PATH_OF_LIBVMAF_VMAF    # everything; --only SECTION, --quick
```"""

METHOD = """\
Both programs run in turns on the same cores, {rounds} times each (start: 20). Figures are medians;
in brackets is the middle half of the pairs. Everything counts: start, reading, scoring, writing.
*CPU time* is user and system time, which other work on the machine disturbs less. MB is the peak
resident memory, in units of 2<sup>20</sup> bytes. *CPU sets*: all that the machine has, or those up
to AVX2 (`--cpumask 48`). The clips are a moving scene with gradients, fractal texture, edges and
noise, 4:2:0, and a strongly compressed copy."""


def introduction(machine):
    sets = ", ".join(machine["sets"]) or "no vector sets that are named here"
    return f"""\
Measured on {machine["date"]}: {machine["cpu"]} ({sets}), {machine["cores"]} cores,
{machine["memory"]} GB, {machine["system"]}. visq is {machine["visq"]}. The peer is libvmaf's
`vmaf`, {machine["peer"]}, in its release build with assembly. Figures are medians, and the middle
half of the runs is in brackets; more is said [below](#how-this-was-measured)."""


def method(machine):
    return f"""\
## How this was measured

{COMMANDS}

{METHOD.format(rounds=machine["rounds"])}"""


def render(results):
    parts = [introduction(results["machine"])]
    for name, part in PARTS.items():
        rows = results["sections"].get(name)
        if rows:
            parts += [f"## {part.title}", *([part.text] if part.text else []), part.table(rows)]
    return "\n\n".join([*parts, method(results["machine"])]) + "\n"


def replace(page, part):
    """The page with its generated part replaced; without one, it comes below the title."""
    if BEGIN in page and END in page:
        before, after = page.split(BEGIN)[0], page.split(END)[1]
    else:
        title, rest = page.split("\n", 1)
        before, after = title + "\n\n", "\n" + rest
    return f"{before}{BEGIN}\n\n{part}\n{END}{after}"
