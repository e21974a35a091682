"""What is installed brings the licences of what is in it. licenses_test.py SOURCE PREFIX"""

import pathlib
import re
import sys

source, prefix = map(pathlib.Path, sys.argv[1:])
folder = prefix / "share/doc/visq"

# What each licence says, whoever wrote the text down.
WORDS = {
    "Apache-2.0": "Apache License",
    "BSD-3-Clause": "Redistributions in binary form",
    "CC0-1.0": "CC0",
    "libpng-2.0": "PNG Reference Library",
    "WTFPL": "DO WHAT THE FUCK YOU WANT TO",
    "MIT": "Permission is hereby granted, free of charge",
}
expected = {"onnx", "highway", "nlohmann_json", "fmt", "expected", "protobuf"}
if (prefix / "bin/vmaf").exists():
    expected |= {"cli11", "libpng", "yaml_cpp", "zimg"}
if list(prefix.glob("lib*/**/libonnxruntime*")):
    expected.add("onnxruntime")

notice = (folder / "third_party.txt").read_text(encoding="utf-8")
parts = re.findall(r"^(\w+): [^\n]+\.\n  (\S+): licenses/\1$", notice, re.MULTILINE)
wrong = [f"third_party.txt does not name {name}" for name in sorted(expected - dict(parts).keys())]
if (folder / "LICENSE").read_bytes() != (source / "LICENSE").read_bytes():
    wrong.append("LICENSE is not visq's")
texts = {
    file.name: " ".join(file.read_text(encoding="utf-8").split())
    for file in (folder / "licenses").iterdir()
}
if texts.keys() != dict(parts).keys():
    wrong.append("licenses/ does not hold one text for each part of third_party.txt")
for name, license_name in parts:
    if WORDS[license_name] not in texts.get(name, ""):
        wrong.append(f'licenses/{name} is not {license_name}: "{WORDS[license_name]}" is not in it')
if "TERMS AND CONDITIONS FOR USE" not in texts.get("onnx", ""):
    wrong.append("licenses/onnx is not the whole text of the Apache License")
if wrong:
    sys.exit("\n".join(wrong))
