"""Runs a model that was just written, before it counts.

In ONNX Runtime, and in this project's own library where its package is installed. What could not
be checked is said.
"""

import pathlib
from typing import Any, Callable

import numpy as np
import onnxruntime

from ai import pictures, shots
from ai.errors import Refused

SAME = 2e-5  # between two engines
SYMMETRY = 1e-6

Say = Callable[[str], None]


def in_one_thread(path: pathlib.Path) -> Any:
    """A session of ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        path.read_bytes(), options, providers=["CPUExecutionProvider"]
    )


def runtime(path: pathlib.Path) -> Callable[[np.ndarray, np.ndarray], float]:
    """score(ref, dist) of a model in ONNX Runtime, of tensors [1, 3, H, W]."""
    session = in_one_thread(path)

    def score(ref: np.ndarray, dist: np.ndarray) -> float:
        (out,) = session.run(["score"], {"ref": ref, "dist": dist})
        return float(out[0])

    return score


def _expect(what: str, found: float, wanted: float, tolerance: float) -> None:
    if not abs(found - wanted) <= tolerance:
        raise Refused(
            f"self-check: {what} is {found:.9f}; expected {wanted:.9f} within {tolerance}: the "
            f"model is not written"
        )


def in_onnxruntime(path: pathlib.Path, published: dict[str, float] | None, say: Say) -> None:
    score = runtime(path)
    a, b = map(pictures.tensor, pictures.pair())
    value = score(a, b)
    _expect("the distance of a picture from itself", score(a, a), 0, 0)
    _expect("the distance with the pictures swapped", score(b, a), value, SYMMETRY)
    if not 0 < value < 10:
        raise Refused(f"self-check: the distance of two pictures is {value}; it is not written")
    say(f"checked in ONNX Runtime {onnxruntime.__version__}: score {value:.7f} of the test pair")
    if published is None:
        say("not checked against a published value: none is known for these weights and this pair")
    else:
        _expect("the score of the test pair", value, published["score"], published["tolerance"])
        say(f"the score is the published one, {published['score']:.7f}")


def _in_session(visq: Any, path: pathlib.Path, say: Say) -> None:
    a, b = map(pictures.tensor, pictures.pair())
    (value,) = visq.dnn.Session(path).run({"ref": a, "dist": b}).values()
    _expect("the score in the library", float(value[0]), runtime(path)(a, b), SAME)
    say(f"checked in the library, visq {visq.__version__}: it opens the file and gives that score")


def _in_metric(visq: Any, path: pathlib.Path, metric: str, say: Say) -> None:
    a, b = map(pictures.rgb8, pictures.pair())
    try:
        scores = visq.score(a, b, {metric: {"model_path": path, "engine": "stream"}})
    except visq.NotSupported as error:
        say(f"not checked in the streaming engine, which does not run this network yet ({error})")
        return
    tensors = (pictures.tensor(p.transpose(2, 0, 1) / 255) for p in (a, b))
    _expect("the score in the streaming engine", scores[metric][0], runtime(path)(*tensors), SAME)
    say("checked in the streaming engine: it gives that score, too")


def in_library(path: pathlib.Path, metric: str | None, say: Say) -> None:
    """Opened under the library's checks, and run where a metric of it does that."""
    try:
        import visq  # where it is not installed, the other check stands
    except ImportError as error:
        say(f"not checked in the library: Python's package visq is not there ({error})")
        return
    if not visq.dnn.available():
        say("not checked in the library: it was built without ONNX Runtime")
        return
    try:
        if metric is None:
            visq.dnn.Session(path)
            say(f"checked in the library, visq {visq.__version__}: it opens the file")
        else:
            _in_session(visq, path, say)
            _in_metric(visq, path, metric, say)
    except visq.Error as error:
        raise Refused(
            f"self-check: the library refuses the model, it is not written: {error}"
        ) from error


def of_shots(path: pathlib.Path, published: dict[str, Any] | None, say: Say) -> None:
    """A detector of shots finds those of the generated clip, and the library opens it."""
    logits = shots.logits(in_one_thread(path), shots.clip())
    if not all(np.isfinite(values).all() for values in logits.values()):
        raise Refused(
            "self-check: a logit of the test clip is not finite: the model is not written"
        )
    found = shots.scenes(logits["single"])
    say(f"checked in ONNX Runtime {onnxruntime.__version__}: shots {found} of the test clip")
    if published is None:
        say("not checked against published shots: none are known for these weights")
    elif found != published["scenes"]:
        raise Refused(
            f"self-check: the test clip has the shots {published['scenes']}: the model is not "
            f"written"
        )
    in_library(path, None, say)
