"""Arrays whose dimensions have several orders, and those of other libraries."""

import logging

import numpy as np
import pytest
import visq

RNG = np.random.default_rng(19)
CLIP = RNG.integers(0, 256, (5, 48, 64, 3), np.uint8)
OTHER = np.clip(CLIP.astype(int) + RNG.integers(-9, 10, CLIP.shape), 0, 255).astype(np.uint8)


def psnr(reference, distorted, **options):
    scores = visq.score(reference, distorted, ["psnr"], **options)
    return np.stack([scores[name] for name in ("psnr_y", "psnr_cb", "psnr_cr") if name in scores])


def chw(array):
    return np.moveaxis(array, -1, -3)


def test_channels_may_come_first():
    expected = psnr(CLIP, OTHER)
    assert expected.shape == (3, 5)
    assert np.array_equal(psnr(chw(CLIP), chw(OTHER)), expected), "one reading is possible"
    assert np.array_equal(psnr(chw(CLIP), chw(OTHER), layout="NCHW"), expected)
    assert np.array_equal(psnr(CLIP, OTHER, layout="NHWC"), expected)
    one = psnr(CLIP[0], OTHER[0])
    assert np.array_equal(psnr(chw(CLIP[0]), chw(OTHER[0]), layout="CHW"), one)
    frames = psnr(list(chw(CLIP)), list(chw(OTHER)), layout="CHW")
    assert np.array_equal(frames, expected)
    assert np.array_equal(psnr(CLIP, OTHER, layout="NHWC"), psnr(list(CLIP), list(OTHER)))


def test_gray_frames_are_told_from_channels():
    gray, other = CLIP[:3, :, :, 1], OTHER[:3, :, :, 1]
    expected = psnr(list(gray), list(other))
    assert np.array_equal(psnr(gray, other, layout="NHW"), expected)
    assert np.array_equal(psnr(gray[:2], other[:2]), expected[:, :2]), "two are no channels"
    assert np.array_equal(psnr(gray[0], other[0], layout="HW"), expected[:, :1])
    assert np.array_equal(psnr(gray[..., None], other[..., None]), expected)
    assert psnr(gray, other, layout="CHW").shape == (3, 1), "one picture of three channels"


def test_a_layout_fits_its_array():
    for layout in ("HW", "NHWC"):
        with pytest.raises(visq.InvalidArgument, match=f"and the layout {layout}"):
            psnr(CLIP[0], OTHER[0], layout=layout)
    with pytest.raises(visq.InvalidArgument, match='layout "WHC" is none of HWC, CHW'):
        psnr(CLIP, OTHER, layout="WHC")


def test_alpha_is_left_out_and_told(caplog):
    opaque = np.concatenate([CLIP[0], np.full((48, 64, 1), 255, np.uint8)], axis=2)
    half = opaque.copy()
    half[20, 20, 3] = 128
    with caplog.at_level(logging.WARNING, "visq"):
        assert np.array_equal(psnr(opaque, OTHER[0]), psnr(CLIP[0], OTHER[0]))
        assert not caplog.records
        assert np.array_equal(psnr(half, OTHER[0]), psnr(CLIP[0], OTHER[0]))
    assert "the reference is transparent in places" in caplog.text
    floats = opaque / np.float32(255)
    other = OTHER[0] / np.float32(255)
    caplog.clear()
    assert np.array_equal(psnr(floats, other), psnr(floats[:, :, :3], other))
    assert not caplog.records, "1 is opaque"


class Exchanged:
    """What other libraries' arrays have."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class Converted:
    """torch.Tensor on the CPU is one."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array if dtype is None else self.array.astype(dtype)


@pytest.mark.parametrize("kind", [Exchanged, Converted])
def test_arrays_of_other_libraries(kind):
    expected = psnr(CLIP, OTHER)
    assert np.array_equal(psnr(kind(CLIP), kind(OTHER)), expected)
    assert np.array_equal(psnr(kind(chw(CLIP)), kind(chw(OTHER)), layout="NCHW"), expected)
    one = [kind(frame) for frame in OTHER]
    assert np.array_equal(psnr([kind(frame) for frame in CLIP], one), expected)
