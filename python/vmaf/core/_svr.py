"""A support vector regression of libsvm, in numpy: for the one model that is older than .json."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Svr:
    """Of a text file of libsvm, nu-SVR with a radial basis."""

    def __init__(self, path: str) -> None:
        with open(path, encoding="utf-8") as file:
            head, _, body = file.read().partition("\nSV\n")
        self._fields = dict(line.split(" ", 1) for line in head.splitlines())
        kind = (self._fields.get("svm_type"), self._fields.get("kernel_type"))
        if kind != ("nu_svr", "rbf"):
            raise AssertionError(f"{path} is no nu_svr of libsvm with an rbf kernel, but {kind}")
        rows = [line.split() for line in body.splitlines() if line.strip()]
        self._factors = np.array([float(row[0]) for row in rows])
        width = max(int(item.partition(":")[0]) for row in rows for item in row[1:])
        self._vectors = np.zeros((len(rows), width))
        for i, row in enumerate(rows):
            for item in row[1:]:
                column, _, value = item.partition(":")
                self._vectors[i, int(column) - 1] = float(value)

    def predict(self, features: NDArray[Any]) -> NDArray[Any]:
        """A value for each row of features."""
        distances = ((features[:, None] - self._vectors) ** 2).sum(axis=2)
        weights = np.exp(-float(self._fields["gamma"]) * distances)
        return weights @ self._factors - float(self._fields["rho"])
