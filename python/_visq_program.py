"""The commands vmaf and visq of a wheel: the program that lies in the package visq.

A module of its own, as importing the package would load numpy at each start.
"""

import os
import sys

PACKAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "visq")


def _run(name):
    os.environ.setdefault("VISQ_MODEL_STORE", os.path.join(PACKAGE, "models"))
    os.execv(os.path.join(PACKAGE, "bin/vmaf"), [name, *sys.argv[1:]])


def vmaf():
    _run("vmaf")


def visq():
    _run("visq")
