"""What an experiment returns; `report` saves, prints and logs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from matplotlib.figure import Figure


@dataclass(frozen=True)
class Strip:
    """One clip as it is shown: its frames and, for each model, what every frame contributes to one class."""

    title: str
    frames: np.ndarray  # (frame, height, width, 3) uint8
    frame_index: np.ndarray  # (frame,) indices in the clip
    esvs: Mapping[str, np.ndarray]  # model → (frame,), probability
    notes: Mapping[str, str]  # model → what it predicts
    evidence: tuple[int, int] | None  # [start, stop) frames of the clip
    video: Path | None = None  # the clip as it is


@dataclass(frozen=True)
class Result:
    """Metrics, tables and figures that answer one question; `parts` are results of other experiments it is made of.

    Example:
        Result("Accuracy", "How often each model is right.", metrics={"trn_top1": 0.93})
    """

    title: str
    summary: str  # what was asked, what is shown; a paragraph per line
    metrics: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    interactive: Mapping[str, go.Figure] = field(
        default_factory=dict
    )  # by name of the figure that each retells in W&B
    strips: Sequence[Strip] = ()  # of a figure of film strips: what W&B shows clip by clip
    captions: Mapping[str, str] = field(default_factory=dict)  # by name of table or figure
    parts: tuple["Result", ...] = ()
