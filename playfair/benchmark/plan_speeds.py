"""How fast this machine decodes a dataset's clips and computes a model, on a few of them."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import combinations, islice
from math import comb
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

import playfair
from playfair.analysis.plan import Schedule, Speeds
from playfair.attribution import METHODS, attribute
from playfair.attribution.registry import gives
from playfair.benchmark.speed import peak_memory, resident
from playfair.models.separable import SeparableVideoModel, as_pictures
from playfair.shapley.game import Game, game_of
from playfair.shapley.subset_scores import scores_of_subsets
from playfair.steps.pretrained import Pretrained
from playfair.steps.row_store import RowStore
from playfair.steps.study import Study
from playfair.training.blocks import Blocks
from playfair.training.classifier import ScalesClassifier, VideoClassifier
from playfair.training.fit import shared_out
from playfair.training.sampled_clips import SampledClips
from playfair.training.sources import LabelledClips, Videos
from playfair.training.workers import loader
from playfair.video.fitted import Fit
from playfair.video.reader import VideoError, count_frames

MOST_AT_ONCE = 32  # clips of a measured training step on a CPU: more take longer and tell no more
MOST_PIXELS = 1 << 21  # the same, of their frames: 41 of 224×224, for which ResNet-50 takes 4 GB
SLOW = 2.0  # seconds, of which warming up is a small part: ResNet-50 takes 10 on two cores
ENOUGH = 0.5  # seconds after which a measurement is not repeated
REPEATS = 3
EXPLAINED = 32  # clips, of made-up features


@dataclass(frozen=True)
class Decoding:
    """Of some clips of a split.

    Attributes:
        whole, sample: seconds of a clip: all frames, and those that training draws.
        count: seconds of a clip until its frames are counted.
        frames: of a clip.
        clip_bytes: of a clip's file.
        frame_shape: height and width that a model sees.
        pictures: (video, frame, height, width, 3) uint8, what training draws of some of them.
        worker_bytes: memory that a process which decodes them has for itself.
    """

    whole: float
    sample: float
    count: float
    frames: float
    clip_bytes: float
    frame_shape: tuple[int, int]
    pictures: torch.Tensor
    worker_bytes: float


def measured_decoding(study: Study, n_frames: int, n_clips: int, fit: Fit) -> Decoding:
    """Times clips, evenly spaced over the training split (else the split that is explained).

    Raises:
        ValueError: none of them can be decoded.
    """
    dataset = study.dataset.opened
    name = "train" if study.model.get("training") else study.split_name
    split = dataset.split(name)  # type: ignore[arg-type]
    places = np.linspace(0, len(split) - 1, min(n_clips, len(split))).round().astype(int)
    videos = Videos(dataset, split, fit)
    drawn = SampledClips(LabelledClips(videos, split.targets, np.arange(len(split))), n_frames, 0)
    whole = []
    sample = []
    count = []
    n_bytes = []
    lengths = []
    pictures = []
    for place in np.unique(places).tolist():
        try:
            began = time.perf_counter()
            frames = videos[place]
            whole.append(time.perf_counter() - began)
            began = time.perf_counter()
            pictures.append(drawn[0, place]["input"])
            sample.append(time.perf_counter() - began)
            clip = dataset.clip(str(split.uids[place]))
            began = time.perf_counter()
            count_frames(clip)
            count.append(time.perf_counter() - began)
        except VideoError:
            continue
        lengths.append(len(frames))
        n_bytes.append(size_of(Path(clip)))
    if not whole:
        raise ValueError(
            f"None of {len(places)} clips of the {name} split could be decoded. Type "
            "experiment=doctor to see what is wrong with the dataset."
        )
    shape = pictures[0].shape[1:3]
    return Decoding(
        float(np.mean(whole)),
        float(np.mean(sample)),
        float(np.mean(count)),
        float(np.mean(lengths)),
        float(np.mean(n_bytes)),
        (int(shape[0]), int(shape[1])),
        torch.stack(pictures),
        worker_memory(videos, int(places[0])),
    )


def worker_memory(videos: Videos, clip: int) -> float:
    """Bytes that a data worker does not share with the process it was forked from; 0 where unknown."""

    def load(block: int) -> dict[str, Any]:
        try:
            videos[clip]
            rollup = Path("/proc/self/smaps_rollup").read_text().splitlines()
        except (VideoError, OSError):
            return {"own": 0}
        return {"own": sum(int(line.split()[1]) for line in rollup if line.startswith("Private_"))}

    (answer,) = loader(Blocks([0], load), dict, 1, batch_size=None)
    return 1024.0 * answer["own"]


def size_of(clip: Path) -> float:
    """Bytes of a file, or of a folder's files."""
    if clip.is_dir():
        return float(sum(file.stat().st_size for file in clip.iterdir() if file.is_file()))
    return float(clip.stat().st_size)


def measured_speeds(
    study: Study, decoding: Decoding, schedule: Schedule, device: torch.device, n_ranks: int
) -> tuple[Speeds, int]:
    """Times one model of random weights: what weights hold changes nothing of it.

    Returns:
        Its speeds, and the length of a frame's features.
    """
    step = study.video_step
    dataset = study.dataset.opened
    model: SeparableVideoModel = step._model(len(dataset.class_names), with_weights=False).to(
        device
    )
    prior = torch.from_numpy(dataset.prior()).float()
    process = resident(Path("/proc/self/status"), "VmRSS")
    learn, watch, learn_bytes = learning(study, model, decoding.pictures, device, n_ranks)
    model.eval()
    frames = decoding.pictures.flatten(0, 1)[: at_once_on(device, decoding.pictures[0, 0], 128)]
    with torch.inference_mode():
        forward = partial(forward_of, model, frames.to(device))
        feature = seconds_of(forward, device) / len(frames)
        width = int(forward().shape[1])
    head = model.head.cpu()
    generator = torch.Generator().manual_seed(0)
    made_up = partial(torch.randn, generator=generator)
    esvs = {}
    for n in {schedule.n_frames, *schedule.lengths}:
        features = made_up(EXPLAINED, n, width)
        explain = partial(
            playfair.explain, head, features, prior, progress=None, **study.estimator.options()
        )
        esvs[n] = seconds_of(explain, torch.device("cpu")) / EXPLAINED
        if n == schedule.n_frames:
            esv_bytes = peak_memory(explain, torch.device("cpu"))
    heads, watch_heads = (
        heads_learning(study, head, width, decoding) if schedule.head_epochs else (0, 0)
    )
    one = decoding.pictures[0, 0].repeat(schedule.n_frames, 1, 1)
    features = made_up(at_once_on(torch.device("cpu"), one, 4), schedule.n_frames, width)
    pairs = partial(playfair.interactions, head, features, prior, removal=study.estimator.removal)
    speeds = Speeds(
        decode_whole=decoding.whole,
        decode_sample=decoding.sample,
        learn=learn,
        watch=watch,
        feature=feature,
        heads=heads,
        watch_heads=watch_heads,
        esvs=esvs,
        interactions=seconds_of(pairs, torch.device("cpu")) / len(features),
        rivals=rivals(study, model, decoding, features, prior),
        count=decoding.count,
        parameters=sum(weight.numel() for weight in model.parameters()),
        learn_bytes=max(0.0, np.nan_to_num(learn_bytes)),
        esv_bytes=max(0.0, np.nan_to_num(esv_bytes)),
        batch_bytes=float(batch_of(study, device, n_ranks) * decoding.pictures[0].nbytes),
        process_bytes=process,
        worker_bytes=decoding.worker_bytes,
    )
    return speeds, width


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
    esvs = exact if estimator.budget is None else estimator.budget * of_one
    return Speeds(
        decode_whole=decoding.whole,
        decode_sample=decoding.sample,
        learn=0.0,
        watch=0.0,
        feature=0.0,
        heads=0.0,
        watch_heads=0.0,
        esvs={schedule.n_frames: esvs},
        interactions=exact,
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


def batch_of(study: Study, device: torch.device, n_ranks: int) -> int:
    """Clips of a training step on one device; 0 of what learns not."""
    if not study.model.get("training"):
        return 0
    recipe = study.workplace.build(study.model["training"], _convert_="all")
    at_once, _ = shared_out(recipe, n_ranks)
    return at_once


@torch.inference_mode()
def forward_of(model: SeparableVideoModel, frames: torch.Tensor) -> torch.Tensor:
    return model.features(frames)


def learning(
    study: Study,
    model: SeparableVideoModel,
    pictures: torch.Tensor,
    device: torch.device,
    n_ranks: int,
) -> tuple[float, float, float]:
    """Seconds of a clip of learning and of validation, and bytes of a step; 0 of what learns not."""
    if not study.model.get("training"):
        return 0.0, 0.0, 0.0
    recipe = study.workplace.build(study.model["training"], _convert_="all")
    asked, _ = shared_out(recipe, n_ranks)
    at_once = at_once_on(device, pictures[0], min(asked, MOST_AT_ONCE))
    if device.type != "cpu":
        at_once = asked
    module: VideoClassifier = study.video_step.classifier(model).to(device)
    batch = {
        "input": repeated(pictures, at_once).to(device),
        "target": torch.zeros(at_once, dtype=torch.int64, device=device),
    }
    optimizer = recipe.optimizer(model.parameters())
    precision = str(study.workplace.trainer.get("precision", "32-true"))
    mixed = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}.get(precision)

    def step() -> None:
        module.train()
        with torch.autocast(device.type, mixed or torch.bfloat16, enabled=mixed is not None):
            loss = module.training_step(batch, 0)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    def watch() -> None:
        module.eval()
        with torch.no_grad():
            module.validation_step(batch, 0)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that nobody logs
        n_bytes = peak_memory(step, device)
        learn = seconds_of(step, device) / at_once
        seen = seconds_of(watch, device) / at_once
    return learn, seen, n_bytes * asked / at_once


def at_once_on(device: torch.device, one: torch.Tensor, most: int) -> int:
    """How many of something are measured together: on a CPU, no more pixels than MOST_PIXELS.

    Args:
        one: (…, height, width, 3).
        most: of them, in any case.
    """
    if device.type != "cpu":
        return most
    return max(1, min(most, 3 * MOST_PIXELS // one.numel()))


def heads_learning(
    study: Study, head: torch.nn.Module, width: int, decoding: Decoding
) -> tuple[float, float]:
    """Seconds of a clip of learning all heads on stored features, on the CPU; and of validation."""
    recipe = study.workplace.build(study.model["heads"], _convert_="all")
    n_classes = len(study.dataset.opened.class_names)
    own = study.workplace.build(study.model["head"])(feature_dim=width, n_classes=n_classes)
    module = ScalesClassifier(study.name, own, recipe.optimizer, None)
    batch = {
        "input": torch.randn(recipe.batch_size, recipe.n_frames, width),
        "target": torch.zeros(recipe.batch_size, dtype=torch.int64),
    }
    optimizer = recipe.optimizer(own.parameters())

    def step() -> None:
        module.train()
        module.training_step(batch, 0).backward()
        optimizer.step()
        optimizer.zero_grad()

    def watch() -> None:
        module.eval()
        with torch.no_grad():
            module.validation_step(batch, 0)

    reading = feature_reading(
        round(decoding.frames), width, study.dataset.option("feature_dtype"), recipe.n_frames
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        learn = seconds_of(step, torch.device("cpu")) / recipe.batch_size
        seen = seconds_of(watch, torch.device("cpu")) / recipe.batch_size
    return learn + reading, seen + reading


def feature_reading(n_rows: int, width: int, dtype: str, n_frames: int) -> float:
    """Seconds of a clip whose stored features are drawn from, as training the heads does."""
    with TemporaryDirectory(prefix="playfair-plan-") as folder:
        store = RowStore(Path(folder), EXPLAINED, EXPLAINED)
        store.write(0, [np.zeros((n_rows, width), dtype) for _ in range(EXPLAINED)])
        targets = np.zeros(EXPLAINED, np.int64)
        clips = SampledClips(LabelledClips(store, targets, np.arange(EXPLAINED)), n_frames, 0)

        def read() -> None:
            torch.stack([clips[0, clip]["input"] for clip in range(EXPLAINED)])

        return seconds_of(read, torch.device("cpu")) / EXPLAINED


def rivals(
    study: Study,
    model: SeparableVideoModel,
    decoding: Decoding,
    features: torch.Tensor,
    prior: torch.Tensor,
) -> float:
    """Seconds of a clip of the comparison: every method on it, and some with a frame doubled."""
    n_videos, n_frames = features.shape[:2]
    model = model.cpu()
    pictures = as_pictures(repeated(decoding.pictures, n_videos))
    pictures = pictures[:, np.linspace(0, pictures.shape[1] - 1, n_frames).round().astype(int)]
    label = torch.zeros(n_videos, dtype=torch.int64)
    spent = 0.0
    for name, known in METHODS.items():
        given = all(gives(model.head, need, pictures=True) for need in known.all_needs)
        if not known.default or known.planted or not given:
            continue
        if name == "esv":
            subsets = partial(
                scores_of_subsets, model.head, features, prior, removal=study.estimator.removal
            )
            spent += seconds_of(subsets, torch.device("cpu"))
            continue
        ask = partial(
            attribute,
            name,
            model.head,
            features,
            label,
            prior,
            backbone=model.backbone,
            pictures=pictures,
            generator=torch.Generator().manual_seed(0),
            removal=study.estimator.removal,
        )
        times = 2 if known.leading else 1
        spent += times * seconds_of(ask, torch.device("cpu"))
    return spent / n_videos


def repeated(pictures: torch.Tensor, n_videos: int) -> torch.Tensor:
    """So many videos, the same again where there are fewer."""
    return pictures[torch.arange(n_videos) % len(pictures)]


def seconds_of(run: Callable[[], object], device: torch.device) -> float:
    """The median of a few times, after one that warms up: which is enough of what is slow."""
    warming = elapsed(run, device)
    if warming > SLOW:
        return warming
    times: list[float] = []
    while len(times) < REPEATS and sum(times) < ENOUGH:
        times.append(elapsed(run, device))
    return float(np.median(times))


def elapsed(run: Callable[[], object], device: torch.device) -> float:
    """Seconds of one run."""
    wait(device)
    began = time.perf_counter()
    run()
    wait(device)
    return time.perf_counter() - began


def wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
