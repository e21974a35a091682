"""Denoises a clip with FastDVDnet: denoise_clip.py MODEL.onnx IN OUT.y4m --sigma 25

The model sees five frames, t-2 to t+2, and what deviation the noise has. At the ends of the clip
frames are reflected, and so are rows and columns, up to sides that 4 divides. The file is made by
ai/fastdvdnet_export.py.
"""

import argparse
import collections

import numpy as np
import visq

NEIGHBOURS = 2  # on either side
# BT.709, limited range.
TO_RGB = np.array([[1, 0, 1.5748], [1, -0.187324, -0.468124], [1, 1.8556, 0]], np.float32)


def rgb_of(planes):
    """[3, H, W] from 0 to 1, of a frame of 4:4:4 and 8 bits."""
    y, u, v = (plane.astype(np.float32) for plane in planes)
    yuv = np.stack([(y - 16) / 219, (u - 128) / 224, (v - 128) / 224])
    return np.clip(np.tensordot(TO_RGB, yuv, 1), 0, 1)


def planes_of(rgb):
    y, u, v = np.tensordot(np.linalg.inv(TO_RGB.astype(np.float64)), rgb, 1)
    return [
        np.clip(np.rint(plane * scale + offset), 0, 255).astype(np.uint8)
        for plane, scale, offset in ((y, 219, 16), (u, 224, 128), (v, 224, 128))
    ]


def reflected(place, count):
    """-1 is 1, and count is count - 2: a frame at an end does not come twice."""
    period = max(1, 2 * (count - 1))
    place = abs(place) % period
    return min(place, period - place) if count > 1 else 0


def padded(frame):
    """Sides that 4 divides, as the network halves them twice."""
    height, width = frame.shape[1:]
    return np.pad(frame, ((0, 0), (0, -height % 4), (0, -width % 4)), mode="reflect")


def denoised(session, frames, sigma):
    """The frames of a clip, one after the other. `frames`: all of them, [3, H, W] each."""
    height, width = frames[0].shape[1:]
    noise = np.full((1, 1, *padded(frames[0]).shape[1:]), sigma / 255, np.float32)
    window = collections.deque(maxlen=2 * NEIGHBOURS + 1)
    for t in range(-NEIGHBOURS, NEIGHBOURS):
        window.append(padded(frames[reflected(t, len(frames))]))
    for t in range(len(frames)):
        window.append(padded(frames[reflected(t + NEIGHBOURS, len(frames))]))
        stack = np.concatenate(window)[None]
        out = session.run({"frames": stack, "noise_map": noise})["denoised"]
        yield np.clip(out[0, :, :height, :width], 0, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("clip")
    parser.add_argument("out")
    parser.add_argument("--sigma", type=float, default=25, help="the noise's deviation, of 255")
    parser.add_argument("--rate", default="25:1", help="frames a second of OUT")
    args = parser.parse_args()
    clip = visq.read_video(args.clip, to_bitdepth=8, to_pixel_format="444")
    frames = [rgb_of(planes) for planes in clip]
    height, width = frames[0].shape[1:]
    with open(args.out, "wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{args.rate} Ip A1:1 C444\n".encode())
        for rgb in denoised(visq.dnn.Session(args.model), frames, args.sigma):
            file.write(b"FRAME\n" + b"".join(plane.tobytes() for plane in planes_of(rgb)))


if __name__ == "__main__":
    main()
