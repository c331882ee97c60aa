"""Exact values: ours of all classes, and shapiq's of one, on the same model."""

import time
from contextlib import nullcontext

import numpy as np
import pandas as pd
import torch

import playfair
from playfair.benchmark.heads import even_prior, made_up_features
from playfair.benchmark.peers.counted import Counted, Worths
from playfair.benchmark.peers.measure import one_thread
from playfair.benchmark.peers.pipe import TYPE, PeerFailed, is_installed, peers
from playfair.benchmark.peers.process import EXACT
from playfair.models.multiscale import MultiscaleTRN
from playfair.shapley.callable_game import CallableGame


@torch.no_grad()
def measure_exact(model: MultiscaleTRN, n_frames: int, rounds: int) -> pd.DataFrame:
    """Time for exact values of one video on the same model, which shapiq calls.

    Args:
        model: the heads.
        n_frames: of the video.
        rounds: interleaved; the medians count.

    Returns:
        A row per library: "library", "ms" (CPU time on one thread, passes included), "difference",
        the largest between the two, and a "note", which says what to type where shapiq is missing.
    """
    prior = even_prior()
    features, _ = made_up_features(1, n_frames, torch.Generator().manual_seed(98))
    counted = Counted(model)
    game = CallableGame(counted, features, prior)
    label = int(model(features).argmax())
    mine: list[float] = []
    others: list[float] = []
    gap = float("nan")
    note = ""
    with one_thread(), peers() if is_installed() else nullcontext() as process:
        for _ in range(rounds):
            start = time.process_time()
            esv = playfair.explain(model, features, prior).esv[0, :, label]
            mine.append(1e3 * (time.process_time() - start))
            if process is None:
                note = f"not measured: type {TYPE}"
                continue
            counted.reset()
            try:
                answer = process.estimate(EXACT, Worths(game, label), n_frames, 0, 0)
            except PeerFailed as error:
                note = str(error)
                break
            others.append(answer.ms + 1e3 * counted.seconds)
            gap = float(np.nanmax([gap, float((answer.esv - esv).abs().max())]))
    rows = [
        {"library": "playfair", "ms": float(np.median(mine)), "difference": gap, "note": ""},
        {
            "library": f"shapiq {EXACT}",
            "ms": float(np.median(others)) if others else float("nan"),
            "difference": gap,
            "note": note,
        },
    ]
    return pd.DataFrame(rows)
