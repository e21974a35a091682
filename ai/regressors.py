"""Small networks from features to a score: what they are, how they are trained, and their graphs.

torch trains them; the graph is written without it.
"""

import math
from dataclasses import dataclass
from typing import Any, Sequence

import numpy as np
import torch

from ai.graph import Graph, Shapes

Layers = list[tuple[np.ndarray, np.ndarray]]  # float32 weights [outputs, inputs], and biases


@dataclass(frozen=True)
class Recipe:
    hidden: int
    codec: bool  # told how a clip was encoded
    per_encode: bool  # a row is an encode, with the means of its frames' features
    batch: int
    epochs: int
    rate: float
    dropout: float = 0.1
    decay: float = 1e-5


RECIPES = {
    "v1": Recipe(64, codec=False, per_encode=False, batch=256, epochs=30, rate=1e-3),
    "v2": Recipe(16, codec=True, per_encode=True, batch=64, epochs=200, rate=1e-3),
    "v3": Recipe(16, codec=True, per_encode=False, batch=32, epochs=200, rate=5e-4),
}


@dataclass
class Scaler:
    """(x - mean) / std of each column."""

    mean: np.ndarray
    std: np.ndarray

    @staticmethod
    def of(values: np.ndarray) -> "Scaler":
        std = values.std(0)
        return Scaler(values.mean(0), np.where(std > 1e-12, std, 1.0))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return (values - self.mean) / self.std


@dataclass
class Regressor:
    """A trained network with what its inputs and its output are scaled by."""

    layers: Layers
    scaler: Scaler

    def __call__(self, features: np.ndarray, codec: np.ndarray | None) -> np.ndarray:
        """Scores in float32, as everybody else computes them."""
        x = torch.from_numpy(joined(self.scaler(features).astype(np.float32), codec))
        for number, (weights, bias) in enumerate(self.layers):
            x = x @ torch.from_numpy(weights).T + torch.from_numpy(bias)
            if number + 1 < len(self.layers):
                x = torch.nn.functional.gelu(x)
        return x[:, 0].numpy().astype(np.float64)


def joined(features: np.ndarray, codec: np.ndarray | None) -> np.ndarray:
    return features if codec is None else np.concatenate([features, codec], 1, dtype=np.float32)


def _network(inputs: int, recipe: Recipe) -> torch.nn.Sequential:
    parts: list[torch.nn.Module] = []
    for width in (inputs, recipe.hidden):
        parts += [
            torch.nn.Linear(width, recipe.hidden),
            torch.nn.GELU(),
            torch.nn.Dropout(recipe.dropout),
        ]
    return torch.nn.Sequential(*parts, torch.nn.Linear(recipe.hidden, 1))


def _unscaled(net: torch.nn.Sequential, scale: Scaler) -> Layers:
    """The last layer gives scores, and not standardised ones."""
    linear = [part for part in net if isinstance(part, torch.nn.Linear)]
    pairs = [[t.detach().numpy().astype(np.float64) for t in (p.weight, p.bias)] for p in linear]
    pairs[-1] = [pairs[-1][0] * scale.std, pairs[-1][1] * scale.std + scale.mean]
    return [(w.astype(np.float32), b.astype(np.float32)) for w, b in pairs]


def trained(
    features: np.ndarray, codec: np.ndarray | None, target: np.ndarray, recipe: Recipe, seed: int
) -> Regressor:
    """The same bytes for the same rows, recipe and seed."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    scaler, scale = Scaler.of(features), Scaler.of(target[:, None])
    x = torch.from_numpy(joined(scaler(features).astype(np.float32), codec))
    y = torch.from_numpy(scale(target[:, None]).astype(np.float32))
    net = _network(x.shape[1], recipe)
    optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    for _ in range(recipe.epochs):
        for rows in torch.randperm(len(x)).split(recipe.batch):
            optimiser.zero_grad()
            torch.nn.functional.mse_loss(net(x[rows]), y[rows]).backward()
            optimiser.step()
    return Regressor(_unscaled(net, scale), scaler)


def graph_of(layers: Layers, features: int, codec: int) -> bytes:
    """An ONNX file: the inputs features, and codec where that is not 0; the output score."""
    graph = Graph()
    inputs: Shapes = {"features": ["batch", features]}
    x = "features"
    if codec:
        inputs["codec"] = ["batch", codec]
        x = graph.op("Concat", "features", "codec", axis=1)
    half, one = graph.constant("half", 0.5), graph.constant("one", 1.0)
    root = graph.constant("root", 1 / math.sqrt(2))
    for number, (weights, bias) in enumerate(layers):
        names = [f"layer_{number}_{kind}" for kind in ("weights", "bias")]
        parts = [graph.constant(n, v) for n, v in zip(names, (weights, bias), strict=True)]
        x = graph.op("Gemm", x, *parts, transB=1)
        if number + 1 < len(layers):
            bell = graph.op("Add", graph.op("Erf", graph.op("Mul", x, root)), one)
            x = graph.op("Mul", graph.op("Mul", x, half), bell)
    graph.op("Squeeze", x, graph.axis(1), output="score")
    return graph.file("fr_regressor", inputs, {"score": ["batch"]})


def count(layers: Sequence[Any]) -> int:
    return sum(w.size + b.size for w, b in layers)
