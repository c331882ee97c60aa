"""ESVs over the frames of a clip: bars for one class, lines for others beside it."""

from collections.abc import Sequence

import numpy as np

from playfair.explorer.explained import Clip
from playfair.explorer.plot import LINES, NEUTRAL, Figure, axis, layout, zero_line
from playfair.report.look import DISTRACTING, EVIDENCE, SUPPORTING

MOST_TICKS = 32
WIDTH_95 = 1.96  # standard errors to either side of a 95 % interval


def esvs_figure(
    clip: Clip, classes: Sequence[int], names: Sequence[str], limits: tuple[float, float]
) -> Figure:
    """The first class as bars, supporting or distracting; the others as lines.

    Args:
        clip: as one model sees it; the frames that decide its class are shaded.
        classes: indices.
        names: of all classes.
        limits: of the axis of ESVs.
    """
    n_elements = len(clip.frame_index)
    traces = []
    for place, label in enumerate(classes):
        trace = _trace(clip, label, names[label])
        traces.append(trace | (_bars(clip.esv[:, label]) if place == 0 else _line(place)))
    shapes = [zero_line(n_elements)]
    if clip.evidence is not None:
        shapes.append(_shade(clip.held.mean(1), clip.evidence))
    every = -(-n_elements // MOST_TICKS)
    frames = axis(
        clip.axis_title,
        range=[-0.5, n_elements - 0.5],
        tickvals=list(range(0, n_elements, every)),
        ticktext=clip.names[::every],
    )
    esv = axis("ESV (probability)", range=list(limits), nticks=6)
    return {"data": traces, "layout": layout(xaxis=frames, yaxis=esv, shapes=shapes)}


def _trace(clip: Clip, label: int, name: str) -> Figure:
    """The values of a class, and their intervals where they were sampled."""
    frames = "frame" if clip.held.shape[1] == 1 else "frames"
    trace = {
        "x": list(range(len(clip.frame_index))),
        "y": clip.esv[:, label].tolist(),
        "name": name,
        "customdata": clip.names if clip.held.shape[1] > 1 else clip.frame_index.tolist(),
        "hovertemplate": f"{frames} %{{customdata}}: %{{y:+.3f}}<extra>%{{name}}</extra>",
    }
    if clip.stderr is not None:
        trace["error_y"] = {
            "array": (WIDTH_95 * clip.stderr[:, label]).tolist(),
            "color": NEUTRAL,
        }
    return trace


def _bars(esv: np.ndarray) -> Figure:
    colours = [SUPPORTING if value > 0 else DISTRACTING for value in esv]
    return {"type": "bar", "width": 0.8, "marker": {"color": colours}}


def line_colour(place: int) -> str:
    """The colour of the class at a place among those plotted; the first is bars."""
    return LINES[(place - 1) % len(LINES)]


def _line(place: int) -> Figure:
    colour = line_colour(place)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "line": {"color": colour, "width": 2.5},
        "marker": {"color": colour, "size": 8},
    }


def _shade(frame_index: np.ndarray, evidence: tuple[int, int]) -> Figure:
    start, stop = interval(frame_index, evidence)
    return {
        "type": "rect",
        "x0": start,
        "x1": stop,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "fillcolor": EVIDENCE,
        "opacity": 0.35,
        "line": {"width": 0},
    }


def interval(frame_index: np.ndarray, evidence: tuple[int, int]) -> tuple[float, float]:
    """Where frames [start, stop) of the clip lie on an axis that counts the elements.

    >>> interval(np.array([2, 6, 10]), (4, 9))
    (0.5, 1.75)
    """
    n_elements = len(frame_index)
    step = float(np.diff(frame_index).mean()) if n_elements > 1 else 1.0
    # One more to either side, as an interval may begin before the first element and end after.
    frames = np.concatenate([[frame_index[0] - step], frame_index, [frame_index[-1] + step]])
    ends = np.interp(np.array(evidence, dtype=float), frames, np.arange(-1, n_elements + 1))
    start, stop = np.clip(ends, -0.5, n_elements - 0.5)
    return float(start), float(stop)
