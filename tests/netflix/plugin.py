"""A plugin of pytest that keeps what the tests of libvmaf's package compare.

VISQ_NUMBERS=record:FILE   of libvmaf's own package: whatever a test expects, which may be of a
                           clip that is a stand-in here
VISQ_NUMBERS=compare:FILE  of the package over visq: where a test misses its own number, and
                           libvmaf's package did too, the latter's is what is expected
VISQ_NUMBERS=count:FILE    likewise, and a test goes on where it misses a number
"""

import json
import os
import unittest

import pytest

_MODE, _FILE = os.environ["VISQ_NUMBERS"].split(":", 1)
_KNOWN = {}
if _MODE != "record" and os.path.exists(_FILE):
    with open(_FILE, encoding="utf-8") as known_file:
        _KNOWN = json.load(known_file)
_almost, _equal = unittest.TestCase.assertAlmostEqual, unittest.TestCase.assertEqual
_tests = {}  # of this run: what they compared, and how they ended
_current = None


def _plain(value):
    """What JSON keeps of a value."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return repr(value)


def _compare(check, case, first, second, *settings):
    test = _tests.setdefault(_current, {"values": [], "missed": []})
    index = len(test["values"])
    test["values"].append(_plain(first))
    known = _KNOWN.get(_current, {"missed": []})
    try:
        try:
            check(case, first, second, *settings)
        except AssertionError:
            if index not in known["missed"]:
                raise
            check(case, _plain(first), known["values"][index], *settings)
    except AssertionError:
        test["missed"].append(index)
        if _MODE == "compare":
            raise


def _assert_almost_equal(self, first, second, places=None, msg=None, delta=None):
    _compare(_almost, self, first, second, places, msg, delta)


def _assert_equal(self, first, second, msg=None):
    _compare(_equal, self, first, second, msg)


unittest.TestCase.assertAlmostEqual = _assert_almost_equal
unittest.TestCase.assertEqual = _assert_equal


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    global _current  # pylint: disable=global-statement
    _current = item.nodeid
    return (yield)


def _end(report):
    words = report.longreprtext.strip().splitlines() if report.failed else []
    test = _tests.setdefault(report.nodeid, {"values": [], "missed": []})
    test["outcome"], test["words"] = report.outcome, words[-1] if words else ""


def pytest_runtest_logreport(report):
    if report.when == "call" or report.outcome != "passed":
        _end(report)


def pytest_collectreport(report):
    if report.failed:
        _end(report)


def pytest_sessionfinish():
    with open(os.environ["VISQ_NUMBERS_OUT"], "w", encoding="utf-8") as file:
        json.dump(_tests, file)
