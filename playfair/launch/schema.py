"""What kind of value each option takes: Hydra's structured configs, merged into what was composed.

A field's `metadata` says what a type cannot: the least number, the length of a list, the words
that may be chosen. Options that are not named here (those of a plug-in, of W&B, of a `_target_` of
one's own) may hold anything.
"""

from dataclasses import dataclass, field
from typing import Any

from omegaconf import MISSING


def whole_number(least: int) -> Any:
    """A whole number of at least `least`, or a list of such."""
    return field(default=MISSING, metadata={"least": least})


def one_of(*words: str) -> Any:
    """One of a few words."""
    return field(default=MISSING, metadata={"words": words})


def sequence(*, length: int | None = None, example: str, least: int | None = None) -> Any:
    """A list that is not empty, of `length` values where that is given."""
    return field(
        default=MISSING,
        metadata={"length": length, "example": example, "least": least, "filled": True},
    )


@dataclass
class Optimizer:
    """Of a recipe; torch's names."""

    lr: float = MISSING
    momentum: float = MISSING
    weight_decay: float = MISSING


@dataclass
class Schedule:
    """Of a recipe's learning rate; torch's names."""

    max_lr: float = MISSING
    pct_start: float = MISSING
    gamma: float = MISSING
    milestones: list[int] = sequence(example="[30, 45]", least=1)


@dataclass
class Augment:
    """What is done to clips while training."""

    flip: float = MISSING
    scales: list[float] = sequence(example="[1, 0.875]")
    shift: float = MISSING
    colour: float = MISSING
    swap_channels: bool = MISSING


@dataclass
class Recipe:
    """How a model, or its heads, are trained."""

    epochs: int = whole_number(1)
    batch_size: int = whole_number(1)
    at_once: int | None = whole_number(1)
    clip: float | None = MISSING
    n_frames: int = whole_number(1)
    keep: str = one_of("last", "best")
    patience: int | None = whole_number(1)
    augment: Augment | None = MISSING
    optimizer: Optimizer = MISSING
    schedule: Schedule | None = MISSING


@dataclass
class Backbone:
    """What maps a frame to features."""

    feature_dim: int | None = whole_number(1)
    partial_bn: bool = MISSING
    dropout: float = MISSING
    pretrained: bool = MISSING


@dataclass
class Head:
    """What maps features to logits."""

    n_max: int = whole_number(1)
    hidden_dim: int = whole_number(1)
    dropout: float = MISSING
    rectified: bool = MISSING
    summed: bool = MISSING


@dataclass
class Preprocess:
    """How a model's frames are resized and cropped."""

    short_side: int | None = whole_number(1)
    size: list[int] | None = sequence(length=2, example="[224, 224]", least=1)
    crop: list[int] | None = sequence(length=2, example="[224, 224]", least=1)


@dataclass
class Model:
    """One entry of the group `model`: what is trained here, or the path of a checkpoint."""

    path: str = MISSING
    classes: str = MISSING
    frames_per_element: int | None = whole_number(1)
    published_top1: float | None = MISSING
    licence: str | None = MISSING
    features: str | None = MISSING
    preprocess: Preprocess | None = MISSING
    backbone: Backbone | None = MISSING
    head: Head | None = MISSING
    training: Recipe | None = MISSING
    heads: Recipe | None = MISSING


@dataclass
class Write:
    """How a dataset is made that is drawn here."""

    n_train: int = whole_number(1)
    n_validation: int = whole_number(1)
    size: int = whole_number(1)
    seed: int = whole_number(0)
    videos: bool = MISSING


@dataclass
class Dataset:
    """The group `dataset`."""

    frame_size: list[int] | None = sequence(length=2, example="[64, 64]", least=1)
    decode_once: bool = MISSING
    workers: int = whole_number(0)
    augment: Augment | None = MISSING
    groups: str | None = MISSING
    write: Write | None = MISSING


@dataclass
class Estimator:
    """The group `estimator`."""

    budget: int | None = whole_number(1)


@dataclass
class Trainer:
    """The group `trainer`.

    Devices are a number, a list or auto, and are looked at where they are counted.
    """

    num_nodes: int = whole_number(1)
    check_val_every_n_epoch: int = whole_number(1)
    num_sanity_val_steps: int = whole_number(-1)
    enable_model_summary: bool = MISSING
    log_every_n_steps: int = whole_number(0)
    use_distributed_sampler: bool = MISSING


@dataclass
class Logger:
    """The group `logger`, of W&B; the environment's WANDB_MODE is looked at where it is read."""

    mode: str | None = one_of("online", "offline", "disabled", "shared", "dryrun", "run")
    clips: bool = MISSING


@dataclass
class Report:
    """How what was found is shown."""

    width: str = one_of("one", "two")


@dataclass
class Experiment:
    """Options of all experiments: one word means the same in each."""

    n_frames: int = whole_number(1)
    n_videos: int = whole_number(1)
    repeats: int = whole_number(1)
    rounds: int = whole_number(1)
    long_run: int = whole_number(1)
    split_size: int = whole_number(1)
    coverage_draws: int = whole_number(1)
    n_opened: int = whole_number(0)
    n_shown: int = whole_number(0)
    n_sampled: int = whole_number(1)
    n_classes: int = whole_number(1)
    start: float | None = MISSING
    stop: float | None = MISSING
    workers: int = whole_number(0)
    seed: int = whole_number(0)
    port: int = whole_number(0)
    hosts: list[str] = field(default=MISSING, metadata={"example": "[my.server.org]"})
    serve_seconds: float | None = MISSING
    n_clips: int = whole_number(1)
    dead_zone: float = field(default=MISSING, metadata={"least": 0})
    full: bool = MISSING
    repair: bool = MISSING
    lengths: list[int] = sequence(example="[1, 2, 4, 8]", least=1)
    frames: list[int] = sequence(example="[8, 12, 16]", least=1)
    budgets: list[int] = sequence(example="[100, 240, 400, 900]", least=1)
    methods: list[str] | None = sequence(example="[esv, gradcam]")
    groups: str | None = MISSING
    measures: list[str] | None = sequence(example="[roar]")
    evaluations: int | None = whole_number(1)
    classes: list[str] | None = sequence(example='["Moving something up"]')
    clips: list[str] | None = sequence(example="[601, 602]")
    peers: str = one_of("none", "one", "short", "wide", "full")


@dataclass
class Config:
    """conf/config.yaml."""

    n_frames: int = whole_number(1)
    seed: int = whole_number(0)
    seeds: int | None = whole_number(1)
    split: str = one_of("train", "validation", "test")
    views: str = one_of("one", "three_crop", "five_crop", "ten_crop")
    removal: str | None = one_of("drop", "delete", "freeze", "blank")
    batch_size: int | None = whole_number(1)
    rank_timeout: float = field(default=MISSING, metadata={"least": 5})
    watch_esvs: int = whole_number(0)
    objective: str | None = MISSING
    folder: str | None = MISSING
    runs: list[str] | None = sequence(example="[outputs/synthetic/runs/esv_sweep]")
    start: float | None = MISSING
    stop: float | None = MISSING
    plugins: list[str] = field(default=MISSING, metadata={"example": "[my_plugin.py]"})
    dataset: Dataset = MISSING
    estimator: Estimator = MISSING
    trainer: Trainer = MISSING
    report: Report = MISSING
    logger: Logger | None = MISSING
    model: dict[str, Model] = MISSING
    experiment: Experiment | None = MISSING
