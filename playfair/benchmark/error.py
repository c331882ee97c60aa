"""Error against evaluations: ours, captum's and shapiq's estimators on the same games, and time at any length."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

import playfair
from playfair.benchmark.heads import CLASSES, made_up_features
from playfair.models.multiscale import MultiscaleTRN
from playfair.shapley.subset_scores import scores_of_subsets

HEADS, CALLS = "evaluations of heads", "calls of the model"


def prior() -> Tensor:
    return torch.full((CLASSES,), 1 / CLASSES)


def measure_error(
    model: MultiscaleTRN, n_frames: int, budgets: list[int], n_videos: int, repeats: int
) -> pd.DataFrame:
    """Mean squared error of ESVs against exact values, coverage of 95 % intervals, and ms per video.

    Other libraries know one scalar output: theirs is the error for the class with the highest score, and so is
    ours in the second unit, where they take part. There all look the scores up, so only errors are compared.
    """
    features, _ = made_up_features(n_videos, n_frames, torch.Generator().manual_seed(99))
    exact = playfair.explain(model, features, prior())
    top = torch.arange(n_videos), exact.score.argmax(1)
    scores = scores_of_subsets(model, features, prior())
    known = partial(look_up, scores)
    names = torch.stack(
        torch.meshgrid(torch.arange(n_videos), torch.arange(n_frames), indexing="ij"), -1
    ).float()
    rows: list[dict[str, object]] = []
    for budget in [b for b in budgets if b < 2**n_frames - 1] or [2 ** (n_frames - 1)]:
        for name in ("surrogate", "constructive"):
            off, hit, used, ms = repeated(
                model, features, prior(), exact.esv, budget, name, range(repeats)
            )
            row = {
                "counted in": HEADS,
                "estimator": f"playfair {name}",
                "evaluations": used,
                "ms": ms,
            }
            rows.append(row | {"mse": float(off.square().mean()), "coverage": float(hit.mean())})
        for name in ("stratified", "kernel", "constructive"):
            off, hit, used, _ = repeated(
                known, names, prior(), exact.esv, budget, name, range(repeats)
            )
            off, hit = (x[:, top[0], :, top[1]] for x in (off, hit))
            row = {"counted in": CALLS, "estimator": f"playfair {name}", "evaluations": used}
            rows.append(row | {"mse": float(off.square().mean()), "coverage": float(hit.mean())})
        for name, estimate in rivals(n_frames, budget).items():
            errors, used = [], 0
            for video, label in zip(*top, strict=True):
                worth, truth = (
                    scores[:, video, label].numpy(),
                    exact.esv[video, :, label].double().numpy(),
                )
                for seed in range(repeats):
                    found, used = estimate(worth, seed)
                    errors.append(np.square(found - truth).mean())
            rows.append(
                {
                    "counted in": CALLS,
                    "estimator": name,
                    "evaluations": used,
                    "mse": float(np.mean(errors)),
                }
            )
    return pd.DataFrame(rows)


def repeated(
    game: Callable[[Tensor], Tensor],
    features: Tensor,
    prior: Tensor,
    exact: Tensor,
    budget: int,
    estimator: str,
    seeds: Sequence[int],
) -> tuple[Tensor, Tensor, int, float]:
    """Estimates against exact values.

    Returns:
        Errors (draw, video, frame, class); whether 95 % intervals cover, alike, NaN where none are
        stated; evaluations; ms per video and draw.
    """
    off: list[Tensor] = []
    hit: list[Tensor] = []
    used = 0
    start = time.perf_counter()
    for seed in seeds:
        drawn = torch.Generator().manual_seed(seed)
        found = playfair.explain(
            game, features, prior, budget=budget, estimator=estimator, generator=drawn
        )
        error = found.esv - exact
        off.append(error)
        if found.stderr is None:
            hit.append(torch.full_like(error, torch.nan, dtype=torch.float64))
        else:
            hit.append((error.abs() < 1.96 * found.stderr).double())
        used = found.evaluations
    ms = 1e3 * (time.perf_counter() - start) / len(seeds) / len(features)
    return torch.stack(off), torch.stack(hit), used, ms


def look_up(table: Tensor, features: Tensor) -> Tensor:
    """A model whose features are (video, frame) numbers and whose scores are known."""
    video, frame = features.long().unbind(-1)
    return table[(1 << frame).sum(1), video[:, 0]].log()


Estimate = Callable[[np.ndarray, int], tuple[np.ndarray, int]]


def rivals(n_frames: int, budget: int) -> dict[str, Estimate]:
    """Estimators of captum and shapiq: of (worth of subsets, seed) the ESVs and the evaluations used."""
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
        sampling = ShapleyValueSampling(
            lambda kept: torch.as_tensor(worth[(kept.numpy() > 0) @ bits])
        )
        esv = sampling.attribute(torch.ones(1, n_frames), n_samples=samples)
        return esv[0].double().numpy(), samples * n_frames + 1

    def of_shapiq(name: str, **options: bool) -> Estimate:
        def estimate(worth: np.ndarray, seed: int) -> tuple[np.ndarray, int]:
            # The game is 0 without players, as shapiq's approximators take it.
            game = lambda kept: np.atleast_1d(worth[kept @ bits] - worth[0])  # noqa: E731
            found = getattr(approximator, name)(n=n_frames, random_state=seed, **options)
            values = found.approximate(budget, game)
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
    """ms for exact values of one video on the same model: ours has all classes, shapiq one; interleaved."""
    from shapiq import ExactComputer

    features, _ = made_up_features(1, n_frames, torch.Generator().manual_seed(98))
    label = int(playfair.explain(model, features, prior()).score.argmax())

    @torch.no_grad()
    def game(kept: np.ndarray) -> np.ndarray:
        worth = np.full(len(kept), float(prior()[label]))
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
        ours = playfair.explain(model, features, prior()).esv[0, :, label]
        times["playfair"].append(1e3 * (time.perf_counter() - start))
        start = time.perf_counter()
        values = ExactComputer(game, n_players=n_frames)("SV", order=1)
        times["shapiq ExactComputer"].append(1e3 * (time.perf_counter() - start))
        gap = max(gap, max(abs(values[(i,)] - float(ours[i])) for i in range(n_frames)))
    rows = [
        {"library": name, "ms": float(np.median(ms)), "difference": gap}
        for name, ms in times.items()
    ]
    return pd.DataFrame(rows)


def measure_length(
    model: MultiscaleTRN, frames: list[int], budget: int, rounds: int
) -> pd.DataFrame:
    """ms per video of sampled ESVs against frames, medians over interleaved rounds."""
    games = {"surrogate": model, "stratified": playfair.TSN(model.feature_dim, CLASSES).eval()}
    features = {n: made_up_features(16, n, torch.Generator().manual_seed(n))[0] for n in frames}
    times: dict[tuple[str, int], list[float]] = {}
    for _ in range(rounds + 1):
        for name, game in games.items():
            for n_frames, x in features.items():
                start = time.perf_counter()
                playfair.explain(game, x, prior(), budget=budget, estimator=name)
                times.setdefault((name, n_frames), []).append(
                    1e3 * (time.perf_counter() - start) / len(x)
                )
    return pd.DataFrame(
        {
            "estimator": name,
            "frames": n_frames,
            "evaluations": budget,
            "ms": float(np.median(ms[1:])),
        }
        for (name, n_frames), ms in times.items()
    )
