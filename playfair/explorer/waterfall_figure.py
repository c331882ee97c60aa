"""From the class prior, one ESV after the other, to the score."""

from playfair.explorer.explained import Clip
from playfair.explorer.plot import NEUTRAL, Figure, axis, layout, zero_line
from playfair.report.look import DISTRACTING, SUPPORTING, named_frames, score

MOST_WRITTEN = 12  # elements whose ESVs are written beside their bars
MOST_TICKS = 8  # beyond these


def waterfall_figure(clip: Clip, label: int, limits: tuple[float, float]) -> Figure:
    """The waterfall of a class's score.

    Args:
        clip: as one model sees it.
        label: the class.
        limits: of the axis of scores.
    """
    esv = clip.esv[:, label].tolist()
    prior = float(clip.prior[label])
    whole = float(clip.score[label])
    n_elements = len(esv)
    ticks = _ticks(n_elements)
    names = ["prior", *clip.names, "score"]
    titles = ["prior", *map(named_frames, clip.held.tolist()), "score"]
    trace = {
        "type": "waterfall",
        "x": list(range(n_elements + 2)),
        "y": [prior, *esv, whole],
        "measure": ["absolute", *["relative"] * n_elements, "total"],
        "text": _texts(prior, esv, whole),
        "textposition": "outside",
        "textfont": {"size": 11},
        "constraintext": "none",
        "cliponaxis": False,
        "customdata": titles,
        "hovertemplate": "%{customdata}: %{delta:+.3f}, so far %{final:score}<extra></extra>",
        "increasing": {"marker": {"color": SUPPORTING}},
        "decreasing": {"marker": {"color": DISTRACTING}},
        "totals": {"marker": {"color": NEUTRAL}},
        "connector": {"line": {"color": NEUTRAL, "width": 1}},
    }
    frames = axis(
        clip.axis_title,
        tickvals=ticks,
        ticktext=[names[tick] for tick in ticks],
        tickangle=0,
        showgrid=False,
    )
    scores = axis("score (probability)", range=list(limits), nticks=6)
    shapes = [zero_line(n_elements + 2)]
    return {"data": [trace], "layout": layout(xaxis=frames, yaxis=scores, shapes=shapes)}


def _texts(prior: float, esv: list[float], whole: float) -> list[str]:
    """What is written beside the bars, ESVs to the same digit; what rounds to 0 has none."""
    digits = _digits(max(map(abs, esv)))
    steps = (
        [_written(value, digits) for value in esv] if len(esv) <= MOST_WRITTEN else [""] * len(esv)
    )
    return [score(prior), *steps, score(whole)]


def _written(value: float, digits: int) -> str:
    """
    >>> _written(-0.031, 3), _written(0.0001, 3)
    ('−0.031', '0')
    """
    return f"{value:+.{digits}f}".replace("-", "−") if round(value, digits) else "0"


def _digits(largest: float) -> int:
    """After the point, so that small numbers are not all written 0."""
    return 3 if largest > 0.01 else 4


def _ticks(n_elements: int) -> list[int]:
    """Which of prior, elements and score are named on the axis."""
    if n_elements <= MOST_WRITTEN:
        return list(range(n_elements + 2))
    every = -(-n_elements // MOST_TICKS)
    middle = range(every, n_elements - every // 2, every)
    return [0, *middle, n_elements + 1]
