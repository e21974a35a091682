"""bench/run.py makes its page of kept figures without measuring: page_test.py PROJECT."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile


def tables_of(text):
    return [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def row_of(text, title, what):
    """The named row of the table below a title, as heads -> cells."""
    heads, _, *rows = tables_of(text.split(f"## {title}\n")[1])[0]
    found = next(row for row in rows if cells(row)[0] == what)
    return dict(zip(cells(heads), cells(found), strict=True))


def main():
    project = pathlib.Path(sys.argv[1])
    results = project / "tests/bench/results.json"
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "page.md"
        page.write_text("# Benchmarks\n\nHistory.\n")

        def run(json_file):
            return subprocess.run(
                [
                    sys.executable,
                    "-B",
                    project / "bench/run.py",
                    "--render",
                    "--json",
                    json_file,
                    "--page",
                    page,
                ],
                check=False,
                capture_output=True,
                text=True,
            )

        assert run(results).returncode == 0
        once = page.read_text()
        assert run(results).returncode == 0 and page.read_text() == once, "the second run adds"
        missing = run(pathlib.Path(folder) / "no.json")
        assert missing.returncode == 1 and "no figures" in missing.stderr, missing

    assert once.startswith("# Benchmarks\n") and once.endswith("\nHistory.\n"), once
    sections = json.loads(results.read_text())["sections"]
    titles = re.findall(r"^## (.*)", once, re.MULTILINE)
    assert len(titles) == len(sections) + 1, "a section is left out"
    assert titles[-1] == "How this was measured", titles
    for lines in tables_of(once):
        assert len({len(cells(line)) for line in lines}) == 1, lines
    assert "Some CPU (AVX2, AVX-512), 2 cores" in once

    vmaf = row_of(once, "VMAF", "vmaf+neg")
    assert vmaf["times as fast"] == "4.00 (4.00 to 4.00)" and vmaf["CPU sets"] == "up to AVX2", vmaf
    assert vmaf["visq, frames/s"] == "47.5" and vmaf["peer, MB"] == "70.0", vmaf
    both = row_of(once, "Both models beside the default one", "1")
    assert both["times the time"].startswith("1.25 ") and both["by CPU time"] == "1.20", both
    assert row_of(once, "Several clips against one reference", "y4m")["a further clip"].startswith(
        "0.50 "
    )
    frame = row_of(once, "One pair of pictures, several cores", "ssimulacra2")
    assert frame["peer, ms"] == "" and frame["gain by threads"].startswith("2.00 "), frame
    assert row_of(once, "Start", "--version")["visq, ms"] == "4.0 (4.0 to 4.1)"
    assert row_of(once, "LPIPS and DISTS", "lpips")["CPU ms a frame"] == "1919"
    shots = row_of(once, "Shots", "vmaf")
    assert shots["CPU ms a frame"].startswith("8.0 ") and shots["MB"] == "100", shots


if __name__ == "__main__":
    main()
