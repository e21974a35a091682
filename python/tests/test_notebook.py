"""The notebooks of examples/ run from top to bottom, and are committed without outputs."""

import ast
import json

import pytest
from matplotlib import pyplot
from support import ROOT

NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))


def cells(notebook):
    content = json.loads(notebook.read_text(encoding="utf-8"))
    return [cell for cell in content["cells"] if cell["cell_type"] == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(notebook):
    names = {"__name__": "__main__"}
    drawn = 0
    for cell in cells(notebook):
        source = "".join(cell["source"])
        tree = ast.parse(source)
        tail = (
            tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        )  # a cell shows its last expression
        exec(compile(tree, str(notebook), "exec"), names)  # pylint: disable=exec-used
        last = (
            eval(compile(ast.Expression(tail.value), str(notebook), "eval"), names)
            if tail
            else None
        )  # pylint: disable=eval-used
        if "array_equal" in source:
            assert last, source
        drawn += len(pyplot.get_fignums())
        pyplot.close("all")
    assert drawn >= 3
    assert (
        names["scores"].pooled["vmaf"].mean > 0
        and names["scores"]["vmaf"][0] > names["scores"]["vmaf"][-1]
    )


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_has_no_outputs(notebook):
    assert all(
        cell["outputs"] == [] and cell["execution_count"] is None for cell in cells(notebook)
    )
