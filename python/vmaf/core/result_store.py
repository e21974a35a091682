"""Results that outlive the process."""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
from typing import Any, Optional, Type

from ..config import VmafConfig
from .asset import Asset
from .result import Result


class FileSystemResultStore:
    """A file for each asset and executor, as libvmaf's package writes and reads them. An asset is
    known by its names and its description, not by its content.
    """

    def __init__(self, logger: Any = None, result_store_dir: Optional[str] = None) -> None:
        self.logger = logger
        self.result_store_dir = result_store_dir or VmafConfig.file_result_store_path()

    def _get_result_file_path2(self, asset: Asset, executor_id: str) -> str:
        name = hashlib.sha1(str(asset).encode()).hexdigest()
        folder = os.path.join(self.result_store_dir, executor_id, str(asset.dataset))
        return os.path.join(folder, str(asset.content_id), name)

    def _get_result_file_path(self, result: Result) -> str:
        return self._get_result_file_path2(result.asset, result.executor_id)

    def save(self, result: Result) -> None:
        path = self._get_result_file_path(result)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.save_result(result, path)

    def load(self, asset: Asset, executor_id: str) -> Optional[Result]:
        path = self._get_result_file_path2(asset, executor_id)
        if not os.path.isfile(path):
            return None
        result = self.load_result(path, type(asset))
        result.asset = asset  # the file has no folders of clips
        return result

    @staticmethod
    def save_result(result: Result, result_file_path: str) -> None:
        part = f"{result_file_path}.{os.getpid()}.part"
        with open(part, "w", encoding="utf-8") as file:
            file.write(str(result.to_table()))
        os.replace(part, result_file_path)  # another process never sees half of it

    @staticmethod
    def load_result(result_file_path: str, AssetClass: Type[Asset] = Asset) -> Result:
        with open(result_file_path, encoding="utf-8") as file:
            return Result.from_table(ast.literal_eval(file.read()), AssetClass)

    def delete(self, asset: Asset, executor_id: str) -> None:
        self._remove(self._get_result_file_path2(asset, executor_id))

    # ---- raw files of the clips, as they were compared ----

    def save_workfile(self, result: Result, workfile_path: str, suffix: str) -> None:
        shutil.copyfile(workfile_path, self._get_result_file_path(result) + suffix)

    def has_workfile(self, asset: Asset, executor_id: str, suffix: str) -> bool:
        return os.path.isfile(self._get_result_file_path2(asset, executor_id) + suffix)

    def delete_workfile(self, asset: Asset, executor_id: str, suffix: str) -> None:
        self._remove(self._get_result_file_path2(asset, executor_id) + suffix)

    @staticmethod
    def _remove(path: str) -> None:
        if os.path.exists(path):
            os.remove(path)

    def clean_up(self) -> None:
        """Removes the whole store."""
        shutil.rmtree(self.result_store_dir, ignore_errors=True)
