"""Where in a clip do its supporting and distracting frames lie?

Reads the ESV stores (built where they are not there). Expected where the decisive interval is
known: frames inside it support the true class, frames outside add nothing, or take a little:
averaged in, they dilute what the others show.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from playfair.analysis.compare import compare, of_models
from playfair.analysis.design import most_seeds
from playfair.analysis.evidence import (
    esvs_inside_and_outside,
    evidence_of,
    frames_per_element,
)
from playfair.analysis.position import by_position, extremes, extremes_by_chance
from playfair.experiments.dead_zone import require_dead_zone, within
from playfair.experiments.explored import explored
from playfair.experiments.without_a_model import sentence, signs_of, told_decisive
from playfair.report.figures.interactive import Lines
from playfair.report.figures.marks import MOST_DOTS
from playfair.report.figures.position import evidence_figure, extremes_figure, position_figure
from playfair.report.look import element_word, model_name, one, percent, probability
from playfair.report.sentences import drawn_over, holds, on_trainings, rows_of, written
from playfair.result import Result
from playfair.steps.seeds import by_model, pooled
from playfair.steps.study import Study


def position(studies: Sequence[Study], *, n_frames: int, dead_zone: float = 0.0) -> Result:
    """ESV of the true class against position, and where the strongest frames lie.

    Args:
        dead_zone: probability; frames with |ESV| up to it neither support nor distract.
    """
    require_dead_zone(dead_zone)
    stores = pooled(studies, n_frames)
    profiles = {name: by_position(esvs, dead_zone) for name, esvs in stores.items()}
    per_video = {name: extremes(esvs, dead_zone) for name, esvs in stores.items()}
    places = compare(per_video, shares=per_video[next(iter(stores))].columns)
    n_elements = {name: esvs.sizes["element"] for name, esvs in stores.items()}
    places.insert(2, "chance", chances(places, n_elements))
    word = element_word(frames_per_element(esvs) for esvs in stores.values())
    by_place = of_models(profiles).rename(columns={"frame": word})
    tables: dict[str, pd.DataFrame] = {"position": by_place, "extremes": places}
    figures = {
        "position": position_figure(profiles, word),
        "extremes": extremes_figure(places, word),
    }

    evidences = {name: evidence_of(esvs) for name, esvs in stores.items()}
    inside = {
        name: esvs_inside_and_outside(stores[name], evidence)
        for name, evidence in evidences.items()
        if evidence is not None
    }
    if inside:
        tables["evidence"] = compare(inside)
        figures["evidence"] = evidence_figure(tables["evidence"], inside, word)
        models = by_model(studies)
        told = {
            name: told_decisive(stores[name], evidence, signs_of(models[name], n_frames))
            for name, evidence in evidences.items()
            if evidence is not None
        }
        tables["told_decisive"] = of_models(told)
    over = drawn_over(most_seeds(stores.values()))
    return Result(
        "Position",
        f"ESVs of the true class at {n_frames} frames, averaged over the validation videos, with "
        f"95 % intervals over {over}. Position runs from 0, the first sampled {word}, to "
        f"1, the last. The most supporting {word} of a video has its largest ESV, the most "
        f"distracting one its smallest{within(dead_zone)}. Dotted: what chance would give.",
        findings=findings(tables, list(stores), word),
        metrics=metrics(tables, list(stores)),
        tables=tables,
        figures=figures,
        explore=explored(studies, n_frames, page="population"),
        alts={
            "position": "A line for each model: the mean ESV of the true class against the place in "
            f"the clip, and which share of {word}s there supports.",
            "extremes": f"Bars for each model: how often the most supporting and the most distracting "
            f"{word} is the first, one between, or the last, with lines at chance.",
            "evidence": f"Bars for each model: the mean ESV of {word}s inside and outside the "
            f"decisive interval, and the share of such {word}s that support; between them a dot for "
            "each video, inside minus outside, with their mean.",
        },
        interactive={
            "position": Lines(
                tables["position"],
                x="position",
                y="esv",
                by="model",
                titles=("position in the clip", "mean ESV (probability)"),
            )
        },
        captions={
            "position": f"Means over the videos; bands: 95 % intervals over {over}; dotted: by chance.",
            "extremes": f"Share of the videos in which that {word} is the first, the last, or one "
            f"of those between. A video without a supporting (distracting) {word} does not count. "
            f"Bars: 95 % intervals over {over}; dotted: by chance.",
            "evidence": f"Mean ESV of the true class over {word}s inside and outside the decisive "
            "interval, their difference in each video (a dot, where there are up to "
            f"{MOST_DOTS} videos) with its mean, and the share of such {word}s that support. Bars: "
            f"95 % intervals over {over}.",
            "told_decisive": f"How well ESVs, and what asks no model for its answer, tell {word}s "
            "inside the decisive interval from those outside: the share of pairs in which the one "
            "inside has more (auroc, by chance 0.5), and the share of the sum inside, of absolute "
            "values (absolute_mass) and of positive ones (mass).",
        },
    )


def chances(places: pd.DataFrame, n_elements: Mapping[str, int]) -> list[float]:
    """How often each row's place would come by chance; NaN of models that differ in it.

    Args:
        places: columns model (or "one − another") and measure, such as supporting_first.
        n_elements: of each model.
    """
    values = []
    for row in places.to_dict("records"):
        place = str(row["measure"]).split("_")[1]
        models = str(row["model"]).split(" − ")
        by_chance = {extremes_by_chance(n_elements[model])[place] for model in models}
        values.append(by_chance.pop() if len(by_chance) == 1 else np.nan)
    return values


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


def findings(
    tables: dict[str, pd.DataFrame], models: Sequence[str], word: str = "frame"
) -> list[str]:
    """Of each model, whether the decisive elements are credited; else whether a place is."""
    sentences = []
    for model in models:
        if "evidence" in tables:
            sentences += _of_evidence(tables["evidence"], model, word)
            told = tables["told_decisive"]
            sentences.append(sentence(told[told["model"] == model], model, word))
        else:
            sentences += _of_places(tables["extremes"], model, word)
    return sentences


def _of_evidence(table: pd.DataFrame, model: str, word: str) -> list[str]:
    inside = rows_of(table, model=model, measure="inside")
    outside = rows_of(table, model=model, measure="outside")
    differences = rows_of(table, model=model, measure="difference")
    if not inside or not outside or not differences:
        return []
    sentence = (
        f"{model_name(model)}: {one(word)} inside the decisive interval adds "
        f"{written(inside[0], probability)} to the score of the true class, one outside "
        f"{written(outside[0], probability)}"
    )
    row = differences[0]
    if holds(row, 0.0):
        difference = written(row, probability)
        sentence += f"; they are not told apart (difference {difference}: the interval holds 0)"
    return [f"{sentence}{on_trainings(row)}."]


def _of_places(table: pd.DataFrame, model: str, word: str) -> list[str]:
    rows = rows_of(table, model=model, measure="supporting_middle")
    if not rows:
        return []
    row = rows[0]
    chance = float(row["chance"])  # type: ignore[arg-type]
    sentence = (
        f"{model_name(model)}: the most supporting {word} is neither the first nor the last in "
        f"{written(row, percent)} of the videos, by chance in {percent(chance)}"
    )
    if holds(row, chance):
        sentence += "; this is not told apart from chance"
    return [f"{sentence}{on_trainings(row)}."]
