"""What the documents say is there: docs_test.py PROJECT VMAF.

Every model of the registries has a card and every card a model; every flag of the command that the
documents name is in its --help; links between documents lead somewhere.
"""

import json
import pathlib
import re
import subprocess
import sys

SECTIONS = (
    "## Training",
    "## Accuracy",
    "## Limits",
    "| file |",
    "licence |",
    "| output |",
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


def link_errors(root, path, text):
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    return [
        f"{path} links to {target}, which is not there"
        for target in targets
        if not (root / path).parent.joinpath(target).exists()
    ]


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
    assert link_errors(root, "README.md", "[a](nowhere.md)") and not link_errors(
        root, "README.md", "[a](https://example.org)"
    )


def flags_of_scripts(root):
    """Those of ./setup and of the exporters, by their text: their packages may not be there."""
    return flags("".join(f.read_text() for f in [root / "setup", *(root / "ai").glob("*.py")]))


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    self_test(root)
    known = flags(
        subprocess.run([sys.argv[2], "--help"], capture_output=True, text=True, check=True).stdout
    )
    scripts = flags_of_scripts(root)
    cards = {file.stem: file.read_text() for file in (root / "docs/ai/models").glob("*.md")}
    errors = card_errors(model_ids(root), cards)
    for file in [root / "README.md", *sorted((root / "docs").rglob("*.md"))]:
        path, text = str(file.relative_to(root)), file.read_text()
        errors += link_errors(root, path, text) + merge_errors(path, text)
        if path == "docs/cli.md" or path.startswith("docs/ai/"):
            errors += flag_errors(path, text, known | scripts)
    if errors:
        sys.exit("\n".join(errors))
    print(f"{len(cards)} cards, {len(known)} flags")


if __name__ == "__main__":
    main()
