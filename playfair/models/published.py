"""Heads that others trained: the published Play Fair code's, TRN-pytorch's, tsn-pytorch's, mmaction2's.

`playfair.models.layouts` says how each names its layers.
"""

import logging
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


def published_trn(
    feature_dim: int,
    n_classes: int,
    files: str | None,
    n_max: int = 8,
    hidden_dim: int = 256,
    rectified: bool = False,
) -> MultiscaleTRN:
    """A MultiscaleTRN with the weights of others.

    A file of TRN-pytorch or mmaction2 has the relations of 2 … n_max frames, and none of one. The
    scale of one frame is then that of two, shown the frame twice: the relation of a frame to
    itself.

    Args:
        feature_dim: of a frame.
        n_classes: of the dataset.
        files: a file for each of 1 … n_max frames, with `{}` for their number, or one file that
            has them all; None leaves the weights random: those of a checkpoint of ours are loaded
            next.
        n_max: the largest scale.
        hidden_dim: of each head.
        rectified: whether a ReLU stands before each head, as in TRN-pytorch and mmaction2.

    Raises:
        ValueError: no such file, or weights that do not fit.

    Example:
        published_trn(256, 174, "checkpoints/features/trn_{}_frames.pth")
        published_trn(256, 174, "TRN_something_RGB.pth.tar", rectified=True)
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
        load_weights(model, _all_scales(files, file, n_max), files, file.theirs)
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


def _require_rectified(source: str | Path, layout: Layout, rectified: bool) -> None:
    """Raises ValueError where a ReLU before the heads would be left out, or be one too many."""
    if layout.rectified != rectified:
        begin = "begin" if layout.rectified else "do not begin"
        raise ValueError(
            f"{source} is laid out as {layout.whose}'s, whose heads {begin} with a ReLU. Type "
            f"model.<name>.head.rectified={str(layout.rectified).lower()}"
        )
