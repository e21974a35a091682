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


class _Networks:
    """Several networks of one shape, side by side: what one learns touches no other."""

    def __init__(self, count: int, inputs: int, recipe: Recipe) -> None:
        self.dropout = recipe.dropout
        self.weights: list[torch.Tensor] = []
        self.biases: list[torch.Tensor] = []
        for before, after in ((inputs, recipe.hidden), (recipe.hidden,) * 2, (recipe.hidden, 1)):
            reach = 1 / math.sqrt(before)  # as torch.nn.Linear begins
            for into, shape in ((self.weights, (before, after)), (self.biases, (1, after))):
                start = torch.empty(count, *shape).uniform_(-reach, reach)
                into.append(start.requires_grad_())

    def parameters(self) -> list[torch.Tensor]:
        return [*self.weights, *self.biases]

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """[networks, rows, inputs] to [networks, rows, 1], with dropout."""
        last = len(self.weights) - 1
        for number, (weights, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, x, weights)
            if number < last:
                x = torch.nn.functional.dropout(torch.nn.functional.gelu(x), self.dropout)
        return x

    def layers(self, place: int, scale: Scaler) -> Layers:
        """Of one of them; the last layer gives scores, and not standardised ones."""
        pairs = [
            [t[place].detach().numpy().astype(np.float64) for t in pair]
            for pair in zip(self.weights, self.biases, strict=True)
        ]
        pairs[-1] = [pairs[-1][0] * scale.std, pairs[-1][1] * scale.std + scale.mean]
        return [(w.T.astype(np.float32).copy(), b[0].astype(np.float32)) for w, b in pairs]


def _orders(counts: list[int]) -> torch.Tensor:
    """[sets, most rows]: every row of each set; where a set has fewer, some come again."""
    most = max(counts)
    rows = [torch.cat([torch.randperm(n) for _ in range(-(-most // n))])[:most] for n in counts]
    return torch.stack(rows)


def trained(
    sets: Sequence[tuple[np.ndarray, np.ndarray | None, np.ndarray]], recipe: Recipe, seed: int
) -> list[Regressor]:
    """A network for each set of features, codec blocks and targets. The same bytes for the same
    sets, recipe and seed.
    """
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    scalers = [(Scaler.of(x), Scaler.of(y[:, None])) for x, _, y in sets]
    counts = [len(y) for *_, y in sets]
    xs, ys = [], []
    for (x, codec, y), (of_x, of_y) in zip(sets, scalers, strict=True):
        filled = np.pad(
            joined(of_x(x).astype(np.float32), codec), ((0, max(counts) - len(x)), (0, 0))
        )
        xs.append(torch.from_numpy(filled))
        ys.append(torch.from_numpy(np.pad(of_y(y[:, None]), ((0, max(counts) - len(y)), (0, 0)))))
    x, y = torch.stack(xs), torch.stack(ys).float()
    nets = _Networks(len(sets), x.shape[2], recipe)
    optimiser = torch.optim.AdamW(nets.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    which = torch.arange(len(sets))[:, None]
    for _ in range(recipe.epochs):
        for rows in _orders(counts).split(recipe.batch, dim=1):
            optimiser.zero_grad()
            loss = torch.nn.functional.mse_loss(nets(x[which, rows]), y[which, rows])
            (loss * len(sets)).backward()  # of each network the mean over its own rows
            optimiser.step()
    return [Regressor(nets.layers(i, of_y), of_x) for i, (of_x, of_y) in enumerate(scalers)]


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
