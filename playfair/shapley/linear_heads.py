"""Models that show their linear layers, and these layers as the engine multiplies by them."""

from typing import NamedTuple, Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.game import at_least_float32


class Projection(NamedTuple):
    """From elements to the hidden layer of one scale's head, by the position they hold."""

    weight: Float[Tensor, "position feature hidden"]
    bias: Float[Tensor, " hidden"]


@runtime_checkable
class LinearHeads(Protocol):
    """Heads of one or more scales whose every layer is linear but for one ReLU, and shown.

    f(X) = mean over scales s <= min(|X|, n_max) of the mean of f_s(Y) over X's subsets Y of size s,
    where f_s(Y) = C relu(h) + d with C, d = readout(s) and h = b + sum over p of y_p W_p with
    W, b = projection(s), or, where that is None, h = y itself.

    Such a model makes its own game by the one line
    `return game_of_heads(self, units, prior, removal=removal, batch_size=batch_size)`.
    """

    n_max: int

    def __call__(
        self, features: Float[Tensor, "video element feature"]
    ) -> Float[Tensor, "video class"]: ...

    def projection(self, scale: int) -> Projection | None: ...

    def readout(
        self, scale: int
    ) -> tuple[Float[Tensor, "class hidden"], Float[Tensor, " class"]]: ...


class Layers(NamedTuple):
    """The head of one scale as `levels.blocks_of_levels` multiplies by it.

    Attributes:
        projection: from elements to the hidden layer; None where they are it.
        weight: from the hidden layer to logits.
        bias: those of it and smaller scales, on average.
    """

    projection: Projection | None
    weight: Float[Tensor, "hidden class"]
    bias: Float[Tensor, " class"]


def layers_of(
    model: LinearHeads,
    features: Float[Tensor, "video element feature"],
    precision: str = "float32",
) -> list[Layers]:
    """The heads of all scales that features of so many elements need.

    Classes of score 0 are appended up to a multiple of 16, which fill whole vector registers: one
    AVX-512 core multiplies at 82 GFLOPS with 176 columns, at 68 with 174.
    """
    dtype = at_least_float32(features)
    scales = range(1, min(features.shape[1], model.n_max) + 1)
    readouts = [[p.to(dtype) for p in model.readout(scale)] for scale in scales]
    n_classes = len(readouts[0][0])
    extra = -n_classes % 16 if n_classes > 32 else 0
    zeros: dict[int, Tensor] = {}  # by the hidden layer's width, which is mostly that of all
    for weight, _ in readouts:
        width = weight.shape[1]
        if width not in zeros:
            zeros[width] = weight.new_zeros(extra, width)
    weights = [torch.cat([weight, zeros[weight.shape[1]]]) for weight, _ in readouts]
    if precision == "bfloat16":
        weights = [weight.bfloat16() for weight in weights]
    none = features.new_full((extra,), -1e30, dtype=dtype)
    biases = torch.cat([part for _, bias in readouts for part in (bias, none)])
    sums = biases.view(len(scales), -1).cumsum(0)
    counts = torch.arange(1, len(scales) + 1, dtype=dtype, device=sums.device)
    means = sums / counts[:, None]
    projections = [projection_of(model, scale, dtype) for scale in scales]
    return [
        Layers(projection, weight.t(), mean)
        for projection, weight, mean in zip(projections, weights, means, strict=True)
    ]


def projection_of(model: LinearHeads, scale: int, dtype: torch.dtype) -> Projection | None:
    """The projection to compute with."""
    projection = model.projection(scale)
    if projection is None or projection.bias.dtype == dtype:
        return projection
    return Projection(projection.weight.to(dtype), projection.bias.to(dtype))


def readout_of(
    model: LinearHeads, scale: int, dtype: torch.dtype
) -> tuple[Float[Tensor, "class hidden"], Float[Tensor, " class"]]:
    """Weight and bias to compute with."""
    weight, bias = model.readout(scale)
    return weight.to(dtype), bias.to(dtype)


def logits_of_hidden(
    model: LinearHeads, scale: int, hidden: Float[Tensor, "*row hidden"]
) -> Float[Tensor, "*row class"]:
    """The readout of one scale's head, of its hidden layer after the ReLU."""
    weight, bias = readout_of(model, scale, hidden.dtype)
    return F.linear(hidden, weight, bias)
