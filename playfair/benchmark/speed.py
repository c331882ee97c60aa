"""Time and peak memory of exact values, in multiples of the bare matrix products they contain."""

import time
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
from playfair.models.multiscale import MultiscaleTRN, multiscale_trn

FEATURE, HIDDEN, CLASSES, N_MAX = 256, 256, 174, 8  # Price & Damen 2020 on Something-Something v2


def measure_speed(frames: list[int], rounds: int, device: torch.device) -> pd.DataFrame:
    """One row per number of frames: ms per video of each contestant, medians over interleaved rounds."""
    torch.manual_seed(0)
    model = multiscale_trn(N_MAX, FEATURE, HIDDEN, CLASSES).to(device).eval()
    tsn = playfair.TSN(FEATURE, CLASSES).to(device).eval()
    prior = torch.full((CLASSES,), 1 / CLASSES, device=device)
    rows = []
    for n_frames in frames:
        n_videos = max(
            torch.get_num_threads(), min(32, 2**17 // 2**n_frames)
        )  # fewer long ones, for time
        features = torch.randn(n_videos, n_frames, FEATURE, device=device)
        contestants: dict[str, Callable[[], playfair.Attribution]] = {
            "playfair": partial(playfair.explain, model, features, prior),
            "playfair bfloat16": partial(
                playfair.explain, model, features, prior, precision="bfloat16"
            ),
            "playfair TSN": partial(playfair.explain, tsn, features, prior),
        }
        peak = peak_memory(contestants["playfair"], device)  # also the round that warms up
        for run in contestants.values():
            run()
        times: dict[str, list[float]] = {name: [] for name in contestants}
        ratios, floors = [], []
        for _ in range(rounds):
            before = floor_rate(device)
            times["playfair"].append(mean_seconds(contestants["playfair"], device) / n_videos)
            floors.append(floor_flops(n_frames) / ((before + floor_rate(device)) / 2))
            ratios.append(times["playfair"][-1] / floors[-1])
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
            row["plain definition"] = 1e3 * seconds(
                partial(by_definition, model, features[:1], prior), device
            )
        exact, half = (contestants[name]() for name in ("playfair", "playfair bfloat16"))
        row["bfloat16 error"] = float((exact.esv - half.esv).abs().max())
        rows.append(row | {"peak MB": peak / 1e6})
    return pd.DataFrame(rows)


def floor_flops(n_frames: int) -> float:
    """Every frame multiplied once per position it can hold, every subset's readout once."""
    scales = range(1, min(N_MAX, n_frames) + 1)
    layers = sum(s * (n_frames - s + 1) for s in scales) * 2 * FEATURE * HIDDEN
    return layers + sum(comb(n_frames, s) for s in scales) * 2 * HIDDEN * CLASSES


def floor_rate(device: torch.device) -> float:
    """FLOP/s of (8192 x 256) (256 x 174), repeated for a while."""
    left, right = (
        torch.randn(8192, HIDDEN, device=device),
        torch.randn(HIDDEN, CLASSES, device=device),
    )
    out = torch.empty(8192, CLASSES, device=device)
    ten = mean_seconds(lambda: [torch.mm(left, right, out=out) for _ in range(10)], device)
    return 10 * 2 * 8192 * HIDDEN * CLASSES / ten


def mean_seconds(run: Callable[[], object], device: torch.device, least: float = 0.2) -> float:
    """Wall-clock time of a run, repeated for a while: the threads of what ran before wait in a busy loop at first."""
    done, spent = 0, 0.0
    while spent < least:
        spent += seconds(run, device)
        done += 1
    return spent / done


def seconds(run: Callable[[], object], device: torch.device) -> float:
    """Wall-clock time of one run."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    start = time.perf_counter()
    run()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - start


def peak_memory(run: Callable[[], object], device: torch.device) -> float:
    """Bytes above what was there before; NaN where the system does not tell (Linux and CUDA do)."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before: float = torch.cuda.memory_allocated(device)
        run()
        return torch.cuda.max_memory_allocated(device) - before
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    try:
        reset.write_text("5")  # proc(5): the peak starts again from now
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
