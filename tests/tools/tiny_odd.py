#!/usr/bin/env python3
"""Scores of the tiny models on the clips of odd sizes, by ONNX Runtime's own Python package:
tests/golden/tiny_odd.json.

    pip install numpy onnxruntime; tests/tools/tiny_odd.py ../shared > tests/golden/tiny_odd.json

golden/tiny.json of ../shared has scores of the features that it lists. On two clips its adm2 is
another than that of golden/scores (of libvmaf's plain C path). What the models make of
golden/scores' features is computed here, after the same way
has given tiny.json's scores on all clips, with tiny.json's features.
"""

import json
import pathlib
import sys

import numpy
import onnxruntime

ODD = ["odd_227x131_444p8", "odd_353x289_420p8"]


def scorer(folder, name, scaled_outside):
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry(
        "session.x64quantprecision", "1"
    )  # sums of 8-bit products do not overflow
    session = onnxruntime.InferenceSession(
        folder / f"{name}.onnx", options, providers=["CPUExecutionProvider"]
    )
    sidecar = json.loads((folder / f"{name.removesuffix('.int8')}.json").read_text())
    mean, deviation = (
        (sidecar["feature_mean"], sidecar["feature_std"]) if scaled_outside else (0, 1)
    )

    def score(features, codec):
        values = ((numpy.array(features, numpy.float64) - mean) / deviation).astype(numpy.float32)
        inputs = [values[None]] + (
            [numpy.array([codec], numpy.float32)] if codec is not None else []
        )
        (result,) = session.run(
            None, dict(zip((i.name for i in session.get_inputs()), inputs, strict=False))
        )
        return float(result.ravel()[0])

    return score, sidecar.get("encoder_vocab", [])


def codec_of(key, vocabulary):
    """The input that a key of tiny.json such as "NAME | libx264,preset_norm=0.5,crf_norm=28/63"
    stands for.
    """
    if " | " not in key:
        return None
    encoder, preset, crf = key.split(" | ")[1].split(",")
    over_63 = key.startswith("fr_regressor_v2 ")
    crf_norm = 0 if crf == "crf_norm=0" else 28 / 63 if over_63 else (27 - 19) / (37 - 19)
    return [float(word == encoder) for word in vocabulary] + [float(preset.split("=")[1]), crf_norm]


def features_of_scores(shared, clip, names):
    for run in json.loads((shared / f"golden/scores/{clip}.json").read_text())["runs"]:
        frames = run.get("frames") or [{}]
        if all(name in frames[0] for name in names):
            return [[frame[name] for name in names] for frame in frames]
    raise SystemExit(f"golden/scores has no run with the features of {clip}")


def main(shared):
    golden = json.loads((shared / "golden/tiny.json").read_text())
    out = {clip: {} for clip in ODD}
    worst = 0
    for name, facts in golden["models"].items():
        score, vocabulary = scorer(
            shared / "models/tiny", name, facts["scaler_applied_outside_graph"]
        )
        for clip, data in golden["clips"].items():
            for key in (k for k in data["scores"] if k.split(" | ")[0] == name):
                codec = codec_of(key, vocabulary)
                again = [score(features, codec) for features in data["inputs"]]
                worst = max(
                    worst, max(abs(a - b) for a, b in zip(again, data["scores"][key], strict=False))
                )
                if clip in ODD:
                    out[clip][key] = [
                        round(score(f, codec), 5)
                        for f in features_of_scores(shared, clip, golden["features"])
                    ]
    print(f"tiny.json again: within {worst:.2g}", file=sys.stderr)
    if worst > 1e-4:
        raise SystemExit("not the way in which tiny.json was made")
    print(
        json.dumps(out, indent=1)
        .replace(",\n   ", ", ")
        .replace("[\n   ", "[")
        .replace("\n  ]", "]")
    )


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
