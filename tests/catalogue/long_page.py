"""The page of a catalogue of 10,000 clips in Chromium: it opens, draws, goes down to a title and
its curves, and asks no network. Screenshots are left to be looked at.
"""

import contextlib
import json
import os
import pathlib
import random
import shutil
import sys

import pytest
from conftest import ROOT, missing
from visq.catalogue import store, write_report

sys.path.insert(0, str(ROOT / "tests/report"))
from browser import Browser  # noqa: E402

CLIPS, READY = 10_000, "document.body !== null && document.body.dataset.ready === 'true'"


@pytest.fixture
def large(plan):
    """Clips of 500 titles in a folder that was never scored: the page reads clips alone."""
    generator = random.Random(2)
    rows = []
    for i in range(CLIPS):
        title, codec, crf = i // 20, ("x264", "svt-av1")[i % 20 // 10], 18 + 3 * (i % 10)
        quality = 100 - 1.6 * (crf - 16) + 3 * (codec != "x264") - generator.random() * 4
        rows.append(
            {
                "id": f"clip {i}",
                "reference": f"{title}.mp4",
                "title": f"Title {title}",
                "codec": codec,
                "crf": crf,
                "bit_rate": int(2e7 * 0.88**crf * (1 - 0.3 * (codec != "x264"))),
                "vmaf_mean": quality,
                "vmaf_clip": quality,
                "vmaf_worst_frame": generator.randrange(1000),
                "shots": [{"first": 0, "last": 99, "vmaf": quality - 5}],
            }
        )
    about = {"directions": {"vmaf": 1}, "library": "visq", "settings": "{}", "models": {}}
    store.write_table(store.table_of(rows), plan.folder / "clips.parquet", about)
    store.write_table(store.table_of(rows), plan.folder / "pairs.parquet", {})
    return plan.folder


def test_ten_thousand_clips_open_in_a_browser(large):
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        missing("chromium")
    page = large / "page.html"
    write_report(large, page)
    assert page.stat().st_size < 8e6
    shots = pathlib.Path(os.environ.get("VISQ_SCREENSHOTS", large))
    with contextlib.closing(Browser(chromium)) as browser:
        browser.open(page, READY, 30)
        assert browser.evaluate("document.querySelectorAll('#titles tbody tr').length") == 20
        assert browser.evaluate("document.querySelectorAll('#histogram rect').length") == 40
        browser.screenshot(shots / "catalogue.png")
        browser.evaluate("document.querySelector('#titles tbody tr').click()")
        assert browser.evaluate("document.querySelectorAll('#title-clips tbody tr').length") == 20
        assert browser.evaluate("document.querySelectorAll('#rate polyline').length") == 2
        percent = browser.evaluate("document.querySelector('#bd tbody tr').cells[2].textContent")
        assert float(percent) < 0, "the other codec needs less"
        browser.screenshot(shots / "title.png")
        browser.evaluate("document.getElementById('theme').click()")
        browser.screenshot(shots / "dark.png")
        assert not browser.complaints(), json.dumps(browser.complaints())
