"""One clip as a model explains it: its frames, scores and ESVs, and what is left without some."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from playfair.shapley.explain import explain
from playfair.shapley.game import Game, game_of, own_removal
from playfair.shapley.mode import check_mode


@dataclass(frozen=True)
class ExplainedClip:
    """What one model says of one clip.

    Attributes:
        esv: (element, class), probability.
        stderr: the same, where ESVs are estimated and errors are stated.
        score: (class,), probability.
        label: the class with the highest score.
        removed: order of removal → (left, class), scores with 0 … n elements left; 0: the prior.
        gap: the largest difference, over classes, of the ESVs' sum from score minus prior.
    """

    esv: NDArray[np.float64]
    stderr: NDArray[np.float64] | None
    score: NDArray[np.float64]
    label: int
    removed: Mapping[str, NDArray[np.float64]]
    gap: float


@torch.no_grad()
def explained_clip(
    head: nn.Module,
    units: Tensor,
    prior: Tensor,
    *,
    options: Mapping[str, Any],
    seed: int = 0,
) -> ExplainedClip:
    """ESVs of one clip, and its scores as elements are taken away in their order.

    Args:
        head: what is explained, in eval mode.
        units: (1, element, *unit).
        prior: (class,), probability.
        options: of `playfair.explain`: budget, estimator, removal, precision, batch_size.
        seed: of what an estimator draws.
    """
    check_mode(head)
    prior = prior.to(units.device, torch.float32)
    generator = torch.Generator().manual_seed(seed)
    answer = explain(head, units, prior, generator=generator, progress=None, **options)
    label = answer.predicted(0)
    esv = answer.esv[0].double().cpu()
    removal = options.get("removal") or own_removal(head)
    game = game_of(
        head,
        units,
        prior,
        removal=removal,
        batch_size=options.get("batch_size"),
        precision=options.get("precision", "float32"),
    )
    order = esv[:, label].argsort(descending=True, stable=True)
    score = answer.score[0].double().cpu()
    gap = (esv.sum(0) - (score - prior.double().cpu())).abs().max().item()
    scores = partial(scores_along, game, prior=prior)
    stderr = answer.stderr
    if stderr is not None and not stderr.isfinite().all():
        stderr = None
    return ExplainedClip(
        esv=esv.numpy(),
        stderr=None if stderr is None else stderr[0].double().cpu().numpy(),
        score=score.numpy(),
        label=label,
        removed={"supporting": scores(order), "distracting": scores(order.flip(0))},
        gap=gap,
    )


def scores_along(game: Game, order: Tensor, prior: Tensor) -> NDArray[np.float64]:
    """Scores of a clip while its elements are taken away, one after the other.

    Args:
        game: of one clip.
        order: (element,), the first to go first.
        prior: (class,), the score of no elements.

    Returns:
        (left, class), probability, with 0 … n elements left.
    """
    n_elements = len(order)
    rows = [prior.double().cpu()]
    for left in range(1, n_elements + 1):
        inside = torch.zeros(1, n_elements, dtype=torch.bool)
        inside[0, order[n_elements - left :].cpu()] = True
        rows.append(game.scores(inside.to(prior.device))[0, 0].double().cpu())
    return torch.stack(rows).numpy()
