#!/usr/bin/env python3
"""Stands in for cosign: signs with a key of a folder, and accepts what was signed with it.

sign-blob --yes --bundle FILE [--key NAME] BLOB; verify-blob --bundle FILE [--key NAME] BLOB. The
folder of keys is FAKE_COSIGN; a bundle holds the key's name and a keyed hash.
"""

import hashlib
import hmac
import json
import os
import pathlib
import sys


def seal(key, blob):
    secret = (pathlib.Path(os.environ["FAKE_COSIGN"]) / key).read_bytes()
    return hmac.new(secret, pathlib.Path(blob).read_bytes(), hashlib.sha256).hexdigest()


def main():
    command, *words = sys.argv[1:]
    told = dict(zip(words, words[1:], strict=False))
    key = pathlib.PurePath(told.get("--key", "default")).stem
    bundle, blob = pathlib.Path(told["--bundle"]), words[-1]
    if command == "sign-blob":
        bundle.write_text(json.dumps({"key": key, "seal": seal(key, blob)}))
        return None
    known = json.loads(bundle.read_text())
    if known != {"key": key, "seal": seal(key, blob)}:
        return "Error: the bundle does not verify the blob"
    return None


sys.exit(main())
