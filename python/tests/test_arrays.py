"""Arrays of any type, shape and order in memory: each has the scores of a plain copy of it, or is
refused with a sentence. The suite takes random ones. libFuzzer, where atheris is installed, looks
for those that take another way through the package:

    PYTHONPATH=build/release/python_package python python/tests/test_arrays.py -max_total_time=1800
"""

import contextlib
import random
import sys

import numpy as np

try:
    import atheris
except ImportError:
    atheris = None

with atheris.instrument_imports(include=["visq"]) if atheris else contextlib.nullcontext():
    import visq

DTYPES = [
    "u1",
    "u1",
    "u1",
    "u1",
    "f4",
    "<u2",
    ">u2",
    "f4",
    ">f4",
    "f8",
    "f2",
    "i1",
    "u4",
    "?",
    "c8",
    "O",
]
SIDES = [0, 1, 2, 3, 4, 5, 16, 17, 33]
LAYOUTS = ["HWC", "CHW", "NHWC", "NCHW", "NHW", "HW", "WHC", ""]
METRICS = ["psnr", "float_ssim", "vif", "ciede"]


class Drawn:
    """What libFuzzer's bytes choose, by the calls of random.Random that are used here."""

    def __init__(self, data):
        self.provider = atheris.FuzzedDataProvider(data)

    def choice(self, values):
        return values[self.provider.ConsumeIntInRange(0, len(values) - 1)]

    def randrange(self, end):
        return self.provider.ConsumeIntInRange(0, end - 1)


def stored(array, chance):
    """The same values at another place in memory."""
    how = chance.randrange(8) if array.ndim else 0
    if how == 1:
        return np.asfortranarray(array)
    if how == 2:
        return np.ascontiguousarray(array[::-1])[::-1]
    if how == 3 and array.ndim > 1:
        return np.ascontiguousarray(array[..., ::-1])[..., ::-1]
    if how == 4:
        return np.repeat(array, 2, axis=array.ndim - 1)[..., ::2]
    if how == 5 and array.dtype != object:  # at an address that is no multiple of its samples' size
        memory = np.zeros(array.nbytes + 1, np.uint8)
        away = memory[1:].view(array.dtype).reshape(array.shape)
        away[...] = array
        return away
    if how == 6:
        array = array.copy()
        array.flags.writeable = False
    return array


def array_of(shape, chance):
    dtype = np.dtype(chance.choice(DTYPES))
    noise = np.random.default_rng(chance.randrange(1 << 16))
    if dtype.kind == "f":
        array = noise.random(shape).astype(dtype)
        if array.size and chance.randrange(8) == 0:
            array.flat[chance.randrange(array.size)] = chance.choice([np.nan, np.inf, -1, 2])
    else:
        most = {"u1": 256, "u2": 1024}.get(dtype.str[1:], 2)
        array = noise.integers(0, most, shape).astype(dtype)
    if chance.randrange(8) == 0 and array.ndim:  # every row is the same one
        array = np.broadcast_to(array[:1], array.shape)
    return array


def pair_of(chance):
    """Two clips of arrays, and plain copies of them."""
    shape = tuple(chance.choice(SIDES) for _ in range(chance.randrange(6)))
    if chance.randrange(3):  # what can be a picture comes more often
        shape = (
            *(shape[:1] or (2,)),
            16 + chance.randrange(9),
            17,
            *chance.choice([(), (3,), (4,)]),
        )
    arrays = [array_of(shape, chance), array_of(shape, chance)]
    if chance.randrange(4) == 0:
        arrays[1] = array_of(tuple(chance.choice(SIDES) for _ in shape), chance)
    elif chance.randrange(4):
        arrays[1] = arrays[0][::-1] if arrays[0].ndim else arrays[0]
    given, plain = [stored(a, chance) for a in arrays], [np.array(a, order="C") for a in arrays]
    if chance.randrange(16) == 0:
        given[0] = np.ma.masked_array(given[0])
        return given, None
    if chance.randrange(4) == 0 and arrays[0].ndim > 2:  # as frames that come one by one
        return [list(a) for a in given], [list(a) for a in plain]
    return given, plain


def scores_of(pair, metric, options):
    """The values, or the sentence that refuses them."""
    try:
        scores = visq.score(*pair, [metric], threads=1, **options)
    except visq.Error as refused:
        assert str(refused).strip(), "an error without a sentence"
        return str(refused)
    return {name: np.asarray(scores[name]).tobytes() for name in scores}


def check(chance):
    """Whether the arrays were scored."""
    given, plain = pair_of(chance)
    options = {}
    if chance.randrange(3) == 0:
        options["layout"] = chance.choice(LAYOUTS)
    if chance.randrange(3) == 0:
        options["bitdepth"] = chance.choice([8, 10, 16])
    metric = chance.choice(METRICS)
    found = scores_of(given, metric, options)
    if plain is None:
        assert isinstance(found, str), "masked arrays were scored"
    else:
        assert found == scores_of(plain, metric, options), (found, options, metric)
    return not isinstance(found, str)


def test_scores_are_those_of_a_plain_copy():
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    scored = sum(check(chance) for _ in range(600))
    assert 40 < scored < 300, f"{scored} of 600 were scored"


if __name__ == "__main__":
    if atheris is None:
        sys.exit("the fuzzer needs atheris: python -m pip install atheris")
    atheris.Setup(sys.argv, lambda data: check(Drawn(data)) and None)
    atheris.Fuzz()
