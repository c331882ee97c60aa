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


def number(
    *, least: float | None = None, above: float | None = None, most: float | None = None
) -> Any:
    """A number from `least` or above `above` on, to `most`."""
    return field(default=MISSING, metadata={"least": least, "above": above, "most": most})


def share() -> Any:
    """A number from 0 to 1."""
    return number(least=0, most=1)


def one_of(*words: str) -> Any:
    """One of a few words."""
    return field(default=MISSING, metadata={"words": words})


def sequence(
    *,
    example: str,
    length: int | None = None,
    least: int | None = None,
    above: float | None = None,
    filled: bool = True,
    distinct: bool = False,
) -> Any:
    """A list, of `length` values where that is given, of none where it need not be filled."""
    return field(
        default=MISSING,
        metadata={
            "length": length,
            "example": example,
            "least": least,
            "above": above,
            "filled": filled,
            "distinct": distinct,
        },
    )


@dataclass
class Optimizer:
    """Of a recipe; torch's names."""

    lr: float = number(least=0)
    momentum: float = number(least=0)
    weight_decay: float = number(least=0)


@dataclass
class Schedule:
    """Of a recipe's learning rate; torch's names."""

    max_lr: float = number(least=0)
    pct_start: float = share()
    gamma: float = number(least=0)
    milestones: list[int] = sequence(example="[30, 45]", least=1)


@dataclass
class Augment:
    """What is done to clips while training."""

    flip: float = share()
    scales: list[float] = sequence(example="[1, 0.875]", above=0)
    shift: float = number(least=0)
    colour: float = number(least=0)
    swap_channels: bool = MISSING


@dataclass
class Recipe:
    """How a model, or its heads, are trained."""

    epochs: int = whole_number(1)
    batch_size: int = whole_number(1)
    at_once: int | None = whole_number(1)
    clip: float | None = number(least=0)
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
    dropout: float = share()
    pretrained: bool = MISSING


@dataclass
class Head:
    """What maps features to logits."""

    n_max: int = whole_number(1)
    hidden_dim: int = whole_number(1)
    dropout: float = share()
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
    dtype: str = one_of("float32", "bfloat16")
    published_top1: float | None = share()
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
class Counts:
    """How many clips and classes experiment=doctor expects of a dataset."""

    train: int = whole_number(0)
    validation: int = whole_number(0)
    test: int = whole_number(0)
    classes: int = whole_number(1)


@dataclass
class Dataset:
    """The group `dataset`."""

    name: str = MISSING
    frame_size: list[int] | None = sequence(length=2, example="[64, 64]", least=1)
    decode_once: bool = MISSING
    workers: int = whole_number(0)
    augment: Augment | None = MISSING
    broken: str = one_of("skip", "fail")
    short: str = one_of("skip", "repeat")
    feature_dtype: str = one_of("float32", "float16")
    groups: str | None = MISSING
    write: Write | None = MISSING
    counts: Counts | None = MISSING  # made of what is written: whoever typed that is told of it


@dataclass
class Estimator:
    """The group `estimator`."""

    budget: int | None = whole_number(1)
    name: str | None = MISSING
    precision: str = one_of("float32", "bfloat16")


@dataclass
class Trainer:
    """The group `trainer`.

    Devices are a number, a list or auto, and are looked at where they are counted.
    """

    accelerator: str = one_of("auto", "cpu", "gpu", "cuda", "mps", "tpu")
    num_nodes: int = whole_number(1)
    check_val_every_n_epoch: int = whole_number(1)
    num_sanity_val_steps: int = whole_number(-1)
    enable_model_summary: bool = MISSING
    log_every_n_steps: int = whole_number(0)
    use_distributed_sampler: bool = MISSING


@dataclass
class Logger:
    """The group `logger`, of W&B; the environment's WANDB_MODE is looked at where it is read."""

    project: str | None = MISSING
    entity: str | None = MISSING
    name: str | None = MISSING
    job_type: str | None = MISSING
    group: str | None = MISSING
    mode: str | None = one_of("online", "offline", "disabled", "shared", "dryrun", "run")
    clips: bool = MISSING


@dataclass
class Paths:
    """Folders."""

    data: str = MISSING
    outputs: str = MISSING


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
    start: float | None = number(least=0)
    stop: float | None = number(above=0)
    workers: int = whole_number(0)
    seed: int = whole_number(0)
    port: int = whole_number(0)
    host: str = MISSING
    hosts: list[str] = sequence(example="[my.server.org]", filled=False)
    serve_seconds: float | None = number(least=0)
    export: str | None = MISSING
    esvs: str | None = MISSING
    beside: str | None = MISSING
    n_clips: int = whole_number(1)
    dead_zone: float = share()
    full: bool = MISSING
    repair: bool = MISSING
    lengths: list[int] = sequence(example="[1, 2, 4, 8]", least=1)
    frames: list[int] = sequence(example="[8, 12, 16]", least=1, distinct=True)
    budgets: list[int] = sequence(example="[100, 240, 400, 900]", least=1, distinct=True)
    long_frames: list[int] = sequence(example="[32]", least=1, filled=False, distinct=True)
    long_videos: int = whole_number(1)
    methods: list[str] | None = sequence(example="[esv, gradcam]")
    groups: str | None = MISSING
    measures: list[str] | None = sequence(example="[roar]")
    evaluations: int | None = whole_number(1)
    classes: list[str] | None = sequence(example='["Moving something up"]')
    clips: list[str] | None = sequence(example="[601, 602]")
    device: str = MISSING  # which torch knows the names of
    peers: str = one_of("none", "one", "short", "wide", "full")
    peer_clips: int = whole_number(1)
    peer_draws: int = whole_number(1)
    project: str = MISSING
    entity: str | None = MISSING
    report_too: bool = MISSING


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
    rank_timeout: float = number(least=5)
    watch_esvs: int = whole_number(0)
    objective: str | None = MISSING
    folder: str | None = MISSING
    runs: list[str] | None = sequence(example="[outputs/synthetic/runs/esv_sweep]")
    start: float | None = number(least=0)
    stop: float | None = number(above=0)
    plugins: list[str] = sequence(example="[my_plugin.py]", filled=False)
    dataset: Dataset = MISSING
    estimator: Estimator = MISSING
    trainer: Trainer = MISSING
    paths: Paths = MISSING
    report: Report = MISSING
    logger: Logger | None = MISSING
    model: dict[str, Model] = MISSING
    experiment: Experiment | None = MISSING
