"""Runs commands in turns and keeps what each run took."""

import datetime
import os
import pathlib
import platform
import re
import subprocess
import sys

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
VMAF = PROJECT / "build/release/cli/vmaf"
MEASURE = PROJECT / "build/bench/bench/visq_measure"
NETWORK_PEER = PROJECT / "build/bench/bench/visq_network_peer"
LPIPS_MODEL = PROJECT / "models/store/tiny/lpips_sq.onnx"
SYNTHETIC_STORE = PROJECT / "build/release/tests/visq_synthetic_store"
MODELS = {"vmaf": ["vmaf_v0.6.1"], "vmaf+neg": ["vmaf_v0.6.1", "vmaf_v0.6.1neg"]}
AVX2_ONLY = 48  # of --cpumask


def measure(command, threads):
    """[wall seconds, CPU seconds, peak memory in MB] of one run that uses so many cores."""
    words = [str(word) for word in command]
    done = subprocess.run(
        [MEASURE, str(threads), *words], check=False, capture_output=True, text=True
    )
    wall, cpu, kib, status = done.stdout.split() or ("0", "0", "0", "1")
    if status != "0":
        sys.exit(f"{' '.join(words)}\nended with {status}: {done.stderr.strip()}")
    return [float(wall), float(cpu), int(kib) / 1024]


def in_turns(commands, threads, rounds):
    """commands: name -> command. Every round runs each once, and the next one in reverse order."""
    runs = {name: [] for name in commands}
    for i in range(rounds):
        for name in list(commands)[:: -1 if i % 2 else 1]:
            cores = threads[name] if isinstance(threads, dict) else threads
            runs[name].append(measure(commands[name], cores))
    return runs


def what(case):
    """The options that ask for a metric, for VMAF or for a set of test conditions."""
    if case.startswith("--"):
        return case.split()
    if case not in MODELS:
        return ["--no_prediction", "--feature", case]
    names = MODELS[case]
    suffix = [f":name={name}" if len(names) > 1 else "" for name in names]
    return [f"--model=version={name}{end}" for name, end in zip(names, suffix, strict=False)]


def vmaf(program, case, clips, *, threads=1, mask=0, frames=0, distorted=1):
    command = [program, "-r", clips.reference, *["-d", clips.distorted] * distorted, *what(case)]
    if frames:
        command += ["--frame_cnt", frames]
    return [
        *command,
        "--threads",
        threads,
        "--cpumask",
        mask,
        "--quiet",
        "--json",
        "--output",
        os.devnull,
    ]


def _from_cpuinfo(key):
    text = pathlib.Path("/proc/cpuinfo").read_text()
    found = re.search(rf"^{key}\s*:\s*(.*)$", text, re.MULTILINE)
    return found.group(1) if found else ""


def instruction_sets():
    known = {"avx2": "AVX2", "avx512bw": "AVX-512", "avx512_vnni": "VNNI", "avx512_bf16": "BF16"}
    flags = _from_cpuinfo("flags").split()
    return [name for flag, name in known.items() if flag in flags]


def _version(program):
    done = subprocess.run([program, "--version"], check=False, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip().splitlines()[0]


def _commit():
    git = ["git", "-C", PROJECT, "rev-parse", "--short", "HEAD"]
    return subprocess.run(git, check=False, capture_output=True, text=True).stdout.strip()


def machine(peer):
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpu": _from_cpuinfo("model name") or platform.machine(),
        "sets": instruction_sets(),
        "cores": os.cpu_count(),
        "memory": round(memory),
        "system": f"{platform.system()} {platform.release()}",
        "date": datetime.date.today().isoformat(),
        "visq": f"{_version(VMAF)} ({_commit()})",
        "peer": _version(peer) if peer else "none",
    }
