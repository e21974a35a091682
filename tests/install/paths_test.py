"""Nothing that is installed names the folders it was built in. paths_test.py PREFIX FOLDER..."""

import pathlib
import sys

prefix = pathlib.Path(sys.argv[1])
files = [file for file in prefix.rglob("*") if file.is_file()]
wrong = [
    f"{file} names {folder}"
    for file in files
    for folder in sys.argv[2:]
    if folder.encode() in file.read_bytes()
]
if not files:
    wrong.append(f"nothing is installed in {prefix}")
if wrong:
    sys.exit("\n".join(wrong))
