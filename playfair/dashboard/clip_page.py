"""One clip: its video, and for every model its scores, ESVs over the film strip, waterfall and pair interactions."""

from typing import Any

import numpy as np
from dash import dcc, html

from playfair.dashboard import figures
from playfair.dashboard.attributes import attributes
from playfair.dashboard.catalogue import Catalogue, Unknown, frames_name
from playfair.dashboard.media import clip_file, clip_url, shape_and_rate, strip_url
from playfair.dashboard.shown import Shown
from playfair.dashboard.stores import Clip, Explained
from playfair.interactions_store import clip_interactions
from playfair.report.style import model_name

TOP = 10  # scores that are shown


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
        "largest": max((float(np.nanmax(np.abs(p))) for p in pairs.values() if p is not None), default=0) or 1.0,
    }
    cards = [
        _card(shown, catalogue, name, clip, pairs[name], drawn)
        if isinstance(clip, Clip)
        else html.Section([html.H2(model_name(name)), html.P(clip, className="note")], className="card")
        for name, clip in clips.items()
    ]
    return html.Div(
        [_head(shown, catalogue, first, evidence), html.Div(cards, className=f"cards models-{len(cards)}")],
        **attributes(data_uid=first.uid, data_frame="" if shown.view.frame is None else shown.view.frame),
    )


def graph(name: Any, figure: figures.Figure) -> dcc.Graph:
    """A figure on the page, as high as it wants and as wide as there is room."""
    config: Any = {"displayModeBar": False, "responsive": True, "doubleClick": False}
    return dcc.Graph(id=name, figure=figure, config=config, style={"height": f"{figure['layout']['height']}px"})


def shown_classes(shown: Shown, clip: Clip) -> list[int]:
    """The classes whose ESVs are drawn: those asked for, or the true one and what was predicted instead."""
    return list(shown.view.show or dict.fromkeys((clip.label, clip.prediction)))


def _pairs_of(shown: Shown, catalogue: Catalogue, model: str, store: Explained | str) -> np.ndarray | None:
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


def _head(shown: Shown, catalogue: Catalogue, clip: Clip, evidence: tuple[int, int] | None) -> html.Div:
    names, place = shown.first.class_names, shown.place
    steps = []
    for word, name, step in (("previous", "‹ Previous", -1), ("next", "Next ›", 1)):
        target = None if place is None else place + step
        there = target is not None and 0 <= target < len(shown.order)
        to = str(shown.first.uids[shown.order[target]]) if there else None  # type: ignore[index]
        steps.append(
            dcc.Link(name, href=shown.to_clip(to), id=word, className="button")
            if to
            else html.Span(name, id=word, className="button off")
        )
    facts = [
        html.P(["Clip ", clip.uid], className="kicker"),
        html.H1(names[clip.label]),
        html.P(
            frames_name(shown.view.frames)
            + (f"; frames {evidence[0]} to {evidence[1] - 1} of the clip decide its class." if evidence else "."),
            className="facts",
        ),
        html.Nav(steps, className="steps", **attributes(aria_label="Clips")),
        html.P(
            [
                html.Kbd("←"),
                html.Kbd("→"),
                " frames  ",
                html.Kbd("↑"),
                html.Kbd("↓"),
                " clips  ",
                html.Kbd("esc"),
                " play",
            ],
            className="keys",
        ),
    ]
    return html.Div([_video(shown, catalogue, clip), html.Div(facts)], className="head")


def _video(shown: Shown, catalogue: Catalogue, clip: Clip) -> html.Div:
    try:
        height, width, rate = shape_and_rate(clip_file(catalogue, shown.dataset, clip.uid))
    except ValueError as error:
        return html.Div(html.P(str(error), className="note"), className="video")
    video = html.Video(
        src=clip_url(shown.dataset, clip.uid),
        autoPlay=True,
        loop=True,
        muted=True,
        controls=True,
        playsInline=True,
        id="video",
        style={"aspectRatio": f"{width} / {height}"},
        **attributes(data_rate=rate, aria_label=f"Clip {clip.uid}, looping"),
    )
    return html.Div(video, className="video")


def _card(
    shown: Shown, catalogue: Catalogue, model: str, clip: Clip, pairs: np.ndarray | None, drawn: dict[str, Any]
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
        html.Div([html.H3("Scores"), _scores(shown, clip, drawn["classes"], drawn["top"])], className="part wide"),
        html.Div(
            [
                html.H3(["What every frame adds to ", html.Em(names[focus])]),
                _legend(drawn["classes"], names, drawn["evidence"] is not None, clip.stderr is not None),
                _over_frames(shown, catalogue, model, clip, focus, esvs, drawn["strongest"]),
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
        html.Div([html.H3("Frames in pairs"), *_pairs(shown, model, clip, pairs, drawn["largest"])], className="part"),
    ]
    return html.Section(
        [
            html.Header([html.H2(model_name(model)), verdict]),
            html.Div(parts, className="parts"),
        ],
        className="card model",
        **attributes(aria_label=model_name(model)),
    )


def _scores(shown: Shown, clip: Clip, classes: list[int], top: float) -> html.Ol:
    """The highest scores as bars that are links: a click adds the class to the plot or takes it away."""
    names, rows = shown.first.class_names, []
    best = np.argsort(-clip.score, kind="stable")[:TOP].tolist()
    if clip.label not in best:
        best[-1] = clip.label
    for label in best:
        drawn = label in classes
        others = tuple(c for c in classes if c != label) if drawn else (*classes, label)
        rows.append(
            html.Li(
                dcc.Link(
                    [
                        html.Span(className="bar", style={"width": f"{100 * clip.score[label] / top:.2f}%"}),
                        html.Span("●" if drawn else "", className="swatch", style=_swatch(classes, label)),
                        html.Span(names[label], className="name"),
                        html.Span("true", className="true") if label == clip.label else None,
                        html.Span(f"{clip.score[label]:.3f}", className="value"),
                    ],
                    href=shown.to(show=others),
                    className="score" + (" drawn" if drawn else ""),
                    title=f"{names[label]}: {clip.score[label]:.4f}. Click to {'remove' if drawn else 'add'} its ESVs.",
                ),
                **attributes(data_class=label),
            )
        )
    return html.Ol(rows, className="scores")


def _swatch(classes: list[int], label: int) -> dict[str, str]:
    place = classes.index(label) if label in classes else 0
    return {"color": figures.LINES[(place - 1) % len(figures.LINES)] if place else "var(--supporting)"}


def _legend(classes: list[int], names: list[str], evidence: bool, sampled: bool) -> html.P:
    entries = [html.Span([html.I(className="key supporting"), "supports"])]
    entries.append(html.Span([html.I(className="key distracting"), "distracts"]))
    for place, label in enumerate(classes[1:]):
        line = html.I(className="key line", style={"background": figures.LINES[place % len(figures.LINES)]})
        entries.append(html.Span([line, names[label]]))
    entries += [html.Span([html.I(className="key evidence"), "decisive interval"])] if evidence else []
    entries += [html.Span([html.I(className="key whisker"), "95 % interval"])] if sampled else []
    return html.P(entries, className="legend")


def _over_frames(
    shown: Shown, catalogue: Catalogue, model: str, clip: Clip, focus: int, figure: figures.Figure, strongest: float
) -> html.Div:
    """The plot, and under every bar its frame, edged by its ESV's hue and strength."""
    try:
        height, width, _ = shape_and_rate(clip_file(catalogue, shown.dataset, clip.uid))
        url = strip_url(shown.dataset, clip.uid, clip.frame_index)
    except ValueError:
        height, width, url = 3, 4, ""
    n_frames, cells = len(clip.frame_index), []
    for i, (index, esv) in enumerate(zip(clip.frame_index, clip.esv[:, focus], strict=True)):
        side = "supporting" if esv > 0 else "distracting"
        style = {
            "--strength": f"{abs(float(esv)) / strongest:.3f}",
            "aspectRatio": f"{width} / {height}",
            "backgroundImage": f"url({url})" if url else "none",
            "backgroundSize": f"{100 * n_frames}% 100%",
            "backgroundPosition": f"{100 * i / max(n_frames - 1, 1):.4f}% 0",
        }
        told = f"Frame {index}: ESV {esv:+.3f}, {side}"
        named = attributes(aria_label=told, data_i=i)
        cells.append(html.Li(html.Button(type="button", className=f"frame {side}", style=style, **named)))
    return html.Div(
        html.Div(
            [
                graph(f"esvs-{model}", figure),
                html.Div(className="playhead", hidden=True),
                html.Div(className="cursor", hidden=True),
                html.Ol(cells, className="strip", style={"gridTemplateColumns": f"repeat({n_frames}, 1fr)"}),
                html.P(className="readout", **attributes(aria_live="polite")),
            ],
            className="frames",
            style={"--n": str(n_frames), "--left": f"{figures.LEFT}px", "--right": f"{figures.RIGHT}px"},
            **attributes(data_index=clip.frame_index.tolist()),
        ),
        className="scroll",
    )


def _sum(clip: Clip, label: int) -> html.P:
    prior, total, score = clip.prior[label], float(clip.esv[:, label].sum()), clip.score[label]
    told = f"prior {prior:.3f} {'+' if total >= 0 else '−'} frames {abs(total):.3f} = score {score:.3f}"
    if abs(clip.gap(label)) < 1e-3:
        return html.P(told, className="sum")
    wrong = "These do not add up: the store is damaged. Make it again with overwrite=true."
    return html.P([told + ". ", html.Strong(wrong)], className="sum note")


def _pairs(shown: Shown, model: str, clip: Clip, pairs: np.ndarray | None, largest: float) -> list[Any]:
    if len(clip.frame_index) == 1:
        return [html.P("A pair is of two frames.", className="note")]
    if pairs is None:
        command = f"python run.py experiment=interactions model={model} n_frames={len(clip.frame_index)}"
        return [html.P(["Not computed for this clip. Type: ", html.Code(command)], className="note")]
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
    low, high = figures.padded(min(float(step.min()) for step in steps), max(float(step.max()) for step in steps))
    return min(low, -0.1 * high), high  # what a distracting frame takes is written below its bar
