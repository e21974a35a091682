"""models/fetch.py with registries, folders and a web server of its own; nothing outside this
machine is asked.
"""

import contextlib
import functools
import hashlib
import http.server
import io
import json
import os
import pathlib
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models"))
sys.dont_write_bytecode = True
os.environ["no_proxy"] = "*"  # the web server of these tests is this machine
import fetch  # noqa: E402  pylint: disable=wrong-import-position

CONTENT = b"a model"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
NOWHERE = "http://127.0.0.1:9/"  # the discard port: nobody listens


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


class Fetch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.shared, self.store, self.web = (
            self.folder / name for name in ("shared", "store", "web")
        )
        for folder in (self.shared, self.web):
            (folder / "tiny").mkdir(parents=True)

    def fetch(self, address=NOWHERE, names=("tiny/a.onnx",)):
        """What fetch.py prints."""
        files = [
            {"file": name, "kind": "onnx", "sha256": DIGEST, "source": "web", "path": name}
            for name in names
        ]
        registry = self.folder / "registry.json"
        registry.write_text(
            json.dumps(
                {
                    "sources": {"web": address},
                    "files": files,
                    "pypi": {"requirement": "none==0", "sha256": "0" * 64},
                }
            ),
            encoding="utf-8",
        )
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            fetch.main(registry, self.store, self.shared)
        return printed.getvalue()

    def serve(self):
        handler = functools.partial(QuietHandler, directory=str(self.web))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}/"

    def stored(self, name="tiny/a.onnx"):
        return (self.store / name).read_bytes()

    def test_takes_a_file_from_the_folder(self):
        (self.shared / "tiny/a.onnx").write_bytes(CONTENT)
        self.assertIn("1 of 1 files (1 new)", self.fetch())
        self.assertEqual(self.stored(), CONTENT)

    def test_leaves_a_right_file_alone(self):
        (self.shared / "tiny/a.onnx").write_bytes(CONTENT)
        self.fetch()
        before = (self.store / "tiny/a.onnx").stat().st_mtime_ns
        self.assertIn("1 of 1 files (0 new)", self.fetch())
        self.assertEqual((self.store / "tiny/a.onnx").stat().st_mtime_ns, before)

    def test_leaves_a_model_alone_that_was_made_here(self):
        (self.shared / "tiny/a.onnx").write_bytes(CONTENT)
        (self.store / "tiny").mkdir(parents=True)
        (self.store / "tiny/a.onnx").write_bytes(b"made here")
        line = {"onnx": "a.onnx", "sha256": hashlib.sha256(b"made here").hexdigest()}
        local = self.store / "tiny/registry.local.json"
        local.write_text(json.dumps({"models": [line]}), encoding="utf-8")
        self.assertIn("1 of 1 files (0 new)", self.fetch())
        self.assertEqual(self.stored(), b"made here")
        (self.store / "tiny/a.onnx").write_bytes(b"damaged")
        self.assertIn("1 of 1 files (1 new)", self.fetch())

    def test_replaces_a_damaged_file(self):
        (self.shared / "tiny/a.onnx").write_bytes(CONTENT)
        (self.store / "tiny").mkdir(parents=True)
        (self.store / "tiny/a.onnx").write_bytes(CONTENT[:3])
        self.fetch()
        self.assertEqual(self.stored(), CONTENT)

    def test_refuses_a_file_with_another_hash_and_names_it(self):
        (self.shared / "tiny/a.onnx").write_bytes(b"not the model")
        printed = self.fetch()
        self.assertFalse((self.store / "tiny/a.onnx").exists())
        self.assertIn("tiny/a.onnx from the Folder is not the file", printed)
        self.assertIn(
            "could not be downloaded, everything else works without: tiny/a.onnx", printed
        )

    def test_goes_upstream_for_what_the_folder_lacks(self):
        (self.web / "tiny/a.onnx").write_bytes(CONTENT)
        self.assertIn("1 of 1 files (1 new)", self.fetch(self.serve()))
        self.assertEqual(self.stored(), CONTENT)

    def test_a_file_that_upstream_lacks_does_not_stop_the_next(self):
        (self.web / "tiny/b.onnx").write_bytes(CONTENT)
        printed = self.fetch(self.serve(), names=("tiny/a.onnx", "tiny/b.onnx"))
        self.assertIn("1 of 2 files (1 new)", printed)
        self.assertIn("without: tiny/a.onnx\n", printed)
        self.assertEqual(self.stored("tiny/b.onnx"), CONTENT)

    def test_a_host_that_does_not_answer_is_asked_once(self):
        printed = self.fetch(names=("tiny/a.onnx", "tiny/b.onnx"))
        self.assertEqual(printed.count("cannot be reached"), 1)
        self.assertIn("without: tiny/a.onnx, tiny/b.onnx\n", printed)


class Registry(unittest.TestCase):
    """The registry of this project."""

    def setUp(self):
        self.registry = json.loads((ROOT / "models/registry.json").read_text(encoding="utf-8"))

    def test_every_file_has_a_hash_a_licence_and_a_known_source(self):
        for entry in self.registry["files"]:
            with self.subTest(entry["file"]):
                self.assertRegex(entry["sha256"], r"^[0-9a-f]{64}$")
                self.assertTrue(entry["license"])
                self.assertIn(entry["kind"], ("vmaf", "onnx", "data", "sidecar", "registry"))
                self.assertRegex(entry["file"], r"^(vmaf|tiny)/[A-Za-z0-9_.-]+$")
                if "source" in entry:
                    self.assertIn(entry["source"], self.registry["sources"])
                    self.assertTrue(entry["path"])

    def test_no_file_is_listed_twice(self):
        names = [entry["file"] for entry in self.registry["files"]]
        self.assertEqual(len(names), len(set(names)))


class Scripts(unittest.TestCase):
    def test_ci_runs_the_command_of_the_readme(self):
        readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        command = next(line for line in readme if line.startswith("./setup &&") and "ctest" in line)
        self.assertIn(command, (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines())


if __name__ == "__main__":
    unittest.main()
