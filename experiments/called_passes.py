"""What an estimate saves where a model is called: its passes, and from which cost of one on it pays."""

import time
from collections.abc import Sequence

import pandas as pd
import torch

import playfair
from playfair.shapley.callable_game import CallableGame
from playfair.shapley.exact import exhaustive

# each is timed so often, and the least counts: the first one also warms up
TIMES = 2
# but for what takes longer, which is timed once
LONG_MS = 200.0


def passes_table(n_classes: int, frames: Sequence[int], budgets: Sequence[int]) -> pd.DataFrame:
    """Passes and time of exact values and of estimates, of a model whose passes cost nothing.

    Args:
        n_classes: of the model.
        frames: numbers of elements, of which all coalitions are listed.
        budgets: evaluations; those that would list all are left out, and those that are too few.

    Returns:
        A row for each number and budget: frames, budget, estimator; passes and exact_passes; ms and
        exact_ms, a video's time beside the passes; pays_from_ms, the cost of a pass above which the
        estimate takes less time than exact values, 0 where it always does.
    """
    rows = []
    for n_frames in frames:
        logits = torch.randn(1, n_frames, n_classes, generator=torch.Generator().manual_seed(0))
        prior = torch.full((n_classes,), 1 / n_classes)
        exact_passes = exhaustive(CallableGame(mean_of_frames, logits, prior))
        exact_ms, _ = timed(logits, prior, None)
        for budget in budgets:
            if budget >= exact_passes:
                continue
            try:
                ms, estimate = timed(logits, prior, budget)
            except playfair.shapley.errors.BudgetTooSmall:
                continue
            saved = exact_passes - estimate.evaluations
            row = {
                "frames": n_frames,
                "budget": budget,
                "estimator": estimate.estimator,
                "passes": estimate.evaluations,
                "exact_passes": exact_passes,
                "ms": ms,
                "exact_ms": exact_ms,
                "pays_from_ms": max(0.0, (ms - exact_ms) / saved),
            }
            rows.append(row)
    return pd.DataFrame(rows)


def mean_of_frames(logits: torch.Tensor) -> torch.Tensor:
    """A model that hardly takes time: frames are logits, and it takes their mean."""
    return logits.mean(1)


def timed(
    logits: torch.Tensor, prior: torch.Tensor, budget: int | None
) -> tuple[float, playfair.Attribution]:
    """CPU time of an answer, in ms, and the answer."""
    spent = []
    for _ in range(TIMES):
        start = time.process_time()
        answer = playfair.explain(mean_of_frames, logits, prior, budget=budget)
        spent.append(1e3 * (time.process_time() - start))
        if spent[-1] > LONG_MS:
            break
    return min(spent), answer
