"""Estimates of more elements than exact values are known of, beside long runs of the best estimator."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

import playfair
from playfair.analysis.approximation import summary
from playfair.experiments.estimates import compared, recommendation

# so many times the largest budget, until a run's own error is small beside what is measured by it
LONGER = (10, 30)
# of the estimates' mean squared error
SMALL = 0.05
# of the run's draws, as estimates have small ones
SEED = 12345


class LongRun(NamedTuple):
    """Values that stand in for exact ones.

    Attributes:
        esv: (video, element, class), probability.
        error: mean squared standard error that it states over its mean square.
        evaluations: per video.
    """

    esv: Tensor
    error: float
    evaluations: int


def long_run(head: nn.Module, features: Tensor, prior: Tensor, budget: int) -> LongRun:
    """Values of many more evaluations than a budget.

    Its error falls as 1 over the evaluations at least, so that it is far below that of estimates
    from the budget: as far as SMALL, or the longest there is.

    Args:
        features: (video, element, *unit).
        prior: (class,).
        budget: the largest that is measured by it.
    """
    stated = estimated_at(head, features, prior, budget).error
    for times in LONGER:
        run = estimated_at(head, features, prior, budget * times)
        if run.error < SMALL * stated:
            break
    return run


def estimated_at(head: nn.Module, features: Tensor, prior: Tensor, budget: int) -> LongRun:
    """The estimate of the recommended estimator."""
    generator = torch.Generator().manual_seed(SEED)
    answer = playfair.explain(head, features, prior, budget=budget, generator=generator)
    assert answer.stderr is not None  # of more elements than exact values are known of
    mse = answer.stderr.double().square().nanmean()
    error = float(mse / answer.esv.double().square().mean())
    return LongRun(answer.esv, error, answer.evaluations)


def long_rows(
    head: nn.Module,
    features: Tensor,
    prior: Tensor,
    label: np.ndarray,
    budgets: Sequence[int],
    repeats: int,
) -> list[dict[str, object]]:
    """A row for every estimator and budget; arguments as of `estimates.estimated`.

    Returns:
        The columns of `estimates.joint_rows`, but for exact values' time, which is NaN; with
        "truth" and "truth_error", the run's own over its mean square.
    """
    _, least = recommendation(head, features, prior)
    accepted = [budget for budget in budgets if budget >= least]
    if not accepted:
        return []
    run = long_run(head, features, prior, max(accepted))
    estimates = compared(head, features, prior, label, run.esv, accepted, repeats)
    return [
        {
            "estimator": estimate.estimator,
            "budget": estimate.budget,
            "evaluations": estimate.evaluations,
            "ms": estimate.ms,
            "exact_ms": estimate.exact_ms,
            **summary(estimate.per_video),
            "truth": f"long run of {run.evaluations:,} evaluations",
            "truth_error": run.error,
        }
        for estimate in estimates
    ]
