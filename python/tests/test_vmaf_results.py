"""The vmaf package: results in every form, stored, and pooled."""

import json
import pathlib

import pytest
import visq
from support import asset
from vmaf.core.quality_runner import VmafQualityRunner
from vmaf.core.result import Result
from vmaf.core.result_store import FileSystemResultStore
from vmaf.tools.stats import ListStats


def test_a_result_in_every_form(pair):
    runner = VmafQualityRunner([asset(pair)], None)
    runner.run()
    result = runner.results[0]
    data = json.loads(result.to_json())
    assert (
        data["frames"][2]["VMAF_score"] == result["VMAF_scores"][2]
        and data["aggregate"]["VMAF_score"] == result["VMAF_score"]
    )
    for again in (Result.from_json(result.to_json()), Result.from_xml(result.to_xml())):
        assert (
            again["VMAF_scores"] == result["VMAF_scores"]
            and again.executor_id == result.executor_id
        )
    assert f"VMAF_score:{result['VMAF_score']:.6f}" in result.to_string().splitlines()[-1]
    table = result.to_dataframe()
    assert (
        set(table["scores_key"]) == set(result.get_ordered_list_scores_key())
        and table.iloc[0]["dataset"] == "test"
    )
    assert Result.combine_result([result, result])["VMAF_scores"] == result["VMAF_scores"] * 2
    result.set_score_aggregate_method(ListStats.harmonic_mean)
    assert result["VMAF_score"] == pytest.approx(ListStats.harmonic_mean(result["VMAF_scores"]))
    with pytest.raises(KeyError, match='no "VMAV_score"'):
        result["VMAV_score"]  # pylint: disable=pointless-statement


def test_results_are_stored(pair, tmp_path):
    store = FileSystemResultStore(result_store_dir=str(tmp_path / "store"))
    first = VmafQualityRunner([asset(pair)], None, result_store=store)
    first.run()
    pathlib.Path(pair[1]).write_bytes(b"")  # it is not read again
    second = VmafQualityRunner([asset(pair)], None, result_store=store)
    second.run()
    assert second.results == first.results
    second.remove_results()
    with pytest.raises(visq.Error):
        second.run()


def test_statistics():
    scores = [1, 2, 3, 4, 5, 11, 12, 13, 14, 15]
    assert ListStats.nonemean([None, None, 1, 2]) == 1.5
    assert ListStats.harmonic_mean(scores) == pytest.approx(4.5223, abs=1e-4)
    assert ListStats.lp_norm(scores, 3) == pytest.approx(10.5072, abs=1e-4)
    assert ListStats.total_variation(scores) == pytest.approx(1.5556, abs=1e-4)
    assert [
        round(f(scores), 2)
        for f in (ListStats.perc1, ListStats.perc5, ListStats.perc10, ListStats.perc20)
    ] == [1.09, 1.45, 1.9, 2.8]
    smooth = ListStats.moving_average(scores, 2, "simple")
    assert smooth[2] == 2.5 and smooth[0] == smooth[1] == smooth[2]
