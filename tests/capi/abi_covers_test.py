"""abi_test.c checks every enumerator, field and size that the headers declare: abi_covers_test.py
HEADERS ABI_TEST.
"""

import pathlib
import re
import sys

headers, test = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).read_text()


def fields(body):
    """Names of the fields of a struct's body, those of structs within it too."""
    for declaration in re.split(r"[;{}]", body):
        words = re.sub(r"\[[^]]*\]", "", declaration).split(",")
        if declaration.strip() not in ("", "struct"):
            yield from (re.findall(r"\w+", word)[-1] for word in words)


def structs(text):
    for match in re.finditer(r"typedef struct (\w+) \{(.*?)\n\} \1;", text, flags=re.S):
        yield match.group(1), match.group(2)


missing, seen = [], 0
for header in headers.glob("*.h"):
    text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
    for body in re.findall(r"enum \w+ \{(.*?)\}", text, flags=re.S):
        for name in re.findall(r"VMAF_\w+", body):
            seen += 1
            missing += [] if f"CHECK({name}," in test else [name]
    for struct, body in structs(text):
        missing += [] if f"sizeof({struct})" in test else [f"sizeof({struct})"]
        for field in fields(body):
            seen += 1
            covered = re.search(rf"FIELD\({struct}, ([\w.]+\.)?{field}(\.\w+)*,", test)
            missing += [] if covered else [f"{struct}.{field}"]
if missing or seen < 80:
    sys.exit(f"abi_test.c does not check {missing} ({seen} seen)")
print(f"{seen} enumerators and fields, all checked")
