"""The rules of the house that a program can check (docs/architecture.md): rules_test.py PROJECT.

Which room includes which, how long files, functions and macros are, what may not be committed,
that no error's sentence is searched, and that files which comments and documents name are there.
Every rule is first tried on a sample that breaks it: a rule that cannot fail is no rule.
Skipped where git does not know the project; a failure there with VISQ_REQUIRE_SHARED=1.
"""

import ast
import io
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import tokenize

SKIPPED = 77
ROOMS = {  # room -> rooms of src/ whose headers it may include, besides its own
    "base": set(),
    "picture": {"base"},
    "kernels": {"base"},
    "color": {"base", "picture", "kernels"},
    "collect": {"base"},
    "extract": {"base", "picture", "collect"},
    "dnn": {"base", "picture", "color", "kernels"},
    "metrics": {"extract", "kernels", "color", "dnn", "picture", "base"},
    "models": {"collect", "dnn", "base"},
    "engine": {"extract", "collect", "models", "picture", "color", "base"},
    "report": {"collect", "extract", "base"},
    "capi": {
        "base",
        "picture",
        "color",
        "kernels",
        "collect",
        "extract",
        "dnn",
        "metrics",
        "models",
        "engine",
        "report",
    },
    "io": {"base"},
    "job": {"io", "base"},
    "cli": {"job", "io", "base"},
    "python": {"job", "io", "base"},
    "bench": {"job", "io", "base"},
    "examples": set(),
    "tests/capi": {"job", "io", "base", "tests"},
}
# Rooms that are not folders of src/.
OUTSIDE = ("io", "job", "cli", "python", "bench", "examples", "tests/capi")
TESTED_IN_TESTS = ("capi", "bench", "examples", "tests/capi")
PUBLIC = ("libvmaf", "visq")
MAY_INCLUDE_PUBLIC = {"capi", *OUTSIDE}
# Timings of kernels and of a network's layers look into the library, as tests do.
LOOKS_INSIDE = re.compile(r"_(test|fuzz|bench)\.cc$|^bench/network_layers\.cc$")
MAX_LINES, MAX_WIDTH = 500, 100
MAX_FUNCTION, MAX_PARAMETERS, MAX_MACRO, MEDIAN_FUNCTION = 60, 6, 8, 12
SOURCES = (".cc", ".h", ".c", ".hpp")
# What holds data or is written by a program: its lines are as long as what they hold.
DATA = re.compile(r"^(?!CMakePresets\.json$).*\.json$|\.(?:ipynb|pyi|svg)$|^tests/fuzz/seeds/")


def room_of(path):
    parts = path.split("/")
    if parts[0] == "src" and len(parts) > 2:
        return parts[1], parts[2] if parts[1] == "metrics" else None
    outside = "tests/capi" if path.startswith("tests/capi/") else parts[0]
    return (outside, None) if outside in OUTSIDE else (None, None)


def include_errors(path, text):
    room, metric = room_of(path)
    if room is None or (room != "tests/capi" and LOOKS_INSIDE.search(path)):
        return []
    errors = []
    for target in re.findall(r'^#include "([^"]+)"', text, flags=re.M):
        first, second = (target.split("/") + [""])[:2]
        if first in PUBLIC:
            if room not in MAY_INCLUDE_PUBLIC:
                errors.append(
                    f"{path} includes {target}: only the C API and what stands outside sees "
                    f"public headers"
                )
        elif first != room and first not in ROOMS[room]:
            errors.append(f"{path} includes {target}: room {room} may not see {first}")
        elif (
            room == "metrics" and first == "metrics" and target.count("/") > 1 and second != metric
        ):  # metrics/x.h serves all
            errors.append(f"{path} includes {target}: a metric may not see another metric")
    return errors


def file_errors(path, text):
    lines = text.count("\n") + 1
    return [f"{path} has {lines} lines; at most {MAX_LINES}"] if lines > MAX_LINES else []


def width_errors(path, text):
    """Of what people write. Rows of tables in Markdown, which cannot be broken, may be wider."""
    if DATA.search(path):
        return []
    table = "|" if path.endswith(".md") else "\0"
    return [
        f"{path}:{number} has {len(line)} columns; at most {MAX_WIDTH}"
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) > MAX_WIDTH and not line.startswith(table)
    ]


def macro_errors(path, text):
    errors = []
    for match in re.finditer(r"^#define(?:.*\\\n)*.*$", text, flags=re.M):
        if match.group().count("\n") + 1 > MAX_MACRO:
            errors.append(
                f"{path}: {match.group().splitlines()[0][:60]} has more than {MAX_MACRO} lines"
            )
    return errors


FUNCTION = re.compile(
    r"^(?P<indent> "
    r"*)(?!namespace|struct|class|enum|union|extern|else|if|for|while|switch|do\b|return|static "
    r"const|constexpr .*=)"
    r"(?P<head>[\w:<>&*,~\[\] "
    r"]+\((?P<parameters>[^;{}]*)\)[^;{}()]*(?:noexcept|const|override|final| )*)\{ *$",
    flags=re.M,
)


LAMBDA = re.compile(r"\[[&=\w, ]*\]\s*\(")


def functions(text):
    """(first line, lines in the body, parameters) of each function, by the indentation of its
    closing brace.
    """
    lines = text.splitlines()
    for match in FUNCTION.finditer(text):
        if LAMBDA.search(match.group("parameters")):  # a call that is given a function
            continue
        end_of_head = text.count("\n", 0, match.end())
        closing = match.group("indent") + "}"
        for i in range(end_of_head + 1, len(lines)):
            if lines[i].startswith(closing):
                yield (
                    text.count("\n", 0, match.start()) + 1,
                    i - end_of_head - 1,
                    parameter_count(match.group("parameters")),
                )
                break


def before_closing(text):
    """The parameters alone: what follows their closing parenthesis initialises members."""
    depth = 0
    for i, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            return text[:i]
    return text


def parameter_count(text):
    text = before_closing(text)
    text = re.sub(r"<[^<>]*>", "", re.sub(r"<[^<>]*>", "", text)).strip()
    return 0 if text in ("", "void") else text.count(",") + 1


def function_errors(path, text):
    abi = path.startswith("src/capi/")  # the C API's signatures are not ours to shorten
    errors = []
    for line, length, parameters in functions(text):
        if length > MAX_FUNCTION:
            errors.append(f"{path}:{line}: a function of {length} lines; at most {MAX_FUNCTION}")
        if parameters > MAX_PARAMETERS and not abi:
            errors.append(
                f"{path}:{line}: a function with {parameters} parameters; at most {MAX_PARAMETERS}"
            )
    return errors


def python_function_errors(path, text):
    """Lines of the body, without what documents it."""
    errors = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
        if length > MAX_FUNCTION:
            errors.append(
                f"{path}:{node.lineno}: a function of {length} lines; at most {MAX_FUNCTION}"
            )
    return errors


# Errors have a kind and a code (base/result.h); their sentences are for people.
SEARCHES = re.compile(
    r"(?:message|sentence|what\(\)|vmaf_last_error\(\)\)?)\s*"
    r"\.\s*(?:r?find\w*|contains|starts_with|ends_with|compare)\("
    r"|\bstrn?(?:case)?(?:str|cmp)\([^;]*(?:message|sentence|what\(\)|vmaf_last_error)"
    r"|\bin str\(\w*(?:err|exc|fail)\w*\)"
    r"|\bstr\(\w*(?:err|exc|fail)\w*\)\.(?:r?find|startswith|endswith)\("
)


def is_test(path):
    return path.startswith("tests/") or "/tests/" in path or "_test." in path


def search_errors(path, text):
    if is_test(path):
        return []
    found = [text.count("\n", 0, match.start()) + 1 for match in SEARCHES.finditer(text)]
    return [
        f"{path}:{line} searches an error's sentence; ask for its kind or code" for line in found
    ]


FOLDERS = (
    "bench|cli|cmake|decisions|demo|docs|examples|include|io|job|models|python|src|tests|"
    "base|capi|collect|color|dnn|engine|extract|kernels|metrics|picture|report"
)
CITED = re.compile(
    rf"(?<![\w./$}}>*-])(?:{FOLDERS})/(?:[\w.-]+/)*[\w-]+\."
    r"(?:cc|hpp|h|c|md|pyi|py|cmake|json|txt|ipynb|yaml)(?![\w*])"
)
PLACEHOLDER = re.compile(r"\b[A-Z]{4,}\b|/x\.|^models/store/")
HISTORY = re.compile(r"^CHANGELOG\.md$|^docs/decisions/|_history\.md$")  # of files of their time


def comments(path, text):
    """(line, comment) of a program; of a document all lines."""
    if path.endswith(".py"):
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT or token.string.startswith('"""'):
                yield token.start[0], token.string
        return
    for number, line in enumerate(text.splitlines(), 1):
        comment = re.search(r"(?:^|\s)(//.*|\*.*)", line) if path.endswith(SOURCES) else None
        if comment or path.endswith(".md"):
            yield number, comment.group(1) if comment else line


def cited_errors(root, path, text):
    """A path is one of the project, of src/, of include/ or docs/, or lies beside the file."""
    if HISTORY.search(path):
        return []
    places = [root, root / "src", root / "include", root / "docs", (root / path).parent]
    return [
        f"{path}:{line} names {cited}, which is not there"
        for line, comment in comments(path, text)
        for cited in CITED.findall(comment)
        if not PLACEHOLDER.search(cited) and not any((place / cited).exists() for place in places)
    ]


def content_errors(path, text):
    hosts = (
        r"(deb\.debian|registry\.npmjs|pypi\.(org|python)|crates\.io|proxy\.golang|"
        r"repo1?\.maven|archive\.ubuntu|security\.debian)"
    )
    return (
        [f"{path} names a package registry's host"]
        if re.search(hosts, text) and not path.startswith("tests/house/")
        else []
    )


# Folders of one machine: nobody else has them.
MACHINE_PATH = re.compile(r"(?<![\w.$/{}-])/(?:work|home/\w+|root|Users)/\w")


def machine_path_errors(path, text):
    found = MACHINE_PATH.search(text)
    return [f"{path} names a path of one machine: {found.group()}..."] if found else []


def binary_errors(path, data):
    return [f"{path} is a binary file"] if b"\0" in data else []


def structure_errors(root):
    errors = []
    for folder in sorted((root / "src/kernels").iterdir()):
        if list(folder.glob("*.cc")) and not list(folder.glob("*_test.cc")):
            errors.append(f"src/kernels/{folder.name} has no test")
    for folder in sorted((root / "src/metrics").iterdir()):
        for needed in (f"{folder.name}.cc", f"{folder.name}_test.cc"):
            if folder.is_dir() and not (folder / needed).exists():
                errors.append(f"src/metrics/{folder.name} has no {needed}")
    for room in ROOMS:
        folder = root / room if room in OUTSIDE else root / "src" / room
        if room in TESTED_IN_TESTS or not folder.exists():
            continue
        if not list(folder.rglob("test_*.py" if room == "python" else "*_test.cc")):
            errors.append(f"room {room} has no tests")
    return errors


def untested_house():
    """What structure_errors says of a house with all rooms, a metric and a kernel, and no tests."""
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        for room in ROOMS:
            (root / room if room in OUTSIDE else root / "src" / room).mkdir(parents=True)
        for family in ("metrics/m/m.cc", "kernels/k/k.cc"):
            (root / "src" / family).parent.mkdir()
            (root / "src" / family).touch()
        return structure_errors(root)


def self_test():
    long_function = "int f() {\n" + "  g();\n" * 71 + "}\n"
    samples = [
        include_errors("src/report/a.cc", '#include "engine/engine.h"\n'),
        include_errors("src/metrics/psnr/psnr.cc", '#include "metrics/vif/vif.h"\n'),
        include_errors("src/base/a.cc", '#include "libvmaf/libvmaf.h"\n'),
        file_errors("a.cc", "int x;\n" * 501),
        width_errors("a.md", "a" * 101),
        width_errors("a.cc", "|" * 101),
        *(width_errors(path, "a" * 101) for path in ("setup", "CMakePresets.json", "cli/a.js")),
        macro_errors("a.h", "#define A \\\n" + "  b \\\n" * 8 + "  c\n"),
        function_errors("a.cc", long_function),
        function_errors(
            "a.cc", "void f(int a, int b, int c, int d, int e, int g, int h) {\n  x();\n}\n"
        ),
        content_errors("setup", "curl https://deb.debian" + ".org/x"),
        machine_path_errors("a.md", "see /wor" + "k/shared"),
        binary_errors("a.onnx", b"\x08\0"),
        python_function_errors("a.py", "def f():\n" + "    g()\n" * 61),
        search_errors("a.cc", "if (e.message.find(x) == 0)"),
        search_errors("a.cc", "std::string_view(vmaf_last_error()).starts_with(x)"),
        search_errors("a.py", "if 'x' in str(error):"),
        cited_errors(pathlib.Path("."), "a.cc", "int x;  // as src/base/nowhere.h has it"),
        cited_errors(pathlib.Path("."), "a.py", 'def f():\n    """See docs/nowhere.md."""\n'),
        cited_errors(pathlib.Path("."), "a.md", "see docs/nowhere.md"),
        include_errors("io/a.cc", '#include "job/job.h"\n'),
        include_errors("job/a.cc", '#include "engine/engine.h"\n'),
        include_errors("tests/capi/a_test.cc", '#include "engine/engine.h"\n'),
    ]
    for number, errors in enumerate(samples):
        assert errors, f"rule sample {number} was not refused"
    untested = untested_house()
    for missing in (
        "src/metrics/m has no m_test.cc",
        "src/kernels/k has no test",
        "room base has no tests",
        "room io has no tests",
        "room python has no tests",
    ):
        assert missing in untested, f"not missed: {missing}"
    assert not width_errors("a.md", "|" * 101) and not width_errors("a.py", "a" * 100)
    assert not width_errors("models/registry.json", "a" * 101)
    assert not machine_path_errors("a.md", "build/work/x $root/work/x ../work/x")
    assert not search_errors("src/a_test.cc", "error.message.find(x)")
    assert not python_function_errors(
        "a.py", "def f():\n    '''a\n" + "\n" * 61 + "    b'''\n    g()\n"
    )
    assert not cited_errors(
        pathlib.Path("."), "a.cc", 'open("docs/no.md");  // src/metrics/NAME/x.h'
    )
    assert not include_errors("cli/a.cc", '#include "job/job.h"\n#include "visq/visq.hpp"\n')
    assert not include_errors(
        "src/engine/a.cc", '#include "color/ycbcr.h"\n#include "engine/engine.h"\n'
    )
    assert (
        list(functions("  A(int a, int b)\n      : c(a, b), d(a, b, 1) {\n    g();\n  }\n"))[0][2]
        == 2
    )
    assert list(functions("int f(int a) {\n  g();\n  h();\n}\n")) == [(1, 2, 1)]


def tracked(root):
    """What is committed; without git, nothing says what that is."""
    listing = shutil.which("git") and subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=False
    )
    if not listing or listing.returncode != 0:
        print(
            "skipped: git knows what is committed, and is not installed or does not know the folder"
        )
        sys.exit(1 if os.environ.get("VISQ_REQUIRE_SHARED") == "1" else SKIPPED)
    return [name for name in listing.stdout.decode().split("\0") if name]


def main():
    self_test()
    root = pathlib.Path(sys.argv[1]).resolve()
    errors, lengths = structure_errors(root), []
    for path in tracked(root):
        file = root / path
        if not file.is_file():
            continue
        data = file.read_bytes()
        binary = binary_errors(path, data)
        if binary:
            errors += binary
            continue
        text = data.decode("utf-8", errors="replace")
        errors += content_errors(path, text) + machine_path_errors(path, text)
        errors += width_errors(path, text)
        if path.endswith((*SOURCES, ".py", ".md")):
            errors += cited_errors(root, path, text)
        if path.endswith((*SOURCES, ".py", ".js")):
            errors += file_errors(path, text)
        if path.endswith(".py"):
            errors += python_function_errors(path, text)
        if path.endswith((*SOURCES, ".py")):
            errors += search_errors(path, text)
        if path.endswith(SOURCES):
            errors += (
                include_errors(path, text) + macro_errors(path, text) + function_errors(path, text)
            )
            lengths += [
                length
                for _, length, _ in functions(text)
                if path.startswith(("src/", "io/", "job/", "cli/", "python/"))
            ]
    median = statistics.median(lengths)
    if median > MEDIAN_FUNCTION:
        errors.append(
            f"the median function has {median} lines; about 8 is the aim, {MEDIAN_FUNCTION} the "
            f"limit"
        )
    print(f"{len(lengths)} functions, {median} lines in the median")
    if errors:
        sys.exit("\n".join(errors))


if __name__ == "__main__":
    main()
