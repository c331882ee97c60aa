"""How many of a clip's frames support its class, over all clips."""

from collections.abc import Mapping

import numpy as np
from dash import html

from playfair.explorer.explained import Explained
from playfair.explorer.plot import Figure, axis, graph, layout
from playfair.explorer.population import clips_by_support
from playfair.report.look import OTHERS, model_colour


def shares_card(stores: Mapping[str, Explained], word: str) -> html.Section:
    """The distribution of the supporting share, a colour for each store.

    Args:
        stores: by name.
        word: `look.element_word` of the stores.
    """
    colours = _colours(stores)
    traces = [_bars(name, store, colours[name], word) for name, store in stores.items()]
    share = axis(
        f"supporting share (of a clip’s {word}s)",
        tickformat=".0%",
        tickvals=[0, 0.25, 0.5, 0.75, 1],
    )
    clips = axis("share of clips", tickformat=".0%", rangemode="tozero")
    figure = {"data": traces, "layout": layout(xaxis=share, yaxis=clips)}
    keys = [
        html.Span([html.I(className="key", style={"background": colour}), name])
        for name, colour in colours.items()
    ]
    return html.Section(
        [
            html.H2("How much of a clip supports its class"),
            html.P(keys, className="legend"),
            graph("shares", figure, "How many clips have which share of support"),
        ],
        className="card",
    )


def _colours(stores: Mapping[str, Explained]) -> dict[str, str]:
    """Each model's own; one that is taken, as by another seed of the model, gives way."""
    colours: dict[str, str] = {}
    for name, store in stores.items():
        candidates = [model_colour(store.entry.model), *OTHERS]
        free = [colour for colour in candidates if colour not in colours.values()]
        colours[name] = free[0]
    return colours


def _bars(name: str, store: Explained, colour: str, word: str) -> Figure:
    counts = clips_by_support(store)
    n_elements = store.n_elements
    return {
        "type": "bar",
        "name": name,
        "x": (np.arange(n_elements + 1) / n_elements).tolist(),
        "y": (counts / max(counts.sum(), 1)).tolist(),
        "marker": {"color": colour},
        "hovertemplate": f"%{{x:.0%}} of the {word}s: %{{y:.1%}} of the clips<extra>%{{name}}</extra>",
    }
