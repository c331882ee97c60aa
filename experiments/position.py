"""Where in a clip do its supporting and distracting frames lie?

Reads the ESV stores (built where they are not there). Expected where the decisive interval is known: frames inside it
support the true class, frames outside add nothing, or take a little: averaged in, they dilute what the others show.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from playfair.analysis.compare import compare, of_models
from playfair.analysis.position import (
    by_position,
    esvs_inside_and_outside,
    extremes,
    extremes_by_chance,
    inside_evidence,
)
from playfair.report.figures.interactive import lines
from playfair.report.figures.position import evidence_figure, extremes_figure, position_figure
from playfair.result import Result
from playfair.steps.study import Study


def position(studies: Sequence[Study], *, n_frames: int) -> Result:
    """ESV of the true class against position, and how often each frame is the most supporting or distracting one."""
    stores = {study.name: study.esvs(n_frames) for study in studies}
    tables = {name: by_position(esvs) for name, esvs in stores.items()}
    places = compare({name: extremes(esvs) for name, esvs in stores.items()})
    chance = extremes_by_chance(n_frames)
    places.insert(2, "chance", places["measure"].str.split("_").str[1].map(chance))
    shown: dict[str, pd.DataFrame] = {"position": of_models(tables), "extremes": places}
    figures = {"position": position_figure(tables), "extremes": extremes_figure(places)}
    known = {
        study.name: inside_evidence(stores[study.name], study.data.evidence()) for study in studies
    }
    inside = {
        name: esvs_inside_and_outside(stores[name], of)
        for name, of in known.items()
        if of is not None
    }
    if inside:
        shown["evidence"] = compare(inside)
        figures["evidence"] = evidence_figure(shown["evidence"])
    metrics = {
        f"{row.model}_{row.measure}": row.mean for row in places.itertuples() if row.model in stores
    }
    for row in shown["evidence"].itertuples() if inside else ():
        if row.model in stores and row.measure in ("inside", "outside"):
            metrics[f"{row.model}_esv_{row.measure}_evidence"] = row.mean
    return Result(
        "Position",
        f"ESVs of the true class at {n_frames} frames, averaged over the validation videos, with 95 % bootstrap "
        "intervals over videos. Position runs from 0, the first sampled frame, to 1, the last. The most supporting "
        "frame of a video has its largest ESV, the most distracting one its smallest. Dotted: what chance would give.",
        metrics={name: float(value) for name, value in metrics.items() if np.isfinite(value)},
        tables=shown,
        figures=figures,
        interactive={
            "position": lines(
                shown["position"],
                "position",
                "esv",
                "model",
                ("position in the clip", "mean ESV (probability)"),
            )
        },
        captions={
            "extremes": "Share of the videos in which that frame is the first, the last, or one of those between. "
            "A video without a supporting (distracting) frame does not count.",
            "evidence": "Mean ESV of the true class over frames inside and outside the decisive interval, their "
            "difference in the same video, and the share of such frames that support.",
        },
    )
