"""What one model makes of a clip: ESVs over the film strip, what is said without some frames, scores."""

from typing import Any

import numpy as np
from dash import html

from playfair.explorer.attributes import attributes
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.class_names import class_name
from playfair.explorer.clip_list import mark
from playfair.explorer.entry import Entry
from playfair.explorer.esvs_figure import esvs_figure
from playfair.explorer.explained import Clip, Explained
from playfair.explorer.film_strip import legend, over_frames
from playfair.explorer.interactions_figure import interactions_figure
from playfair.explorer.plot import graph
from playfair.explorer.scales import Scales
from playfair.explorer.scene import Scene
from playfair.explorer.score_bars import score_bars
from playfair.explorer.store_names import plain_name
from playfair.explorer.waterfall_figure import waterfall_figure
from playfair.explorer.what_if_part import what_if
from playfair.report.look import score

ROUNDING = 1e-3  # probability that a sum of ESVs may be off by
PAIRS_CAPTION = (
    "Blue: two {word}s say more together than apart, for the true class. Orange: one makes the "
    "other redundant."
)


def note_card(name: str, note: str) -> html.Section:
    """The card of a store that cannot be shown."""
    return html.Section([html.H2(name), html.P(note, className="note")], className="card")


def model_card(
    scene: Scene,
    catalogue: Catalogue,
    place: int,
    name: str,
    clip: Clip,
    classes: list[int],
    scales: Scales,
    pairs: np.ndarray | None,
) -> html.Section:
    """The card of a store.

    Args:
        scene: what is shown.
        catalogue: where the clip's file is known from.
        place: of the store among those shown.
        name: of the store.
        clip: as its model sees it.
        classes: those plotted, the first as bars and waterfall.
        scales: what all cards share.
        pairs: interactions of the true class, (element, element); None where there are none.
    """
    store = scene.stores[name]
    assert isinstance(store, Explained)
    names = scene.first.class_names
    focus = classes[0]
    esvs = esvs_figure(clip, classes, names, scales.esvs)
    strip = over_frames(
        scene, catalogue, clip, clip.esv[:, focus], scales.strongest, esvs, f"esvs-{place}"
    )
    waterfall = graph(
        f"waterfall-{place}",
        waterfall_figure(clip, focus, scales.steps),
        f"From the prior of {names[focus]}, one ESV after the other, to its score",
    )
    parts = [
        _part(
            [f"What every {clip.word} adds to ", html.Em(names[focus])],
            legend(classes, names, clip),
            strip,
            what_if(scene, store.entry, clip, classes, name),
            wide=True,
        ),
        _part("Scores", score_bars(scene, clip, classes, scales.score), wide=True),
        _part("From prior to score", waterfall, _sum(store.entry, clip, focus)),
        _part(
            f"{clip.word.capitalize()}s in pairs",
            *_pairs(store.entry, place, name, clip, pairs, scales),
        ),
    ]
    return html.Section(
        [
            html.Header([html.H2(name), _verdict(scene, clip)]),
            html.Div(parts, className="parts"),
        ],
        className="card model",
        **attributes(aria_label=name),
    )


def _part(title: Any, *contents: Any, wide: bool = False) -> html.Div:
    return html.Div([html.H3(title), *contents], className="part wide" if wide else "part")


def _verdict(scene: Scene, clip: Clip) -> html.P:
    """What the model predicts, and whether it is right."""
    prediction = class_name(scene.first, clip.prediction)
    text = f" says “{prediction}”, {score(float(clip.score[clip.prediction]))}"
    if clip.label >= 0 and clip.prediction != clip.label:
        text += f"; the true class gets {score(float(clip.score[clip.label]))}"
    return html.P([mark(clip.prediction, clip.label), text], className="verdict")


def _sum(entry: Entry, clip: Clip, label: int) -> html.P:
    """The waterfall in figures, and whether it adds up."""
    total = float(clip.esv[:, label].sum())
    sign = "+" if total >= 0 else "−"
    text = (
        f"prior {score(clip.prior[label])} {sign} {clip.word}s {abs(total):.3f} = "
        f"score {score(clip.score[label])}"
    )
    if abs(clip.gap(label)) < ROUNDING:
        return html.P(text, className="sum")
    advice = (
        f"These do not add up: the store is damaged. Remove {entry.folder} and type "
        f"{entry.command('esv')}: it is then made again."
    )
    return html.P([f"{text}. ", html.Strong(advice)], className="sum note")


def _pairs(
    entry: Entry, place: int, name: str, clip: Clip, pairs: np.ndarray | None, scales: Scales
) -> list[Any]:
    """The pair interactions, or why there are none and what to type."""
    n_elements = len(clip.frame_index)
    if n_elements == 1:
        return [html.P(f"A pair is of two {clip.word}s.", className="note")]
    if pairs is not None:
        figure = interactions_figure(pairs, clip.names, scales.interaction, clip.axis_title)
        drawn = graph(f"interactions-{place}", figure, f"Interactions of {clip.word}s in pairs")
        square = html.Div(drawn, className="square")
        return [square, html.P(PAIRS_CAPTION.format(word=clip.word), className="caption")]
    # What tells the store from others of its name is none of the options that the command has.
    details = name.removeprefix(plain_name(entry)).removeprefix(", ")
    lead = f"Type, with {details} as here: " if details else "Type: "
    command = html.Code(entry.command("interactions"))
    return [html.P(["Not computed for this clip. ", lead, command], className="note")]
