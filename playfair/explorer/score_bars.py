"""The highest scores of a clip, and which classes' ESVs are plotted."""

import numpy as np
from dash import dcc, html

from playfair.explorer.attributes import attributes
from playfair.explorer.class_names import class_name
from playfair.explorer.esvs_figure import line_colour
from playfair.explorer.explained import Clip
from playfair.explorer.scene import Scene
from playfair.report.look import score as written

MOST_BARS = 10


def plotted_classes(scene: Scene, clip: Clip) -> list[int]:
    """The classes asked for; or the true one, where it is known, and what was predicted."""
    if scene.view.classes:
        return list(scene.view.classes)
    suggested = dict.fromkeys((clip.label, clip.prediction))
    return [label for label in suggested if label >= 0]


def score_bars(scene: Scene, clip: Clip, classes: list[int], highest: float) -> html.Ol:
    """The highest scores as bars that are links.

    Args:
        scene: what is shown.
        clip: as one model sees it.
        classes: those plotted; a click on a bar adds its class to them or takes it away.
        highest: the score of a bar of full width.
    """
    best = np.argsort(-clip.score, kind="stable")[:MOST_BARS].tolist()
    if clip.label >= 0 and clip.label not in best:
        best[-1] = clip.label
    rows = []
    for label in best:
        bar = _bar(scene, clip, classes, label, highest)
        rows.append(html.Li(bar, **attributes(data_class=label)))
    return html.Ol(rows, className="scores")


def _bar(scene: Scene, clip: Clip, classes: list[int], label: int, highest: float) -> dcc.Link:
    name = class_name(scene.first, label)
    score = float(clip.score[label])
    plotted = label in classes
    others = [other for other in classes if other != label]
    after_click = tuple(others if plotted else [*classes, label])
    parts = [
        html.Span(className="bar", style={"width": f"{100 * score / highest:.2f}%"}),
        html.Span("●" if plotted else "", className="swatch", style=_swatch(classes, label)),
        html.Span(name, className="name"),
        _tag(scene, clip, label),
        html.Span(written(score), className="value"),
    ]
    click = "remove" if plotted else "add"
    return dcc.Link(
        parts,
        href=scene.to(classes=after_click),
        className="score plotted" if plotted else "score",
        title=f"{name}: {written(score)}. Click to {click} its ESVs.",
    )


def _tag(scene: Scene, clip: Clip, label: int) -> html.Span | None:
    """What a class is to the true one."""
    if label == clip.label:
        return html.Span("true", className="tag true")
    if clip.label >= 0 and label == scene.first.twins[clip.label]:
        return html.Span("twin", className="tag", title="The true class played backwards")
    return None


def _swatch(classes: list[int], label: int) -> dict[str, str]:
    place = classes.index(label) if label in classes else 0
    return {"color": line_colour(place) if place else "var(--supporting)"}
