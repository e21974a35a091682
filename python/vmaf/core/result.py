"""The scores of one asset."""

from __future__ import annotations

import json
from typing import Any, Callable, Iterable, List, Mapping, Optional, Type
from xml.dom import minidom
from xml.etree import ElementTree

import numpy as np

from ..tools.misc import get_file_name_with_extension
from .asset import Asset


def _number(value: Any) -> Optional[float]:
    return None if value is None or not np.isfinite(value) else float(value)


class BasicResult:
    """Lists of scores by key: result["VMAF_scores"]; result["VMAF_score"] is their mean, or another
    aggregate.
    """

    def __init__(self, asset: Any, result_dict: dict[str, Any]) -> None:
        self.asset = asset
        self.result_dict = result_dict
        self.score_aggregate_method: Callable[[Any], Any] = np.mean

    def set_score_aggregate_method(
        self, score_aggregate_method: Optional[Callable[[Any], Any]]
    ) -> None:
        self.score_aggregate_method = (
            np.mean if score_aggregate_method is None else score_aggregate_method
        )

    def __getitem__(self, key: str) -> Any:
        return self.get_result(key)

    def get_result(self, key: str) -> Any:
        if key in self.result_dict:
            return self.result_dict[key]
        scores = self.result_dict.get(key + "s") if key.endswith("_score") else None
        if scores is None:
            raise KeyError(f'no "{key}"; there are {", ".join(self.result_dict)}')
        array = np.asarray(
            [np.nan if score is None else score for score in scores]
            if np.ndim(scores) == 1
            else scores,
            float,
        )
        return (
            self.score_aggregate_method(array)
            if array.ndim == 1
            else [self.score_aggregate_method(row) for row in array]
        )

    @staticmethod
    def get_scores_key_from_score_key(score_key: str) -> str:
        return score_key + "s"

    def get_ordered_list_scores_key(self, scores_key: Optional[str] = None) -> List[Any]:
        """The keys of all lists of scores, sorted; with a key, the list that it stands for."""
        if scores_key is not None:
            return list(self[scores_key])
        return sorted(
            key
            for key, value in self.result_dict.items()
            if key.endswith("_scores") and np.ndim(value) == 1
        )

    def get_ordered_list_score_key(self) -> List[str]:
        return [key[:-1] for key in self.get_ordered_list_scores_key()]

    def get_ordered_list_multimodel_scores_key(self) -> List[str]:
        return sorted(
            key
            for key, value in self.result_dict.items()
            if key.endswith("_scores") and np.ndim(value) == 2
        )

    def get_ordered_list_multimodel_score_key(self) -> List[str]:
        return [key[:-1] for key in self.get_ordered_list_multimodel_scores_key()]

    @staticmethod
    def scores_key_wildcard_match(
        result_dict: dict[str, Any],
        scores_key: str,
        excluded_scores_keys: Optional[Iterable[str]] = None,
    ) -> str:
        """The key itself, or the shortest one that continues it: options of a feature are part of
        its name.
        """
        keys = sorted(set(result_dict) - set(excluded_scores_keys or ()))
        if scores_key in keys:
            return scores_key
        found = sorted(
            (key for key in keys if key.startswith(scores_key.removesuffix("_scores"))), key=len
        )
        if not found:
            raise KeyError(f"no key matches {scores_key}")
        if len(found) > 1 and len(found[0]) == len(found[1]):
            raise KeyError(f"more than one keys matches {scores_key}: {found}")
        return found[0]

    # ---- frame by frame, for the writers ----

    def _frames(self) -> List[dict[str, Any]]:
        single, multi = (
            self.get_ordered_list_scores_key(),
            self.get_ordered_list_multimodel_scores_key(),
        )
        columns = {key[:-1]: self.result_dict[key] for key in single}
        columns.update({key[:-1]: np.asarray(self.result_dict[key]).T.tolist() for key in multi})
        count = max((len(values) for values in columns.values()), default=0)
        return [
            {"frameNum": i, **{key: values[i] for key, values in columns.items()}}
            for i in range(count)
        ]

    def _aggregate(self) -> dict[str, Any]:
        return {
            key: self[key]
            for key in self.get_ordered_list_score_key()
            + self.get_ordered_list_multimodel_score_key()
        }

    @property
    def _method(self) -> str:
        return getattr(self.score_aggregate_method, "__name__", str(self.score_aggregate_method))


def _text(value: Any) -> str:
    return f"{value:.6f}" if isinstance(value, (float, np.floating)) else str(value)


class Result(BasicResult):
    """The scores of one asset by one executor."""

    DATAFRAME_COLUMNS = (
        "dataset",
        "content_id",
        "asset_id",
        "ref_name",
        "dis_name",
        "asset",
        "executor_id",
        "scores_key",
        "scores",
    )

    def __init__(self, asset: Any, executor_id: str, result_dict: dict[str, Any]) -> None:
        super().__init__(asset, result_dict)
        self.executor_id = executor_id

    def __eq__(self, other: object) -> bool:
        if (
            not isinstance(other, Result)
            or self.asset != other.asset
            or self.executor_id != other.executor_id
        ):
            return False
        return all(
            list(self.result_dict[key]) == list(other.result_dict[key])
            for key in self.get_ordered_list_scores_key()
        )

    __hash__ = None  # type: ignore[assignment]  # it can change

    def __str__(self) -> str:
        return self.to_string()

    def to_string(self) -> str:
        asset = self.asset.to_full_repr() if isinstance(self.asset, Asset) else self.asset
        lines = [f"Asset: {asset}", f"Executor: {self.executor_id}", "Result:"]
        for frame in self._frames():
            number = frame.pop("frameNum")
            lines.append(
                f"Frame {number}: "
                + ", ".join(f"{key}:{_text(value)}" for key, value in frame.items())
            )
        lines.append(
            f"Aggregate ({self._method}): "
            + ", ".join(f"{key}:{_text(value)}" for key, value in self._aggregate().items())
        )
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        def plain(value: Any) -> Any:
            return (
                [plain(v) for v in value]
                if isinstance(value, (list, np.ndarray))
                else value
                if isinstance(value, (int, str))
                else _number(value)
            )

        return {
            "executorId": self.executor_id,
            "asset": {"identifier": str(self.asset)},
            "frames": [
                {key: plain(value) for key, value in frame.items()} for frame in self._frames()
            ],
            "aggregate": {
                **{key: plain(value) for key, value in self._aggregate().items()},
                "method": self._method,
            },
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), sort_keys=False, indent=4)

    def to_xml(self) -> str:
        top = ElementTree.Element("result", executorId=self.executor_id)
        ElementTree.SubElement(top, "asset", identifier=str(self.asset))
        frames = ElementTree.SubElement(top, "frames")
        for frame in self._frames():
            ElementTree.SubElement(
                frames, "frame", {key: str(value) for key, value in frame.items()}
            )
        ElementTree.SubElement(
            top,
            "aggregate",
            {
                "method": self._method,
                **{key: str(value) for key, value in self._aggregate().items()},
            },
        )
        return minidom.parseString(ElementTree.tostring(top, "utf-8")).toprettyxml(indent="  ")

    def to_table(self) -> dict[str, dict[int, Any]]:
        """Columns of rows, one for each list of scores: what data frames and result stores hold."""
        asset = self.asset
        about = (
            asset.dataset,
            asset.content_id,
            asset.asset_id,
            get_file_name_with_extension(asset.ref_path),
            get_file_name_with_extension(asset.dis_path),
            repr(asset),
            self.executor_id,
        )
        keys = self.get_ordered_list_scores_key() + self.get_ordered_list_multimodel_scores_key()
        rows = [(*about, key, np.asarray(self.result_dict[key]).tolist()) for key in keys]
        columns = zip(*rows, strict=True)
        return {
            name: dict(enumerate(column))
            for name, column in zip(self.DATAFRAME_COLUMNS, columns, strict=True)
        }

    @classmethod
    def from_table(cls, table: Mapping[str, Any], AssetClass: Type[Asset] = Asset) -> "Result":
        """Of the columns of one asset and one executor."""
        for name in cls.DATAFRAME_COLUMNS[:7]:
            if len(set(table[name].values())) != 1:
                raise AssertionError(f"the rows are of more than one {name}, or of none")
        first = {name: next(iter(table[name].values())) for name in ("asset", "executor_id")}
        scores = {key: table["scores"][row] for row, key in table["scores_key"].items()}
        if len(scores) != len(table["scores_key"]):
            raise AssertionError("two rows have the same scores_key")
        return cls(AssetClass.from_repr(first["asset"]), first["executor_id"], scores)

    def to_dataframe(self) -> Any:
        """A pandas.DataFrame with a row for each list of scores."""
        import pandas  # pylint: disable=import-outside-toplevel

        return pandas.DataFrame(self.to_table())

    @classmethod
    def from_dataframe(cls, df: Any, AssetClass: Type[Asset] = Asset) -> "Result":
        return cls.from_table(df.to_dict(), AssetClass)

    @classmethod
    def _assert_asset_dataframe(cls, df: Any) -> None:
        cls.from_dataframe(df)

    @staticmethod
    def get_unique_from_dataframe(df: Any, scores_key: str, column: str) -> Any:
        """What the column has in the one row of that list of scores."""
        rows = df.loc[df["scores_key"] == scores_key]
        if len(rows) != 1:
            raise AssertionError(f"{len(rows)} rows have the scores_key {scores_key}")
        return rows.iloc[0][column]

    @classmethod
    def _from_frames(
        cls, asset: str, executor_id: str, frames: Iterable[dict[str, Any]]
    ) -> "Result":
        scores: dict[str, List[Any]] = {}
        for frame in frames:
            for key, value in frame.items():
                if key.endswith("_score"):
                    scores.setdefault(key + "s", []).append(
                        None if value in (None, "None") else float(value)
                    )
        return cls(asset, executor_id, scores)

    @classmethod
    def from_json(cls, json_string: str) -> "Result":
        data = json.loads(json_string)
        return cls._from_frames(data["asset"]["identifier"], data["executorId"], data["frames"])

    @classmethod
    def from_xml(cls, xml_string: str) -> "Result":
        top = ElementTree.fromstring(xml_string)
        asset = top.find("asset")
        identifier = asset.get("identifier", "") if asset is not None else ""
        return cls._from_frames(
            identifier,
            top.get("executorId", ""),
            [frame.attrib for frame in top.iterfind("frames/frame")],
        )

    @classmethod
    def combine_result(cls, results: List["Result"]) -> "Result":
        """One result after the other, as of one clip."""
        if (
            not results
            or len({result.executor_id for result in results}) != 1
            or len({tuple(sorted(r.result_dict)) for r in results}) != 1
        ):
            raise ValueError(
                "results to combine are at least one, of one executor, with the same keys"
            )
        joined = {
            key: [score for result in results for score in result.result_dict[key]]
            for key in results[0].result_dict
        }
        return cls("combined_asset", results[0].executor_id, joined)


class RawResult:
    """What an executor found of an asset that is no list of scores."""

    def __init__(self, asset: Any, executor_id: str, result_dict: dict[str, Any]) -> None:
        self.asset, self.executor_id, self.result_dict = asset, executor_id, result_dict

    def __getitem__(self, key: str) -> Any:
        return self.result_dict[key]

    def get_result(self, key: str) -> Any:
        return self.result_dict[key]

    def get_ordered_results(self) -> List[str]:
        return sorted(self.result_dict)
