"""Time and peak memory of exact values, in multiples of the bare matrix products they contain."""

from collections.abc import Callable
from functools import partial
from itertools import combinations
from math import comb
from pathlib import Path
from statistics import median

import pandas as pd
import torch
from torch import Tensor

import playfair
from playfair.benchmark.elapsed import elapsed
from playfair.models.multiscale import MultiscaleTRN, multiscale_trn

# of Price & Damen 2020 on Something-Something v2
FEATURE = 256
HIDDEN = 256
CLASSES = 174
N_MAX = 8


def measure_speed(frames: list[int], rounds: int, device: torch.device) -> pd.DataFrame:
    """Time of exact values, beside the floor of the bare matrix products.

    Args:
        frames: numbers of frames.
        rounds: interleaved; the medians count.
        device: where the heads are.

    Returns:
        A row per number of frames: "frames", "videos", "floor" (ms per video), "over floor" (a
        ratio), ms per video of each contestant, "bfloat16 error" and "peak MB".
    """
    torch.manual_seed(0)
    model = multiscale_trn(N_MAX, FEATURE, HIDDEN, CLASSES).to(device).eval()
    tsn = playfair.TSN(FEATURE, CLASSES).to(device).eval()
    prior = torch.full((CLASSES,), 1 / CLASSES, device=device)
    rows = []
    for n_frames in frames:
        # fewer long ones, for time
        n_videos = max(torch.get_num_threads(), min(32, 2**17 // 2**n_frames))
        features = torch.randn(n_videos, n_frames, FEATURE, device=device)
        exact = partial(playfair.explain, model, features, prior)
        contestants: dict[str, Callable[[], playfair.Attribution]] = {
            "playfair": exact,
            "playfair bfloat16": partial(exact, precision="bfloat16"),
            "playfair TSN": partial(playfair.explain, tsn, features, prior),
        }
        # also the round that warms up
        peak = peak_memory(exact, device)
        for run in contestants.values():
            run()
        times: dict[str, list[float]] = {name: [] for name in contestants}
        ratios = []
        floors = []
        for _ in range(rounds):
            # the floor's rate is measured before and after: clocks change with time
            before = floor_rate(device)
            own = mean_seconds(exact, device) / n_videos
            floor = floor_flops(n_frames) / ((before + floor_rate(device)) / 2)
            times["playfair"].append(own)
            floors.append(floor)
            ratios.append(own / floor)
            for name in set(contestants) - {"playfair"}:
                times[name].append(mean_seconds(contestants[name], device) / n_videos)
        row: dict[str, float] = {
            "frames": n_frames,
            "videos": n_videos,
            "floor": 1e3 * median(floors),
            "over floor": median(ratios),
        }
        row |= {name: 1e3 * median(measured) for name, measured in times.items()}
        if n_frames <= 8:
            plain = partial(by_definition, model, features[:1], prior)
            row["plain definition"] = 1e3 * elapsed(plain, device)
        half = contestants["playfair bfloat16"]()
        row["bfloat16 error"] = float((exact().esv - half.esv).abs().max())
        rows.append(row | {"peak MB": peak / 1e6})
    return pd.DataFrame(rows)


def floor_flops(n_frames: int) -> float:
    """Every frame multiplied once per position it can hold, every subset's readout once."""
    scales = range(1, min(N_MAX, n_frames) + 1)
    layers = sum(s * (n_frames - s + 1) for s in scales) * 2 * FEATURE * HIDDEN
    return layers + sum(comb(n_frames, s) for s in scales) * 2 * HIDDEN * CLASSES


def floor_rate(device: torch.device) -> float:
    """FLOP/s of (8192 x 256) (256 x 174), repeated for a while."""
    left = torch.randn(8192, HIDDEN, device=device)
    right = torch.randn(HIDDEN, CLASSES, device=device)
    out = torch.empty(8192, CLASSES, device=device)
    ten = mean_seconds(lambda: [torch.mm(left, right, out=out) for _ in range(10)], device)
    return 10 * 2 * 8192 * HIDDEN * CLASSES / ten


def mean_seconds(run: Callable[[], object], device: torch.device, least: float = 0.2) -> float:
    """Wall-clock time of a run, repeated for a while.

    At first the threads of what ran before still wait in a busy loop.

    Args:
        run: what is timed.
        device: waited for, after every run.
        least: seconds, in all.
    """
    n_runs = 0
    spent = 0.0
    while spent < least:
        spent += elapsed(run, device)
        n_runs += 1
    return spent / n_runs


def peak_memory(run: Callable[[], object], device: torch.device) -> float:
    """Bytes above what was there before; NaN where the system does not tell (Linux and CUDA do)."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before: float = torch.cuda.memory_allocated(device)
        run()
        return torch.cuda.max_memory_allocated(device) - before
    status = Path("/proc/self/status")
    try:
        # proc(5): the peak starts again from now
        Path("/proc/self/clear_refs").write_text("5")
        before = resident(status, "VmRSS")
    except OSError:
        run()
        return float("nan")
    run()
    return resident(status, "VmHWM") - before


def resident(status: Path, field: str) -> float:
    line = next(line for line in status.read_text().splitlines() if line.startswith(field))
    return float(line.split()[1]) * 1024


@torch.no_grad()
def by_definition(model: MultiscaleTRN, features: Tensor, prior: Tensor) -> Tensor:
    """ESVs (frame, class) of one video as one would write them down: a model call per coalition."""
    n_frames = features.shape[1]
    scores: dict[tuple[int, ...], Tensor] = {(): prior}
    for size in range(1, n_frames + 1):
        for kept in combinations(range(n_frames), size):
            scores[kept] = model(features[:, list(kept)])[0].softmax(-1)
    esv = torch.zeros(n_frames, len(prior), device=features.device)
    for kept, score in scores.items():
        for frame in range(n_frames):
            if frame not in kept:
                gain = scores[tuple(sorted((*kept, frame)))] - score
                esv[frame] += gain / (n_frames * comb(n_frames - 1, len(kept)))
    return esv
