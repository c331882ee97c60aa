"""What an experiment returns; `report` saves, prints and logs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # 1 s, for which no answer waits
    import pandas as pd
    import plotly.graph_objects as go
    from matplotlib.figure import Figure

    from playfair.video.segment import Segment


@dataclass(frozen=True)
class Strip:
    """One clip as it is shown: its frames and, by model, what every frame adds to one class."""

    title: str
    frames: np.ndarray  # (element, height, width, 3) uint8; of several frames, one below the other
    frame_index: np.ndarray  # (element,) or (element, part), indices in the clip
    esvs: Mapping[str, np.ndarray]  # model → (element,), probability
    notes: Mapping[str, str]  # model → what it predicts
    evidence: tuple[int, int] | None  # [start, stop) frames of the clip
    video: Path | Segment | None = None  # the clip as it is
    right: Mapping[str, bool] = field(default_factory=dict)  # model → whether it is, where known
    explore: str = ""  # the explorer's query that shows the clip


class NoResultError(ValueError, TypeError):
    """An experiment has returned something else than a Result.

    Attributes:
        experiment: its name.
        kind: the type of what it returned.
    """

    def __init__(self, experiment: str, kind: str) -> None:
        self.experiment = experiment
        self.kind = kind
        got = "nothing: end it with return Result(…)" if kind == "NoneType" else f"a {kind}"
        super().__init__(
            f"experiment={experiment} must return a playfair.result.Result(title, summary, "
            f"findings=…, metrics=…, tables=…, figures=…), got {got}."
        )


def require_result(made: object, experiment: str) -> Result:
    """What an experiment made, if it is a Result.

    Raises:
        NoResultError: it is none.
    """
    if not isinstance(made, Result):
        raise NoResultError(experiment, type(made).__name__)
    return made


@dataclass(frozen=True)
class Result:
    """Findings, metrics, tables and figures that answer one question.

    Attributes:
        title: a few words.
        summary: what was asked, what is shown; a paragraph per line.
        findings: what the numbers say, a sentence each; they lead wherever the result is shown.
        metrics: the numbers of metrics.json: results only, no dates, no seconds.
        tables: by the name of their CSV file.
        figures: by the name of their PNG and SVG files.
        kinds: of these files, where others are wanted: "png", "svg" or "pdf".
        interactive: lines that answer the mouse, by name of the figure that each retells, on the
            page and in W&B; they are called, and Plotly imported, where W&B logs.
        strips: clips as film strips, which the page shows in the place of a figure of the name
            film_strips (film_strips_2 and so on where a page of a paper has no room for all), and
            W&B clip by clip.
        captions: by name of table or figure; of strips without a figure, film_strips.
        alts: what is to be seen in a figure, by name, for who cannot see it; its caption where
            none is given.
        names: what names in the tables' columns of models, measures and methods are read as;
            others as `report.look.term` has them.
        explore: the query by which the explorer opens what the result is about.
        parts: results of other experiments that this one is made of.

    Example:
        >>> result = Result("Accuracy", "How often is each model right?", ["TRN: 93 %."])
        >>> result.findings
        ['TRN: 93 %.']
    """

    title: str
    summary: str
    findings: Sequence[str] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    kinds: Sequence[str] = ("png", "svg", "pdf")
    interactive: Mapping[str, Callable[[], go.Figure]] = field(default_factory=dict)
    strips: Sequence[Strip] = ()
    captions: Mapping[str, str] = field(default_factory=dict)
    alts: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    explore: str = ""
    parts: tuple[Result, ...] = ()
