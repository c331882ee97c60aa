"""What an experiment returns; `report` saves, prints and logs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
from matplotlib.figure import Figure


@dataclass(frozen=True)
class Result:
    """Metrics, tables and figures that answer one question; `parts` are results of other experiments it is made of.

    Example:
        Result("Accuracy", "How often each model is right.", metrics={"trn_top1": 0.93})
    """

    title: str
    summary: str  # one paragraph: what was asked, what is shown
    metrics: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    captions: Mapping[str, str] = field(default_factory=dict)  # by name of table or figure
    parts: tuple["Result", ...] = ()
