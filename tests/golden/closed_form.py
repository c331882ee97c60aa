"""Stores and studies whose every number is known: what the golden tests read, and the one place
that knows how a study, a dataset and a store are spelt.

By hand (`tsn_and_trn`): six videos of four elements in three classes, ESVs in hundredths. The
classes 0 and 1 are twins; every score is the prior plus the sum of the ESVs.

By formula (`tsn_by_formula`, `trn_by_formula`): four videos whose features are logits and a height,
and heads that only average them; the tests score coalitions with three lines of numpy.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from math import factorial
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import numpy as np
import torch
import xarray as xr
from torch import nn

from playfair.datasets.something_something import VIDEO_FOLDER
from playfair.models.multiscale import MultiscaleTRN
from playfair.models.trn import TRN
from playfair.models.tsn import TSN
from playfair.steps.estimator import Estimator
from playfair.steps.layout import Layout
from playfair.steps.shown import ShownFeatures
from playfair.steps.step import Step
from playfair.steps.workplace import Workplace
from tests.clips import encoded

ELEMENT = "element"  # the axis of what is removed
CLASSES = ("Moving something up", "Moving something down", "Poking something")
TWINS = (1, 0, -1)
PRIOR = (0.5, 0.25, 0.25)
UIDS = ("601", "602", "603", "604", "605", "606")
LABELS = (0, 0, 1, 1, 2, 2)
FRAME_INDEX = (1, 3, 5, 7)  # of a clip of eight frames
# inside: elements 1 and 2; 0; 2 and 3; 1 and 2; 1; none
EVIDENCE = {
    "601": (3, 7),
    "602": (0, 2),
    "603": (5, 8),
    "604": (2, 6),
    "605": (3, 4),
    "606": (0, 1),
}

COUNTS = {"split": 6, "repeated_frames": 0, "too_short": 2, "not_decodable": 1}

# hundredths, by video: the ESVs of "up", of "down" and of "Poking something"
TRN_ESVS = (
    ((-15, 40, 20, 0), (0, -10, -5, -5), (15, -30, -15, 5)),  # scores 0.95 0.05 0.00: right
    ((10, 20, -5, -5), (-5, -10, 5, 15), (-5, -10, 0, -10)),  # 0.70 0.30 0.00: right
    ((-10, -5, -25, 10), (5, 10, 30, -10), (5, -5, -5, 0)),  # 0.20 0.60 0.20: right
    ((10, 20, -10, 5), (-5, -20, 15, 0), (-5, 0, -5, -5)),  # 0.75 0.15 0.10: says its twin
    ((-10, -15, -5, -5), (5, -10, 0, -5), (5, 25, 5, 10)),  # 0.15 0.15 0.70: right
    ((0, 0, 0, -20), (5, 5, 2, 28), (-5, -5, -2, -8)),  # 0.30 0.65 0.05: wrong
)
TSN_ESVS = (
    ((5, 5, 5, 5), (5, 5, 0, -10), (-10, -10, -5, 5)),  # 0.70 0.25 0.05: right
    ((-5, -5, 5, -5), (10, 5, 5, 5), (-5, 0, -10, 0)),  # 0.40 0.50 0.10: says its twin
    ((10, -5, -5, -25), (0, 5, 10, -5), (-10, 0, -5, 30)),  # 0.25 0.35 0.40: wrong
    ((-10, 0, -5, -5), (0, 0, 10, 15), (10, 0, -5, -10)),  # 0.30 0.50 0.20: right
    ((5, 5, -10, -20), (-5, 0, 0, 0), (0, -5, 10, 20)),  # 0.30 0.20 0.50: right
    ((0, 0, 0, 0), (5, -5, -5, 10), (-5, 5, 5, -10)),  # 0.50 0.30 0.20: wrong
)
HAND_WRITTEN = {"tsn": TSN_ESVS, "trn": TRN_ESVS}

# by video: elements of (logit of up, of down, of Poking something, height); six of them
FEATURES = (
    (
        (2, 1, 0.25, 0),
        (1, 2.5, 0, 3),
        (0.5, 1, 2, 4),
        (3, 0, 1.75, 6),
        (1, 1.5, 1, 7),
        (0, 2, 1, 9),
    ),
    ((1, 0, 0.5, 2), (4, 1, 1.25, 1), (2, 3.5, 0, 3), (0.25, 1, 3, 5), (2, 0, 1, 4), (1, 1, 0, 6)),
    ((0, 1.75, 2, 6), (1, 4, 0.5, 4), (2.5, 2, 1, 1), (1, 0.25, 0, 0), (0, 3, 1, 2), (2, 1, 1, 1)),
    ((3, 2, 1.5, 5), (0, 1.25, 1, 5.5), (1, 0, 2, 3), (2, 1.75, 0, 2), (1, 2, 2, 1), (0, 0, 1, 0)),
)
FORMULA_LABELS = (0, 0, 1, 1)
FORMULA_UIDS = UIDS[:4]
# of the clip's frames 1, 3, 5, 7: inside are elements 1 to 3; 0 to 2; all; 1 and 2
FORMULA_EVIDENCE = {"601": (2, 8), "602": (1, 6), "603": (0, 8), "604": (2, 6)}


@dataclass
class Study:
    """What experiments ask of a study, with nothing behind it."""

    name: str
    stores: Mapping[int, xr.Dataset]  # by number of elements
    evidence: Mapping[str, tuple[int, int]] = field(default_factory=lambda: EVIDENCE)
    lengths: tuple[int, ...] = (8,) * 6
    clip: Path = Path("nowhere.webm")
    head: nn.Module | None = None
    values: np.ndarray | None = None  # features (video, element, feature)
    has_videos: bool = False
    train_lengths: tuple[int, ...] = (5, 0, 7)
    outputs: Path = Path("outputs")
    root: Path = Path("nowhere")  # of the dataset's folder, for `doctor`
    seed: int = 0
    budget: int | None = None

    dataset_name = "closed form"
    split_name = "validation"
    is_pretrained = False
    frames_per_element = 1
    views = "one"
    model = MappingProxyType({"head": {}})

    def __post_init__(self) -> None:
        self.layout = Layout(self.outputs)
        self.workplace = Workplace(build=lambda *_: None, trainer={})
        self.estimator = Estimator(budget=self.budget)

    @property
    def dataset(self) -> SimpleNamespace:
        return SimpleNamespace(
            name=self.dataset_name,
            root=self.root,
            opened=self.data,
            option={"counts": None, "short": "skip"}.get,
            short_rule="raise",
            settings=lambda: {"name": self.dataset_name},
            provide=lambda: True,
            config={"open": {"_target_": "playfair.datasets.something_something.open_dataset"}},
        )

    @property
    def data(self) -> SimpleNamespace:
        return SimpleNamespace(
            name=self.dataset_name,
            class_names=CLASSES,
            split=self.split,
            prior=lambda: np.array(PRIOR),
            evidence=lambda: dict(self.evidence),
            twins=lambda: np.array(TWINS),
            clip=lambda uid: self.clip,
        )

    def split(self, name: str) -> SimpleNamespace:
        uids, targets = UIDS[: len(self.lengths)], LABELS[: len(self.lengths)]
        return SimpleNamespace(name=name, uids=np.array(uids), targets=np.array(targets))

    def features(self, split: str = "validation") -> "Rows":
        lengths = self.train_lengths if split == "train" else self.lengths
        return Rows(np.array(lengths), Path("features") / split, self.values)

    def shown(self) -> ShownFeatures:
        return ShownFeatures(self.features())

    def views_shown(self) -> tuple[ShownFeatures, ...]:
        return (self.shown(),)

    def features_step(self, split: str) -> "Opened":
        return self._opened("features", self.features(split))

    def esvs(self, n_frames: int) -> xr.Dataset:
        return self.stores[n_frames]

    @property
    def shown_step(self) -> "Opened":
        return self.features_step(self.split_name)

    @property
    def head_step(self) -> "Opened":
        return self._opened("head", self.head)

    def esvs_step(self, n_frames: int) -> "Opened":
        """Its folder is never looked into: the layout has it opened already."""
        features = self._opened("features", self.features())
        step = Opened(f"{self.name}-{n_frames}-frames", self.dataset)
        step.head, step.features, step.n_frames = self.head_step, features, n_frames
        if n_frames in self.stores:
            self.layout.opened[str(self.layout.folder(step))] = self.stores[n_frames]
        return step

    def _opened(self, label: str, content: object) -> "Opened":
        step = Opened(f"{self.name}-{label}", self.dataset)
        self.layout.opened[str(self.layout.folder(step))] = content
        return step


@dataclass
class Opened:
    """A step that is there."""

    label: str
    data: SimpleNamespace
    name: str = "closed form"
    split: str = "validation"
    n_frames: int = 4
    estimator: Estimator = field(default_factory=Estimator)
    workplace: Workplace = field(default_factory=lambda: Workplace(lambda *_: None, {}))
    head: "Opened | None" = None
    features: "Opened | None" = None

    kind = "opened"
    version = 1

    def settings(self) -> dict[str, object]:
        return {"label": self.label}

    def inputs(self) -> dict[str, Step]:
        return {}

    def whole(self, folder: Path) -> bool:
        return folder.exists()


@dataclass
class Rows:
    """What experiments ask of stored features: of whatever frames, as many elements as frames."""

    lengths: np.ndarray
    folder: Path
    values: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.lengths)

    def length(self, clip: int) -> int:
        return int(self.lengths[clip])

    def __getitem__(self, clip: int) -> "FirstElements":
        assert self.values is not None
        return FirstElements(self.values[clip].astype(np.float32))


@dataclass
class FirstElements:
    """A clip's elements, the first of them for the first frame that is asked for."""

    values: np.ndarray

    def __getitem__(self, frames: np.ndarray) -> np.ndarray:
        return self.values[: len(frames)]


def store(
    esvs: object, labels: object, uids: object, evidence: Mapping[str, tuple[int, int]] = EVIDENCE
) -> xr.Dataset:
    """An ESV store in memory, in chunks of four videos. esvs: (video, class, element)."""
    values = np.array(esvs, dtype=float).swapaxes(1, 2)
    uids = list(uids)
    n_videos, n_elements, n_classes = values.shape
    index = np.tile(np.array((*FRAME_INDEX, 9, 11))[:n_elements], (n_videos, 1))
    decisive = [evidence.get(uid, (-1, -1)) for uid in uids]
    found = xr.Dataset(
        {
            "esv": (("video", ELEMENT, "class"), values.astype(np.float32)),
            "score": (("video", "class"), (values.sum(1) + np.array(PRIOR)).astype(np.float32)),
            "prior": ("class", np.array(PRIOR)),
            "evidence": (("video", "bound"), np.array(decisive, dtype=np.int32)),
            "twin": ("class", np.array(TWINS)),
            "clip_frames": ("video", np.full(n_videos, 8, np.int32)),
        },
        {
            "video": np.array(uids, dtype=object),
            "label": ("video", np.array(labels)),
            "class_name": ("class", np.array(CLASSES, dtype=object)),
            "frame_index": (("video", ELEMENT), index),
        },
        attrs={"made_from": {}, "counts": COUNTS},
    )
    found["esv"].encoding["chunks"] = (4, n_elements, n_classes)  # a seam amid the videos
    return found


def scored(scores: object, labels: object, names: object, twins: object) -> xr.Dataset:
    """Scores alone, as `Study.scores` has them: (video, class) in hundredths."""
    values = np.array(scores, dtype=np.float32) / 100
    return xr.Dataset(
        {"score": (("video", "class"), values), "twin": ("class", np.array(twins))},
        {
            "video": np.array([str(i) for i in range(len(values))], dtype=object),
            "label": ("video", np.array(labels)),
            "class_name": ("class", np.array(names, dtype=object)),
        },
    )


def of_lengths(
    true_esvs: Mapping[int, Mapping[str, tuple[float, ...]]],
) -> dict[int, xr.Dataset]:
    """Stores by length, of the true class's ESVs in hundredths; the other two lose half each."""
    stores = {}
    for length, videos in true_esvs.items():
        labels = [LABELS[UIDS.index(uid)] for uid in videos]
        esvs = [[np.array(own) / -200] * 3 for own in videos.values()]
        for of_video, label, own in zip(esvs, labels, videos.values(), strict=True):
            of_video[label] = np.array(own) / 100
        stores[length] = store(esvs, labels, videos)
    return stores


def hand_written(name: str) -> xr.Dataset:
    return store(np.array(HAND_WRITTEN[name]) / 100, LABELS, UIDS)


def tsn_and_trn(**more: object) -> list[Study]:
    """Two studies of the hand-written stores."""
    return [Study(name, {4: hand_written(name)}, **more) for name in HAND_WRITTEN]


def true_class(name: str) -> np.ndarray:
    """The hand-written ESVs of each video's true class, in hundredths: (video, element)."""
    return np.array([video[label] for video, label in zip(HAND_WRITTEN[name], LABELS, strict=True)])


def write_clip(folder: Path) -> Path:
    """A clip of eight grey frames, each brighter than the one before: 16, 46, 76 … 226."""
    frames = [np.full((16, 16, 3), 16 + 30 * i, np.uint8) for i in range(8)]
    return encoded(folder / "clip.webm", "libvpx-vp9", frames, lossless="1")


# --- the formula ---------------------------------------------------------------------------------


def tsn_logits(elements: np.ndarray) -> np.ndarray:
    """(element, feature) → (class,): the mean of their logits."""
    return elements[:, :3].mean(0)


def trn_logits(elements: np.ndarray) -> np.ndarray:
    """The same; from two elements on the mean with what pairs say: up by as much as they rise."""
    single = tsn_logits(elements)
    if len(elements) == 1:
        return single
    rises = np.array([later[3] - earlier[3] for earlier, later in combinations(elements, 2)])
    pairs = np.array([np.maximum(rises, 0).mean(), np.maximum(-rises, 0).mean(), 0.0])
    return (single + pairs) / 2


LOGITS = {"tsn": tsn_logits, "trn": trn_logits}


def worth(name: str, video: np.ndarray, inside: tuple[int, ...]) -> np.ndarray:
    """The scores of a coalition: (class,), probability."""
    return _worth(name, tuple(tuple(video[i]) for i in inside))


@cache
def _worth(name: str, elements: tuple[tuple[float, ...], ...]) -> np.ndarray:
    if not elements:
        return np.array(PRIOR)
    powers = np.exp(LOGITS[name](np.array(elements)))
    return powers / powers.sum()


def shapley(name: str, video: np.ndarray) -> np.ndarray:
    """ESVs by the definition: (element, class)."""
    n = len(video)
    esvs = np.zeros((n, 3))
    for i in range(n):
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for others in combinations([j for j in range(n) if j != i], size):
                joined = tuple(sorted((*others, i)))
                esvs[i] += weight * (worth(name, video, joined) - worth(name, video, others))
    return esvs


def interaction(name: str, video: np.ndarray) -> np.ndarray:
    """Pairwise interactions by the definition: (element, element, class)."""
    n = len(video)
    found = np.zeros((n, n, 3))
    for i, j in combinations(range(n), 2):
        rest = [k for k in range(n) if k not in (i, j)]
        for size in range(n - 1):
            weight = factorial(size) * factorial(n - size - 2) / factorial(n - 1)
            for others in combinations(rest, size):
                none, first, second, both = (
                    worth(name, video, tuple(sorted((*others, *more))))
                    for more in ((), (i,), (j,), (i, j))
                )
                found[i, j] += weight * (both - first - second + none)
        found[j, i] = found[i, j]
    return found


def tsn_head() -> TSN:
    """The classifier hands the first three features on."""
    head = TSN(feature_dim=4, n_classes=3)
    _set(head.classifier, torch.eye(3, 4))
    return head.eval()


def trn_head() -> MultiscaleTRN:
    """Scale 1 hands the logits on; scale 2 says up, and down, by the heights' difference."""
    one, two = TRN(1, 4, 4, 3), TRN(2, 4, 2, 3)
    _set(one.hidden, torch.eye(4))
    _set(one.output, torch.eye(3, 4))
    rises = torch.zeros(2, 8)
    rises[0, 7], rises[0, 3] = 1, -1
    rises[1] = -rises[0]
    _set(two.hidden, rises)
    _set(two.output, torch.eye(3, 2))
    return MultiscaleTRN([one, two]).eval()


def _set(layer: nn.Linear, weight: torch.Tensor) -> None:
    layer.weight.data.copy_(weight)
    layer.bias.data.zero_()


HEADS = {"tsn": tsn_head, "trn": trn_head}


def by_formula(name: str, lengths: tuple[int, ...] = (2, 4), **more: object) -> Study:
    """A study of the four videos whose heads are in closed form."""
    values = np.array(FEATURES, dtype=float)
    stores = {
        n: store(
            [shapley(name, video[:n]).T for video in values],
            FORMULA_LABELS,
            FORMULA_UIDS,
            FORMULA_EVIDENCE,
        )
        for n in lengths
    }
    options = {"evidence": FORMULA_EVIDENCE, "lengths": (8,) * 4, **more}
    return Study(name, stores, head=HEADS[name](), values=values, **options)


# --- on disk -------------------------------------------------------------------------------------


def pairs_of_clips() -> np.ndarray:
    """Made-up interactions of elements i and j of video v: (v + 1) (i + j) / 100, and below 0 if odd."""
    i, j = np.indices((4, 4))
    sign = np.where((i + j) % 2, -1, 1)
    return np.stack([(v + 1) * sign * (i + j) / 100 for v in range(6)]).astype(np.float32)


def ill_folder(root: Path) -> Study:
    """A dataset's folder with three training clips of 4, 6 and 8 frames and, for validation, one of
    10, one of 0 bytes and one that is not there."""
    labels = root / "labels"
    videos = root / VIDEO_FOLDER
    labels.mkdir(parents=True)
    videos.mkdir()
    index = {name: str(i) for i, name in enumerate(sorted(CLASSES))}
    (labels / "labels.json").write_text(json.dumps(index))
    for split, uids in (("train", ("1", "2", "3")), ("validation", ("4", "5", "6"))):
        of_clips = zip(uids, sorted(CLASSES), strict=True)
        entries = [{"id": uid, "label": name, "template": name} for uid, name in of_clips]
        (labels / f"{split}.json").write_text(json.dumps(entries))
    for uid, n_frames in (("1", 4), ("2", 6), ("3", 8), ("4", 10)):
        frames = [np.full((16, 16, 3), 20 * i, np.uint8) for i in range(n_frames)]
        encoded(videos / f"{uid}.webm", "libvpx-vp9", frames)
    (videos / "5.webm").write_bytes(b"")
    return Study("none", {}, root=root, outputs=root.parent / "outputs")
