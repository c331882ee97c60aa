"""Games whose Shapley values are known in closed form at any number of elements.

Their values do not depend on the engine: a frame of a unanimity game of k frames is worth 1 / k, by
symmetry so is one of a majority, of a parity of odd k, and of "any of k suffices".
"""

from collections.abc import Callable, Sequence
from itertools import product
from math import comb, prod
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.mask_game import MaskGame

# Of k frames: what their number inside is worth.
SYMMETRIC: dict[str, tuple[tuple[int, ...], Callable[[Tensor, Tensor], Tensor]]] = {
    "unanimity": ((2, 3, 5, 8), lambda n_inside, k: n_inside == k),
    "any of them": ((2, 3, 5), lambda n_inside, k: n_inside > 0),
    "majority": ((3, 5, 7), lambda n_inside, k: 2 * n_inside > k),
    "parity": ((3, 5), lambda n_inside, k: n_inside % 2 == 1),
}
# A sum of that many unanimity games of 1 to 5 frames, with random signs.
TERMS = 60
SUMS = 4
ADDITIVE = 4


def known_games(
    n_elements: int, seed: int = 0
) -> tuple[MaskGame, Float[Tensor, "element game"], list[str]]:
    """Many games as one of many outputs, of at least 8 elements.

    Returns:
        The game, its exact values, and what kind each output is of.

    Example:
        >>> from playfair.shapley import explain_game
        >>> game, truth, names = known_games(8)
        >>> bool((explain_game(game).esv[0] - truth).abs().max() < 1e-6)
        True
    """
    generator = torch.Generator().manual_seed(seed)
    sets: list[Tensor] = []
    rules = []
    names = []
    for name, (sizes, rule) in SYMMETRIC.items():
        for k in sizes:
            sets.append(some_of(n_elements, k, generator))
            rules.append(rule)
            names.append(name)
    members = torch.stack(sets, dim=1)
    n_members = members.sum(0)
    terms = [some_of(n_elements, 1 + term % 5, generator) for term in range(TERMS)]
    of_terms = torch.stack(terms, dim=1)
    n_terms = of_terms.sum(0)
    signs = torch.randn(TERMS, SUMS, generator=generator, dtype=torch.float64)
    weight = torch.randn(n_elements, ADDITIVE, generator=generator, dtype=torch.float64)

    def worth(inside: Bool[Tensor, "coalition element"]) -> Float[Tensor, "coalition game"]:
        n_inside = inside.double() @ members
        columns = [rule(n_inside[:, i], n_members[i]) for i, rule in enumerate(rules)]
        all_there = (inside.double() @ of_terms == n_terms).double()
        symmetric = torch.stack(columns, dim=1).double()
        return torch.cat([symmetric, all_there @ signs, inside.double() @ weight], dim=1)

    truth = torch.cat([members / n_members, (of_terms / n_terms) @ signs, weight], dim=1)
    names += ["sum"] * SUMS + ["additive"] * ADDITIVE
    nothing = torch.zeros(1, n_elements, dtype=torch.bool)
    return MaskGame(worth, n_elements, prior=worth(nothing)[0]), truth, names


def some_of(n_elements: int, k: int, generator: torch.Generator) -> Float[Tensor, " element"]:
    """1 for k random elements, 0 for others."""
    members = torch.zeros(n_elements, dtype=torch.float64)
    members[torch.randperm(n_elements, generator=generator)[:k]] = 1
    return members


class DecidedClips(NamedTuple):
    """Clips that nearly all elements decide: what two of them leave open is all there is.

    Attributes:
        logits: (video, element, class), of single elements, of which a model takes the mean.
        prior: (class,).
        truth: (video, element, class), exact values.
    """

    logits: Float[Tensor, "video element class"]
    prior: Float[Tensor, " class"]
    truth: Float[Tensor, "video element class"]


def decided_clips(n_elements: int, n_videos: int = 6) -> DecidedClips:
    """Elements of two kinds decide, at random places, and two decide nothing; of 4 classes.

    Example:
        >>> import playfair
        >>> clips = decided_clips(6)
        >>> exact = playfair.explain(lambda x: x.mean(1), clips.logits, clips.prior).esv
        >>> bool((exact - clips.truth).abs().max() < 1e-6)
        True
    """
    generator = torch.Generator().manual_seed(5)
    counts = ((n_elements - 2) // 2, (n_elements - 1) // 2, 1, 1)
    of_kinds = torch.randn(n_videos, len(counts), 4, generator=generator)
    of_kinds[:, :2, 0] += 20
    prior = torch.full((4,), 0.25)
    by_kind = values_of_kinds(of_kinds, counts, prior)
    kinds = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    places = torch.stack(
        [kinds[torch.randperm(n_elements, generator=generator)] for _ in range(n_videos)]
    )
    videos = torch.arange(n_videos)[:, None]
    return DecidedClips(of_kinds[videos, places], prior, by_kind[videos, places])


def values_of_kinds(
    logits: Float[Tensor, "video kind class"],
    counts: Sequence[int],
    prior: Float[Tensor, " class"],
) -> Float[Tensor, "video kind class"]:
    """Exact values of a mean over elements that are alike within a kind: by how many of each are in.

    Args:
        logits: of an element of each kind.
        counts: elements of each kind.
        prior: the score of no element.
    """
    n_elements = sum(counts)
    inside = torch.cartesian_prod(*(torch.arange(n + 1.0).double() for n in counts))
    size = inside.sum(1, keepdim=True)
    mean = torch.einsum("ik,vkc->vic", inside / size.clamp(min=1), logits.double())
    scores = torch.where(size > 0, mean.softmax(-1), prior.double())
    shape = [n + 1 for n in counts]
    table = scores.unflatten(1, shape)
    values = []
    for kind in range(len(counts)):
        without = [n - (place == kind) for place, n in enumerate(counts)]
        weight = torch.zeros([*shape[:kind], counts[kind], *shape[kind + 1 :]]).double()
        for at in product(*(range(n + 1) for n in without)):
            n_inside = sum(at)
            orders = prod(comb(n, k) for n, k in zip(without, at, strict=True))
            weight[at] = orders / (n_elements * comb(n_elements - 1, n_inside))
        of_kind = table.movedim(1 + kind, 1)
        added = (of_kind[:, 1:] - of_kind[:, :-1]).movedim(1, 1 + kind)
        values.append(torch.einsum("vic,i->vc", added.flatten(1, -2), weight.flatten()))
    return torch.stack(values, dim=1).to(logits)
