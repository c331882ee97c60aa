"""Clips as Plotly figures, written as plain dicts: building `go.Figure`s checks every value and takes ten times longer.

Text, axes and grids get their colours from the style sheet, so that light and dark need no second figure.
"""

from typing import Any

import numpy as np

from playfair.explorer.stores import Clip
from playfair.report.look import DISTRACTING, EVIDENCE, SUPPORTING

LEFT, RIGHT = 60, 12  # pixels beside the axes: film strip and cursor stand under and over them
HEIGHT = 220
LINES = [
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
]  # classes drawn as lines, in the order they were added (Okabe & Ito)
TOTALS = "#8a8a8a"
DIVERGING = [[0, DISTRACTING], [0.5, "#f4f4f2"], [1, SUPPORTING]]

Figure = dict[str, Any]


def layout(**more: Any) -> Figure:
    """What all figures share."""
    return {
        "height": HEIGHT,
        "margin": {"l": LEFT, "r": RIGHT, "t": 8, "b": 36},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 12},
        "hoverlabel": {"font": {"color": "white"}, "bordercolor": "rgba(0,0,0,0)"},
        "showlegend": False,
        "dragmode": False,
        **more,
    }


def axis(title: str, **more: Any) -> Figure:
    standoff = {"text": title, "standoff": 6}
    return {"title": standoff, "fixedrange": True, "automargin": False, "zeroline": False, **more}


def esvs_figure(
    clip: Clip, classes: list[int], names: list[str], limits: tuple[float, float], evidence: Any
) -> Figure:
    """ESVs over frames: the first class as bars, supporting or distracting; the others as lines.

    evidence: [start, stop) frames of the clip that decide, or None; shaded.
    """
    n_frames, x = len(clip.frame_index), list(range(len(clip.frame_index)))
    traces = []
    for place, label in enumerate(classes):
        esv = clip.esv[:, label]
        trace = {
            "x": x,
            "y": esv.tolist(),
            "name": names[label],
            "customdata": clip.frame_index.tolist(),
            "hovertemplate": "frame %{customdata}: %{y:+.3f}<extra>"
            + shortened(names[label])
            + "</extra>",
        }
        if clip.stderr is not None:
            width = (1.96 * clip.stderr[:, label]).tolist()
            trace["error_y"] = {
                "type": "data",
                "array": width,
                "thickness": 1.2,
                "width": 3,
                "color": TOTALS,
            }
        if place == 0:
            colours = [SUPPORTING if value > 0 else DISTRACTING for value in esv]
            trace |= {"type": "bar", "width": 0.8, "marker": {"color": colours}}
        else:
            colour = LINES[(place - 1) % len(LINES)]
            style = {"color": colour, "width": 2.5}
            trace |= {
                "type": "scatter",
                "mode": "lines+markers",
                "line": style,
                "marker": {"color": colour, "size": 8},
            }
        traces.append(trace)
    shapes = [zero_line(n_frames)]
    if evidence is not None:
        start, stop = interval(clip.frame_index, evidence)
        shade = {"fillcolor": EVIDENCE, "opacity": 0.35, "line": {"width": 0}, "layer": "below"}
        shapes.append(
            {"type": "rect", "x0": start, "x1": stop, "y0": 0, "y1": 1, "yref": "paper", **shade}
        )
    every = -(-n_frames // 32)
    ticks = {"tickvals": x[::every], "ticktext": [str(i) for i in clip.frame_index[::every]]}
    frames = axis("frame of the clip", range=[-0.5, n_frames - 0.5], showgrid=False, **ticks)
    return {
        "data": traces,
        "layout": layout(
            xaxis=frames,
            yaxis=axis("ESV (probability)", range=list(limits), nticks=6),
            shapes=shapes,
            barmode="overlay",
        ),
    }


def zero_line(n_bars: int) -> Figure:
    return {
        "type": "line",
        "x0": -0.5,
        "x1": n_bars - 0.5,
        "y0": 0,
        "y1": 0,
        "line": {"color": TOTALS, "width": 1},
    }


def interval(frame_index: np.ndarray, evidence: tuple[int, int]) -> tuple[float, float]:
    """Where the frames [start, stop) of the clip lie on an axis that counts the frames shown.

    >>> interval(np.array([2, 6, 10]), (4, 9))
    (0.5, 1.75)
    """
    step = float(np.diff(frame_index).mean()) if len(frame_index) > 1 else 1.0
    index = np.concatenate([[frame_index[0] - step], frame_index, [frame_index[-1] + step]])
    ends = np.interp(np.array(evidence, dtype=float), index, np.arange(-1, len(frame_index) + 1))
    start, stop = np.clip(ends, -0.5, len(frame_index) - 0.5)
    return float(start), float(stop)


def waterfall_figure(clip: Clip, label: int, limits: tuple[float, float]) -> Figure:
    """From the class prior, one ESV after the other, to the score."""
    esv = clip.esv[:, label]
    n_frames = len(esv)
    values = [float(clip.prior[label]), *esv.tolist(), float(clip.score[label])]
    names = ["prior", *[f"frame {i}" for i in clip.frame_index], "score"]
    few = n_frames <= 12
    digits = 2 if limits[1] > 0.1 else 3 if limits[1] > 0.01 else 4
    text = [
        f"{values[0]:.{digits}f}",
        *[f"{value:+.{digits}f}" for value in esv],
        f"{values[-1]:.{digits}f}",
    ]
    every = 1 if few else -(-n_frames // 8)
    middle = range(1, n_frames + 1) if few else range(every, n_frames - every // 2, every)
    ticks = [0, *middle, n_frames + 1]
    shown = [names[i].removeprefix("frame ") for i in ticks]
    trace = {
        "type": "waterfall",
        "x": list(range(n_frames + 2)),
        "y": values,
        "measure": ["absolute", *["relative"] * n_frames, "total"],
        "text": text if few else [text[0], *[""] * n_frames, text[-1]],
        "textposition": "outside",
        "textfont": {"size": 11},
        "constraintext": "none",
        "cliponaxis": False,
        "customdata": names,
        "hovertemplate": "%{customdata}: %{delta:+.3f}, so far %{final:.3f}<extra></extra>",
        "increasing": {"marker": {"color": SUPPORTING}},
        "decreasing": {"marker": {"color": DISTRACTING}},
        "totals": {"marker": {"color": TOTALS}},
        "connector": {"line": {"color": TOTALS, "width": 1}},
    }
    return {
        "data": [trace],
        "layout": layout(
            xaxis=axis(
                "frame of the clip", tickvals=ticks, ticktext=shown, tickangle=0, showgrid=False
            ),
            yaxis=axis("score (probability)", range=list(limits), nticks=6),
            shapes=[zero_line(n_frames + 2)],
        ),
    }


def interactions_figure(pairs: np.ndarray, frame_index: np.ndarray, largest: float) -> Figure:
    """Pair interactions: which frames say more together (supporting) or make each other redundant (distracting)."""
    shown = np.where(np.eye(len(pairs), dtype=bool), np.nan, pairs)
    names = [str(i) for i in frame_index]
    every = -(-len(names) // 16)
    ticks = {
        "tickvals": list(range(len(names)))[::every],
        "ticktext": names[::every],
        "showgrid": False,
    }
    trace = {
        "type": "heatmap",
        "z": [[None if np.isnan(value) else float(value) for value in row] for row in shown],
        "customdata": [[[i, j] for j in names] for i in names],
        "hovertemplate": "frames %{customdata[0]} and %{customdata[1]}: %{z:+.3f}<extra></extra>",
        "colorscale": DIVERGING,
        "zmin": -largest,
        "zmax": largest,
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"thickness": 10, "outlinewidth": 0, "tickformat": "+.2~f"},
    }
    return {
        "data": [trace],
        "layout": layout(
            height=300,
            xaxis=axis("frame of the clip", **ticks),
            yaxis=axis("frame of the clip", autorange="reversed", **ticks),
        ),
    }


def padded(low: float, high: float) -> tuple[float, float]:
    """Limits of an axis that holds 0 and both values, with room for what is written over the bars."""
    low, high = min(low, 0.0), max(high, 0.0)
    room = 0.12 * max(high - low, 1e-3)
    return low - room * (low < 0), high + room


def shortened(name: str, most: int = 40) -> str:
    """The name, without its middle where it is longer: many classes differ at their ends alone.

    >>> shortened("Moving something and something away from each other", 28)
    'Moving so…ay from each other'
    """
    return name if len(name) <= most else f"{name[: most // 3]}…{name[most // 3 + 1 - most :]}"
