"""What a study is configured with: conf/dataset and conf/model build these records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from playfair.training.fit import Recipe


@dataclass(frozen=True)
class DatasetOptions:
    """Where a dataset lies and how its clips are read."""

    name: str
    root: Path
    frame_size: tuple[int, int]  # (height, width) that frames are resized to while they are decoded
    decode_once: bool  # keep decoded frames on disk: right for small datasets
    workers: int  # processes that decode
    augment: Callable[..., tuple[torch.Tensor, torch.Tensor]] | None = (
        None  # for training; recipes refer to it
    )
    feature_dtype: str = (
        "float32"  # of stored features; float16 halves them and is off by 1 part in 2,000 at most
    )
    write: Callable[[Path], None] | None = None  # makes the dataset where it can be made
    broken: Literal["skip", "fail"] = (
        "skip"  # clips that cannot be decoded: leave out and report, or stop at the first
    )
    short: Literal["skip", "repeat"] = (
        "skip"  # clips of fewer than n_frames: explain none, or repeat frames
    )
    counts: Mapping[str, int] | None = (
        None  # of clips in train, validation, test, and of classes: what belongs there
    )


@dataclass(frozen=True)
class ModelOptions:
    """What a model is made of and how it is trained; `heads` where the head is trained again on stored features.

    Without `training`, backbone and head are taken as they are made: with weights that were published.
    """

    backbone: Callable[[], nn.Module]
    head: Callable[..., nn.Module]  # (feature_dim, n_classes) → head
    training: Recipe | None
    heads: Recipe | None = None
    features: Path | None = (
        None  # a file of features that the published code stored, instead of the backbone's
    )
