"""What a view shows: its stores opened, its clips in order, what the URL left open filled in."""

from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np

from playfair.explorer.catalogue import Catalogue, Unknown
from playfair.explorer.stores import Explained, open_explained
from playfair.explorer.view import View


@dataclass(frozen=True)
class Shown:
    """A complete view and what it needs."""

    view: View
    studies: dict[str, list[str]]
    first: Explained
    beside: Explained | str | None  # the second model's store, or why there is none
    order: np.ndarray  # rows of the clips that are listed, in order

    @property
    def dataset(self) -> str:
        return self.view.study.split("/")[0]

    @property
    def models(self) -> dict[str, Explained | str]:
        """Model → its store, or why there is none."""
        second = {} if self.beside is None else {self.view.beside: self.beside}
        return {self.view.study.split("/")[1]: self.first, **second}

    @property
    def place(self) -> int | None:
        """Where in the order the clip is; None where the list does not hold it."""
        found = np.flatnonzero(self.order == self.first.rows[self.view.uid])
        return int(found[0]) if len(found) else None

    def to(self, **change: object) -> str:
        """The link to this view, changed."""
        return replace(self.view, **change).query()  # type: ignore[arg-type]

    def to_clip(self, uid: str) -> str:
        return self.to(uid=uid, show=(), frame=None, page="clip")


def show(view: View, catalogue: Catalogue) -> Shown:
    """Opens what the view names and fills in what it leaves open.

    Raises:
        Unknown: it names something that is not there.
        ValueError: there are no stores, or the store cannot be read.
    """
    studies = catalogue.studies()
    if not studies:
        raise ValueError(
            f"There are no ESVs in {catalogue.outputs} yet. Type: python run.py experiment=paper, then reload the page."
        )
    study = view.study or next((s for s in studies if s.endswith("/trn")), next(iter(studies)))
    if study not in studies:
        raise Unknown(f"There is no study {study}; there are {', '.join(studies)}.")
    frames = view.frames or ("8" if "8" in studies[study] else studies[study][0])
    if frames not in studies[study]:
        raise Unknown(
            f"{study} has no ESVs of {frames} frames; it has {', '.join(studies[study])}."
        )
    first = open_explained(catalogue.store(study, frames))
    if len(first.uids) == 0:
        raise ValueError(f"{first.path} holds no explained clip.")
    beside = _beside(view, study, frames, studies, catalogue)
    n_classes, n_frames = len(first.class_names), first.esvs.sizes["element"]
    named = [*view.show, *(() if view.label is None else (view.label,)), *view.cell[:1]]
    if bad := [label for label in named if not 0 <= label < n_classes]:
        raise Unknown(f"There is no class {bad[0]}; {study} has {n_classes}, 0 to {n_classes - 1}.")
    if bad := [i for i in [view.frame, *view.cell[1:]] if i is not None and not 0 <= i < n_frames]:
        raise Unknown(
            f"There is no frame {bad[0]}; the clips have {n_frames}, 0 to {n_frames - 1}."
        )
    order = ordered(first, view)
    uid = view.uid or str(first.uids[order[0] if len(order) else 0])
    if uid not in first.rows:
        near = get_close_matches(uid, first.rows, n=5, cutoff=0) or list(first.uids[:5])
        raise Unknown(
            f"There is no clip {uid} in {study} at {frames} frames. It has {len(first.uids):,} clips, such as "
            f"{', '.join(near)}."
        )
    return Shown(replace(view, study=study, frames=frames, uid=uid), studies, first, beside, order)


def ordered(explained: Explained, view: View) -> np.ndarray:
    """Rows of the clips that the view lists, in its order."""
    listed = np.arange(len(explained.uids))
    if view.label is not None:
        listed = listed[explained.labels[listed] == view.label]
    if view.find:
        listed = listed[[view.find in uid for uid in explained.uids[listed]]]
    if view.sort == "order":
        return listed
    if view.sort == "distracting":
        return listed[np.argsort(explained.true_esvs[listed].min(1), kind="stable")]
    prediction, confidence = (values[listed] for values in explained.predicted)
    if view.sort == "wrong":
        return listed[np.lexsort((-confidence, prediction == explained.labels[listed]))]
    return listed[np.argsort(-confidence if view.sort == "sure" else confidence, kind="stable")]


def _siblings(studies: dict[str, list[str]], study: str) -> list[str]:
    dataset = study.split("/")[0]
    return [other for other in studies if other.split("/")[0] == dataset and other != study]


def _beside(
    view: View, study: str, frames: str, studies: dict[str, list[str]], catalogue: Catalogue
) -> Explained | str | None:
    other = f"{study.split('/')[0]}/{view.beside}"
    if not view.beside or other == study:
        return None
    if other not in studies:
        raise Unknown(
            f"There is no study {other}; beside {study} there are {', '.join(_siblings(studies, study))}."
        )
    if frames not in studies[other]:
        return f"{view.beside} has no ESVs of these frames; it has {', '.join(studies[other])}."
    try:
        return open_explained(catalogue.store(other, frames))
    except ValueError as error:
        return str(error)
