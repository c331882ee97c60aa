"""One clip: its video, and for every model its scores, ESVs over the film strip, waterfall and pair interactions."""

from typing import Any

import numpy as np
from dash import html

from playfair.explorer import figures
from playfair.explorer.attributes import attributes
from playfair.explorer.catalogue import Catalogue, Unknown
from playfair.explorer.clip_head import clip_head
from playfair.explorer.film_strip import graph, legend, over_frames
from playfair.explorer.score_bars import score_bars, shown_classes
from playfair.explorer.shown import Shown
from playfair.explorer.stores import Clip, Explained
from playfair.report.look import model_name
from playfair.steps.interactions_store import clip_interactions

MOST_FOR_PAIRS = 20  # playfair.shapley.exact.MAX_FRAMES, which would bring torch


def content(shown: Shown, catalogue: Catalogue) -> html.Div:
    """The page's content for a clip."""
    clips = {name: _clip(store, shown.view.uid) for name, store in shown.models.items()}
    first = next(iter(clips.values()))
    assert isinstance(first, Clip)
    whole = [clip for clip in clips.values() if isinstance(clip, Clip)]
    classes = shown_classes(shown, first)
    evidence = catalogue.evidence(shown.dataset).get(first.uid)
    pairs = {name: _pairs_of(shown, catalogue, name, store) for name, store in shown.models.items()}
    drawn = {
        "classes": classes,
        "evidence": evidence,
        "esvs": _esv_limits(whole, classes),
        "steps": _step_limits(whole, classes[0]),
        "strongest": max(float(np.abs(clip.esv[:, classes]).max()) for clip in whole) or 1.0,
        "top": max(float(clip.score.max()) for clip in whole),
        "largest": max(
            (float(np.nanmax(np.abs(p))) for p in pairs.values() if p is not None), default=0
        )
        or 1.0,
    }
    cards = [
        _card(shown, catalogue, name, clip, pairs[name], drawn)
        if isinstance(clip, Clip)
        else html.Section(
            [html.H2(model_name(name)), html.P(clip, className="note")], className="card"
        )
        for name, clip in clips.items()
    ]
    return html.Div(
        [
            clip_head(shown, catalogue, first, evidence),
            html.Div(cards, className=f"cards models-{len(cards)}"),
        ],
        **attributes(
            data_uid=first.uid, data_frame="" if shown.view.frame is None else shown.view.frame
        ),
    )


def _pairs_of(
    shown: Shown, catalogue: Catalogue, model: str, store: Explained | str
) -> np.ndarray | None:
    if isinstance(store, str):
        return None
    path = catalogue.interactions(f"{shown.dataset}/{model}", shown.view.frames)
    return clip_interactions(path, shown.view.uid, store.esvs.attrs["made_from"])


def _clip(store: Explained | str, uid: str) -> Clip | str:
    if isinstance(store, str):
        return store
    try:
        return store.clip(uid)
    except Unknown as error:
        return str(error)


def _card(
    shown: Shown,
    catalogue: Catalogue,
    model: str,
    clip: Clip,
    pairs: np.ndarray | None,
    drawn: dict[str, Any],
) -> html.Section:
    names, focus = shown.first.class_names, drawn["classes"][0]
    right = clip.prediction == clip.label
    verdict = html.P(
        [
            html.Span("✓ " if right else "✗ ", className="right" if right else "wrong"),
            f"predicts “{names[clip.prediction]}”, {clip.score[clip.prediction]:.0%}",
            "" if right else f"; the true class gets {clip.score[clip.label]:.0%}",
        ],
        className="verdict",
    )
    esvs = figures.esvs_figure(clip, drawn["classes"], names, drawn["esvs"], drawn["evidence"])
    parts = [
        html.Div(
            [html.H3("Scores"), score_bars(shown, clip, drawn["classes"], drawn["top"])],
            className="part wide",
        ),
        html.Div(
            [
                html.H3(["What every frame adds to ", html.Em(names[focus])]),
                legend(
                    drawn["classes"], names, drawn["evidence"] is not None, clip.stderr is not None
                ),
                over_frames(shown, catalogue, model, clip, focus, esvs, drawn["strongest"]),
            ],
            className="part wide",
        ),
        html.Div(
            [
                html.H3("From prior to score"),
                graph(f"waterfall-{model}", figures.waterfall_figure(clip, focus, drawn["steps"])),
                _sum(clip, focus),
            ],
            className="part",
        ),
        html.Div(
            [html.H3("Frames in pairs"), *_pairs(shown, model, clip, pairs, drawn["largest"])],
            className="part",
        ),
    ]
    return html.Section(
        [
            html.Header([html.H2(model_name(model)), verdict]),
            html.Div(parts, className="parts"),
        ],
        className="card model",
        **attributes(aria_label=model_name(model)),
    )


def _sum(clip: Clip, label: int) -> html.P:
    prior, total, score = clip.prior[label], float(clip.esv[:, label].sum()), clip.score[label]
    told = f"prior {prior:.3f} {'+' if total >= 0 else '−'} frames {abs(total):.3f} = score {score:.3f}"
    if abs(clip.gap(label)) < 1e-3:
        return html.P(told, className="sum")
    wrong = "These do not add up: the store is damaged. Make it again with overwrite=true."
    return html.P([told + ". ", html.Strong(wrong)], className="sum note")


def _pairs(
    shown: Shown, model: str, clip: Clip, pairs: np.ndarray | None, largest: float
) -> list[Any]:
    n_frames = len(clip.frame_index)
    if n_frames == 1:
        return [html.P("A pair is of two frames.", className="note")]
    if pairs is None and n_frames > MOST_FOR_PAIRS:
        return [html.P(f"Pairs are known of up to {MOST_FOR_PAIRS} frames.", className="note")]
    if pairs is None:
        command = f"python run.py experiment=interactions dataset={shown.dataset} model={model} n_frames={n_frames}"
        return [
            html.P(["Not computed for this clip. Type: ", html.Code(command)], className="note")
        ]
    figure = figures.interactions_figure(pairs, clip.frame_index, largest)
    told = "Blue: two frames say more together than apart, for the true class. Orange: one makes the other redundant."
    return [
        html.Div(graph(f"interactions-{model}", figure), className="square"),
        html.P(told, className="caption"),
    ]


def _esv_limits(clips: list[Clip], classes: list[int]) -> tuple[float, float]:
    ends = [0.0]
    for clip in clips:
        esv = clip.esv[:, classes]
        width = 0 if clip.stderr is None else 1.96 * clip.stderr[:, classes]
        ends += [float((esv - width).min()), float((esv + width).max())]
    return figures.padded(min(ends), max(ends))


def _step_limits(clips: list[Clip], label: int) -> tuple[float, float]:
    steps = [np.cumsum([clip.prior[label], *clip.esv[:, label]]) for clip in clips]
    low, high = figures.padded(
        min(float(step.min()) for step in steps), max(float(step.max()) for step in steps)
    )
    return min(low, -0.1 * high), high  # what a distracting frame takes is written below its bar
