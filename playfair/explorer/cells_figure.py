"""Mean ESVs by class and frame as a heat map."""

from collections.abc import Sequence

import numpy as np

from playfair.explorer.plot import DIVERGING, Figure, axis, cells_with_nan, layout

ROW_HEIGHT = 20


def cells_figure(
    means: np.ndarray,
    counts: np.ndarray,
    names: Sequence[str],
    largest: float,
    *,
    cell: Sequence[int],
    word: str = "frame",
) -> Figure:
    """The heat map of a model; a class without clips has no row.

    Args:
        means: (class, element), probability.
        counts: (class,), clips.
        names: of all classes.
        largest: where the colours end, probability.
        cell: the (class, element) that is framed; () for none.
        word: `look.element_word` of the stores.
    """
    n_elements = means.shape[1]
    classes = np.flatnonzero(counts).tolist()
    trace = {
        "type": "heatmap",
        "z": cells_with_nan(np.round(means[classes], 5)),
        "y": [str(label) for label in classes],  # what a click says, beside the element
        "text": [[_hover(names[label], int(counts[label]))] * n_elements for label in classes],
        "hovertemplate": f"%{{text}}<br>{word} %{{x}}: %{{z:+.3f}}<extra></extra>",
        "colorscale": DIVERGING,
        "zmin": -largest,
        "zmax": largest,
    }
    rows = axis(
        "",
        autorange="reversed",
        automargin=True,
        tickvals=list(range(len(classes))),
        ticktext=[names[label] for label in classes],
    )
    elements = axis(f"{word} (0: the first)", dtick=max(1, n_elements // 8))
    return {
        "data": [trace],
        "layout": layout(
            height=max(140, 60 + ROW_HEIGHT * len(classes)),
            xaxis=elements,
            yaxis=rows,
            shapes=_frame(classes, cell),
        ),
    }


def _hover(name: str, n_clips: int) -> str:
    return f"{name}\n1 clip" if n_clips == 1 else f"{name}\n{n_clips:,} clips"


def _frame(classes: Sequence[int], cell: Sequence[int]) -> list[Figure]:
    """The frame round the chosen cell."""
    if not cell or cell[0] not in classes:
        return []
    row = classes.index(cell[0])
    column = cell[1]
    return [
        {
            "type": "rect",
            "x0": column - 0.5,
            "x1": column + 0.5,
            "y0": row - 0.5,
            "y1": row + 0.5,
            "line": {"color": "#000", "width": 2.5},
        }
    ]
