"""The better of two estimates of the same evaluations, for each video by its own errors.

A surrogate tells a smooth model from few evaluations, and little of a game that answers to single
combinations of elements. What it left unexplained is seen in what was left out of its fit, and so
is what a least-squares fit of single elements left: the estimate is taken whose error is stated to
be less. The other costs no evaluation, and next to no time.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from playfair.shapley.estimators import Estimate, Estimator, estimator
from playfair.shapley.game import Game
from playfair.shapley.kernel import (
    CHOSEN_BY_IT,
    esv_of_scores,
    plan,
    scores_of_drawn,
    with_errors,
)
from playfair.shapley.kernel_design import ROWS_TO_FIT, Drawn
from playfair.shapley.nothing_seen import of_pairs
from playfair.shapley.pair_fit import PairFit
from playfair.shapley.pairs import paired
from playfair.shapley.stratified import fits, least

# The kernel's variance is stated as if all of its residuals' mean were added. Mostly half is, and
# its errors were a half of those stated.
WORSE = 1.5
NAMED = 5  # videos that a sentence names
MANY = 100  # times, beyond which no number is told
ALIKE = "all that was evaluated is alike, so that no estimator errs less than another"


class Verdict(NamedTuple):
    """Which estimator was taken, and why."""

    estimator: str
    why: str


def estimate(drawn: Drawn, game: Game) -> Estimate:
    """ESVs with standard errors, of the kernel or the stratified estimator; float64."""
    scores = scores_of_drawn(drawn, game)
    esv, variance = esv_of_scores(drawn, scores)
    differences = paired(scores, len(drawn.pairs.inside))
    plain, error = PairFit(drawn.pairs, scores.device).estimate(differences.flatten(1))
    plain_variance = error.square().view_as(variance)
    ratio = variance.mean((0, 2)) / plain_variance.mean((0, 2)).clamp(min=1e-300)
    alike = of_pairs(drawn.pairs, differences.flatten(1), scores[-1].flatten(), game.n_videos)
    ratio = ratio.masked_fill(alike, torch.nan)
    worse = (ratio > WORSE)[:, None]
    esv = torch.where(worse, plain.view_as(esv), esv)
    variance = torch.where(worse, plain_variance, CHOSEN_BY_IT * variance)
    return with_errors(drawn, game, scores, esv, variance)._replace(ratio=ratio)


def verdict(ratio: Float[Tensor, " video"], most: float | None = None) -> Verdict:
    """What is said of a choice.

    Args:
        ratio: as of `Estimate`.
        most: up to which the kernel is taken; None for WORSE.

    Example:
        >>> verdict(torch.tensor([0.02])).why
        'its leave-one-out variance is 0.02 of what that of stratified is'
        >>> verdict(torch.tensor([0.02, 3.0])).estimator
        'kernel and stratified'
        >>> verdict(torch.tensor([torch.nan])).why
        'all that was evaluated is alike, so that no estimator errs less than another'
    """
    most = WORSE if most is None else most
    n_videos = len(ratio)
    worse = (ratio > most).nonzero().flatten().tolist()
    if len(worse) == n_videos:
        least = ratio.min().item()
        times = f"{least:.2g}" if least < MANY else f"more than {MANY}"
        asked = "" if most >= 1 else f", and {most:g} at most is asked of it"
        return Verdict(
            "stratified", f"the leave-one-out variance of kernel is {times} times its own{asked}"
        )
    better = ratio[ratio <= most]
    why = of_kernel(better, n_videos) if len(better) else ALIKE
    if not worse:
        return Verdict("kernel", why)
    listed = ", ".join(map(str, worse[:NAMED])) + (", …" if len(worse) > NAMED else "")
    return Verdict(
        "kernel and stratified",
        f"kernel, as {why}; stratified on {len(worse)} of {n_videos} videos (counted from 0: "
        f"{listed}), where it is more than {most} times as large",
    )


def of_kernel(ratio: Float[Tensor, " video"], n_videos: int) -> str:
    """By how much the kernel's variance is less, where it is; of several videos the median."""
    median = ratio.median().item()
    part = f"{median:.2g}" if median * MANY >= 1 else f"less than {1 / MANY:g}"
    of_videos = "" if n_videos == 1 else " (median of videos)"
    return f"its leave-one-out variance is {part} of what that of stratified is{of_videos}"


@estimator("chosen")
def chosen() -> Estimator:
    """The kernel or the stratified estimator, by leave-one-out error."""
    return Estimator(least, plan, estimate, fits, ROWS_TO_FIT)
