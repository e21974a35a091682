"""The library exports what its headers declare, and nothing else: symbols_test.py LIBRARY HEADERS
NM.
"""

import pathlib
import re
import subprocess
import sys

library, headers, nm = sys.argv[1:4]
declared = set()
for header in pathlib.Path(headers).glob("*.h"):
    text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
    declared |= set(re.findall(r"^(?:const )?[A-Za-z_][\w ]*[ *]+(vmaf_\w+)\(", text, flags=re.M))
listing = subprocess.run(
    [nm, "-D", "--defined-only", library], capture_output=True, text=True, check=True
).stdout
exported = {line.split()[-1].split("@")[0] for line in listing.splitlines()}
missing, surplus = declared - exported, exported - declared
if missing or surplus or len(declared) < 40:
    sys.exit(
        f"declared and not exported: {sorted(missing)}; exported and not declared: "
        f"{sorted(surplus)}"
    )
print(f"{len(declared)} functions, all exported, nothing else")
