"""The first page: what the models at hand disagree on most, in pictures that lead on."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from dash import dcc, html

from playfair.explorer.attributes import attributes
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.class_names import class_name, shown_uid
from playfair.explorer.clip_list import mark
from playfair.explorer.disagreement import disagreement, surely_wrong
from playfair.explorer.explained import Clip, Explained
from playfair.explorer.media import few, strip_url
from playfair.explorer.pictures import without_picture
from playfair.explorer.scene import Scene
from playfair.report.look import named_frames, percent, score

CLIPS_SHOWN = 12
PICTURES = 3  # of a clip: its frames at equal distances


def content(scene: Scene, catalogue: Catalogue) -> html.Div:
    """The page's content."""
    if isinstance(scene.second, Explained):
        rows, words = _apart(scene, scene.second)
        heading = "Where the models disagree most"
    else:
        rows, words, heading = _alone(scene)
    head = html.Div(
        html.Div(
            [
                html.P(_names(scene), className="kicker"),
                html.H1(heading),
                html.P(words, className="facts"),
            ]
        ),
        className="head",
    )
    listed = rows[np.isin(rows, scene.order)]  # of the class, or what else is looked for
    uids = [str(scene.first.uids[row]) for row in listed[:CLIPS_SHOWN]]
    stores = {name: store for name, store in scene.stores.items() if isinstance(store, Explained)}
    clips = {name: store.clips(uids) for name, store in stores.items()}
    unseen, notes = without_picture(catalogue, scene.entry, uids)
    cards = [_card(scene, uid, clips, with_picture=uid not in unseen) for uid in uids]
    return html.Div([head, *notes, html.Ol(cards, className="disagreements")])


def _names(scene: Scene) -> str:
    stores = [name for name, store in scene.stores.items() if isinstance(store, Explained)]
    return " and ".join(stores)


def _apart(scene: Scene, second: Explained) -> tuple[np.ndarray, str]:
    """Clips whose scores differ most come first; and what is to be said of all."""
    apart = disagreement(scene.first, second)
    order = np.argsort(-apart.distance, kind="stable")
    n_clips = len(apart.rows)
    n_apart = int(apart.differs.sum())
    shares = [_share_right(store) for store in (scene.first, second)]
    words = (
        f"They say different classes of {n_apart:,} of {_clips(n_clips)}. "
        f"{_right(scene, shares)}Choose a clip to see which frames made each of them say so."
    )
    return apart.rows[order], words


def _alone(scene: Scene) -> tuple[np.ndarray, str, str]:
    """Clips that one model is wrong about and sure come first; what is said of all; a heading."""
    rows = surely_wrong(scene.first)
    n_clips = len(rows)
    prediction, _ = scene.first.predicted
    known = scene.first.labels >= 0
    n_wrong = int((prediction[known] != scene.first.labels[known]).sum())
    wrong = f"It is wrong about {n_wrong:,} of {_clips(int(known.sum()))}. " if known.any() else ""
    wrong = wrong or f"The classes of its {_clips(n_clips)} are not known. "
    heading = "Where the model is wrong, and sure"
    if not known.any():
        heading = "Where the model is least sure"
    elif not n_wrong:  # those it is right about follow, the surest first
        heading = "Where the model is surest"
    return rows, f"{wrong}Choose one to see which frames made it say so.", heading


def _clips(count: int) -> str:
    return "1 clip" if count == 1 else f"{count:,} clips"


def _share_right(store: Explained) -> float:
    """The share of clips of known class that a model is right about; NaN where there are none."""
    known = store.labels >= 0
    if not known.any():
        return float("nan")
    return float((store.predicted[0][known] == store.labels[known]).mean())


def _right(scene: Scene, shares: list[float]) -> str:
    if any(np.isnan(share) for share in shares):
        return ""
    names = list(scene.stores)
    first, second = (
        f"{name} is right about {percent(share)}" for name, share in zip(names, shares, strict=True)
    )
    return f"{first}, {second}. "


def _card(
    scene: Scene, uid: str, clips: Mapping[str, Mapping[str, Clip]], *, with_picture: bool
) -> html.Li:
    """A clip's pictures, its class, and what each model says of it because of which frame.

    Args:
        scene: what is shown.
        uid: of the clip.
        clips: model → uid → the clip as it sees it.
        with_picture: whether the clip can be shown.
    """
    clip = clips[scene.name][uid]
    frames = few(clip.held[:, 0], PICTURES)
    picture = html.Img(
        src=strip_url(scene.entry.key, uid, frames),
        alt=f"{named_frames(frames.tolist()[:2]).capitalize()} … of clip {uid}",
    )
    lines = [_line(scene, name, seen[uid]) for name, seen in clips.items() if uid in seen]
    parts: list[Any] = [
        picture if with_picture else None,
        html.Span(shown_uid(uid), className="uid"),
        html.Strong(class_name(scene.first, clip.label)),
        html.Ul(lines),
    ]
    label = attributes(aria_label=f"Clip {uid}, {class_name(scene.first, clip.label)}")
    return html.Li(dcc.Link(parts, href=scene.to_clip(uid), className="disagreement"), **label)


def _line(scene: Scene, name: str, clip: Clip) -> html.Li:
    said = class_name(scene.first, clip.prediction)
    element = int(clip.esv[:, clip.prediction].argmax())
    because = f"; {named_frames(clip.held[element].tolist())} speaks most for it"
    short = name.split(", ")[0]
    sure = score(float(clip.score[clip.prediction]))
    return html.Li([mark(clip.prediction, clip.label), f" {short}: {said}, {sure}{because}"])
