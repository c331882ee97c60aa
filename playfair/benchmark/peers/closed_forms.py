"""Video models whose Shapley values are known in closed form at any number of elements.

Models that average probabilities: of frames, of neighbouring frames, of what is shown at each place.
Their scores are sums of terms that are there if some elements are inside and some others are not,

    h(|S|) · [A ⊆ S and B ∩ S = ∅],

and a term's Shapley values follow from how many coalitions of each size hold A and not B.
"""

from collections.abc import Callable, Iterator
from functools import cache
from math import comb
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

# of the size of a coalition, what a term is worth in it
Weight = Callable[[int], float]


class Term(NamedTuple):
    """What some classes' scores gain where all of `kept` and none of `gone` are inside."""

    kept: tuple[int, ...]
    gone: tuple[int, ...]
    weight: Weight
    score: Float[Tensor, " class"]


class Votes(nn.Module):
    """The mean over frames of a head's probabilities; as logits, their logarithms.

    Its terms with "delete" and with "freeze" are known.
    """

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, features: Tensor) -> Float[Tensor, "video class"]:
        """Logits of whole videos, of any length."""
        return self.votes(features).mean(1).log()

    def votes(self, features: Tensor) -> Float[Tensor, "video frame class"]:
        """Probabilities of each frame by itself."""
        frames = features.flatten(0, 1)[:, None]
        return self.head(frames).softmax(-1).unflatten(0, features.shape[:2])

    def terms(self, features: Float[Tensor, "frame feature"], removal: str) -> Iterator[Term]:
        """Of one video."""
        votes = self.votes(features[None])[0].double()
        n = len(votes)
        if removal == "delete":
            for frame, vote in enumerate(votes):
                yield Term((frame,), (), one_of_size, vote)
            return
        for place in range(n):
            # the nearest kept frame is shown, the earlier of two equally near
            nearest = sorted(range(n), key=lambda frame: (abs(frame - place), frame))
            for rank, frame in enumerate(nearest):
                yield Term((frame,), tuple(nearest[:rank]), constant, votes[frame] / n)


class Neighbours(nn.Module):
    """The mean over neighbouring frames of a TRN of two frames' probabilities.

    A frame alone is its own neighbour. Its terms with "delete" are known.
    """

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, features: Tensor) -> Float[Tensor, "video class"]:
        """Logits of whole videos, of any length."""
        if features.shape[1] == 1:
            features = features.expand(-1, 2, -1)
        pairs = torch.stack([features[:, :-1], features[:, 1:]], dim=2)
        probabilities = self.head(pairs.flatten(0, 1)).softmax(-1)
        return probabilities.unflatten(0, pairs.shape[:2]).mean(1).log()

    def terms(self, features: Float[Tensor, "frame feature"], removal: str) -> Iterator[Term]:
        """Of one video.

        Raises:
            ValueError: the removal is not "delete".
        """
        if removal != "delete":
            raise ValueError(f"the terms of neighbours are known with delete, not with {removal}")
        n = len(features)
        first, second = torch.triu_indices(n, n)
        pairs = torch.stack([features[first], features[second]], dim=1)
        scores = self.head(pairs).softmax(-1).double()
        for i, j, score in zip(first.tolist(), second.tolist(), scores, strict=True):
            if i == j:
                yield Term((i,), (), alone, score)
            else:
                yield Term((i, j), tuple(range(i + 1, j)), one_of_pairs, score)


def constant(size: int) -> float:
    """Whatever the size."""
    return 1.0


def one_of_size(size: int) -> float:
    """A share in a mean over elements."""
    return 1 / size if size else 0.0


def one_of_pairs(size: int) -> float:
    """A share in a mean over neighbours."""
    return 1 / (size - 1) if size > 1 else 0.0


def alone(size: int) -> float:
    """Only where nothing else is inside."""
    return float(size == 1)


@torch.no_grad()
def known_values(
    model: Votes | Neighbours,
    features: Float[Tensor, "frame feature"],
    prior: Float[Tensor, " class"],
    removal: str,
) -> Float[Tensor, "element class"]:
    """Exact Shapley values of one video.

    Example:
        >>> import playfair
        >>> model = Votes(playfair.TSN(feature_dim=3, n_classes=2).eval())
        >>> features, prior = torch.randn(5, 3), torch.tensor([0.3, 0.7])
        >>> exact = playfair.explain(model.eval(), features[None], prior).esv[0]
        >>> bool((known_values(model, features, prior, "delete") - exact).abs().max() < 1e-6)
        True
    """
    n = len(features)
    # the prior is what the empty coalition has, and no other
    esv = -prior.double().expand(n, -1).clone() / n
    for kept, gone, weight, score in model.terms(features, removal):
        of_kept, of_gone, of_others = values_of_term(n, len(kept), len(gone), weight)
        shares = torch.full((n,), of_others, dtype=torch.float64)
        shares[list(kept)] = of_kept
        shares[list(gone)] = of_gone
        esv += shares[:, None] * score
    return esv


@cache
def values_of_term(n: int, n_kept: int, n_gone: int, weight: Weight) -> tuple[float, float, float]:
    """Shapley values of h(|S|) · [A ⊆ S and B ∩ S = ∅]: of an element of A, of B, of another.

    Args:
        n: elements.
        n_kept, n_gone: |A| and |B|.
        weight: h.

    Example:
        >>> values_of_term(4, 1, 0, constant)
        (1.0, 0.0, 0.0)
        >>> values_of_term(3, 1, 1, constant)  # the first, but not with the second
        (0.5, -0.5, 0.0)
    """
    of_kept = 0.0
    of_gone = 0.0
    of_others = 0.0
    for size in range(n):
        before = weight(size)
        after = weight(size + 1)
        if n_kept:
            of_kept += after * share_held(n - 1, n_kept - 1, n_gone, size) / n
        if n_gone:
            of_gone -= before * share_held(n - 1, n_kept, n_gone - 1, size) / n
        of_others += (after - before) * share_held(n - 1, n_kept, n_gone, size) / n
    return of_kept, of_gone, of_others


def share_held(n: int, n_kept: int, n_gone: int, size: int) -> float:
    """Of coalitions of a size among n elements, the share that holds all of A and none of B."""
    if n_kept + n_gone > n or size < n_kept or size > n - n_gone:
        return 0.0
    return comb(n - n_kept - n_gone, size - n_kept) / comb(n, size)
