"""The four kinds of artefacts, each a step that takes milliseconds: rows, weights, ESVs, pairs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

from playfair.steps.checked_zarr import open_dataset
from playfair.steps.checkpoints import read_checkpoint, save_checkpoint
from playfair.steps.esv_creation import create_store
from playfair.steps.esv_store import ESVStore, open_store
from playfair.steps.interactions import ORDER, OWN, write_interactions
from playfair.steps.layout import Layout
from playfair.steps.obtain import obtain
from playfair.steps.row_store import RowStore
from playfair.steps.step import Step
from tests.steps.toys import ToyData

N_CLIPS = 5
BLOCK = 128
N_VIDEOS = BLOCK + 4
N_ELEMENTS = 2
N_CLASSES = 3


@dataclass
class Small:
    """What the steps below have in common; `wrong` makes the values others."""

    version: ClassVar[int] = 1

    label: str = "small"
    data: Any = field(default_factory=ToyData)
    parts: Mapping[str, Step] = field(default_factory=dict)
    seed: int = 0
    drift: int = 0  # what is no setting, and changes the result

    def settings(self) -> dict[str, Any]:
        return {"seed": self.seed, "dataset": self.data.settings()}

    def inputs(self) -> Mapping[str, Step]:
        return self.parts

    def random(self, *shape: int) -> np.ndarray:
        rng = np.random.default_rng((self.seed, self.drift))
        return rng.normal(size=shape).astype(np.float32)


class Weights(Small):
    kind: ClassVar[str] = "weights"

    def whole(self, folder: Path) -> bool:
        return (folder / "weights.pt").exists()

    def open(self, folder: Path) -> np.ndarray:
        _, weights = read_checkpoint(folder / "weights.pt")
        return np.asarray(weights["weight"])

    def make(self, folder: Path, layout: Layout) -> None:
        model = torch.nn.Linear(2, 3, bias=False)
        model.weight.data = torch.from_numpy(self.random(3, 2))
        save_checkpoint(folder / "weights.pt", model, {"n_classes": 3})


class Rows(Small):
    kind: ClassVar[str] = "rows"

    def blocks(self, folder: Path) -> RowStore:
        return RowStore(folder, N_CLIPS, 2)

    def whole(self, folder: Path) -> bool:
        return not self.blocks(folder).missing()

    def open(self, folder: Path) -> RowStore:
        return self.blocks(folder)

    def make(self, folder: Path, layout: Layout) -> None:
        weights = obtain(self.parts["weights"], layout)
        store = self.blocks(folder)
        for block in store.missing():
            rows = [weights[:, :1] + clip for clip in store.clips(block)]
            skipped = None
            if block == 1:
                rows[0] = rows[0][:0]
                skipped = {2: "cannot be decoded"}
            store.write(block, rows, skipped)


class Explained(Small):
    kind: ClassVar[str] = "explained"

    def blocks(self, folder: Path) -> ESVStore:
        return ESVStore(folder)

    def whole(self, folder: Path) -> bool:
        store = ESVStore(folder)
        return store.exists() and not store.missing()

    def open(self, folder: Path) -> Any:
        return open_store(folder)

    def make(self, folder: Path, layout: Layout) -> None:
        rows = obtain(self.parts["rows"], layout)
        store = ESVStore(folder)
        if not store.exists():
            create_store(
                folder,
                uids=[str(video) for video in range(N_VIDEOS)],
                labels=np.arange(N_VIDEOS) % N_CLASSES,
                prior=np.full(N_CLASSES, 1 / N_CLASSES),
                class_names=["up", "down", "left"],
                n_frames=N_ELEMENTS,
                attributes={"model": "small"},
            )
        for block in store.missing():
            n_videos = len(range(*store.videos(block).indices(N_VIDEOS)))
            esv = np.full((n_videos, N_ELEMENTS, N_CLASSES), rows[0][0, 0]) + block
            index = np.zeros((n_videos, N_ELEMENTS), np.int32)  # a chunk of the fill value of old
            store.write(block, esv=esv, score=esv.sum(1), frame_index=index)


class Pairs(Small):
    kind: ClassVar[str] = "pairs"

    def whole(self, folder: Path) -> bool:
        return (folder / "zarr.json").is_file()

    def open(self, folder: Path) -> Any:
        return open_dataset(folder, consolidated=False)

    def make(self, folder: Path, layout: Layout) -> None:
        pairs = obtain(self.parts["esvs"], layout)["esv"].values[:5, :, :2]
        nothing = np.full_like(pairs, np.nan)  # a chunk of nothing but the fill value
        write_interactions(folder, list("abcde"), {OWN: pairs, ORDER: nothing})


def chain(drift: int = 0) -> dict[str, Step]:
    """Weights → rows → ESVs → pairs, by kind."""
    weights = Weights(drift=drift)
    rows = Rows(parts={"weights": weights})
    esvs = Explained(parts={"rows": rows})
    pairs = Pairs(parts={"esvs": esvs})
    return {step.kind: step for step in (weights, rows, esvs, pairs)}


def read_rows(rows: RowStore) -> list[Any]:
    return [rows[clip].copy() for clip in range(N_CLIPS)] + [rows.lengths, rows.skipped()]


READ: dict[str, Callable[[Any], Any]] = {  # everything that is there
    "weights": lambda weights: weights.copy(),
    "rows": read_rows,
    "explained": lambda esvs: esvs.load(),
    "pairs": lambda pairs: pairs.load(),
}


def make_all(outputs: Path) -> None:
    """All that the chain leads to, made and read."""
    for kind, step in chain().items():
        READ[kind](obtain(step, Layout(outputs)))
