"""The list of clips: a page of it, in the order that was chosen."""

from typing import Any

from dash import dcc, html

from playfair.explorer.attributes import attributes
from playfair.explorer.class_names import class_name, shown_uid
from playfair.explorer.scene import Scene
from playfair.report.look import score as written

CLIPS_LISTED = 40  # at once


def clip_list(scene: Scene) -> list[Any]:
    """The part of the clips, in their order, that holds the one that is shown."""
    place = scene.place or 0
    start = place // CLIPS_LISTED * CLIPS_LISTED
    rows = scene.order[start : start + CLIPS_LISTED].tolist()
    if not rows:
        return [
            html.P("No clip is like this: change the class or what is found.", className="note")
        ]
    range_shown = f"{start + 1:,}–{start + len(rows):,} of {len(scene.order):,}"
    turns = [
        _turn(scene, "‹", "Earlier clips", start - CLIPS_LISTED),
        html.Span(range_shown),
        _turn(scene, "›", "Later clips", start + CLIPS_LISTED),
    ]
    return [html.P(turns, className="turn"), html.Ol([item(scene, row) for row in rows])]


def item(scene: Scene, row: int) -> html.Li:
    """A clip of the list: what is known of it, as a link."""
    uid = str(scene.first.uids[row])
    label = int(scene.first.labels[row])
    prediction, confidence = scene.first.predicted
    is_current = uid == scene.view.uid and scene.view.page == "clip"
    wrong = label >= 0 and int(prediction[row]) != label
    # each score stands beside its class
    said = class_name(scene.first, int(prediction[row]))
    score = confidence[row] if label < 0 else scene.first.true_scores[row]
    text = [
        html.Span(shown_uid(uid), className="uid"),
        mark(int(prediction[row]), label),
        html.Span(written(float(score)), className="value"),
        html.Span(said if label < 0 else class_name(scene.first, label), className="name"),
    ]
    if wrong or label < 0:
        says = f"says {said}, {written(float(confidence[row]))}" if wrong else "class not known"
        text.append(html.Span(says, className="name otherwise"))
    link = dcc.Link(text, href=scene.to_clip(uid), className="clip here" if is_current else "clip")
    return html.Li(link, **(attributes(aria_current="true") if is_current else {}))


def mark(prediction: int, label: int) -> html.Span:
    """Whether a prediction is right; nothing where the class is not known."""
    if label < 0:
        return html.Span()
    sign, word = ("✓", "right") if prediction == label else ("✗", "wrong")
    return html.Span(sign, className=word, role="img", **attributes(aria_label=word))


def _turn(scene: Scene, sign: str, title: str, place: int) -> dcc.Link | html.Span:
    """The link to another part of the list."""
    if not 0 <= place < len(scene.order):
        return html.Span(sign, className="button off")
    uid = str(scene.first.uids[scene.order[place]])
    return dcc.Link(sign, href=scene.to_clip(uid), className="button", title=title)
