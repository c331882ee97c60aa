"""What a model says of a clip without some of its frames: the page asks, the model is asked."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from playfair.explorer.catalogue import Catalogue
from playfair.explorer.entry import GROUP, Entry, stamp
from playfair.explorer.errors import NotThereError
from playfair.explorer.explained import Clip, open_explained
from playfair.explorer.scoring import MOST_AT_ONCE, MOST_IN_A_TABLE, Scoring
from playfair.printable import printable
from playfair.steps.store_game import ClipOfStore, why_no_model

FEW_VALUES = 2**17  # scores that are sent of all classes; of more, those that matter
FOREMOST = 10  # classes of the whole clip
PATIENCE = 0.5  # seconds that a request waits for what is nearly there
MOST_MASKS = 256


def why_not(entry: Entry) -> str:
    """Why a store's clips cannot be shown without some frames; "" where they can."""
    return why_no_model(entry.folder, entry.made_from)


def is_at_once(entry: Entry, n_elements: int) -> bool:
    """Whether all scores are computed unasked: up to 4,096, by a model that has features."""
    steps = {part["step"] for part in entry.made_from["inputs"].values()}
    return n_elements <= MOST_AT_ONCE and "features" in steps


def answer(
    catalogue: Catalogue,
    scoring: Scoring,
    key: str,
    uid: str,
    *,
    classes: tuple[int, ...] = (),
    masks: tuple[str, ...] = (),
    backwards: bool = False,
) -> dict[str, Any]:
    """How far the scores of a clip's coalitions are; the scores, where they are there.

    Args:
        catalogue: what is explored.
        scoring: who is asked.
        key: of the ESV store.
        uid: of the clip.
        classes: whose scores are sent in any case.
        masks: the coalitions, as "0110…" by element; none: all of them.
        backwards: whether the clip is shown from its last frame to its first.

    Returns:
        state: "ready", "failed" or what is being done; why it failed; or classes, and scores as
        base64 of (coalition, class) float32, little-endian.

    Raises:
        NotThereError: there is no such store or clip, or too much is asked at once.
    """
    entry = catalogue.contents().entry(key)
    if why := why_not(entry):
        return {"state": "failed", "why": why}
    store = open_explained(entry)
    clip = store.clip(uid)
    inside = _inside(masks, len(clip.frame_index))
    asked = scoring.asked(
        clip_of_store(catalogue, entry, clip, tuple(store.own_class_names), backwards=backwards),
        inside,
        stamp(entry.folder / GROUP),
    )
    asked.done.wait(PATIENCE)
    if asked.state == "failed":
        return {"state": "failed", "why": printable(asked.why)}
    if asked.scores is None:
        return {"state": asked.state}
    twin = int(store.twins[clip.label]) if clip.label >= 0 else -1
    told = sent(asked.scores, clip.score, store.class_names, (*classes, clip.label, twin))
    return {**told, "masks": list(masks) or None}


def sent(
    scores: np.ndarray, whole: np.ndarray, names: Sequence[str], classes: Sequence[int]
) -> dict[str, Any]:
    """The scores as the page reads them: of all classes, or of those that are ever foremost.

    Args:
        scores: (coalition, class) float32.
        whole: (class,), of the whole clip.
        names: of all classes.
        classes: those that are sent in any case.
    """
    chosen = chosen_classes(scores, whole, classes)
    values = np.ascontiguousarray(scores[:, chosen], "<f4")
    return {
        "state": "ready",
        "classes": chosen,
        "names": [names[label] for label in chosen],
        "scores": base64.b64encode(values.tobytes()).decode("ascii"),
    }


def chosen_classes(scores: np.ndarray, whole: np.ndarray, classes: Sequence[int]) -> list[int]:
    """The classes that are sent: whatever a coalition says is among them.

    >>> scores = np.array([[0.5, 0.5, 0.0], [0.9, 0.1, 0.0]])
    >>> chosen_classes(scores, scores[1], ())
    [0, 1, 2]
    """
    if scores.size <= FEW_VALUES:
        return list(range(scores.shape[1]))
    foremost = np.argsort(-whole, kind="stable")[:FOREMOST].tolist()
    said = np.unique(scores.argmax(1)).tolist()
    wanted = dict.fromkeys([*foremost, *said, *classes])
    return sorted(label for label in wanted if 0 <= label < scores.shape[1])


def clip_of_store(
    catalogue: Catalogue,
    entry: Entry,
    clip: Clip,
    class_names: tuple[str, ...],
    *,
    backwards: bool = False,
) -> ClipOfStore:
    """What the model's process needs to know of a clip."""
    place, n_clips = _place(catalogue, entry, clip.uid)
    try:
        file = catalogue.clips.file(entry.dataset, entry.split, clip.uid)
    except (ValueError, OSError):
        file = None  # features do without
    return ClipOfStore(
        store=entry.folder.absolute(),
        uid=clip.uid,
        place=place,
        n_clips=n_clips,
        file=file,
        frame_index=np.asarray(clip.held),
        prior=clip.prior,
        score=clip.score,
        class_names=class_names,
        backwards=backwards,
    )


def _place(catalogue: Catalogue, entry: Entry, uid: str) -> tuple[int, int]:
    """Where in its split a clip is, and how many that has.

    Without the dataset, the store's own order will do where no clip was left out.
    """
    rows = open_explained(entry).rows
    counts = entry.attributes.get("counts") or {}
    if counts.get("split") == len(rows):
        return rows[uid], len(rows)
    uids = catalogue.clips.dataset(entry.dataset).split(entry.split).uids.tolist()
    if uid not in uids:
        raise NotThereError(f"The {entry.split} split of {entry.dataset} has no clip {uid}.")
    return uids.index(uid), len(uids)


def _inside(masks: tuple[str, ...], n_elements: int) -> np.ndarray | None:
    """Coalitions as the page writes them, (coalition, element) bool; None for all."""
    if not masks:
        if n_elements > MOST_IN_A_TABLE:
            raise NotThereError(f"All coalitions are scored of up to {MOST_IN_A_TABLE} elements.")
        return None
    fits = all(len(mask) == n_elements and set(mask) <= {"0", "1"} for mask in masks)
    if len(masks) > MOST_MASKS or not fits:
        raise NotThereError(f"Expected up to {MOST_MASKS} masks of {n_elements} letters 0 and 1.")
    return np.array([[letter == "1" for letter in mask] for mask in masks])
