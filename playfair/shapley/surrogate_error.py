"""How far a surrogate may be off: what errors it states, and whether it tells anything at all.

Two things make it err. What it learnt of frames rests on the subsets that were evaluated, had
others come it would be another: seen from surrogates refitted to leave-one-out residuals with
random signs (wild bootstrap, Wu 1986). And of a coalition's own subsets it did not see all. Each
that was not evaluated may differ by what a residual is, alone: a small coalition has few subsets,
and those of the few frames that leave a decided video undecided are the ones that count. Without
that second part 67 % of 95 % intervals held on the worst clip of a trained TRN at 12 frames and
2,000 of 3,796 evaluations, with it 91 %.
"""

from collections.abc import Sequence
from math import comb

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.scale_surrogate import Design, Scale, fitted


def refitted(scale: Scale, generator: torch.Generator) -> Scale:
    """How the surrogate would change, had its leave-one-out residuals come with other signs."""
    design = scale.design
    signs = torch.randint(0, 2, (len(design.inside), 1), generator=generator) * 2 - 1
    left = scale.alone * signs.to(scale.alone) * design.unseen**0.5
    nothing = torch.zeros_like(scale.network)
    return Scale(design, *fitted(design, left, nothing), scale.values)


def residual_square(scale: Scale) -> Float[Tensor, " column"]:
    """What a subset that was not evaluated may differ by, squared.

    Residuals are not alike: those that count are among the larger. Between 4 times the mean, for
    normal residuals, and a fourth of the largest, for heavy tails.
    """
    square = scale.alone.square()
    return 2 * square.mean(0) + square.amax(0) / 4


def shares_not_seen(
    designs: Sequence[Design], inside: Bool[Tensor, "coalition element"]
) -> Float[Tensor, "coalition scale"]:
    """Sum of squares of what each unevaluated subset counts in a coalition's mean logits."""
    device = inside.device
    sizes = inside.sum(1)
    scales = torch.tensor([design.scale for design in designs], device=device)
    n_used = (sizes[:, None] >= scales).sum(1).clamp(min=1)
    columns = []
    for design in designs:
        counts = [comb(size, design.scale) for size in range(inside.shape[1] + 1)]
        n_subsets = torch.tensor(counts, dtype=torch.float64, device=device)[sizes]
        shared = inside.float() @ design.inside.float().T
        n_evaluated = (shared == design.scale).sum(1)
        columns.append((n_subsets - n_evaluated) / (n_used * n_subsets.clamp(min=1)).square())
    return torch.stack(columns, dim=1).float()


def score_variance(
    logit_variance: Float[Tensor, "coalition column"],
    scores: Float[Tensor, "coalition column"],
    n_videos: int,
) -> Float[Tensor, "coalition column"]:
    """Of the softmax, to first order, as if the classes' logits erred independently."""
    p = scores.unflatten(1, (n_videos, -1))
    variance = logit_variance.unflatten(1, (n_videos, -1))
    of_all = (p.square() * variance).sum(-1, keepdim=True)
    return (p.square() * ((1 - 2 * p) * variance + of_all)).flatten(1)


def told(scales: Sequence[Scale], n_videos: int) -> Float[Tensor, " video"]:
    """R^2 of the surrogate on subsets it did not see: leave-one-out, over scales and classes.

    1 where nothing varies, and where all subsets were evaluated.
    """
    left = torch.zeros(())
    total = torch.zeros(())
    for scale in scales:
        if scale.design.unseen > 0:
            centred = scale.values - scale.values.mean(0)
            left = left + scale.alone.double().square().sum(0)
            total = total + centred.double().square().sum(0)
    of_videos = [
        sums.expand(scales[0].mean.shape).unflatten(0, (n_videos, -1)) for sums in (left, total)
    ]
    left, total = (sums.sum(1) for sums in of_videos)
    return torch.where(total > 0, 1 - left / total.clamp(min=1e-300), 1.0)
