"""Results that outlive the process."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any, Optional

from ..config import VmafConfig
from .asset import Asset
from .result import Result


class FileSystemResultStore:
    """A JSON file for each asset and executor. An asset is known by its names and its description,
    not by its content.
    """

    def __init__(self, logger: Any = None, result_store_dir: Optional[str] = None) -> None:
        self.logger = logger
        self.result_store_dir = result_store_dir or VmafConfig.file_result_store_path()

    def _path(self, asset: Asset, executor_id: str) -> str:
        name = hashlib.sha1(asset.to_normalized_repr().encode()).hexdigest()
        return os.path.join(self.result_store_dir, executor_id, name + ".json")

    def save(self, result: Result) -> None:
        path = self._path(result.asset, result.executor_id)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        part = f"{path}.{os.getpid()}.part"
        with open(part, "w", encoding="utf-8") as file:
            json.dump(result.result_dict, file)
        os.replace(part, path)  # another process never sees half of it

    def load(self, asset: Asset, executor_id: str) -> Optional[Result]:
        try:
            with open(self._path(asset, executor_id), encoding="utf-8") as file:
                return Result(asset, executor_id, json.load(file))
        except FileNotFoundError:
            return None

    def delete(self, asset: Asset, executor_id: str) -> None:
        path = self._path(asset, executor_id)
        if os.path.exists(path):
            os.remove(path)
