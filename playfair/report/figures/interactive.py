"""Lines that answer the mouse, for W&B: values under the pointer, a click hides a model."""

from typing import TYPE_CHECKING

import pandas as pd

from playfair.report.look import CYCLE, model_colour, model_name

if TYPE_CHECKING:
    import plotly.graph_objects as go


def lines(
    table: pd.DataFrame,
    *,
    x: str,
    y: str,
    by: str,
    titles: tuple[str, str],
    dashes: str | None = None,
) -> "go.Figure":
    """A line per value of a column, with its 95 % interval as error bars.

    Args:
        table: columns x, y, by, and the ends of the interval: {y}_low or low, {y}_high or high.
        by: the column whose values are lines.
        titles: of the two axes, with units.
        dashes: a column whose values tell lines of one colour apart.
    """
    import plotly.graph_objects as go  # 0.6 s, which only a run that logs to W&B pays

    low, high = (f"{y}_{end}" if f"{y}_{end}" in table else end for end in ("low", "high"))
    figure = go.Figure(
        layout={"template": "plotly_white", "xaxis_title": titles[0], "yaxis_title": titles[1]}
    )
    places = list(table[by].unique())
    for keys, rows in table.groupby([by, dashes] if dashes else [by], sort=False):
        name = str(keys[0])
        colour = model_colour(name) if by == "model" else CYCLE[places.index(name) % len(CYCLE)]
        is_first = not dashes or keys[1] == table[dashes].iloc[0]
        figure.add_scatter(
            x=rows[x],
            y=rows[y],
            error_y={
                "array": rows[high] - rows[y],
                "arrayminus": rows[y] - rows[low],
                "thickness": 1,
                "width": 2,
            },
            name=" ".join(model_name(str(key)) for key in keys),
            line={"color": colour, "dash": "solid" if is_first else "dot"},
        )
    return figure
