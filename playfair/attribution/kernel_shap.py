"""KernelSHAP (Lundberg & Lee 2017), with a stated number of evaluations."""

from math import comb

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.attribution.counted import CountedScores, require_budget
from playfair.attribution.registry import Asked, method

DRAWS = 1000  # at most, of pairs: few coalitions are met again and again


@method(
    "kernel_shap",
    title="KernelSHAP",
    unit="probability",
    colour="#332288",
    line="-.",
    source="Lundberg & Lee 2017; Covert & Lee 2021",
    leading=False,
)
def kernel_shap(question: Asked) -> Float[Tensor, "video frame"]:
    """The additive game nearest to f under the Shapley kernel, of coalitions that are drawn by it.

    Coalitions come with their complements (Covert & Lee 2021), the same for all videos, until one
    more pair would ask for more than is allowed; where all are, each counts as the kernel says and
    the values are ESVs. They sum to f(X) − f(∅).
    """
    scores = CountedScores(question)
    n_frames = question.n_frames
    require_budget(question, min(2 * n_frames - 1, 2**n_frames - 1), "KernelSHAP")
    generator = question.generator or torch.Generator().manual_seed(0)
    if question.budget == 2**n_frames - 1:
        inside, weight = all_weighed(n_frames)
    else:
        inside, weight = drawn(n_frames, question.budget - 1, generator)
    inside = inside.to(question.features.device)
    weight = weight.to(question.features.device)
    ends = torch.tensor([[False], [True]], device=inside.device).expand(2, n_frames)
    nothing, whole = scores(ends)
    total = whole - nothing
    if n_frames == 1:
        return total[:, None].to(question.features.dtype)
    values = regression(inside.double(), weight, scores(inside) - nothing, total)
    return values.T.to(question.features.dtype)


def regression(
    inside: Float[Tensor, "coalition element"],
    weight: Float[Tensor, " coalition"],
    gained: Float[Tensor, "coalition video"],
    total: Float[Tensor, " video"],
) -> Float[Tensor, "element video"]:
    """argmin over φ with Σ φ = total of Σ_S weight(S) (gained(S) − Σ_{i ∈ S} φ_i)²."""
    free = inside[:, :-1] - inside[:, -1:]
    beyond = gained - inside[:, -1:] * total
    root = weight.sqrt()[:, None]
    first = torch.linalg.pinv(free * root) @ (beyond * root)
    return torch.cat([first, total - first.sum(0, keepdim=True)])


def all_weighed(
    n_frames: int,
) -> tuple[Bool[Tensor, "coalition element"], Float[Tensor, " coalition"]]:
    """All coalitions but none and all, and the Shapley kernel (n − 1) / (C(n, s) s (n − s))."""
    names = torch.arange(1, 2**n_frames - 1)
    inside = (names[:, None] >> torch.arange(n_frames) & 1).bool()
    kernel = [0.0] + [
        (n_frames - 1) / (comb(n_frames, size) * size * (n_frames - size))
        for size in range(1, n_frames)
    ]
    return inside, torch.tensor(kernel, dtype=torch.float64)[inside.sum(1)]


def drawn(
    n_frames: int, most: int, generator: torch.Generator
) -> tuple[Bool[Tensor, "coalition element"], Float[Tensor, " coalition"]]:
    """Coalitions drawn in proportion to the kernel, and how often each was.

    Args:
        n_frames: of a clip.
        most: different coalitions, at most.
        generator: source of the draws.
    """
    sizes = torch.arange(1, n_frames)
    probability = 1.0 / (sizes * (n_frames - sizes))
    times: dict[tuple[bool, ...], int] = {}
    for _ in range(DRAWS):
        size = int(sizes[torch.multinomial(probability, 1, generator=generator)])
        inside = torch.zeros(1, n_frames, dtype=torch.bool)
        inside[0, torch.randperm(n_frames, generator=generator)[:size]] = True
        pair = [tuple(row) for row in torch.cat([inside, ~inside]).tolist()]
        if len(times.keys() | set(pair)) > most:
            break
        for coalition in pair:
            times[coalition] = times.get(coalition, 0) + 1
    return torch.tensor(list(times)), torch.tensor(list(times.values()), dtype=torch.float64)
