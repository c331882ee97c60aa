"""Where in a clip its supporting and distracting frames lie."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from playfair.report.figures.marks import band, model_bars, paired
from playfair.report.figures.sheet import equal, labelled, legend, side_by_side
from playfair.report.look import ERROR, ZERO, model_colour, model_name, style

PANELS = (
    ("esv", "ESV of the true class", "mean ESV (probability)"),
    ("most_supporting", "Most supporting {word}", "share of videos"),
    ("most_distracting", "Most distracting {word}", "share of videos"),
)


def position_figure(tables: Mapping[str, pd.DataFrame], word: str = "frame") -> Figure:
    """ESV of the true class against position, and how often a frame is the strongest one.

    Args:
        tables: model → table of `analysis.position.by_position`.
        word: `look.element_word` of the models.
    """
    numbers = sorted({len(table) for table in tables.values()})
    with style():
        figure, panels = side_by_side(3, tall=1.8)
        for axes, (column, title, unit) in zip(panels, PANELS, strict=True):
            for name, table in tables.items():
                _line(axes, table, column, name)
            axes.set_title(title.format(word=word))
            axes.set_xlabel("position in the clip")
            axes.set_ylabel(unit)
            if column == "esv":
                axes.axhline(0, color=ZERO, linewidth=0.8)
            else:
                for n_elements in numbers:  # models may have different ones of the same frames
                    axes.axhline(1 / n_elements, color=ZERO, linewidth=0.8, linestyle=":")
                axes.set_ylim(bottom=0)
        equal(panels[1:], "y")
        labelled(figure, panels)
        legend(figure, panels[0])
    return figure


def _line(axes: Axes, table: pd.DataFrame, column: str, model: str) -> None:
    colour = model_colour(model)
    band(axes, table, "position", (f"{column}_low", f"{column}_high"), colour)
    axes.plot(table["position"], table[column], marker="o", color=colour, label=model_name(model))


def extremes_figure(table: pd.DataFrame, word: str = "frame") -> Figure:
    """How often the strongest frame of either kind is the first, between, or the last.

    Args:
        table: `analysis.compare.compare` of `analysis.position.extremes`, with a column chance.
        word: `look.element_word` of the models.
    """
    with style():
        figure, panels = side_by_side(2, tall=1.8)
        for axes, kind in zip(panels, ("supporting", "distracting"), strict=True):
            measures = [f"{kind}_{place}" for place in ("first", "middle", "last")]
            model_bars(axes, table, measures, ["first", "between", "last"])
            for x, measure in enumerate(measures):
                ends = [x - 0.42, x + 0.42]
                chances = table.loc[table["measure"] == measure, "chance"].dropna()
                for chance in chances.unique():
                    axes.plot(ends, [chance, chance], color=ERROR, linewidth=1, linestyle=":")
            axes.set(title=f"Most {kind} {word}", ylabel="share of videos")
        equal(panels, "y")
        labelled(figure, panels)
        legend(figure, panels[0])
    return figure


def evidence_figure(
    table: pd.DataFrame, per_video: Mapping[str, pd.DataFrame], word: str = "frame"
) -> Figure:
    """ESVs inside and outside the decisive interval, their difference in each video, and how many
    frames support there.

    Args:
        table: `analysis.compare.compare` of `analysis.evidence.esvs_inside_and_outside`.
        per_video: model → `analysis.evidence.esvs_inside_and_outside`.
        word: `look.element_word` of the models.
    """
    places = ["inside", "outside"]
    with style():
        figure, panels = side_by_side(3, tall=1.8)
        left, middle, right = panels
        model_bars(left, table, places, places)
        model_bars(right, table, ["supporting_inside", "supporting_outside"], places)
        paired(middle, {name: rows["difference"] for name, rows in per_video.items()}, table)
        left.set(title="Decisive interval", ylabel="mean ESV (probability)")
        middle.set(title="Inside − outside", ylabel="difference in a video (probability)")
        title = f"{word.capitalize()}s that support"
        right.set(title=title, ylabel=f"share of {word}s", ylim=(0, 1))
        for axes in (left, middle):
            axes.axhline(0, color=ZERO, linewidth=0.8)
        labelled(figure, panels)
        legend(figure, left)
    return figure
