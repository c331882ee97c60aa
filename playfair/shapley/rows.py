"""One product for each element and position: whatever else a coalition needs are sums of rows."""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from playfair.shapley.coalitions import Bags, row_index
from playfair.shapley.game import at_least_float32
from playfair.shapley.linear_heads import (
    LinearHeads,
    Projection,
    logits_of_hidden,
    projection_of,
)
from playfair.shapley.removal import seen


def rows_of(
    elements: Float[Tensor, "element video feature"], projection: Projection | None
) -> Float[Tensor, "position start video hidden"]:
    """What an element adds to the hidden layer at each position it can hold; the bias at the first.

    The first layer is a sum over positions, so every element is multiplied once per position
    instead of once per coalition: hidden(Y) = sum over p of rows[p, y_p - p]. Position p can only
    hold the elements p ... T - s + p, hence the second axis counts from there (`start`, T - s + 1).
    """
    if projection is None:
        return elements.unsqueeze(0)
    n_elements, n_videos, feature_dim = elements.shape
    n_positions = len(projection.weight)
    n_starts = n_elements - n_positions + 1
    step = n_videos * feature_dim
    windows = elements.contiguous().as_strided(
        (n_positions, n_starts * n_videos, feature_dim), (step, feature_dim, 1)
    )
    rows = torch.bmm(windows, projection.weight)
    rows[0].add_(projection.bias)
    return rows.view(n_positions, n_starts, n_videos, -1)


def table_of(rows: Float[Tensor, "position start video hidden"]) -> Float[Tensor, "row column"]:
    """(position, start) and (video, hidden) as one axis each."""
    return rows.reshape(rows.shape[0] * rows.shape[1], -1)


def gather_sum(table: Float[Tensor, "row column"], bags: Bags) -> Float[Tensor, "bag column"]:
    """The sum of the table's rows in each bag."""
    # Not F.embedding_bag, which checks what is right here.
    return torch.embedding_bag(table, bags.rows, bags.begins)[0]


def before_relu(
    rows: Float[Tensor, "position start video hidden"], subsets: Int[Tensor, "subset place"]
) -> Float[Tensor, "subset video hidden"]:
    """The hidden layer of some subsets."""
    n_elements = rows.shape[0] + rows.shape[1] - 1
    index = row_index(subsets.int().cpu(), n_elements).to(rows.device)
    return F.embedding_bag(index, table_of(rows), mode="sum").unflatten(1, rows.shape[2:])


def head_logits(
    model: LinearHeads,
    elements: Float[Tensor, "element video feature"],
    inside: Bool[Tensor, "subset element"],
) -> Float[Tensor, "subset video class"]:
    """The logits of one scale's head on some subsets of its size, alike in size."""
    subsets = seen(inside, "delete")
    scale = subsets.shape[1]
    rows = rows_of(elements, projection_of(model, scale, elements.dtype))
    return logits_of_hidden(model, scale, before_relu(rows, subsets).relu())


def element_logits(
    model: LinearHeads, features: Float[Tensor, "video element feature"]
) -> Float[Tensor, "video element class"]:
    """The logits of every single element."""
    features = features.to(at_least_float32(features))
    elements = features.transpose(0, 1).contiguous()
    hidden = rows_of(elements, projection_of(model, 1, elements.dtype))[0].relu()
    return logits_of_hidden(model, 1, hidden).transpose(0, 1)
