"""Where in a clip do its supporting and distracting frames lie?

Reads the ESV stores (built where they are not there). Expected where the decisive interval is
known: frames inside it support the true class, frames outside add nothing, or take a little:
averaged in, they dilute what the others show.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from playfair.analysis.compare import compare, of_models
from playfair.analysis.design import most_seeds
from playfair.analysis.evidence import esvs_inside_and_outside, evidence_of
from playfair.analysis.position import by_position, extremes, extremes_by_chance
from playfair.report.figures.interactive import lines
from playfair.report.figures.position import evidence_figure, extremes_figure, position_figure
from playfair.report.look import model_name, percent, probability
from playfair.report.sentences import drawn_over, holds, rows_of, written
from playfair.result import Result
from playfair.steps.seeds import pooled
from playfair.steps.study import Study


def position(studies: Sequence[Study], *, n_frames: int) -> Result:
    """ESV of the true class against position, and where the strongest frames lie."""
    stores = pooled(studies, n_frames)
    profiles = {name: by_position(esvs) for name, esvs in stores.items()}
    places = compare({name: extremes(esvs) for name, esvs in stores.items()})
    place = places["measure"].str.split("_").str[1]
    places.insert(2, "chance", place.map(extremes_by_chance(n_frames)))
    tables: dict[str, pd.DataFrame] = {"position": of_models(profiles), "extremes": places}
    figures = {"position": position_figure(profiles), "extremes": extremes_figure(places)}

    evidences = {name: evidence_of(esvs) for name, esvs in stores.items()}
    inside = {
        name: esvs_inside_and_outside(stores[name], evidence)
        for name, evidence in evidences.items()
        if evidence is not None
    }
    if inside:
        tables["evidence"] = compare(inside)
        figures["evidence"] = evidence_figure(tables["evidence"])
    over = drawn_over(most_seeds(stores.values()))
    return Result(
        "Position",
        f"ESVs of the true class at {n_frames} frames, averaged over the validation videos, with "
        f"95 % bootstrap intervals over {over}. Position runs from 0, the first sampled frame, to "
        "1, the last. The most supporting frame of a video has its largest ESV, the most "
        "distracting one its smallest. Dotted: what chance would give.",
        findings=findings(tables, list(stores)),
        metrics=metrics(tables, list(stores)),
        tables=tables,
        figures=figures,
        interactive={
            "position": partial(
                lines,
                tables["position"],
                x="position",
                y="esv",
                by="model",
                titles=("position in the clip", "mean ESV (probability)"),
            )
        },
        captions={
            "position": f"Means over the videos; bands: 95 % intervals over {over}.",
            "extremes": "Share of the videos in which that frame is the first, the last, or one of "
            "those between. A video without a supporting (distracting) frame does not count. "
            f"Bars: 95 % intervals over {over}.",
            "evidence": "Mean ESV of the true class over frames inside and outside the decisive "
            "interval, their difference in the same video, and the share of such frames that "
            f"support. Bars: 95 % intervals over {over}.",
        },
    )


def metrics(tables: dict[str, pd.DataFrame], models: Sequence[str]) -> dict[str, float]:
    """Where each model's strongest frames lie, and its ESVs inside and outside the evidence."""
    values = {}
    for row in tables["extremes"].to_dict("records"):
        if row["model"] in models:
            values[f"{row['model']}_{row['measure']}"] = float(row["mean"])
    if "evidence" in tables:
        for row in tables["evidence"].to_dict("records"):
            if row["model"] in models and row["measure"] in ("inside", "outside"):
                values[f"{row['model']}_esv_{row['measure']}_evidence"] = float(row["mean"])
    return {name: value for name, value in values.items() if np.isfinite(value)}


def findings(tables: dict[str, pd.DataFrame], models: Sequence[str]) -> list[str]:
    """Of each model, whether the decisive frames are credited; else whether a place is."""
    sentences = []
    for model in models:
        if "evidence" in tables:
            sentences += _of_evidence(tables["evidence"], model)
        else:
            sentences += _of_places(tables["extremes"], model)
    return sentences


def _of_evidence(table: pd.DataFrame, model: str) -> list[str]:
    inside = rows_of(table, model=model, measure="inside")
    outside = rows_of(table, model=model, measure="outside")
    differences = rows_of(table, model=model, measure="difference")
    if not inside or not outside or not differences:
        return []
    sentence = (
        f"{model_name(model)}: a frame inside the decisive interval adds "
        f"{written(inside[0], probability)} to the score of the true class, one outside "
        f"{written(outside[0], probability)}"
    )
    if holds(differences[0], 0.0):
        difference = written(differences[0], probability)
        sentence += f"; they are not told apart (difference {difference}: the interval holds 0)"
    return [f"{sentence}."]


def _of_places(table: pd.DataFrame, model: str) -> list[str]:
    rows = rows_of(table, model=model, measure="supporting_middle")
    if not rows:
        return []
    row = rows[0]
    chance = float(row["chance"])  # type: ignore[arg-type]
    sentence = (
        f"{model_name(model)}: the most supporting frame is neither the first nor the last in "
        f"{written(row, percent)} of the videos, by chance in {percent(chance)}"
    )
    if holds(row, chance):
        sentence += "; this is not told apart from chance"
    return [f"{sentence}."]
