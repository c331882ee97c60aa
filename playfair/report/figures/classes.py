"""ESVs by class: profiles, and what classes lean on."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from playfair.report.figures.heat_map import DIVERGING, heat_map, shortened
from playfair.report.figures.sheet import BOTH, labelled, legend
from playfair.report.look import ZERO, model_colour, model_name, style

ROW = 0.125  # inches of a class
NAME = 32  # letters


def classes_figure(
    profiles: Mapping[str, pd.DataFrame],
    leaning: Mapping[str, pd.DataFrame],
    names: Sequence[str],
    word: str = "frame",
) -> Figure:
    """A row for each class: its ESVs over the clip, its support's centre, and on how many frames.

    Args:
        profiles, leaning: model → tables of `analysis.classes`.
        names: of the classes, from the top.
        word: `look.element_word` of the models.
    """
    n_models = len(profiles)
    rows = len(names)
    grids = {model: _grid(table, names) for model, table in profiles.items()}
    largest = max(float(np.nanmax(np.abs(grid))) for grid in grids.values())
    with style():
        height = 1.0 + ROW * max(rows, 4)
        figure = Figure(figsize=(BOTH, height), layout="constrained")
        panels = list(figure.subplots(1, n_models + 2, sharey=True, squeeze=False)[0])
        for axes, (model, grid) in zip(panels, grids.items(), strict=False):
            cells = heat_map(axes, grid, DIVERGING, (-largest, largest))
            last = grid.shape[1] - 1
            axes.set_xticks(sorted({0.5, last + 0.5}), ["first", "last"][: last + 1])
            axes.set(title=model_name(model), xlabel=word)
        centre, effective = panels[n_models:]
        _dots(centre, leaning, names, "centre")
        _dots(effective, leaning, names, "effective_frames")
        centre.axvline(0.5, color=ZERO, linewidth=0.8, linestyle=":")
        centre.set(title="Centre of support", xlabel="position in the clip", xlim=(0, 1))
        effective.set(title=f"{word.capitalize()}s leant on", xlabel=f"effective {word}s")
        effective.set_xlim(left=1)
        panels[0].set_yticks(np.arange(rows) + 0.5, [shortened(n, NAME) for n in names])
        panels[0].set_ylim(rows, 0)
        labelled(figure, panels)
        # below its maps, so that its label is nobody else's
        bar = figure.colorbar(
            cells, ax=panels[:n_models], location="bottom", aspect=30, shrink=0.9, pad=0.02
        )
        bar.set_label("mean ESV (probability)")
        bar.locator = MaxNLocator(5)
        legend(figure, effective)
    return figure


def _dots(
    axes: Axes, leaning: Mapping[str, pd.DataFrame], names: Sequence[str], column: str
) -> None:
    """Means with their intervals, classes downwards, models one above the other."""
    for i, (model, table) in enumerate(leaning.items()):
        rows = table.set_index("class").loc[list(names)]
        y = np.arange(len(names)) + 0.5 + 0.3 * (i - (len(leaning) - 1) / 2)
        below = rows[column] - rows[f"{column}_low"]
        above = rows[f"{column}_high"] - rows[column]
        axes.errorbar(
            rows[column],
            y,
            xerr=[below, above],
            fmt="o",
            markersize=3,
            elinewidth=0.9,
            color=model_colour(model),
            label=model_name(model),
        )
    axes.grid(axis="y", color="0.92", linewidth=0.6)
    axes.tick_params(axis="y", length=0)


def _grid(table: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Mean ESVs: (class, frame)."""
    cells = table.pivot(index="class", columns="frame", values="esv")
    return np.asarray(cells.loc[list(names)].to_numpy())
