"""Heads that others trained: the published Play Fair code's, TRN-pytorch's, tsn-pytorch's, mmaction2's.

`playfair.models.layouts` says how each names its layers.
"""

import logging
from math import comb
from pathlib import Path

import torch
from torch import Tensor

from playfair.models.layouts import (
    Layout,
    classifier_names,
    scales_names,
    single_names,
)
from playfair.models.multiscale import MultiscaleTRN
from playfair.models.trn import TRN
from playfair.models.tsn import TSN
from playfair.models.weights import Renamed, load_weights, read_weights, renamed

log = logging.getLogger("playfair")

# TRN-pytorch and mmaction2 draw at most so many subsets of each size, and add up their logits
DRAWN = 3


def published_trn(
    feature_dim: int,
    n_classes: int,
    files: str | None,
    n_max: int = 8,
    hidden_dim: int = 256,
    rectified: bool = False,
    summed: bool = False,
) -> MultiscaleTRN:
    """A MultiscaleTRN with the weights of others.

    A file of TRN-pytorch or mmaction2 has the relations of 2 … n_max frames, and none of one. The
    scale of one frame is then that of two, shown the frame twice: the relation of a frame to
    itself. Its relations were learnt as a sum of logits, of which the mean would be so small that
    every class had about the same score: see `_as_summed`.

    Args:
        feature_dim: of a frame.
        n_classes: of the dataset.
        files: a file for each of 1 … n_max frames, with `{}` for their number, or one file that
            has them all; None leaves the weights random: those of a checkpoint of ours are loaded
            next.
        n_max: the largest scale.
        hidden_dim: of each head.
        rectified: whether a ReLU stands before each head, as in TRN-pytorch and mmaction2.
        summed: whether the heads of one file were learnt as a sum, as there.

    Raises:
        ValueError: no such file, or weights that do not fit.

    Example:
        published_trn(256, 174, "checkpoints/features/trn_{}_frames.pth")
        published_trn(256, 174, "TRN_something_RGB.pth.tar", rectified=True, summed=True)
    """
    scales = [TRN(scale, feature_dim, hidden_dim, n_classes) for scale in range(1, n_max + 1)]
    model = MultiscaleTRN(scales, rectified=rectified)
    if files and "{}" in files:
        for head in scales:
            source = files.replace("{}", str(head.n_frames))
            file = renamed(source, read_weights(source), single_names)
            _require_rectified(source, file.layout, rectified)
            load_weights(head, file.weights, source, file.theirs)
    elif files:
        file = renamed(files, read_weights(files), scales_names)
        _require_rectified(files, file.layout, rectified)
        _require_summed(files, file.layout, summed)
        weights = _all_scales(files, file, n_max)
        load_weights(model, _as_summed(weights, n_max) if summed else weights, files, file.theirs)
    return model


def published_tsn(feature_dim: int, n_classes: int, file: str | None) -> TSN:
    """A TSN with the weights of others; without a file they are random, as above.

    Example:
        published_tsn(256, 174, "checkpoints/features/tsn.pth")
    """
    head = TSN(feature_dim, n_classes)
    if file:
        read = renamed(file, read_weights(file), classifier_names)
        load_weights(head, read.weights, file, read.theirs)
    return head


def _all_scales(source: str | Path, file: Renamed, n_max: int) -> dict[str, Tensor]:
    """The weights of all scales of a file, with that of one frame where the file has none."""
    weights = dict(file.weights)
    largest = 1 + max(int(name.split(".")[1]) for name in weights)
    if largest != n_max:
        raise ValueError(
            f"{source} has heads of up to {largest} frames, and n_max is {n_max}. Type "
            f"model.<name>.head.n_max={largest}"
        )
    first_of_two = weights.get("scales.1.hidden.weight")
    if "scales.0.hidden.weight" not in weights and first_of_two is not None:
        log.info("%s: has no head of one frame; that of two is shown the frame twice", source)
        for name in [name for name in weights if name.startswith("scales.1.")]:
            weights[name.replace("scales.1.", "scales.0.")] = weights[name]
        halves = first_of_two.chunk(2, dim=1)
        weights["scales.0.hidden.weight"] = torch.stack(halves).sum(0)
    return weights


def _as_summed(weights: dict[str, Tensor], n_max: int) -> dict[str, Tensor]:
    """Weights of which the mean over scales is the sum that the heads were learnt as.

    Zhou et al. 2018 add up the relations of 2 … n frames; their code, and mmaction2's, add up those
    of at most three random subsets of each size. Whole clips then have the logits that these give
    on average over their draws, Σ_s min(3, C(n, s)) · mean over subsets of size s, and with them
    three times the relation of one frame, which they lack.

    Args:
        weights: by our names.
        n_max: frames that a whole clip has.
    """
    scaled = {}
    for name, value in weights.items():
        _, place, layer, _ = name.split(".")
        n_subsets = comb(n_max, int(place) + 1)
        scaled[name] = n_max * min(DRAWN, n_subsets) * value if layer == "output" else value
    return scaled


def _require_summed(source: str | Path, layout: Layout, summed: bool) -> None:
    """Raises ValueError where heads that were learnt as a sum would be averaged, or the reverse."""
    if layout.summed != summed:
        learnt = "a sum" if layout.summed else "a mean"
        raise ValueError(
            f"{source} is laid out as {layout.whose}'s, whose heads were learnt as {learnt}. Type "
            f"model.<name>.head.summed={str(layout.summed).lower()}"
        )


def _require_rectified(source: str | Path, layout: Layout, rectified: bool) -> None:
    """Raises ValueError where a ReLU before the heads would be left out, or be one too many."""
    if layout.rectified != rectified:
        begin = "begin" if layout.rectified else "do not begin"
        raise ValueError(
            f"{source} is laid out as {layout.whose}'s, whose heads {begin} with a ReLU. Type "
            f"model.<name>.head.rectified={str(layout.rectified).lower()}"
        )
