"""What does every frame of the validation split add to, or take from, every class's score?

Reads features and heads (built where they are not there); writes the ESV store of each study.
Expected: the ESVs of a video sum to its score minus the prior within 1e-6 for every class.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.accuracy import accuracy, additivity
from playfair.analysis.blocks import blocks
from playfair.experiments.explored import explored
from playfair.experiments.film_strips import (
    RULE,
    alt,
    caption,
    figures_of,
    film_strips,
    table_of,
)
from playfair.report.look import element_word, model_name, number
from playfair.report.sentences import listed
from playfair.result import Result, Strip
from playfair.steps.seeds import by_model
from playfair.steps.study import Study
from playfair.video.reader import VideoError

# Rounding leaves 1e-6; what is more is a fault, of the store or of the engine.
MOST_GAP = 1e-3


def esv(studies: Sequence[Study], *, n_frames: int, shown: bool = True) -> Result:
    """ESVs at n_frames, exact or estimated; how large they are and how exactly they add up.

    Args:
        shown: whether those of some clips are shown, as film strips and a table.
    """
    several = any(len(seeds) > 1 for seeds in by_model(studies).values())
    table = pd.DataFrame([row(study, n_frames, with_seed=several) for study in studies])
    gap = float(table["max_efficiency_gap"].max())
    strips = strips_of(studies, n_frames) if shown else []
    return Result(
        "Element Shapley Values",
        f"ESVs of the validation videos at {n_frames} frames, for all classes. Clips with fewer "
        "are left out, or with dataset.short=repeat show frames more than once; those that "
        "cannot be decoded are left out. The efficiency gap is the largest difference, over "
        "videos and classes, between the sum of the ESVs and score minus prior."
        + of_views(studies[0].views),
        findings=[
            f"The ESVs of every video add up to its score minus the prior, for all classes, within "
            f"{number(gap)}.",
            sizes(table),
            *of_errors(table),
        ],
        metrics={**metrics(table), "max_efficiency_gap": gap},
        tables={"esvs": table, **({"film_strips": table_of(strips)} if strips else {})},
        strips=strips,
        figures=figures_of(strips),
        captions=captions(studies, bool(strips)),
        alts={"film_strips": alt(strips)} if strips else {},
        explore=explored(studies, n_frames),
    )


def strips_of(studies: Sequence[Study], n_frames: int) -> list[Strip]:
    """Clips with their ESVs, of each model's first seed; none where there are no clips to show."""
    if not all(study.has_videos for study in studies):
        return []
    first_seeds = [seeds[0] for seeds in by_model(studies).values()]
    try:
        return film_strips(first_seeds, n_frames)
    except (VideoError, OSError):  # gone since they were explained, which stays as it is
        return []


def sizes(table: pd.DataFrame) -> str:
    """How large ESVs are: the yardstick for all that is said of one."""
    means = table.groupby("model", sort=False)["mean_abs_esv"].mean()
    models = [
        f"{model_name(str(name))}'s{'' if i else ' score'} by {number(value)}"
        for i, (name, value) in enumerate(means.items())
    ]
    return f"On average over videos, frames and classes an ESV moves {listed(models)}."


def captions(studies: Sequence[Study], with_strips: bool) -> dict[str, str]:
    """What the table and the strips show."""
    said = {
        "esvs": "What each store holds. Efficiency gap: the largest difference, over videos and "
        "classes, between the sum of the ESVs and score minus prior; mean |ESV|: over "
        "videos, elements and classes."
    }
    if with_strips:
        word = element_word(study.frames_per_element for study in studies)
        several = any(len(seeds) > 1 for seeds in by_model(studies).values())
        of_seed = f" Of seed {studies[0].seed}." if several else ""
        said["film_strips"] = caption(word, f"by rule: {RULE}.{of_seed}")
    return said


def of_views(views: str) -> str:
    """What scores are the mean of, where it is more than one crop."""
    if views == "one":
        return ""
    return f" Scores, and with them ESVs, are the mean over the crops of views={views}."


def of_errors(table: pd.DataFrame) -> list[str]:
    """How errors of estimates are stated; nothing of exact values.

    >>> of_errors(pd.DataFrame({"videos": [9], "no_error_stated": [0], "plain_means": [0]}))
    ['Values are estimated, each with its error.']
    """
    if "no_error_stated" not in table:
        return []
    n_videos = int(table["videos"].sum())
    n_unstated = int(table["no_error_stated"].sum())
    n_plain = int(table["plain_means"].sum())
    if not n_unstated and not n_plain:
        return ["Values are estimated, each with its error."]
    said = "Values are estimated."
    if n_unstated:
        said += f" No error is stated of {n_unstated} of {n_videos} videos."
    if n_plain:
        said += (
            f" Of {n_plain} the surrogate told nothing: values are of plain means over what was "
            "evaluated, with wider errors."
        )
    return [said]


def errors_of(esvs: xr.Dataset) -> dict[str, int]:
    """Of how many videos no error is stated, and how many are of plain means; of estimates."""
    if "stderr" not in esvs:
        return {}
    stated = [np.isfinite(block["stderr"].values).all((1, 2)) for block in blocks(esvs)]
    n_plain = int(esvs["plain"].values.sum()) if "plain" in esvs else 0
    return {"no_error_stated": int((~np.concatenate(stated)).sum()), "plain_means": n_plain}


def row(study: Study, n_frames: int, *, with_seed: bool) -> dict[str, object]:
    """What one store holds."""
    esvs = study.esvs(n_frames)
    counts = dict(esvs.attrs["counts"])
    counts.pop("split")
    measures = accuracy(esvs).set_index("measure")["mean"]
    sums = additivity(esvs)
    folder = study.layout.folder(study.esvs_step(n_frames))
    if study.estimator.budget is None and not sums["max_efficiency_gap"] <= MOST_GAP:
        study.workplace.faults.append(
            f"{study.name}: exact ESVs add up to the score minus the prior within 1e-6; those in "
            f"{folder} miss it by up to {sums['max_efficiency_gap']:.2g}. They are not to be relied "
            "on: remove that folder and type the same command, and where it stays so, report it."
        )
    return {
        "model": study.name,
        **({"seed": study.seed} if with_seed else {}),
        "videos": esvs.sizes["video"],
        "frames": n_frames,
        **counts,
        "classes": esvs.sizes["class"],
        "top1": measures["top1"],
        "top5": measures["top5"],
        **sums,
        **errors_of(esvs),
        "store": str(folder),
    }


def metrics(table: pd.DataFrame) -> dict[str, float]:
    """Of each model the means over its seeds, of the efficiency gap the largest."""
    values = {}
    for model, rows in table.groupby("model", sort=False):
        numbers = rows.drop(columns=["model", "seed", "store"], errors="ignore")
        for name, column in numbers.items():
            value = column.max() if name == "max_efficiency_gap" else column.mean()
            if np.isfinite(value):  # of clips without classes none is right or wrong
                values[f"{model}_{name}"] = float(value)
    return values
