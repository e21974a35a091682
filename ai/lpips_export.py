#!/usr/bin/env python3
"""Makes the ONNX file of LPIPS, version 0.1, from the published weights."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from ai import errors

with errors.missing_packages():
    from ai import exporting, lpips_graph, trunks

STEMS = {"squeeze": "lpips_sq", "alex": "lpips_alex", "vgg": "lpips_vgg"}
TITLES = {"squeeze": "LPIPS-SqueezeNet", "alex": "LPIPS-AlexNet", "vgg": "LPIPS-VGG16"}
# The model and its sidecar that are there already have names of their own.
METRICS = {"squeeze": "lpips", "alex": "lpips_alex", "vgg": "lpips_vgg"}  # and their features
IDS = {"squeeze": "lpips_sq_v1", "alex": "lpips_alex", "vgg": "lpips_vgg"}
NAMES = {"squeeze": "vmaf_tiny_lpips_sq_v1", "alex": "lpips_alex", "vgg": "lpips_vgg"}


def main() -> None:
    parser = exporting.parser_with_heads(__doc__)
    parser.add_argument("--net", choices=STEMS, required=True, help="the trunk")
    args = parser.parse_args()
    net, title = args.net, TITLES[args.net]
    weights, trunk = exporting.Weights(args), trunks.TRUNKS[net]
    channels = trunks.tap_channels(trunk)
    heads = weights.heads(net, {f"lin{i}.model.1.weight": n for i, n in enumerate(channels)})
    data = lpips_graph.build(net, weights.trunk(net), heads)
    identity = {
        "id": IDS[net],
        "license": "BSD-2-Clause",
        "license_url": "https://github.com/richzhang/PerceptualSimilarity/blob/master/LICENSE",
        "description": (
            f"{title} perceptual distance (richzhang/PerceptualSimilarity v0.1) of pictures of at "
            f"least {trunk.min_side}x{trunk.min_side} pixels."
        ),
    }
    notes = (
        f"{title} (richzhang/PerceptualSimilarity v0.1). Inputs are ImageNet-normalised RGB "
        f"planes, layout NCHW [1,3,H,W]. Output is a scalar LPIPS distance (lower = more "
        f"similar). Two-input model \N{EM DASH} use vmaf_dnn_session_run() with named bindings "
        f"'ref' and 'dist'."
    )
    sidecar = {"name": NAMES[net], "notes": notes}
    file = f"{STEMS[net]}.onnx"
    model = exporting.model_of_pairs(file, data, identity, sidecar, METRICS[net])
    exporting.publish_of(model, weights)


if __name__ == "__main__":
    errors.run(main)
