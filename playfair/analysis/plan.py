"""What real training costs, from speeds that were measured: hours, disk and memory of each stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

HOUR = 3600.0
GB = 1e9
FLOAT = 4  # bytes
# Of a stage and of an epoch, whatever their size: a trainer and a store begun, states made durable.
STARTING = 0.2
EPOCH = 0.06
CLIPS_IN_BLOCK = 32  # that are decoded into memory together, for features and to be kept
WAITING = 2  # batches, or blocks, that each worker has decoded before they are asked for
KEPT_STATES = 3  # weights, and as much again twice for an optimiser's moments: a training's state


@dataclass(frozen=True)
class Machine:
    """Where it is to be done.

    Attributes:
        ranks: processes that compute, one for each device.
        workers: processes of each rank that decode.
        cores: CPU cores of the machine.
        on_gpu: whether devices compute while CPU cores decode; otherwise both share the cores.
    """

    ranks: int
    workers: int
    cores: int
    on_gpu: bool


@dataclass(frozen=True)
class Amount:
    """How much there is to do.

    Attributes:
        n_train, n_validation: clips.
        frames: of a clip, on average.
        frame_bytes: of a decoded frame.
        feature_bytes: of a frame's features, as stored.
        n_classes: of the dataset.
        kept: whether frames are decoded once and kept.
    """

    n_train: int
    n_validation: int
    frames: float
    frame_bytes: float
    feature_bytes: float
    n_classes: int
    kept: bool

    @property
    def n_clips(self) -> int:
        return self.n_train + self.n_validation

    @property
    def block_bytes(self) -> float:
        """Of the decoded frames of a block of clips."""
        return CLIPS_IN_BLOCK * self.frames * self.frame_bytes


@dataclass(frozen=True)
class Speeds:
    """Seconds that were measured for one model.

    Attributes:
        decode_whole: of a clip, all its frames.
        decode_sample: of a clip, the frames that training draws.
        learn: of a clip, forward and backward through backbone and head.
        watch: of a clip, forward alone: validation after each epoch.
        feature: of a frame, forward through the backbone.
        heads: of a clip, read from stored features, forward and backward through the heads; 0: not
            trained.
        watch_heads: of a clip, read and forward alone.
        esvs: of a clip, by the number of frames.
        interactions: of a clip.
        rivals: of a clip, all methods of the comparison.
        count: of a clip, its frames counted.
        parameters: of the model.
        learn_bytes, esv_bytes: memory of a training step, and of explaining.
        batch_bytes: of the frames of a training step on one device.
        process_bytes: memory of a process that has everything imported.
        worker_bytes: memory that a process which decodes has for itself.
    """

    decode_whole: float
    decode_sample: float
    learn: float
    watch: float
    feature: float
    heads: float
    watch_heads: float
    esvs: Mapping[int, float]
    interactions: float
    rivals: float
    count: float
    parameters: int
    learn_bytes: float
    esv_bytes: float
    batch_bytes: float
    process_bytes: float
    worker_bytes: float


@dataclass(frozen=True)
class Schedule:
    """How often.

    Attributes:
        epochs: of training from video; 0: nothing is learnt.
        head_epochs: of training the heads.
        n_frames: that are explained.
        lengths: numbers of frames that are explained beside it.
        n_compared: clips of the comparison, at most.
        frames_per_element: frames that go as one.
        n_watched: clips that training is followed by; None: all of the validation split.
        watched_every: epochs from one validation to the next; 0: none.
    """

    epochs: int
    head_epochs: int
    n_frames: int
    lengths: Sequence[int]
    n_compared: int
    frames_per_element: int = 1
    n_watched: int | None = None
    watched_every: int = 1

    @property
    def n_elements(self) -> int:
        return self.n_frames // self.frames_per_element

    def seconds(self, epochs: int, learning: float, watching: float) -> float:
        """Of so many epochs, some of which end in a validation.

        Example:
            >>> every_third = Schedule(10, 0, 8, [8], 0, watched_every=3)
            >>> every_third.seconds(10, learning=5.0, watching=1.0) == 10 * (5.0 + EPOCH) + 3 * 1.0
            True
        """
        validations = epochs // self.watched_every if self.watched_every else 0
        return epochs * (learning + EPOCH) + validations * watching


def seconds_together(compute: float, decode: float, machine: Machine) -> float:
    """Of work that devices do while others decode for them.

    On GPUs the slower of both decides; on a CPU both share the cores, and further ranks add none.

    >>> gpus = Machine(ranks=4, workers=2, cores=16, on_gpu=True)
    >>> seconds_together(compute=400.0, decode=1600.0, machine=gpus)
    200.0
    >>> seconds_together(100.0, 60.0, Machine(ranks=1, workers=2, cores=2, on_gpu=False))
    130.0
    """
    decode /= _readers(machine)
    if machine.on_gpu:
        return max(compute / machine.ranks, decode)
    return compute + decode


def stages(
    model: str, amount: Amount, speeds: Speeds, schedule: Schedule, machine: Machine
) -> pd.DataFrame:
    """A row for each stage of one model: stage, model, hours, disk_gb, memory_gb.

    Memory is that of all processes of a stage together; disk what it leaves behind.
    """
    decode = 0.0 if amount.kept else 1.0
    weights = FLOAT * speeds.parameters
    n_frames = schedule.n_frames
    process = speeds.process_bytes
    n_watched = amount.n_validation if schedule.n_watched is None else schedule.n_watched
    rows = []

    def add(stage: str, seconds: float, disk: float, memory: float) -> None:
        rows.append(
            {
                "stage": stage,
                "model": model,
                "hours": (STARTING + seconds) / HOUR,
                "disk_gb": disk / GB,
                "memory_gb": memory / GB,
            }
        )

    if schedule.epochs:
        reading = speeds.decode_sample * decode
        learning, watching = (
            seconds_together(clips * each, clips * reading, machine)
            for clips, each in ((amount.n_train, speeds.learn), (n_watched, speeds.watch))
        )
        own = process + speeds.learn_bytes + KEPT_STATES * weights
        memory = machine.ranks * (own + _read_ahead(speeds, machine, speeds.batch_bytes))
        seconds = schedule.seconds(schedule.epochs, learning, watching)
        add("train from video", seconds, (1 + KEPT_STATES) * weights, memory)
    if speeds.feature:
        compute = amount.n_clips * amount.frames * speeds.feature
        reading = amount.n_clips * speeds.decode_whole * decode
        disk = amount.n_clips * amount.frames * amount.feature_bytes
        ahead = _read_ahead(speeds, machine, amount.block_bytes)
        memory = machine.ranks * (process + weights + ahead)
        add("features", seconds_together(compute, reading, machine), disk, memory)
    if schedule.head_epochs:
        learning = seconds_together(amount.n_train * speeds.heads, 0.0, machine)
        watching = seconds_together(n_watched * speeds.watch_heads, 0.0, machine)
        memory = machine.ranks * process
        seconds = schedule.seconds(schedule.head_epochs, learning, watching)
        add("heads", seconds, KEPT_STATES * weights, memory)
    for title, lengths in (("ESVs", [n_frames]), ("ESVs of other lengths", schedule.lengths)):
        others = [length for length in lengths if title == "ESVs" or length != n_frames]
        if others:
            compute = amount.n_validation * sum(speeds.esvs[length] for length in others)
            starting = STARTING * (len(others) - 1)
            disk = FLOAT * amount.n_validation * amount.n_classes * (sum(others) + len(others))
            memory = machine.ranks * (process + speeds.esv_bytes)
            add(title, starting + seconds_together(compute, 0.0, machine), disk, memory)
    if speeds.interactions:
        disk = FLOAT * amount.n_validation * n_frames**2
        seconds = amount.n_validation * speeds.interactions
        add("interactions", seconds, disk, process + speeds.esv_bytes)
    if speeds.rivals:
        compared = min(amount.n_validation, schedule.n_compared)
        add("comparison", compared * speeds.rivals, 0.0, process + speeds.esv_bytes)
    return pd.DataFrame(rows)


def explained_whole(
    model: str, amount: Amount, speeds: Speeds, schedule: Schedule, machine: Machine
) -> pd.DataFrame:
    """As `stages`, of a checkpoint that sees clips whole: nothing is learnt, nothing kept but ESVs."""
    clips = float(amount.n_validation)
    process = machine.ranks * (speeds.process_bytes + FLOAT * speeds.parameters)
    reading = clips * speeds.decode_sample
    ahead = machine.ranks * _read_ahead(speeds, machine, speeds.batch_bytes)
    seconds = {
        "clips' lengths": clips * speeds.count / _readers(machine),
        "ESVs": seconds_together(clips * speeds.esvs[schedule.n_frames], reading, machine),
        "interactions": clips * (speeds.interactions + speeds.decode_sample),
    }
    disk = {
        "clips' lengths": 0.0,
        "ESVs": FLOAT * clips * amount.n_classes * (schedule.n_elements + 1),
        "interactions": FLOAT * clips * schedule.n_elements**2,
    }
    memory = {"clips' lengths": speeds.process_bytes}
    return pd.DataFrame(
        {
            "stage": stage,
            "model": model,
            "hours": (STARTING + time) / HOUR,
            "disk_gb": disk[stage] / GB,
            "memory_gb": memory.get(stage, process + ahead + machine.ranks * speeds.esv_bytes) / GB,
        }
        for stage, time in seconds.items()
    )


def _readers(machine: Machine) -> int:
    """Processes that decode at the same time, on cores of their own."""
    return min(max(1, machine.workers) * machine.ranks, machine.cores)


def _read_ahead(speeds: Speeds, machine: Machine, n_bytes: float) -> float:
    """Memory of one rank's workers, and of what they have decoded and nobody has taken yet.

    Args:
        n_bytes: of one thing that is asked for.
    """
    return machine.workers * (speeds.worker_bytes + WAITING * n_bytes) + n_bytes


def frames_stage(amount: Amount, speeds: Speeds, machine: Machine) -> pd.DataFrame:
    """The stage that all models share: frames that are decoded once and kept; no row where not."""
    if not amount.kept:
        return pd.DataFrame(columns=["stage", "model", "hours", "disk_gb", "memory_gb"])
    readers = min(max(1, machine.workers), machine.cores)
    row = {
        "stage": "decode once",
        "model": "all",
        "hours": (STARTING + amount.n_clips * speeds.decode_whole / readers) / HOUR,
        "disk_gb": amount.n_clips * amount.frames * amount.frame_bytes / GB,
        "memory_gb": (speeds.process_bytes + _read_ahead(speeds, machine, amount.block_bytes)) / GB,
    }
    return pd.DataFrame([row])
