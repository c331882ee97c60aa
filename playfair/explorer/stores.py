"""ESV stores as they are explored: opened once, read clip by clip, their index of all clips kept in memory.

Of a store of 24,777 × 8 × 174 (138 MB) the index is 2 MB and takes 0.4 s; a clip is one block of 128 and takes 3 ms.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import xarray as xr

from playfair.analysis.blocks import blocks, true_class_esvs
from playfair.explorer.catalogue import Unknown
from playfair.steps.esv_store import open_store


@dataclass(frozen=True)
class Clip:
    """One clip as one model sees it."""

    uid: str
    label: int
    frame_index: np.ndarray  # (frame,) indices in the clip
    esv: np.ndarray  # (frame, class), probability
    stderr: np.ndarray | None  # the same, where the ESVs were sampled
    score: np.ndarray  # (class,), probability
    prior: np.ndarray  # (class,), probability

    @property
    def prediction(self) -> int:
        return int(self.score.argmax())

    def gap(self, label: int) -> float:
        """What prior and ESVs lack of the score: 0 but for rounding, where the store is whole."""
        return float(
            self.prior[label] + self.esv[:, label].astype(np.float64).sum() - self.score[label]
        )


@dataclass(frozen=True)
class Explained:
    """All clips of a store: `open_explained`."""

    path: Path
    esvs: xr.Dataset

    @cached_property
    def uids(self) -> np.ndarray:
        return self.esvs["video"].values

    @cached_property
    def labels(self) -> np.ndarray:
        return self.esvs["label"].values

    @cached_property
    def class_names(self) -> list[str]:
        return self.esvs["class_name"].values.tolist()

    @cached_property
    def rows(self) -> dict[str, int]:
        """uid → row."""
        return {uid: row for row, uid in enumerate(self.uids)}

    @cached_property
    def predicted(self) -> tuple[np.ndarray, np.ndarray]:
        """Class with the highest score, and that score: (video,), (video,). Block by block: `score` is 17 MB."""
        _still_there(self.path)
        parts = [block["score"].values for block in blocks(self.esvs)]
        return np.concatenate([p.argmax(1) for p in parts]), np.concatenate(
            [p.max(1) for p in parts]
        )

    @cached_property
    def true_esvs(self) -> np.ndarray:
        """ESVs of the true class: (video, frame), probability. A pass over the whole store, so made when asked for."""
        _still_there(self.path)
        return true_class_esvs(self.esvs)

    def clip(self, uid: str) -> Clip:
        """Raises Unknown where the store has no such clip."""
        _still_there(self.path)
        if uid not in self.rows:
            raise Unknown(f"There is no clip {uid} in {self.path}.")
        row = self.esvs.isel(video=self.rows[uid])
        return Clip(
            uid=uid,
            label=int(row["label"]),
            frame_index=row["frame_index"].values,
            esv=row["esv"].values,
            stderr=row["stderr"].values if "stderr" in row else None,
            score=row["score"].values,
            prior=row["prior"].values,
        )


def open_explained(path: Path) -> Explained:
    """The store at `path`; opened again when it was written again.

    Raises:
        ValueError: it is not there any more, or is not finished.
    """
    return _open(path, _still_there(path))


@lru_cache(maxsize=8)
def _open(path: Path, stamp: tuple[int, int]) -> Explained:
    return Explained(path, open_store(path))


def _still_there(path: Path) -> tuple[int, int]:
    """Zarr reads blocks that are gone as zeros: a removed store must be noticed before it is read."""
    try:
        stat = (path / "zarr.json").stat()
    except OSError:
        raise ValueError(
            f"{path} is not there any more: it was removed or is being written again. "
            "Choose another study, or make it with python run.py experiment=esv and reload the page."
        ) from None
    return stat.st_mtime_ns, stat.st_ino
