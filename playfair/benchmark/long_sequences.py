"""Many frames, where no exact values are to be had: the estimates' error, and their time.

The error is measured at 32 and 64 frames, against a long run of an unbiased estimator.
"""

import time

import numpy as np
import pandas as pd
import torch
from torch import Tensor

import playfair
from playfair.benchmark.heads import CLASSES, even_prior, made_up_features
from playfair.benchmark.unbiased import unbiased_esv, unbiased_score
from playfair.models.multiscale import MultiscaleTRN
from playfair.shapley.callable_game import CallableGame


def measure_long(
    model: MultiscaleTRN, frames: list[int], budget: int, n_videos: int, repeats: int, long_run: int
) -> pd.DataFrame:
    """Mean squared error and coverage of 95 % intervals, without exact values.

    The long run's own squared error is taken off the error, and joined in the intervals. The
    surrogate is judged on all scales, the stratified estimator on the first alone.

    Args:
        model: the heads.
        frames: numbers of frames.
        budget: evaluations per video of an estimate.
        n_videos: made-up ones.
        repeats: draws of each estimate.
        long_run: scores of coalitions per video that the reference is made of.

    Returns:
        A row per number of frames and estimator: "frames", "estimator", "scales", "evaluations",
        "mse", "stated" (its mean squared standard error), "coverage", "reference mse".
    """
    prior = even_prior()
    rows = []
    for n_frames in frames:
        features, _ = made_up_features(n_videos, n_frames, torch.Generator().manual_seed(97))
        generator = torch.Generator().manual_seed(2**20)
        first = MultiscaleTRN([model[1]]).eval()
        scores = {
            "surrogate": unbiased_score(model, features, generator),
            "stratified": CallableGame(first, features, prior).scores,
        }
        for name, judged in (("surrogate", model), ("stratified", first)):
            shape = features.shape[:2]
            truth, own = unbiased_esv(scores[name], shape, prior, long_run, generator)
            row = _against_long_run(name, judged, features, truth, own, budget, repeats)
            rows.append({"frames": n_frames, **row})
    return pd.DataFrame(rows)


def _against_long_run(
    name: str,
    model: MultiscaleTRN,
    features: Tensor,
    truth: Tensor,
    own: Tensor,
    budget: int,
    repeats: int,
) -> dict[str, object]:
    """One estimator's row; truth, own: the long run's ESVs and their standard errors."""
    squares = []
    covered = []
    stated = []
    evaluations = 0
    for seed in range(repeats):
        estimate = playfair.explain(
            model,
            features,
            even_prior(),
            budget=budget,
            estimator=name,
            generator=torch.Generator().manual_seed(seed),
        )
        assert estimate.stderr is not None
        square = (estimate.esv - truth).square()
        variance = estimate.stderr.square()
        squares.append(square)
        stated.append(variance)
        covered.append((square < 1.96**2 * (variance + own.square())).double())
        evaluations = estimate.evaluations
    reference = own.square().mean()
    return {
        "estimator": name,
        "scales": model.n_max,
        "evaluations": evaluations,
        "mse": float(torch.stack(squares).mean() - reference),
        "stated": float(torch.stack(stated).mean()),
        "coverage": float(torch.stack(covered).mean()),
        "reference mse": float(reference),
    }


def measure_length(
    model: MultiscaleTRN, frames: list[int], budget: int, rounds: int
) -> pd.DataFrame:
    """Time of sampled ESVs against the number of frames.

    Args:
        model: the heads.
        frames: numbers of frames.
        budget: evaluations per video.
        rounds: interleaved, after one that warms up; the medians count.

    Returns:
        A row per estimator and number of frames: "estimator", "frames", "evaluations", "ms" per
        video.
    """
    games = {"surrogate": model, "stratified": playfair.TSN(model.feature_dim, CLASSES).eval()}
    features = {n: made_up_features(16, n, torch.Generator().manual_seed(n))[0] for n in frames}
    times: dict[tuple[str, int], list[float]] = {}
    for _ in range(rounds + 1):
        for name, game in games.items():
            for n_frames, videos in features.items():
                start = time.perf_counter()
                playfair.explain(game, videos, even_prior(), budget=budget, estimator=name)
                ms = 1e3 * (time.perf_counter() - start) / len(videos)
                times.setdefault((name, n_frames), []).append(ms)
    rows = [
        {
            "estimator": name,
            "frames": n_frames,
            "evaluations": budget,
            "ms": float(np.median(ms[1:])),
        }
        for (name, n_frames), ms in times.items()
    ]
    return pd.DataFrame(rows)
