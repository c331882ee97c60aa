"""Estimators and exact values of other libraries: captum's and shapiq's."""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import torch

import playfair
from playfair.benchmark.heads import even_prior, made_up_features
from playfair.models.multiscale import MultiscaleTRN

# (worth of every subset by its bits, seed) → ESVs (frame,) and the evaluations used
Estimate = Callable[[np.ndarray, int], tuple[np.ndarray, int]]


def rivals(n_frames: int, budget: int) -> dict[str, Estimate]:
    """Estimators of captum and shapiq, by their names.

    Args:
        n_frames: of the videos.
        budget: evaluations.

    Raises:
        ValueError: one of the libraries is not installed.
    """
    try:
        from captum.attr import ShapleyValueSampling
        from shapiq import approximator
    except ImportError as missing:
        raise ValueError(
            f"the benchmark compares with captum and shapiq, and {missing.name} is not installed; "
            "type pip install 'playfair[dev]'"
        ) from missing

    bits = 1 << np.arange(n_frames)

    def of_captum(worth: np.ndarray, seed: int) -> tuple[np.ndarray, int]:
        torch.manual_seed(seed)
        samples = max(1, budget // n_frames)

        def game(kept: torch.Tensor) -> torch.Tensor:
            return torch.as_tensor(worth[(kept.numpy() > 0) @ bits])

        esv = ShapleyValueSampling(game).attribute(torch.ones(1, n_frames), n_samples=samples)
        return esv[0].double().numpy(), samples * n_frames + 1

    def of_shapiq(name: str, **options: bool) -> Estimate:
        def estimate(worth: np.ndarray, seed: int) -> tuple[np.ndarray, int]:
            # The game is 0 without players, as shapiq's approximators take it.
            def game(kept: np.ndarray) -> np.ndarray:
                return np.atleast_1d(worth[kept @ bits] - worth[0])

            library = getattr(approximator, name)(n=n_frames, random_state=seed, **options)
            values = library.approximate(budget, game)
            return np.array([values[(frame,)] for frame in range(n_frames)]), budget

        return estimate

    return {
        "captum ShapleyValueSampling": of_captum,
        "shapiq KernelSHAP": of_shapiq("KernelSHAP", pairing_trick=True),
        "shapiq SVARM": of_shapiq("SVARM"),
        "shapiq UnbiasedKernelSHAP": of_shapiq("UnbiasedKernelSHAP", pairing_trick=True),
        "shapiq PermutationSamplingSV": of_shapiq("PermutationSamplingSV"),
    }


def measure_peers(model: MultiscaleTRN, n_frames: int, rounds: int) -> pd.DataFrame:
    """Time for exact values of one video on the same model: ours of all classes, shapiq's of one.

    Args:
        model: the heads.
        n_frames: of the video.
        rounds: interleaved; the medians count.

    Returns:
        A row per library: "library", "ms", and "difference", the largest between the two.
    """
    from shapiq import ExactComputer

    prior = even_prior()
    features, _ = made_up_features(1, n_frames, torch.Generator().manual_seed(98))
    label = int(playfair.explain(model, features, prior).score.argmax())

    @torch.no_grad()
    def game(kept: np.ndarray) -> np.ndarray:
        worth = np.full(len(kept), float(prior[label]))
        for size in range(1, n_frames + 1):
            which = np.flatnonzero(kept.sum(1) == size)
            if len(which):
                frames = torch.as_tensor(np.nonzero(kept[which])[1].reshape(-1, size))
                worth[which] = model(features[0, frames]).softmax(-1)[:, label].numpy()
        return worth

    times: dict[str, list[float]] = {"playfair": [], "shapiq ExactComputer": []}
    gap = 0.0
    for _ in range(rounds):
        start = time.perf_counter()
        ours = playfair.explain(model, features, prior).esv[0, :, label]
        times["playfair"].append(1e3 * (time.perf_counter() - start))
        start = time.perf_counter()
        theirs = ExactComputer(game, n_players=n_frames)("SV", order=1)
        times["shapiq ExactComputer"].append(1e3 * (time.perf_counter() - start))
        gap = max(gap, max(abs(theirs[(i,)] - float(ours[i])) for i in range(n_frames)))
    rows = [
        {"library": name, "ms": float(np.median(ms)), "difference": gap}
        for name, ms in times.items()
    ]
    return pd.DataFrame(rows)
