"""The scores that a site's pages hold, so that frames are switched off without a server."""

import time
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import numpy as np

from playfair.explorer.catalogue import Catalogue
from playfair.explorer.explained import Explained
from playfair.explorer.media import scores_url
from playfair.explorer.scene import Scene
from playfair.explorer.score_bars import plotted_classes
from playfair.explorer.scoring import MOST_AT_ONCE, Scoring
from playfair.explorer.what_if import clip_of_store, is_at_once, why_not
from playfair.steps.store_game import ClipOfStore

FEW_CLASSES = 4  # of the whole clip, whose scores are written where others are never foremost
STEP = 1 / 65535  # of scores as they are written: 16 bits
PATIENCE = 600.0  # seconds for one clip's scores


def answers_of(
    scene: Scene, catalogue: Catalogue, scoring: Scoring, notes: list[str]
) -> dict[str, Any]:
    """The scores of a clip's coalitions by each model, forwards and backwards, by their address."""
    answers: dict[str, Any] = {}
    classes = plotted_classes(scene, scene.first.clip(scene.view.uid))
    for name, store in scene.stores.items():
        if not isinstance(store, Explained) or scene.view.uid not in store.rows:
            continue
        clip = store.clip(scene.view.uid)
        if why := why_not(store.entry):
            notes.append(f"{name}: frames cannot be switched off. {why}")
            continue
        if not is_at_once(store.entry, len(clip.frame_index)):
            notes.append(
                f"{name}: frames cannot be switched off in the site. It holds the scores of all "
                f"coalitions of up to {MOST_AT_ONCE} elements, of models that have features."
            )
            continue
        address = scores_url(store.entry.key, clip.uid, classes)
        twin = int(store.twins[clip.label]) if clip.label >= 0 else -1
        for more, backwards in (("", False), ("&backwards=true", True)):
            asked = clip_of_store(
                catalogue, store.entry, clip, tuple(store.own_class_names), backwards=backwards
            )
            scores = _scored(scoring, asked)
            if isinstance(scores, str):
                notes.append(f"{name}: frames of clip {clip.uid} cannot be switched off. {scores}")
                break
            wanted = (*classes, clip.label, twin)
            answers[address + more] = written(scores, store.class_names, wanted)
    return answers


def _scored(scoring: Scoring, clip: ClipOfStore) -> np.ndarray | str:
    """All scores of a clip; or why there are none."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        asked = scoring.asked(clip, None, None)
        if asked.done.wait(1.0):
            return asked.why if asked.scores is None else asked.scores
    return f"They were not scored in {PATIENCE:.0f} s."


def written(scores: np.ndarray, names: Sequence[str], classes: Sequence[int]) -> dict[str, Any]:
    """Scores as a page holds them: of the classes that matter, in 16 bits.

    Args:
        scores: (coalition, class) float32.
        names: of all classes.
        classes: those that are held in any case.
    """
    foremost = np.argsort(-scores[-1], kind="stable")[:FEW_CLASSES].tolist()
    said = np.unique(scores.argmax(1)).tolist()
    chosen = sorted({label for label in (*foremost, *said, *classes) if label >= 0})
    held = scores[:, chosen].clip(0, 1).astype(np.float64)
    whole = np.round(held / STEP)
    # 3 digits are read of each: the same as of the score itself
    whole += np.sign(np.round(held, 3) - np.round(whole * STEP, 3))
    between = (held > 0) & (held < 1)  # and is read as that
    whole[between] = whole[between].clip(1, 1 / STEP - 1)
    return {
        "state": "ready",
        "bits": 16,
        "classes": chosen,
        "names": [names[label] for label in chosen],
        "scores": b64encode(np.ascontiguousarray(whole, "<u2").tobytes()).decode("ascii"),
    }
