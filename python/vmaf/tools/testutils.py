"""Test cases that scripts derive theirs from."""

from __future__ import annotations

import unittest
from typing import Any, Optional, Type


class MyTestCase(unittest.TestCase):
    """Goes on after a comparison that fails, and says all of them at the end."""

    def setUp(self) -> None:
        self.verificationErrors: list[str] = []
        self.maxDiff = None

    def tearDown(self) -> None:
        unittest.TestCase.assertEqual(self, [], self.verificationErrors)

    def _note(self, check: Any, *values: Any) -> None:
        try:
            check(*values)
        except AssertionError as error:
            self.verificationErrors.append(str(error))

    def assertAlmostEqual(  # type: ignore[override]
        self, first: Any, second: Any, places: Any = None, msg: Any = None, delta: Any = None
    ) -> None:
        self._note(super().assertAlmostEqual, first, second, places, msg, delta)

    def assertEqual(self, first: Any, second: Any, msg: Any = None) -> None:
        self._note(super().assertEqual, first, second, msg)

    def assertTrue(self, expr: Any, msg: Any = None) -> None:
        self._note(super().assertTrue, expr, msg)


class QualityRunnerTestMixin:
    """Runs one asset and compares its score."""

    @staticmethod
    def _run_each_no_assert(
        runner_class: Type[Any],
        asset: Any,
        optional_dict: Optional[dict[str, Any]],
        optional_dict2: Optional[dict[str, Any]] = None,
        result_store: Any = None,
        **_: Any,
    ) -> Any:
        runner = runner_class(
            [asset],
            None,
            fifo_mode=False,
            result_store=result_store,
            optional_dict=optional_dict,
            optional_dict2=optional_dict2,
        )
        runner.run()
        return runner.results[0]

    def run_each(
        self, score: float, runner_class: Type[Any], *arguments: Any, places: int = 5, **more: Any
    ) -> None:
        result = self._run_each_no_assert(runner_class, *arguments, **more)
        self.assertAlmostEqual(  # type: ignore[attr-defined]
            result[runner_class.get_score_key()], score, places=places
        )

    def plot_frame_scores(self, ax: Any, *arguments: Any, label: str = "", **more: Any) -> None:
        result = self._run_each_no_assert(*arguments, **more)
        runner_class = arguments[0]
        mean = f"avg. {runner_class.TYPE}: {result[runner_class.get_score_key()]:.3f}"
        ax.plot(result[runner_class.get_scores_key()], label=f"{mean}, {label}" if label else mean)
        ax.set(xlabel="Frame Number", ylabel="Score")
