"""Lines that answer the mouse, for W&B: values under the pointer, models and methods switched off by a click."""

import pandas as pd
import plotly.graph_objects as go

from playfair.report.look import CYCLE, model_colour, model_name


def lines(
    table: pd.DataFrame, x: str, y: str, by: str, titles: tuple[str, str], dashes: str | None = None
) -> go.Figure:
    """A line per value of the column `by`, with its 95 % interval as error bars.

    table: columns x, y, by, the ends of the interval ({y}_low or low, {y}_high or high), and, where `dashes` names a
    column, one whose values tell lines of one colour apart. titles: of the two axes, with units.
    """
    low, high = (f"{y}_{end}" if f"{y}_{end}" in table else end for end in ("low", "high"))
    drawn = go.Figure(
        layout={"template": "plotly_white", "xaxis_title": titles[0], "yaxis_title": titles[1]}
    )
    places = list(table[by].unique())
    for keys, rows in table.groupby([by, dashes] if dashes else [by], sort=False):
        colour = (
            model_colour(str(keys[0]))
            if by == "model"
            else CYCLE[places.index(keys[0]) % len(CYCLE)]
        )
        error = {
            "array": rows[high] - rows[y],
            "arrayminus": rows[y] - rows[low],
            "thickness": 1,
            "width": 2,
        }
        drawn.add_scatter(
            x=rows[x],
            y=rows[y],
            error_y=error,
            name=" ".join(model_name(str(key)) for key in keys),
            line={
                "color": colour,
                "dash": "solid" if not dashes or keys[1] == table[dashes].iloc[0] else "dot",
            },
        )
    return drawn
