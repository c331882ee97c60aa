"""From the class prior, one ESV after the other, to the score."""

from playfair.explorer.explained import Clip
from playfair.explorer.plot import NEUTRAL, Figure, axis, layout, zero_line
from playfair.report.look import DISTRACTING, SUPPORTING, named_frames

MOST_NAMED = 12  # elements that are all named on the axis
MOST_TICKS = 8  # beyond these


def waterfall_figure(clip: Clip, label: int, limits: tuple[float, float]) -> Figure:
    """The waterfall of a class's score.

    Args:
        clip: as one model sees it.
        label: the class.
        limits: of the axis of scores.
    """
    esv = clip.esv[:, label].tolist()
    n_elements = len(esv)
    ticks = _ticks(n_elements)
    names = ["prior", *clip.names, "score"]
    titles = ["prior", *map(named_frames, clip.held.tolist()), "score"]
    trace = {
        "type": "waterfall",
        "x": list(range(n_elements + 2)),
        "y": [float(clip.prior[label]), *esv, float(clip.score[label])],
        "measure": ["absolute", *["relative"] * n_elements, "total"],
        "customdata": titles,
        "hovertemplate": "%{customdata}: %{delta:+.3f}, so far %{final:score}<extra></extra>",
        "increasing": {"marker": {"color": SUPPORTING}},
        "decreasing": {"marker": {"color": DISTRACTING}},
        "totals": {"marker": {"color": NEUTRAL}},
        "connector": {"line": {"color": NEUTRAL}},
    }
    frames = axis(
        clip.axis_title,
        tickvals=ticks,
        ticktext=[names[tick] for tick in ticks],
    )
    scores = axis("score (probability)", range=list(limits), nticks=6)
    shapes = [zero_line(n_elements + 2)]
    return {"data": [trace], "layout": layout(xaxis=frames, yaxis=scores, shapes=shapes)}


def _ticks(n_elements: int) -> list[int]:
    """Which of prior, elements and score are named on the axis."""
    if n_elements <= MOST_NAMED:
        return list(range(n_elements + 2))
    every = -(-n_elements // MOST_TICKS)
    middle = range(every, n_elements - every // 2, every)
    return [0, *middle, n_elements + 1]
