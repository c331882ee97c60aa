"""How do attributions differ between classes, and between classes on the same clip?

Reads the ESV stores (built where they are not there). Expected: what supports a class distracts
from its time-reversed twin in TRN, while TSN, which cannot tell them apart, has the same frames
support both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from playfair.analysis.attribution_confusion import against, confusion
from playfair.analysis.blocks import class_indices
from playfair.analysis.classes import (
    Groups,
    leaning,
    leaning_by_class,
    profiles,
    shown_classes,
)
from playfair.analysis.compare import compare, joined, of_models
from playfair.analysis.design import most_seeds
from playfair.analysis.evidence import frames_per_element
from playfair.analysis.verdicts import with_holm
from playfair.datasets.class_groups import read_groups
from playfair.experiments.explored import explored
from playfair.report.figures.classes import classes_figure
from playfair.report.figures.classes_on_clips import against_figure, confusion_figure
from playfair.report.look import decimal, element_word
from playfair.report.sentences import drawn_over, models_side_by_side, rows_of
from playfair.result import Result
from playfair.steps.seeds import pooled
from playfair.steps.study import Study

ROWS = 30  # classes a figure shows and a reader can still tell apart


def classes(
    studies: Sequence[Study],
    *,
    n_frames: int,
    classes: Sequence[str] | None = None,
    groups: str | None = None,
) -> Result:
    """Profiles of all classes, what they lean on, and their likeness on the same clips.

    Args:
        classes: names of those to show in the figures; None: the 30 with the most videos. The
            tables hold all.
        groups: a file of coarse groups of classes, of which the same is asked; None: of none.
    """
    result = of_stores(pooled(studies, n_frames), n_frames, classes, groups)
    return replace(result, explore=explored(studies, n_frames, page="population"))


def of_stores(
    stores: Mapping[str, xr.Dataset],
    n_frames: int,
    classes: Sequence[str] | None = None,
    groups: str | None = None,
) -> Result:
    """The same from opened ESV stores: model → store."""
    last = list(stores.values())[-1]
    coarse = None if groups is None else of_file(groups, last)
    chosen = shown_classes(last, ROWS) if classes is None else class_indices(last, classes)
    names = last["class_name"].values[chosen]
    profile = {name: profiles(esvs) for name, esvs in stores.items()}
    lean = {name: leaning_by_class(esvs) for name, esvs in stores.items()}
    pairs = {name: against(esvs) for name, esvs in stores.items()}
    likeness = {name: per_video for name, (per_video, _) in pairs.items()}
    beside = {name: mean_profiles for name, (_, mean_profiles) in pairs.items()}
    matrix = {name: confusion(esvs) for name, esvs in stores.items()}
    overall = {name: leaning(esvs) for name, esvs in stores.items()}
    summary = with_holm(joined([compare(likeness), compare(overall)]))

    centre = lean[list(stores)[-1]].set_index("class")["centre"]
    word = element_word(frames_per_element(esvs) for esvs in stores.values())
    by_centre = list(centre[names].sort_values(kind="stable").index)
    over = drawn_over(most_seeds(stores.values()))
    n_classes = last.sizes["class"]
    if classes is None and len(names) == n_classes:
        rule = f"All {n_classes} classes"
    elif classes is None:
        rule = f"The {len(names)} classes with the most videos of {n_classes}"
    else:
        rule = f"{len(names)} classes chosen by name"
    by_group = {} if coarse is None else parts_of_groups(stores, coarse, word)
    return Result(
        "Classes",
        f"ESVs by class at {n_frames} frames, with 95 % intervals over each class's "
        f"{over}. The support of a video is what its supporting {word}s add; its centre of mass "
        f"runs from 0, the first {word}, to 1, the last; the effective number of {word}s is the "
        "exponential of the entropy of their shares. The likeness of two classes on a clip is "
        f"the cosine of their ESV profiles: 1 where the same {word}s support both, −1 where what "
        "supports one distracts from the other.",
        findings=findings(summary, word),
        metrics={
            f"{row['model']}_{row['measure']}": float(row["mean"])
            for row in summary.to_dict("records")
            if row["model"] in stores and np.isfinite(row["mean"])
        },
        tables={
            "against": summary,
            "leaning": in_elements(of_models(lean), word),
            "profiles": in_elements(of_models(profile), word),
            "against_profiles": in_elements(of_models(beside), word),
            "confusion": of_models(matrix),
            **{name: part for name, part in by_group.items() if isinstance(part, pd.DataFrame)},
        },
        figures={
            "classes": classes_figure(profile, lean, by_centre, word),
            "against": against_figure(beside),
            "confusion": confusion_figure(matrix, list(names)),
            **{name: part for name, part in by_group.items() if isinstance(part, Figure)},
        },
        alts={
            "classes": f"A grid for each model of mean ESVs, a row for each class and a column for "
            f"each {word}; beside it where each class's support has its centre, and on how many "
            f"{word}s it lies.",
            "against": "Two lines in each panel, of mean ESVs along the clip: of the true class, and "
            "of the class predicted or of the twin.",
            "confusion": "Grids of true classes against classes whose ESVs are read: the support "
            "they have, and how alike their profiles are.",
        },
        captions=captions(rule, over, word)
        | ({} if coarse is None else captions_of_groups(coarse, str(groups), over)),
    )


def of_file(path: str, esvs: xr.Dataset) -> Groups:
    """The groups of a file, for the classes of a store. Raises GroupsError."""
    return Groups(*read_groups(Path(path), esvs["class_name"].values.tolist()))


def parts_of_groups(
    stores: Mapping[str, xr.Dataset], groups: Groups, word: str
) -> dict[str, pd.DataFrame | Figure]:
    """Tables and the figure of coarse groups: group_leaning, group_profiles, groups."""
    profile = {name: profiles(esvs, groups) for name, esvs in stores.items()}
    lean = {name: leaning_by_class(esvs, groups) for name, esvs in stores.items()}
    last = lean[list(stores)[-1]]
    with_videos = last[last["videos"] > 0].sort_values("centre", kind="stable")
    tables = {"group_leaning": of_models(lean), "group_profiles": of_models(profile)}
    named = {
        name: in_elements(table, word)
        .rename(columns={"class": "group"})
        .drop(columns="twin", errors="ignore")
        for name, table in tables.items()
    }
    figure = classes_figure(profile, lean, list(with_videos["class"]), word)
    return {**named, "groups": figure}


def captions_of_groups(groups: Groups, path: str, over: str) -> dict[str, str]:
    """What the groups are and which classes are in none."""
    n_without = int((groups.of_class < 0).sum())
    without = f"; {n_without} of {len(groups.of_class)} classes are in none" if n_without else ""
    text = (
        f"The {len(groups.names)} groups of {path}{without}: as of classes, over all videos of a "
        f"group, with 95 % intervals over {over}."
    )
    return {"groups": text, "group_leaning": text, "group_profiles": text}


def in_elements(table: pd.DataFrame, word: str) -> pd.DataFrame:
    """A table whose columns and words speak of what is removed as one."""
    named = table.rename(columns=lambda name: str(name).replace("frame", word))
    if "leans" in named:
        named["leans"] = named["leans"].str.replace("frame", word)
    return named


def findings(summary: pd.DataFrame, word: str = "frame") -> list[str]:
    """Whether the same elements support a class and its twin, and where support lies."""
    sentences = []
    if rows_of(summary, measure="twin_cosine"):
        likeness = models_side_by_side(summary, "twin_cosine", decimal)
        sentences.append(
            "Likeness of the true class's and its twin's ESVs on the same clip (1: the same "
            f"{word}s support both): {likeness}."
        )
    frames = models_side_by_side(summary, "effective_frames", decimal)
    sentences.append(f"{word.capitalize()}s that a clip's support effectively lies on: {frames}.")
    return sentences


def captions(rule: str, over: str, word: str = "frame") -> dict[str, str]:
    """What the figures and tables show; rule: which classes, over: what intervals take in."""
    return {
        "classes": f"{rule}, from those that lean on early {word}s to those that lean on late ones "
        f"(centre of the last model). Bars: 95 % intervals over {over}.",
        "against": "Mean ESVs of both on the same clips: the true class and the class predicted, "
        "where it is wrong (left), and its time-reversed twin (right). Bands: 95 % intervals over "
        f"{over}.",
        "confusion": f"{rule}. Rows: clips of a class; columns: the class whose ESVs are read. As "
        "ESVs sum to score minus prior, a matrix of sums would be that of scores; the sum of those "
        f"above 0 and the likeness of the profiles tell what the {word}s do. Grey: no videos, or no "
        "ESVs above 10⁻⁶.",
        "leaning": "early (late): the centre lies before (after) the middle; "
        f"few {word}s: the effective number lies below the mean of all videos. Of classes with 10 "
        "videos or more, where p_holm, corrected for all of them (Holm), is below 0.05. Each "
        "interval is of one class.",
    }
