"""An ESV store as it is explored: opened once, read clip by clip.

Of a store of 24,777 × 8 × 174 (138 MB) the index of all clips is 2 MB and takes 0.4 s; a clip is
one block of 128 and takes 3 ms.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import xarray as xr

from playfair.analysis.blocks import true_class_esvs
from playfair.explorer.entry import GROUP, Entry, Stamp, read_entry, stamp
from playfair.explorer.errors import NotThereError, near
from playfair.explorer.typed import Typed
from playfair.printable import isolated, printable
from playfair.report.look import element_name, element_word
from playfair.steps.esv_store import open_store

AT_ONCE = 4096  # videos whose scores are read together: 3 MB of 174 classes
OPENING = Lock()  # a store is opened once where two ask for it
LATELY = 64  # clips of a store that are kept as they were read


@dataclass(frozen=True)
class Clip:
    """One clip as one model sees it.

    Args:
        uid: its name.
        label: its class; -1 where it is not known.
        frame_index: (element,), each one's first frame in the clip.
        esv: (element, class), probability.
        stderr: the same, where the ESVs were sampled and errors are stated.
        score: (class,), probability.
        prior: (class,), probability.
        evidence: [start, stop) of the frames that decide its class, where that is known.
        element_frames: (element, part), where an element holds several.
        sampled: whether the ESVs were.
        plain: whether they are of plain means, in want of a surrogate.
    """

    uid: str
    label: int
    frame_index: np.ndarray
    esv: np.ndarray
    stderr: np.ndarray | None
    score: np.ndarray
    prior: np.ndarray
    evidence: tuple[int, int] | None
    element_frames: np.ndarray | None = None
    sampled: bool = False
    plain: bool = False

    @property
    def held(self) -> np.ndarray:
        """The frames of the clip that each element holds: (element, part)."""
        return self.frame_index[:, None] if self.element_frames is None else self.element_frames

    @property
    def names(self) -> list[str]:
        """What each element is called: by its frames."""
        return [element_name(frames) for frames in self.held.tolist()]

    @property
    def word(self) -> str:
        """What an element is called."""
        return element_word([self.held.shape[1]])

    @property
    def axis_title(self) -> str:
        """Of an axis that elements lie on by their names."""
        return "frame of the clip" if self.held.shape[1] == 1 else "frames of the clip"

    @property
    def prediction(self) -> int:
        return int(self.score.argmax())

    def gap(self, label: int) -> float:
        """What prior and ESVs lack of the score: 0 but for rounding, where the store is whole."""
        total = self.esv[:, label].astype(np.float64).sum()
        return float(self.prior[label] + total - self.score[label])


@dataclass(frozen=True)
class Explained:
    """All clips of a store: `open_explained`.

    Args:
        entry: which store it is.
        esvs: its contents, read block by block.
        apart: what was found when it was held against other stores, by these.
        passed: what is kept of passes over all clips.
    """

    entry: Entry
    esvs: xr.Dataset
    apart: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    passed: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def uids(self) -> np.ndarray:
        return self.esvs["video"].values

    @cached_property
    def labels(self) -> np.ndarray:
        return self.esvs["label"].values

    @cached_property
    def own_class_names(self) -> list[str]:
        """As the store has them."""
        return self.esvs["class_name"].values.tolist()

    @cached_property
    def class_names(self) -> list[str]:
        """As they are shown: among words of ours, without what turns or controls these."""
        return [isolated(printable(name, lines=False)) for name in self.own_class_names]

    @cached_property
    def twins(self) -> np.ndarray:
        """The class that each class is played backwards; -1 for none."""
        return self.esvs["twin"].values

    @cached_property
    def prior(self) -> np.ndarray:
        return self.esvs["prior"].values

    @cached_property
    def evidence(self) -> np.ndarray:
        """The frames [start, stop) that decide each clip's class, -1 if not known: (video, 2)."""
        return self.esvs["evidence"].values

    @property
    def n_elements(self) -> int:
        return int(self.esvs.sizes["element"])

    @cached_property
    def rows(self) -> dict[str, int]:
        """uid → row."""
        return {uid: row for row, uid in enumerate(self.uids)}

    @property
    def predicted(self) -> tuple[np.ndarray, np.ndarray]:
        """Class with the highest score, and that score: (video,), (video,)."""
        prediction, confidence, _ = self._read
        return prediction, confidence

    @property
    def true_scores(self) -> np.ndarray:
        """The score of the true class, NaN where it is not known: (video,)."""
        return self._read[2]

    @property
    def _read(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What is kept of the scores, which are 17 MB and are read part by part."""
        if "read" not in self.passed:
            deque(self.scores(), maxlen=0)
        return self.passed["read"]

    def scores(self) -> Iterator[np.ndarray]:
        """Scores of some videos after the others: (video, class) of at most AT_ONCE.

        A pass takes 0.3 s of 24,777 clips: whatever is kept of the scores is made in the first.
        """
        require_there(self.entry)
        parts = []
        for start in range(0, len(self.uids), AT_ONCE):
            part = self.esvs["score"][start : start + AT_ONCE].values
            if "read" not in self.passed:
                labels = self.labels[start : start + AT_ONCE]
                true = np.take_along_axis(part, labels[:, None].clip(0), 1)[:, 0]
                known = np.where(labels < 0, np.float32(np.nan), true)
                parts.append((part.argmax(1), part.max(1), known))
            yield part
        if "read" not in self.passed:
            prediction, confidence, true = map(np.concatenate, zip(*parts, strict=True))
            self.passed["read"] = (prediction, confidence, true)

    @cached_property
    def true_esvs(self) -> np.ndarray:
        """ESVs of the true class: (video, element), probability.

        A pass over the whole store, so made when it is asked for.
        """
        require_there(self.entry)
        return true_class_esvs(self.esvs)

    def clip(self, uid: str) -> Clip:
        """One clip.

        Raises:
            NotThereError: the store has no such clip.
        """
        require_there(self.entry)
        self.require(uid, str(self.entry.folder))
        return self._lately(uid)

    def require(self, uid: str, name: str) -> None:
        """Raises NotThereError where the store, as it is called, has no such clip."""
        if uid not in self.rows:
            raise NotThereError(
                f"There is no clip {uid} in {name}. It has {len(self.rows):,} clips, such as "
                f"{', '.join(near(uid, self.rows))}."
            )

    def clips(self, uids: Sequence[str]) -> dict[str, Clip]:
        """Some clips, those that the store has, read together: in a fifth of the time."""
        require_there(self.entry)
        places = {uid: self.rows[uid] for uid in uids if uid in self.rows}
        together = self.esvs.isel(video=list(places.values())).load()
        return {uid: self._clip(uid, together.isel(video=i)) for i, uid in enumerate(places)}

    @cached_property
    def _lately(self) -> Callable[[str], Clip]:
        """Clips as they are read; they are asked for again, by what shows, scores and exports."""

        def read(uid: str) -> Clip:
            return self._clip(uid, self.esvs.isel(video=self.rows[uid]))

        return lru_cache(maxsize=LATELY)(read)

    def _clip(self, uid: str, row: xr.Dataset) -> Clip:
        place = self.rows[uid]
        start, stop = self.evidence[place].tolist()
        stderr = row["stderr"].values if "stderr" in row else None
        stated = stderr is not None and np.isfinite(stderr).all()
        return Clip(
            uid=uid,
            label=int(self.labels[place]),
            frame_index=row["frame_index"].values,
            esv=row["esv"].values,
            stderr=stderr if stated else None,
            score=row["score"].values,
            prior=self.prior,
            evidence=None if start < 0 else (start, stop),
            element_frames=row["element_frames"].values if "element_frames" in row.coords else None,
            sampled=stderr is not None,
            plain=bool(row["plain"]) if "plain" in row else False,
        )


def open_explained(entry: Entry) -> Explained:
    """A store, opened; once more when it was written again.

    Raises:
        ValueError: it is not there any more, is not finished, or holds no clip.
    """
    with OPENING:
        explained = _open(entry.folder, require_there(entry), entry.typed)
    if len(explained.uids) == 0:
        raise ValueError(f"{entry.folder} holds no explained clip.")
    return explained


@lru_cache(maxsize=8)
def _open(folder: Path, written: Stamp, typed: Typed) -> Explained:
    return Explained(read_entry(folder, typed), open_store(folder))


def require_there(entry: Entry) -> Stamp:
    """Zarr reads blocks that are gone as zeros: a removed store is noticed before it is read."""
    stamped = stamp(entry.folder / GROUP)
    if stamped is None:
        raise ValueError(
            f"{entry.folder} is not there any more: it was removed or is being written again. "
            f"Choose another store, or type {entry.command('esv')} and reload the page."
        )
    return stamped
