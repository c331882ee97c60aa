"""ESVs from random orders (Castro et al. 2009), with a stated number of evaluations."""

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.attribution.counted import CountedScores, bits, require_budget
from playfair.attribution.registry import Asked, method


@method(
    "permutation_sampling",
    title="permutation sampling",
    unit="probability",
    colour="#332288",
    line=":",
    source="Castro et al. 2009",
    leading=False,
)
def permutation_sampling(question: Asked) -> Float[Tensor, "video frame"]:
    """The mean, over whole orders, of what each frame adds to those before it.

    Orders are drawn, the same for all videos, until one more might ask for more different
    coalitions than are allowed: the whole clip once, and at most n − 1 for each order. The values
    of each order sum to f(X) − f(∅), and so does their mean.
    """
    scores = CountedScores(question)
    n_frames = question.n_frames
    require_budget(question, n_frames, "Permutation sampling")
    generator = question.generator or torch.Generator().manual_seed(0)
    device = question.features.device
    values = torch.zeros(question.n_videos, n_frames, dtype=torch.float64, device=device)
    n_orders = 0
    # where all coalitions are known already, more orders cost nothing and never end
    while n_orders < 2**n_frames:
        order = torch.randperm(n_frames, generator=generator)
        inside = orders_prefixes(order).to(device)
        new = sum(not scores.has(name) for name in bits(inside))
        if scores.evaluations + new > question.budget:
            break
        along = scores(inside)
        values[:, order.to(device)] += along.diff(dim=0).T
        n_orders += 1
    return (values / n_orders).to(question.features.dtype)


def orders_prefixes(order: Tensor) -> Tensor:
    """The coalitions that an order passes, the empty one first: (size, frame) bool.

    Example:
        >>> orders_prefixes(torch.tensor([1, 0])).tolist()
        [[False, False], [False, True], [True, True]]
    """
    place = torch.empty_like(order)
    place[order] = torch.arange(len(order))
    return place < torch.arange(len(order) + 1)[:, None]
