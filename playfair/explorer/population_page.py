"""All clips: which positions carry each class, how much of a clip supports it, and the clips behind a cell."""

import json
from typing import Any

import numpy as np
from dash import dcc, html

from playfair.analysis.groups import mean_of_groups
from playfair.analysis.support import supporting_share
from playfair.explorer import figures
from playfair.explorer.attributes import attributes
from playfair.explorer.catalogue import frames_name
from playfair.explorer.film_strip import graph
from playfair.explorer.media import strip_url
from playfair.explorer.shown import Shown
from playfair.explorer.stores import Explained
from playfair.report.look import model_colour, model_name

LISTED = 12  # clips behind a cell


def content(shown: Shown) -> html.Div:
    """The page's content for all clips."""
    stores = {name: store for name, store in shown.models.items() if isinstance(store, Explained)}
    means = {name: class_means(store) for name, store in stores.items()}
    largest = max(float(np.nanmax(np.abs(values))) for values, _ in means.values()) or 1.0
    cards = [
        _cells(shown, name, *means[name], largest)
        if name in means
        else html.Section(
            [html.H2(model_name(name)), html.P(str(store), className="note")], className="card"
        )
        for name, store in shown.models.items()
    ]
    return html.Div(
        [
            html.Div(
                html.Div(
                    [
                        html.P(
                            f"{len(shown.first.uids):,} clips, {frames_name(shown.view.frames)}",
                            className="kicker",
                        ),
                        html.H1("Where each class is decided"),
                        html.P(
                            "Mean ESV of the true class by frame. Click a cell, or use the arrow keys: its clips.",
                            className="facts",
                        ),
                    ]
                ),
                className="head",
            ),
            html.Div(cards, className=f"cards models-{len(cards)}"),
            _behind(shown),
            _shares(stores),
        ],
        # what the arrow keys move over
        **attributes(
            data_cell=json.dumps(shown.view.cell),
            data_classes=np.flatnonzero(class_means(shown.first)[1]).tolist(),
            data_frames=shown.first.esvs.sizes["element"],
        ),
    )


def class_means(store: Explained) -> tuple[np.ndarray, np.ndarray]:
    """Mean ESV of the true class by class and frame, and the number of clips."""
    means, counts = mean_of_groups(store.true_esvs, store.labels, len(store.class_names))
    return means, counts[:, 0]


def _cells(
    shown: Shown, model: str, values: np.ndarray, counts: np.ndarray, largest: float
) -> html.Section:
    names, n_frames = shown.first.class_names, values.shape[1]
    rows = np.flatnonzero(counts)
    trace = {
        "type": "heatmap",
        "z": np.round(values[rows], 5).tolist(),
        "y": [str(label) for label in rows],  # what a click tells, beside the frame
        "text": [[f"{names[label]}<br>{counts[label]:,} clips"] * n_frames for label in rows],
        "hovertemplate": "%{text}<br>frame %{x}: %{z:+.3f}<extra></extra>",
        "colorscale": figures.DIVERGING,
        "zmin": -largest,
        "zmax": largest,
        "xgap": 1,
        "ygap": 1,
        "colorbar": {
            "thickness": 10,
            "outlinewidth": 0,
            "title": {"text": "ESV"},
            "len": min(1.0, 24 / len(rows) + 0.1),
        },
    }
    if len(rows) > 24:
        trace["colorbar"] |= {"y": 1, "yanchor": "top"}
    letters, room = (28, 208) if len(shown.models) > 1 else (48, 340)
    labels = [figures.shortened(names[label], letters) for label in rows]
    shapes = []
    if shown.view.cell and shown.view.cell[0] in rows:
        row, i = int(np.flatnonzero(rows == shown.view.cell[0])[0]), shown.view.cell[1]
        box = {"x0": i - 0.5, "x1": i + 0.5, "y0": row - 0.5, "y1": row + 0.5}
        shapes.append({"type": "rect", **box, "line": {"color": "#000", "width": 2.5}})
    figure = {
        "data": [trace],
        "layout": figures.layout(
            height=max(140, 60 + 20 * len(rows)),
            margin={"l": room, "r": 12, "t": 8, "b": 40},
            xaxis=figures.axis("frame", showgrid=False, dtick=max(1, n_frames // 8)),
            yaxis=figures.axis(
                "",
                autorange="reversed",
                type="category",  # indices of classes are no numbers to draw at: some may have no clips
                showgrid=False,
                tickvals=list(range(len(rows))),
                ticktext=labels,
                tickfont={"size": 11},
            ),
            shapes=shapes,
        ),
    }
    return html.Section(
        [html.H2(model_name(model)), html.Div(graph({"cells": model}, figure), className="tall")],
        className="card",
        **attributes(aria_label=model_name(model)),
    )


def _behind(shown: Shown) -> html.Section:
    """The clips behind the chosen cell, the most supported first: each with the frame in question."""
    if not shown.view.cell:
        return html.Section(hidden=True)
    label, i = shown.view.cell
    rows = np.flatnonzero(shown.first.labels == label)
    values = shown.first.true_esvs[rows, i]
    best = rows[np.argsort(-values, kind="stable")]
    some = (
        best if len(best) <= LISTED else np.concatenate([best[: LISTED // 2], best[-LISTED // 2 :]])
    )
    model = model_name(shown.view.study.split("/")[1])
    told = f"{len(rows):,} clips; " + (
        "all of them" if len(rows) <= LISTED else "the six highest and lowest"
    )
    heading = f"{shown.first.class_names[label]}, frame {i}: {told}"
    return html.Section(
        [
            html.H2(heading),
            html.P(f"ESV of this frame, {model}.", className="facts"),
            _clips(shown, some, i),
        ],
        className="card",
        id="behind",
    )


def _clips(shown: Shown, rows: np.ndarray, i: int) -> html.Ol:
    frame_index = shown.first.esvs["frame_index"]
    items: list[Any] = []
    for row in rows:
        uid, esv = str(shown.first.uids[row]), float(shown.first.true_esvs[row, i])
        index = frame_index.isel(video=int(row), element=slice(i, i + 1)).values
        side = "supporting" if esv > 0 else "distracting"
        picture = html.Img(
            src=strip_url(shown.dataset, uid, index), alt=f"frame {index[0]} of clip {uid}"
        )
        told = html.Span([uid, " ", html.B(f"{esv:+.3f}", className=side)])
        items.append(
            html.Li(
                dcc.Link([picture, told], href=shown.to(uid=uid, show=(), frame=i, page="clip"))
            )
        )
    return html.Ol(items, className="clips")


def _shares(stores: dict[str, Explained]) -> html.Section:
    """How many of a clip's frames support its class."""
    traces = []
    for name, store in stores.items():
        n_frames = store.esvs.sizes["element"]
        counts = np.bincount(
            np.rint(supporting_share(store.true_esvs) * n_frames).astype(int),
            minlength=n_frames + 1,
        )
        traces.append(
            {
                "type": "bar",
                "name": model_name(name),
                "x": (np.arange(n_frames + 1) / n_frames).tolist(),
                "y": (counts / counts.sum()).tolist(),
                "marker": {"color": model_colour(name)},
                "hovertemplate": "%{x:.0%} of the frames: %{y:.1%} of the clips<extra>"
                + model_name(name)
                + "</extra>",
            }
        )
    figure = {
        "data": traces,
        "layout": figures.layout(
            xaxis=figures.axis(
                "supporting share (of a clip's frames)",
                tickformat=".0%",
                tickvals=[0, 0.25, 0.5, 0.75, 1],
                showgrid=False,
            ),
            yaxis=figures.axis("share of clips", tickformat=".0%", rangemode="tozero"),
            bargap=0.25,
        ),
    }
    legend = [
        html.Span([html.I(className="key", style={"background": model_colour(n)}), model_name(n)])
        for n in stores
    ]
    return html.Section(
        [
            html.H2("How much of a clip supports its class"),
            html.P(legend, className="legend"),
            graph("shares", figure),
        ],
        className="card",
    )
