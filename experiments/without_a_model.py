"""What tells decisive frames without a model's answer: what an attribution must beat."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.blocks import true_class_esvs
from playfair.analysis.compare import compare
from playfair.analysis.design import rows
from playfair.analysis.evidence import (
    Evidence,
    evidence_absolute_mass,
    evidence_auroc,
    evidence_mass,
)
from playfair.report.look import model_name, percent
from playfair.report.sentences import holds, on_trainings, rows_of, written
from playfair.steps.obtain import is_made
from playfair.steps.samples import clips_of_store, sampled_frames, sampled_units
from playfair.steps.study import Study
from playfair.steps.truth import with_truth

# method → as it is written
NAMES = {
    "esv": "ESV",
    "centre": "the nearness to the clip's middle",
    "feature_norm": "the norm of a frame's features",
    "pixel_change": "the change of the picture",
}


def signs_of(seeds: Sequence[Study], n_frames: int) -> dict[str, np.ndarray]:
    """`without_a_model` of all seeds of a model, below each other as `pooled` has their ESVs."""
    of_seeds = [without_a_model(study, with_truth(study.esvs(n_frames))) for study in seeds]
    common = [name for name in of_seeds[0] if all(name in signs for signs in of_seeds)]
    return {name: np.concatenate([signs[name] for signs in of_seeds]) for name in common}


def without_a_model(study: Study, esvs: xr.Dataset) -> dict[str, np.ndarray]:
    """What is at hand of the explained clips, by method: (video, element), any unit.

    The place alone always; the features' norm and the picture's change where features and decoded
    frames lie there already: nothing is made for it.

    Args:
        esvs: of this study, or some videos of it.
    """
    n = esvs.sizes["element"]
    element = np.arange(1, n + 1)
    weights = np.minimum(element, n + 1 - element).astype(float)
    signs = {"centre": np.tile(weights, (esvs.sizes["video"], 1))}
    if study.is_pretrained or not is_made(study.shown_step, study.layout):
        return signs
    from playfair.attribution.pixel_change import pixel_change

    clips = clips_of_store(study, esvs)
    units = sampled_units(study, clips, n)
    signs["feature_norm"] = units.flatten(2).norm(dim=2).numpy()
    if study.dataset.option("decode_once") and is_made(
        study.frames_step(study.split_name), study.layout
    ):
        pictures = sampled_frames(study, clips, n).float()
        signs["pixel_change"] = pixel_change(pictures).numpy()
    return signs


def told_decisive(
    esvs: xr.Dataset, evidence: Evidence, signs: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """How well ESVs and each sign tell decisive elements, and how far a sign is ahead of ESVs.

    Args:
        esvs: of one model, all seeds.
        signs: method → (video, element).

    Returns:
        columns method (or "one − esv"), measure (auroc, absolute_mass, mass), mean, low, high,
        videos, and what `compare` says of differences.
    """
    values = true_class_esvs(esvs)
    index = rows(esvs)
    own = _measures(values, evidence, index)
    tables = [compare({"esv": own})]
    for name, sign in signs.items():
        table = compare({"esv": own, name: _measures(sign, evidence, index)})
        tables.append(table[table["model"] != "esv"])
    return pd.concat(tables, ignore_index=True).rename(columns={"model": "method"})


def _measures(values: np.ndarray, evidence: Evidence, index: pd.Index) -> pd.DataFrame:
    columns = {
        "auroc": evidence_auroc(values, evidence.inside),
        "absolute_mass": evidence_absolute_mass(values, evidence.inside),
        "mass": evidence_mass(values, evidence.inside),
    }
    return pd.DataFrame(columns, index=index)


def sentence(table: pd.DataFrame, model: str, word: str = "frame") -> str:
    """Whether the best sign without a model's answer tells decisive elements better than ESVs.

    Args:
        table: `told_decisive` of this model.
    """
    (own,) = rows_of(table, method="esv", measure="auroc")
    signs = [name for name in NAMES if name != "esv" and name in set(table["method"])]
    of_signs = {name: rows_of(table, method=name, measure="auroc")[0] for name in signs}
    best = max(signs, key=lambda name: float(str(of_signs[name]["mean"])))
    (ahead,) = rows_of(table, method=f"{best} − esv", measure="auroc")
    verb = "does better" if float(str(ahead["mean"])) > 0 else "does worse"
    if holds(ahead, 0.0):
        verb = "is not told apart from it"
    return (
        f"{model_name(model)}: a decisive {word} has a larger ESV than another of its clip in "
        f"{written(own, percent)} of all pairs (AUROC); {NAMES[best]}, which asks no model for its answer, "
        f"{verb} ({written(of_signs[best], percent)}){on_trainings(ahead)}."
    )
