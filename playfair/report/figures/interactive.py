"""Lines that answer the mouse: on the page as a chart, in W&B as a Plotly figure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from playfair.report.look import CYCLE, hexadecimal, model_colour, model_name

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True)
class Lines:
    """A line per value of a column, with its 95 % interval; called, it is a Plotly figure.

    Attributes:
        table: columns x, y, by, and the ends of the interval: {y}_low or low, {y}_high or high.
        x, y: columns.
        by: the column whose values are lines.
        titles: of the two axes, with units.
        dashes: a column whose values tell lines of one colour apart.
        name: what the lines are of, where there are several charts.
        names: what values of `by` and `dashes` are read as, where not as models are.
        colours: of values of `by`, where they have their own; models have.
    """

    table: pd.DataFrame
    x: str
    y: str
    by: str
    titles: tuple[str, str]
    dashes: str | None = None
    name: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    colours: Mapping[str, str] = field(default_factory=dict)

    @property
    def ends(self) -> tuple[str, str]:
        """The columns of the interval's ends."""
        low, high = (
            f"{self.y}_{end}" if f"{self.y}_{end}" in self.table else end for end in ("low", "high")
        )
        return low, high

    def each(self) -> Iterator[tuple[str, str, bool, pd.DataFrame]]:
        """Name, colour, whether it is solid, and rows of every line."""
        places = list(self.table[self.by].unique())
        keys_of_lines = [self.by, self.dashes] if self.dashes else [self.by]
        for keys, rows in self.table.groupby(keys_of_lines, sort=False):
            name = str(keys[0])
            if self.by == "model":
                colour = model_colour(name)
            else:
                colour = hexadecimal(self.colours.get(name, CYCLE[places.index(name) % len(CYCLE)]))
            is_solid = not self.dashes or keys[1] == self.table[self.dashes].iloc[0]
            read = [self.names.get(str(key)) or model_name(str(key)) for key in keys]
            yield " ".join(read), colour, is_solid, rows

    def __call__(self) -> "go.Figure":
        """The lines in Plotly: a click hides one."""
        import plotly.graph_objects as go  # 0.6 s, which only a run that logs to W&B pays

        low, high = self.ends
        figure = go.Figure(
            layout={
                "template": "plotly_white",
                "xaxis_title": self.titles[0],
                "yaxis_title": self.titles[1],
            }
        )
        for name, colour, is_solid, rows in self.each():
            figure.add_scatter(
                x=rows[self.x],
                y=rows[self.y],
                error_y={
                    "array": rows[high] - rows[self.y],
                    "arrayminus": rows[self.y] - rows[low],
                    "thickness": 1,
                    "width": 2,
                },
                name=name,
                line={"color": colour, "dash": "solid" if is_solid else "dot"},
            )
        return figure
