"""Exact ESVs of a model that is called, beside its bare forward passes over the same batches."""

from collections.abc import Sequence
from functools import partial
from statistics import median

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor, nn

import playfair
from playfair.benchmark.elapsed import spent

ELEMENTS = 8  # pairs of frames
SIDE = 48  # pixels
PATCH = 16
WIDTH = 192
LAYERS = 3
CLASSES = 174
BATCH = 16


class SmallVideoTransformer(nn.Module):
    """Tubelets of 2 × 16 × 16 pixels, the mean of all tokens: VideoMAE-small, width and depth reduced.

    It remembers how many rows of what size it was called with.
    """

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(2 * 3 * PATCH * PATCH, WIDTH)
        layers = [
            nn.TransformerEncoderLayer(WIDTH, 3, 4 * WIDTH, 0.0, batch_first=True)
            for _ in range(LAYERS)
        ]
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(WIDTH, CLASSES)
        self.calls: list[tuple[int, ...]] = []

    def forward(self, units: Float[Tensor, "n size 2 3 side side"]) -> Float[Tensor, "n class"]:
        self.calls.append(tuple(units.shape))
        tubes = units.unfold(4, PATCH, PATCH).unfold(5, PATCH, PATCH)
        tokens = self.embed(tubes.permute(0, 1, 4, 5, 2, 3, 6, 7).flatten(4).flatten(1, 3))
        return self.head(self.layers(tokens).mean(1))


def measure_pixels(
    rounds: int, device: torch.device, clips: tuple[int, ...] = (1, 4)
) -> pd.DataFrame:
    """Time of `explain` and of the forward passes that it asks for.

    CPU seconds where the device is the CPU: other processes do not count.

    Args:
        rounds: interleaved; the medians count.
        device: where the model is.
        clips: how many are explained together.

    Returns:
        A row per number of clips: "clips"; "bare" and "playfair", ms per pass; "over bare", their
        ratio; "batch MB", the largest batch.
    """
    torch.manual_seed(0)
    model = SmallVideoTransformer().to(device).eval()
    prior = torch.full((CLASSES,), 1 / CLASSES, device=device)
    rows = []
    for n_clips in clips:
        units = torch.rand(n_clips, ELEMENTS, 2, 3, SIDE, SIDE, device=device)
        explain = partial(playfair.explain, model, units, prior, batch_size=BATCH)
        model.calls.clear()
        explain()
        batches = [torch.rand(shape, device=device) for shape in dict.fromkeys(model.calls)]
        by_shape = {tuple(batch.shape): batch for batch in batches}
        shapes = list(model.calls)
        passes = partial(_apply, model, [by_shape[shape] for shape in shapes])
        bare: list[float] = []
        ours: list[float] = []
        for _ in range(rounds):
            bare.append(spent(passes, device))
            ours.append(spent(explain, device))
        n_passes = sum(shape[0] for shape in shapes)
        ratios = [all_in / alone for alone, all_in in zip(bare, ours, strict=True)]
        rows.append(
            {
                "clips": n_clips,
                "bare": 1e3 * median(bare) / n_passes,
                "playfair": 1e3 * median(ours) / n_passes,
                "over bare": median(ratios),
                "batch MB": max(batch.nbytes for batch in batches) / 1e6,
            }
        )
    return pd.DataFrame(rows)


@torch.no_grad()
def _apply(model: nn.Module, batches: Sequence[Tensor]) -> None:
    for batch in batches:
        model(batch).cpu()
