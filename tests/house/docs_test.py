"""What the documents say is there: docs_test.py PROJECT VMAF.

Every model of the registries has a card and every card a model; every flag of the command that the
documents name is in its --help; links between documents and files that they cite lead somewhere;
every decision asks one question and has a number, a date and a status; pictures are drawings.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

SECTIONS = (
    "## Training",
    "## Accuracy",
    "## Quantised",
    "## Limits",
    "| file |",
    "licence |",
    "| output",
    "| input",
)
OTHERS = {  # flags of other programs
    "--preset",
    "--build",
    "--install",
    "--prefix",
    "--bundle",
    "--certificate-identity",
    "--certificate-oidc-issuer",
    "--cflags",
    "--libs",
}


def model_ids(root):
    ids = {
        entry["id"]
        for entry in json.loads((root / "models/registry.json").read_text())["files"]
        if entry["kind"] == "onnx" and not entry["id"].endswith(".int8")
    }
    store = root / "models/store/tiny/registry.json"
    if store.exists():
        ids |= {entry["id"] for entry in json.loads(store.read_text())["models"]}
    ids.add("fr_regressor_v2_ensemble_v1")  # a manifest, which no registry gives an id
    return ids


def card_errors(ids, cards):
    """cards: id -> text."""
    errors = [
        f"the model {name} has no card in docs/ai/models" for name in sorted(ids - cards.keys())
    ]
    for name, text in sorted(cards.items()):
        errors += [f'the card {name} has no "{part}"' for part in SECTIONS if part not in text]
        if not text.startswith(f"# {name}\n"):
            errors.append(f"the card {name} has another title")
    return errors


def flags(text):
    return {flag.replace("_", "-") for flag in re.findall(r"(?<![\w-])--[a-z][\w-]*[a-z0-9]", text)}


def flag_errors(path, text, known):
    unknown = flags(text) - known - OTHERS
    return [f"{path} names {flag}, which vmaf --help does not know" for flag in sorted(unknown)]


def anchors(text):
    """What headings are called in links."""
    heads = re.findall(r"^#+ (.*)$", text, flags=re.M)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def link_errors(root, path, text):
    errors = []
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", text):
        file = (root / path).parent / target if target else root / path
        if not file.exists():
            errors.append(f"{path} links to {target}, which is not there")
        elif anchor and anchor not in anchors(file.read_text() if target else text):
            errors.append(f"{path} links to {target}#{anchor}, a heading that is not there")
    return errors


# A file of the project, by its path from the root.
CITED = re.compile(
    r"(?<![\w./(\[])(?:ai|bench|cli|cmake|docs|examples|include|io|job|models|python|src|tests)"
    r"/[\w./-]+\.(?:cc|h|hpp|c|py|md|cmake|json|svg|ipynb)(?![\w/*])"
)
PLACEHOLDER = re.compile(r"NAME|FAMILY|models/store/")


def citation_errors(root, path, text):
    cited = {file for file in CITED.findall(text) if not PLACEHOLDER.search(file)}
    return [
        f"{path} cites {f}, which is not there" for f in sorted(cited) if not (root / f).exists()
    ]


def decision_errors(name, text, index):
    number = int(name[:4])
    errors = []
    if not re.match(rf"# {number}\. .*\?\n\nDate: \d{{4}}-\d\d-\d\d\. Status: \w.*\.\n", text):
        errors.append(f"docs/decisions/{name} begins with no number, question, date and status")
    if f"]({name}) |" not in index:
        errors.append(f"docs/decisions/README.md does not list {name}")
    return errors


def all_decision_errors(folder):
    index = (folder / "README.md").read_text()
    files = sorted(folder.glob("0*.md"))
    errors = [e for file in files for e in decision_errors(file.name, file.read_text(), index)]
    numbers = [int(file.name[:4]) for file in files]
    if numbers != list(range(1, len(files) + 1)):
        errors.append(f"the decisions are numbered {numbers}")
    return errors


def drawn(root, report):
    """What docs/generate/report_picture.py draws of a report."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(report, file)
        file.flush()
        script = [sys.executable, "-B", root / "docs/generate/report_picture.py", file.name]
        svg = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    return xml.etree.ElementTree.fromstring(svg)


def picture_errors(root):
    frames = [{"frameNum": n, "metrics": {"vmaf": 90.0 - n}} for n in range(9)]
    pooled = {
        "vmaf": {"mean": 86.0, "min": 82.0, "min_frame": 8, "percentile_1": 82.1},
        "lpips": {"mean": 0.1},
    }
    clips = [
        {"distorted": name, "bit_rate": rate, "frames": frames, "pooled_metrics": pooled}
        for name, rate in (("a<b.mp4", 5e5), ("c.mp4", 9e5))
    ]
    clips[1] = {
        **clips[1],
        "pooled_metrics": {"vmaf": pooled["vmaf"] | {"mean": 80.0}, "lpips": {"mean": 0.2}},
    }
    svg = drawn(root, {"version": "visq", "reference": "r.mp4", "clips": clips})
    names = [element.tag.split("}")[1] for element in svg.iter()]
    texts = [element.text for element in svg.iter() if element.tag.endswith("}text")]
    errors = []
    if (names.count("polyline"), names.count("circle")) != (4, 4):
        errors.append(
            "the picture of a report of two clips has not two curves and two plots of rate"
        )
    if not {"a<b.mp4", "86.00", "82.00 at 8", "500 kbit/s"} <= set(texts):
        errors.append(f"the picture of a report lacks some of its scores: {texts}")
    return errors


def merge_errors(path, text):
    return (
        [f"{path} holds both sides of a merge"]
        if re.search(r"^(<{7} |>{7} )", text, flags=re.M)
        else []
    )


def self_test(root):
    assert merge_errors("x", "a\n" + "<" * 7 + " HEAD\n") and not merge_errors(
        "x", "a <<<<<<< b\n=======\n"
    )
    assert card_errors({"a"}, {}) and card_errors(set(), {"a": "# b\n"})
    assert flag_errors("x", "try `--no_such-flag`", {"--such"}) and not flag_errors(
        "x", "a --such b ---", {"--such"}
    )
    assert citation_errors(root, "x", "see `src/base/none.h`") and not citation_errors(
        root, "x", "`src/metrics/NAME/NAME.cc`, src/base/result.h; build/docs/none.md"
    )
    assert decision_errors("0001-a.md", "# 1. What?\n\nNo date.\n", "[What?](0001-a.md) |")
    assert decision_errors("0001-a.md", "# 1. What?\n\nDate: 2026-01-02. Status: accepted.\n", "")
    assert link_errors(root, "README.md", "[a](#nowhere)") and not link_errors(
        root, "README.md", "# A `b`, c\n[a](#a-b-c)"
    )
    assert link_errors(root, "README.md", "[a](nowhere.md)") and not link_errors(
        root, "README.md", "[a](https://example.org)"
    )


def flags_of_scripts(root):
    """Those of ./setup, of ai/ and of examples, by their text: their packages may not be there."""
    folders = [root / "ai", root / "examples"]
    files = [root / "setup", *(file for folder in folders for file in folder.glob("*.py"))]
    return flags("".join(file.read_text() for file in files))


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    self_test(root)
    known = flags(
        subprocess.run([sys.argv[2], "--help"], capture_output=True, text=True, check=True).stdout
    )
    scripts = flags_of_scripts(root)
    cards = {file.stem: file.read_text() for file in (root / "docs/ai/models").glob("*.md")}
    errors = card_errors(model_ids(root), cards) + all_decision_errors(root / "docs/decisions")
    errors += picture_errors(root)
    for picture in (root / "docs").glob("*.svg"):
        xml.etree.ElementTree.parse(picture)
    pages = [root / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    for file in [*pages, *sorted((root / "docs").rglob("*.md"))]:
        path, text = str(file.relative_to(root)), file.read_text()
        errors += link_errors(root, path, text) + merge_errors(path, text)
        if file.name != "benchmarks_history.md":
            errors += citation_errors(root, path, text)
        if path == "docs/cli.md" or path.startswith("docs/ai/"):
            errors += flag_errors(path, text, known | scripts)
    if errors:
        sys.exit("\n".join(errors))
    print(f"{len(cards)} cards, {len(known)} flags")


if __name__ == "__main__":
    main()
