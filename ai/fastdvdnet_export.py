#!/usr/bin/env python3
"""Makes the ONNX file of FastDVDnet, a denoiser of video, from the weights that you downloaded.

They are model.pth of github.com/m-tassano/fastdvdnet (MIT). Its authors publish no hash of it: the
one that was read is printed, and kept in the registry.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from ai import errors

with errors.missing_packages():
    import argparse

    import numpy as np

    from ai import download, exporting, fastdvdnet_graph, selfcheck, torch_file, trunks
    from ai.errors import Refused

WRAPPED = "module."  # what torch puts before the names of a model that several GPUs trained


def read(path: pathlib.Path) -> dict[str, np.ndarray]:
    tensors = {name.removeprefix(WRAPPED): tensor for name, tensor in torch_file.read(path).items()}
    shapes = fastdvdnet_graph.shapes()
    trunks.check_weights(tensors, shapes, str(path))
    out = {name: tensors[name].array().astype(np.float32) for name in shapes}
    for name, values in out.items():
        if not np.isfinite(values).all():
            raise Refused(f"{path}: {name} holds values that are not finite")
        if name.endswith("running_var") and (values < 0).any():
            raise Refused(f"{path}: {name} holds variances below 0")
    return out


def check(path: pathlib.Path, _: object, say: selfcheck.Say) -> None:
    """Denoises a gradient with noise, in ONNX Runtime, and has the library open it."""
    numbers = np.random.default_rng(1)
    frames = np.clip(
        np.linspace(0, 1, 48)[None, None, None] + numbers.normal(0, 0.1, (1, 15, 32, 48)), 0, 1
    ).astype(np.float32)
    noise = np.full((1, 1, 32, 48), 0.1, np.float32)
    inputs = {"frames": frames, "noise_map": noise}
    (out,) = selfcheck.in_one_thread(path).run(["denoised"], inputs)
    if out.shape != (1, 3, 32, 48) or not np.isfinite(out).all():
        raise Refused("self-check: a denoised frame is not finite: the model is not written")
    say(
        f"checked in ONNX Runtime: a noisy gradient changes by {np.abs(out - frames[:, 6:9]).max()}"
    )
    selfcheck.in_library(path, None, say)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", metavar="model.pth", type=pathlib.Path)
    parser.add_argument(
        *("--out", "-o"),
        metavar="FOLDER",
        default=exporting.ROOT / "models/store/tiny",
        help="where the model goes (default: models/store/tiny)",
    )
    args = parser.parse_args()
    data = fastdvdnet_graph.build(read(args.weights))
    identity = {
        "id": "fastdvdnet",
        "kind": "filter",
        "license": "MIT",
        "license_url": "https://github.com/m-tassano/fastdvdnet/blob/master/LICENSE",
        "description": "FastDVDnet, which denoises the middle one of five frames.",
    }
    model = exporting.Model("fastdvdnet.onnx", data, identity, check, sidecar=None)
    note = f"{args.weights.name} sha256 {download.sha256_of(args.weights)}"
    exporting.publish(model, pathlib.Path(args.out), [note])


if __name__ == "__main__":
    errors.run(main)
