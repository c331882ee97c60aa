"""How fast this machine computes a checkpoint that sees clips whole, on one of them."""

from functools import partial
from itertools import combinations, islice
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import torch

from playfair.analysis.plan import Schedule, Speeds
from playfair.benchmark.elapsed import seconds_of
from playfair.benchmark.plan_decoding import Decoding
from playfair.benchmark.speed import peak_memory, resident
from playfair.shapley.exact import MAX_FRAMES
from playfair.shapley.game import Game, game_of
from playfair.steps.pretrained import Pretrained
from playfair.steps.study import Study


def measured_checkpoint(
    study: Study, decoding: Decoding, schedule: Schedule, device: torch.device
) -> Speeds:
    """Times a checkpoint on one clip, a few coalitions of every size; all of them would take hours."""
    dataset = study.dataset.opened
    process = resident(Path("/proc/self/status"), "VmRSS")
    model = checkpoint_of(study).to(device)
    units = model.units(decoding.pictures[:1].to(device))
    prior = torch.from_numpy(dataset.prior()).float().to(device)
    estimator = study.estimator
    game = game_of(
        model,
        units,
        prior,
        removal=estimator.removal,
        batch_size=estimator.batch_size,
        precision=estimator.precision,
    )
    at_once = int(getattr(game, "rows_at_once", 1)) if device.type == "cuda" else 1
    with torch.inference_mode():
        n_bytes = peak_memory(partial(game.scores, coalitions(game, game.n_elements, 1)), device)
        of_sizes = [
            (comb(game.n_elements, size), coalition_seconds(game, size, at_once, device))
            for size in range(1, game.n_elements + 1)
        ]
    exact = sum(count * seconds for count, seconds in of_sizes)
    # an estimator asks for coalitions of all sizes
    of_one = float(np.mean([seconds for _, seconds in of_sizes]))
    estimated = exact if estimator.budget is None else estimator.budget * of_one
    return Speeds(
        decode_whole=decoding.whole,
        decode_sample=decoding.sample,
        learn=0.0,
        watch=0.0,
        feature=0.0,
        heads=0.0,
        watch_heads=0.0,
        esvs={schedule.n_frames: estimated},
        # of a clip and its reverse; of many elements estimates
        interactions=2 * (exact if game.n_elements <= MAX_FRAMES else estimated),
        rivals=0.0,
        count=decoding.count,
        parameters=sum(weight.numel() for weight in model.parameters()),
        learn_bytes=0.0,
        esv_bytes=max(0.0, float(np.nan_to_num(n_bytes))),
        batch_bytes=float(decoding.pictures[0].nbytes),
        process_bytes=process,
        worker_bytes=decoding.worker_bytes,
    )


def checkpoint_of(study: Study) -> Any:
    """A study's checkpoint, with nothing written."""
    step = study.head_step
    assert isinstance(step, Pretrained)
    return step._load(checked=True)


def coalitions(game: Game, size: int, most: int) -> torch.Tensor:
    """(coalition, element), some of one size."""
    chosen = list(islice(combinations(range(game.n_elements), size), most))
    inside = torch.zeros(len(chosen), game.n_elements, dtype=torch.bool)
    for row, places in enumerate(chosen):
        inside[row, list(places)] = True
    return inside


def coalition_seconds(game: Game, size: int, at_once: int, device: torch.device) -> float:
    """Seconds of one coalition of a size, of as many as are scored at once."""
    inside = coalitions(game, size, at_once).to(device)
    return seconds_of(partial(game.scores, inside), device) / len(inside)
