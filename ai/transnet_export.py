#!/usr/bin/env python3
"""Makes the ONNX file of TransNet V2, which finds shots, from the published weights."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from ai import errors

with errors.missing_packages():
    from ai import exporting, selfcheck, transnet_graph


def main() -> None:
    weights = exporting.Weights(exporting.parser(__doc__).parse_args())
    data = transnet_graph.build(weights.package("transnet", transnet_graph.shapes()))
    identity = {
        "id": "transnet_v2",
        "kind": "shot_detector",
        "license": "MIT",
        "license_url": "https://github.com/soCzech/TransNetV2/blob/master/LICENSE",
        "description": "TransNet V2, where the shots of a video end (soCzech/TransNetV2).",
    }
    # The model store has a sidecar, of another export; --shots needs none.
    model = exporting.Model("transnet_v2.onnx", data, identity, selfcheck.of_shots, sidecar=None)
    exporting.publish_of(model, weights)


if __name__ == "__main__":
    errors.run(main)
