"""The clips behind a cell of the heat map, each with the frame in question."""

import numpy as np
from dash import dcc, html

from playfair.analysis.evidence import element_frames
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.class_names import shown_uid
from playfair.explorer.explained import Explained
from playfair.explorer.media import strip_url
from playfair.explorer.pictures import without_picture
from playfair.explorer.scene import Scene
from playfair.report.look import named_frames, probability

CLIPS_SHOWN = 12


def cell_clips(scene: Scene, catalogue: Catalogue) -> html.Section:
    """Clips of the cell's class, the most supported by its element first."""
    if not scene.view.cell:
        return html.Section(hidden=True)
    label, element = scene.view.cell
    rows = np.flatnonzero(scene.first.labels == label)
    if not len(rows):  # a link may name any class
        return html.Section(hidden=True)
    values = scene.first.true_esvs[rows, element]
    rows = rows[np.argsort(-values, kind="stable")]
    means = [_mean(name, store, label, element) for name, store in scene.stores.items()]
    n_clips = "1 clip" if len(rows) == 1 else f"{len(rows):,} clips"
    if len(rows) > CLIPS_SHOWN:
        half = CLIPS_SHOWN // 2
        rows = np.concatenate([rows[:half], rows[-half:]])
        which = f"the {half} highest and lowest"
    else:
        which = "all of them"
    word = scene.word
    heading = f"{scene.first.class_names[label]}, {word} {element}: {n_clips}; {which}"
    uids = {row: str(scene.first.uids[row]) for row in rows.tolist()}
    unseen, notes = without_picture(catalogue, scene.entry, list(uids.values()))
    items = [
        _clip(scene, row, element, with_picture=uid not in unseen) for row, uid in uids.items()
    ]
    return html.Section(
        [
            html.H2(heading),
            html.P(
                f"Mean ESV of this {word}: {', '.join(filter(None, means))}. Under each clip its own, "
                f"{scene.name}.",
                className="facts",
            ),
            *notes,
            html.Ol(items, className="clips"),
        ],
        className="card",
        id="behind",
    )


def _mean(name: str, store: Explained | str, label: int, element: int) -> str:
    """The cell's number by one model; "" where it has none."""
    if isinstance(store, str):
        return ""
    values = store.true_esvs[store.labels == label, element]
    return f"{name} {probability(float(values.mean()))}" if len(values) else ""


def _clip(scene: Scene, row: int, element: int, *, with_picture: bool) -> html.Li:
    """A clip's frame, where it can be shown, its uid and its ESV, as a link to the clip."""
    uid = str(scene.first.uids[row])
    esv = float(scene.first.true_esvs[row, element])
    places = {"video": slice(row, row + 1), "element": slice(element, element + 1)}
    frames = element_frames(scene.first.esvs.isel(places)).ravel()
    side = "supporting" if esv > 0 else "distracting"
    picture = html.Img(
        src=strip_url(scene.entry.key, uid, frames),
        alt=f"{named_frames(frames.tolist())} of clip {uid}",
    )
    caption = html.Span([shown_uid(uid), " ", html.B(probability(esv), className=side)])
    parts = [picture, caption] if with_picture else [caption]
    return html.Li(dcc.Link(parts, href=scene.to_clip(uid, element)))
