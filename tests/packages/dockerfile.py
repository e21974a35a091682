"""Reads the project's Dockerfile: what its stages run, and where that is not what README.md says.

python3 dockerfile.py PROJECT checks it.
"""

import pathlib
import re
import sys


def instructions(project):
    """(word, rest) of each instruction."""
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.M)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [tuple(line.split(None, 1)) for line in lines if line]


def stages(project):
    """The commands of each stage."""
    found = []
    for word, rest in instructions(project):
        if word == "FROM":
            found.append([])
        elif word == "RUN":
            found[-1].append(re.sub(r"^--mount=\S+ ", "", rest))
    return found


def installing(project):
    """The commands of README.md's part on installing."""
    text = (project / "README.md").read_text(encoding="utf-8")
    return re.search(r"^## Install\n+```sh\n(.*?)\n```", text, flags=re.M | re.S).group(1)


def wrong(project):
    found = instructions(project)
    build, final = stages(project)
    readme = installing(project).splitlines()
    sentences = []
    if build != readme[: len(build)] or not readme[-1].startswith("sudo apt install"):
        sentences.append(f"its first stage runs {build}, and README.md says {readme}")
    if ("USER", "10001") not in found or "useradd --create-home --uid 10001 " not in final[-1]:
        sentences.append("what it runs at last runs as root")
    if len({rest.split()[0] for word, rest in found if word == "FROM"}) != 1:
        sentences.append("packages are for the system that they were made on, and it has two")
    return sentences


if __name__ == "__main__":
    mistakes = wrong(pathlib.Path(sys.argv[1]))
    if mistakes:
        sys.exit("Dockerfile: " + "\n".join(mistakes))
