"""Learned metrics on a device: devices_test.py openvino|cuda LIBRARIES VMAF NETWORKS.

LIBRARIES: ONNX Runtime and what it drives the device with, from ./setup --with. NETWORKS: a store,
as visq_synthetic_store writes it. OpenVINO runs on a processor, and must agree with ONNX Runtime's
own kernels. Without a GPU, CUDA must be refused in a sentence, and nothing scored in its place.
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

SKIPPED, NO_DEVICE, NEAR = 77, 3, 1e-4
DEVICE, LIBRARIES, VMAF, NETWORKS = sys.argv[1], *map(pathlib.Path, sys.argv[2:])
METRICS = {"lpips": "lpips_alex", "dists": "dists_vgg"}
TINY = pathlib.Path(__file__).resolve().parents[2] / "models/store/tiny/vmaf_tiny_v3.onnx"


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def clip(path, noise):
    """Two frames of y4m, smooth but for noise."""
    draw = random.Random(1)
    luma = bytes(
        min(255, max(0, x + y + draw.randint(-noise, noise))) for y in range(96) for x in range(128)
    )
    frame = b"FRAME\n" + luma + bytes([110]) * (64 * 48) + bytes([140]) * (64 * 48)
    path.write_bytes(b"YUV4MPEG2 W128 H96 F25:1 Ip C420jpeg\n" + 2 * frame)


def run(folder, device):
    """vmaf's run, and its report."""
    clip(folder / "a.y4m", 0)
    clip(folder / "b.y4m", 12)
    command = [VMAF, "-r", folder / "a.y4m", "-d", folder / "b.y4m", "--no_prediction", "-q"]
    for metric, network in METRICS.items():
        path = NETWORKS / f"tiny/{network}.onnx"
        command += ["--feature", f"{metric}=engine=onnxruntime:model_path={path}"]
    if TINY.exists():
        command += ["--tiny_model", TINY]
    report = folder / f"{device}.json"
    done = subprocess.run(
        [*command, "--tiny_device", device, "--json", "-o", report],
        env={**os.environ, "LD_LIBRARY_PATH": str(LIBRARIES)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done, json.loads(report.read_text()) if report.exists() else None


def openvino(folder):
    wrong = []
    reports = {}
    for device in ("cpu", "openvino-cpu"):
        done, reports[device] = run(folder, device)
        if done.returncode:
            sys.exit(f"{device}: exit code {done.returncode}: {done.stderr}")
    for name in (*METRICS, *([TINY.stem] if TINY.exists() else [])):
        here, there = (reports[d]["frames"][0]["metrics"][name] for d in reports)
        print(f"{name}: {here} on the processor, {there} by OpenVINO")
        if not here > 0 or abs(here - there) > NEAR:
            wrong.append(f"{name}: {here} and {there} are not the same to {NEAR}")
    if "OpenVINO:CPU" not in json.dumps(reports["openvino-cpu"]):
        wrong.append("the report does not say that OpenVINO ran it")
    if wrong:
        sys.exit("\n".join(wrong))


def cuda(folder):
    if shutil.which("nvidia-smi"):
        skip("this machine has a GPU; the refusal is for those that have none")
    done, report = run(folder, "cuda")
    print(done.stderr, end="")
    if done.returncode != NO_DEVICE or "device CUDA is not there" not in done.stderr or report:
        sys.exit(f"CUDA was not refused: exit code {done.returncode}, report {report}")


def main():
    if not LIBRARIES.is_dir():
        skip(f"needs what ./setup --with {DEVICE} gets")
    with tempfile.TemporaryDirectory() as holder:
        {"openvino": openvino, "cuda": cuda}[DEVICE](pathlib.Path(holder))


if __name__ == "__main__":
    main()
