"""The highest scores of a clip, and which classes' ESVs are drawn."""

import numpy as np
from dash import dcc, html

from playfair.explorer import figures
from playfair.explorer.attributes import attributes
from playfair.explorer.shown import Shown
from playfair.explorer.stores import Clip

TOP = 10  # scores that are shown


def shown_classes(shown: Shown, clip: Clip) -> list[int]:
    """The classes whose ESVs are drawn: those asked for, or the true one and what was predicted instead."""
    return list(shown.view.show or dict.fromkeys((clip.label, clip.prediction)))


def score_bars(shown: Shown, clip: Clip, classes: list[int], top: float) -> html.Ol:
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
                        html.Span(
                            className="bar",
                            style={"width": f"{100 * clip.score[label] / top:.2f}%"},
                        ),
                        html.Span(
                            "●" if drawn else "", className="swatch", style=_swatch(classes, label)
                        ),
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
    return {
        "color": figures.LINES[(place - 1) % len(figures.LINES)] if place else "var(--supporting)"
    }
