#!/usr/bin/env python3
"""Makes the ONNX file of DISTS from the published weights."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from ai import errors

with errors.missing_packages():
    from ai import dists_graph, exporting


def main() -> None:
    parser = exporting.parser_with_heads(__doc__)
    parser.add_argument(
        "--fp16-weights",
        action="store_true",
        help="keep the convolutions' weights in float16: half the size, scores within 6e-5",
    )
    args = parser.parse_args()
    weights = exporting.Weights(args)
    count = sum(dists_graph.CHANNELS)
    alpha, beta = weights.heads("dists", {"alpha": count, "beta": count})
    data = dists_graph.build(weights.trunk("vgg"), alpha, beta, args.fp16_weights)
    name = "dists_f16" if args.fp16_weights else "dists"
    identity = {
        "id": name,
        "license": "MIT",
        "license_url": "https://github.com/dingkeyan93/DISTS/blob/master/LICENSE",
        "description": "DISTS, structure and texture similarity (dingkeyan93/DISTS).",
    }
    notes = (
        "DISTS (dingkeyan93/DISTS, PyTorch version). Inputs are ImageNet-normalised RGB planes, "
        "layout NCHW [1,3,H,W]. Output is a scalar distance (lower = more similar). Two-input "
        "model \N{EM DASH} use vmaf_dnn_session_run() with named bindings 'ref' and 'dist'."
    )
    file = "dists_vgg_f16.onnx" if args.fp16_weights else "dists_vgg.onnx"
    sidecar = {"name": name, "notes": notes}
    exporting.publish_of(exporting.model_of_pairs(file, data, identity, sidecar, "dists"), weights)


if __name__ == "__main__":
    errors.run(main)
