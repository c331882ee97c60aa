"""Games whose Shapley values are known in closed form at any number of elements.

Their values do not depend on the engine: a frame of a unanimity game of k frames is worth 1 / k, by
symmetry so is one of a majority, of a parity of odd k, and of "any of k suffices".
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.mask_game import MaskGame

Worth = Callable[[Bool[Tensor, "coalition element"]], Float[Tensor, "coalition game"]]

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


def decided_clips(
    n_elements: int, n_videos: int = 6
) -> tuple[Float[Tensor, "video element class"], Float[Tensor, " class"]]:
    """Logits of clips that nearly all elements decide: what two of them leave open is all there is.

    Returns:
        Logits of single elements, of which a model takes the mean, and the prior.
    """
    generator = torch.Generator().manual_seed(5)
    logits = torch.randn(n_videos, n_elements, 4, generator=generator)
    logits[:, :, 0] += 20
    for video in range(n_videos):
        logits[video, torch.randperm(n_elements, generator=generator)[:2], 0] -= 20
    return logits, torch.full((4,), 0.25)
