"""What assets and executors have in common with others of their kind."""

from __future__ import annotations

import os
import uuid
from typing import Any, List, Type


class WorkdirEnabled:
    """Has a folder of its own, which is made when something is put there."""

    def __init__(self, workdir_root: str) -> None:
        self.workdir = os.path.join(workdir_root, str(uuid.uuid4()))

    @property
    def workdir_root(self) -> str:
        return os.path.dirname(self.workdir)


class TypeVersionEnabled:
    """Is known by TYPE and VERSION."""

    TYPE = ""
    VERSION = ""

    def get_type_version_string(self) -> str:
        return f"{self.TYPE}_V{self.VERSION}"

    def get_cozy_type_version_string(self) -> str:
        return f"{self.TYPE} VERSION {self.VERSION}"

    @classmethod
    def get_subclasses_recursively(cls) -> List[Type[Any]]:
        children = cls.__subclasses__()
        return children + [kin for child in children for kin in child.get_subclasses_recursively()]

    @classmethod
    def find_subclass(cls, subclass_type: str) -> Type[Any]:
        """The derived class of that TYPE, of the modules that were imported."""
        found = [kin for kin in cls.get_subclasses_recursively() if kin.TYPE == subclass_type]
        if len(found) != 1:
            raise AssertionError(
                f"{cls.__name__} has {len(found)} derived classes of type {subclass_type}: "
                f"{', '.join(kin.__name__ for kin in found)}"
            )
        return found[0]
