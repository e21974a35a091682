"""What the tests share: golden data, synthetic trunks, and files that stand in for downloads."""

import functools
import hashlib
import http.server
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import threading

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
sys.path[:0] = [str(ROOT), str(pathlib.Path(__file__).parent)]
os.environ["no_proxy"] = "*"  # the web server of these tests is this machine

import torch_writer  # noqa: E402

from ai import trunks  # noqa: E402

KEYS = {"alex": "alexnet", "vgg": "vgg16", "squeeze": "squeezenet1_1"}


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def vmaf_command():
    """The built command, which ctest names; whoever runs pytest by hand may have none."""
    command = pathlib.Path(os.environ.get("VISQ_BUILD", "nowhere")) / "cli/vmaf"
    if not command.exists():
        if os.environ.get("VISQ_REQUIRE_SHARED") == "1":
            pytest.fail(f"there is no command {command}, and it is required")
        pytest.skip("needs the command, which ctest has")
    return command


def by_command(folder, model, *options):
    """Scores of a clip that is made here, a table a frame."""
    command = vmaf_command()
    numbers = np.random.default_rng(3)
    a = numbers.integers(0, 256, (3, 64, 96), np.uint8)
    b = np.clip(a.astype(int) + numbers.integers(-20, 21, a.shape), 0, 255).astype(np.uint8)
    for clip, name in ((a, "a"), (b, "b")):
        frames = b"".join(b"FRAME\n" + frame.tobytes() for frame in clip)
        (folder / f"{name}.y4m").write_bytes(b"YUV4MPEG2 W96 H64 F25:1 Cmono\n" + frames)
    clips = ["-r", folder / "a.y4m", "-d", folder / "b.y4m", "--no_prediction"]
    out = ["--json", "-q", "-o", folder / "out.json"]
    subprocess.run([command, *clips, "--tiny_model", model, *options, *out], check=True)
    return [frame["metrics"] for frame in read_json(folder / "out.json")["frames"]]


@pytest.fixture(scope="session")
def shared():
    """../shared, the folder of golden files: beside the project in CI, not on a user's machine."""
    if not (SHARED / "golden").is_dir():
        if os.environ.get("VISQ_REQUIRE_SHARED") == "1":
            pytest.fail("../shared is missing and required")
        pytest.skip("needs ../shared")
    return SHARED


@pytest.fixture(scope="session")
def synthetic(shared):
    """net -> the portable made-up weights of its trunk."""
    path = shared / "spec/check/synthetic_weights.py"
    spec = importlib.util.spec_from_file_location("synthetic_weights", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return functools.cache(lambda net: module.tensors(KEYS[net]))


@pytest.fixture(scope="session")
def heads(shared):
    """net, or "dists" -> its own weights, the published ones."""

    @functools.cache
    def read(net):
        if net == "dists":
            table = read_json(shared / "models/dists/alpha_beta.json")
            lists = [table["alpha"], table["beta"]]
        else:
            lists = read_json(shared / f"models/lpips_heads/{net}.json")["lins"]
        return [np.array(values, "<f4") for values in lists]

    return read


def small_trunk(net):
    """Weights of the right shapes from a generator, for tests that compare no golden value."""
    numbers = np.random.default_rng(5)
    out = {}
    for name, shape in trunks.shapes(trunks.TRUNKS[net]).items():
        spread = (2 / np.prod(shape[1:])) ** 0.5 if len(shape) > 1 else 0.05
        out[name] = (numbers.standard_normal(shape) * spread).astype("<f4")
    return out


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Knows ranges; breaks off after `server.break_after` bytes of the first file that has more."""

    def do_GET(self):
        path = pathlib.Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        data, begin = path.read_bytes(), 0
        wanted = self.headers.get("Range")
        self.server.asked.append((path.name, wanted))
        if wanted and self.server.knows_ranges:
            begin = int(wanted.removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        end = self.server.break_after
        if end is not None and end < len(data):
            self.server.break_after = None
            data = data[: begin + end]
        self.wfile.write(data[begin:])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path):
    """Serves tmp_path/web; has .url, .folder, .asked, .knows_ranges, .break_after."""
    folder = tmp_path / "web"
    folder.mkdir()
    handler = functools.partial(_Handler, directory=str(folder))
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    httpd.asked, httpd.knows_ranges, httpd.break_after = [], True, None
    httpd.folder, httpd.url = folder, f"http://127.0.0.1:{httpd.server_port}/"
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield httpd
    httpd.shutdown()
    httpd.server_close()


def source_of(server, name):
    """A line of sources.json for a file that the server has."""
    data = (server.folder / name).read_bytes()
    return {
        "file": name,
        "url": server.url + name,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


@pytest.fixture
def stand_ins(server, heads):
    """Puts weights onto the server, and gives a list of sources that knows them.

    stand_ins({net: weights}, published): what the nets' files hold; published scores by stem.
    """

    def make(nets, published=None):
        sources = {"trunks": {}, "heads": {}, "published": published or {}}
        for number, (net, weights) in enumerate(nets.items()):
            write = list(torch_writer.WRITERS.values())[number % 2]
            write(server.folder / f"{net}.pth", weights)
            sources["trunks"][net] = source_of(server, f"{net}.pth")
        for net in (*nets, *(["dists"] if "vgg" in nets else [])):
            names = ["alpha", "beta"] if net == "dists" else None
            arrays = {
                names[i] if names else f"lin{i}.model.1.weight": v.reshape(1, -1, 1, 1)
                for i, v in enumerate(heads(net))
            }
            torch_writer.write_zip(server.folder / f"{net}_heads.pth", arrays)
            sources["heads"][net] = {
                **source_of(server, f"{net}_heads.pth"),
                "values_sha256": [hashlib.sha256(v.tobytes()).hexdigest() for v in heads(net)],
            }
        path = server.folder.parent / "sources.json"
        path.write_text(json.dumps(sources), encoding="utf-8")
        return path

    return make
