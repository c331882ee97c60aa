"""Error where no exact values are to be had: at 32 and 64 frames, against a long run of an unbiased estimator."""

import pandas as pd
import torch

import playfair
from playfair.benchmark.error import prior
from playfair.benchmark.heads import made_up_features
from playfair.benchmark.unbiased import unbiased_esv, unbiased_score
from playfair.models.multiscale import MultiscaleTRN
from playfair.shapley.callable_game import CallableGame


def measure_long(
    model: MultiscaleTRN, frames: list[int], budget: int, n_videos: int, repeats: int, long_run: int
) -> pd.DataFrame:
    """Mean squared error and coverage of 95 % intervals, the long run's own squared error taken off or joined in.

    long_run: scores of coalitions per video that the reference is made of. The surrogate is judged on all scales, the
    stratified estimator on the first alone.
    """
    rows = []
    for n_frames in frames:
        features, _ = made_up_features(n_videos, n_frames, torch.Generator().manual_seed(97))
        generator = torch.Generator().manual_seed(2**20)
        first = MultiscaleTRN([model[1]]).eval()
        exact = CallableGame(first, features, prior()).scores
        drawn = unbiased_score(model, features, generator)
        for name, judged, score in (("surrogate", model, drawn), ("stratified", first, exact)):
            truth, own = unbiased_esv(score, features.shape[:2], prior(), long_run, generator)
            off, hit, evaluations, spread = [], [], 0, []
            for seed in range(repeats):
                found = playfair.explain(
                    judged,
                    features,
                    prior(),
                    budget=budget,
                    estimator=name,
                    generator=torch.Generator().manual_seed(seed),
                )
                assert found.stderr is not None
                off.append((found.esv - truth).square())
                spread.append(found.stderr.square())
                hit.append((off[-1] < 1.96**2 * (found.stderr.square() + own.square())).double())
                evaluations = found.evaluations
            reference = own.square().mean()
            row = {
                "frames": n_frames,
                "estimator": name,
                "scales": judged.n_max,
                "evaluations": evaluations,
            }
            row |= {
                "mse": float(torch.stack(off).mean() - reference),
                "stated": float(torch.stack(spread).mean()),
            }
            row |= {"coverage": float(torch.stack(hit).mean()), "reference mse": float(reference)}
            rows.append(row)
    return pd.DataFrame(rows)
