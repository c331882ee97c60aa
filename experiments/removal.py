"""Which removal is valid for a model?

What becomes of a removed element decides on every ESV: a frame may be dropped (its tokens absent,
positions kept), deleted (a shorter clip), frozen (its nearest kept neighbour instead) or blanked.
None is right for all models. Identical frames cost VideoMAE 20 points of accuracy, a shorter clip
costs a 3D network as much, and blank frames are unlike anything that a model was trained on.

Reads clips or features, and the model; keeps nothing but its result. Asked are accuracy and score
with few, evenly spaced elements left, by each removal that the model stands; and whether the whole
clip is answered alike when it is made longer or stiller and nothing is removed. Expected: TSN cares
for neither length nor repetition; what drops tokens is never worse than what replaces them.
"""

from collections.abc import Container, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from playfair.analysis.compare import compare, joined
from playfair.analysis.removal import (
    LONGER,
    PAIRS,
    STILL,
    Removed,
    agreement,
    behind,
    by_elements,
    doubtful,
    per_video,
)
from playfair.datasets.dataset import UNKNOWN_CLASS
from playfair.report.figures.removal import removal_figure
from playfair.report.look import element_word, model_name, percent, points
from playfair.report.sentences import drawn_over, holds, listed, on_trainings, rows_of, written
from playfair.result import Result
from playfair.shapley.game import game_of
from playfair.shapley.removal import REMOVALS, seen
from playfair.steps.esvs import head_of
from playfair.steps.samples import clips_explained, sampled_units
from playfair.steps.seeds import by_model
from playfair.steps.shown import in_parts
from playfair.steps.study import Study
from playfair.steps.truth import NoTruthError
from playfair.steps.workplace import device_of
from playfair.video.sampling import segment_centres

VIDEOS_AT_ONCE = 64
WAYS = {
    "drop": "dropping tokens",
    "delete": "deleting",
    "freeze": "freezing",
    "blank": "blanking",
}


class Asked(NamedTuple):
    """What one model made of the same clips in all ways.

    Attributes:
        removed: by removal and number of elements left.
        checks: name → how alike the whole clip was answered.
        n_elements: of a whole clip.
    """

    removed: list[Removed]
    checks: dict[str, pd.DataFrame]
    n_elements: int


def removal(studies: Sequence[Study], *, n_frames: int, n_videos: int = 500) -> Result:
    """Accuracy and score of what is left, by removal, and a verdict.

    Args:
        n_videos: at most so many validation videos, evenly spaced.
    """
    models = by_model(studies)
    left = []
    against = []
    checked = []
    findings = []
    metrics: dict[str, float] = {}
    for model, seeds in models.items():
        asked = of_seeds(seeds, n_frames, n_videos)
        half = max(1, asked.n_elements // 2)
        losses = behind(asked.removed, half)
        left.append(by_elements(asked.removed).assign(model=model))
        against.append(losses.assign(model=model, elements=half))
        checked += [
            compare({model: table}, shares=["agreement"]).assign(check=name)
            for name, table in asked.checks.items()
        ]
        findings += verdict(model, asked, losses, half)
        metrics |= numbers(model, left[-1], half)
    table = joined(left)
    over = drawn_over(max(len(seeds) for seeds in models.values()))
    word = element_word(study.frames_per_element for study in studies)
    used = len(asked.removed[0].per_video) // len(seeds)
    return Result(
        "Removal",
        f"Score and accuracy of {used} videos of the {studies[0].split_name} split at {n_frames} "
        "frames when all but some evenly spaced elements are removed, and whether a whole clip is "
        f"answered alike when only its length or its movement changes; 95 % intervals over {over}.",
        findings=findings,
        metrics=metrics,
        tables={"removal": table, "behind": joined(against), "checks": joined(checked)},
        figures={"removal": removal_figure(table, word)},
        alts={
            "removal": f"A line for each removal against the number of {word}s left: accuracy and "
            "score of each model."
        },
        captions={
            "removal": f"{word.capitalize()}s that are left lie at the centres of equal segments of the clip. "
            f"Drop: tokens are absent, positions kept; delete: a shorter clip; freeze: the nearest "
            f"kept {word} instead; blank: the mean picture. Bands: 95 % intervals over {over}.",
            "behind": "How far score and accuracy lie behind those of the best removal, on the same "
            "videos.",
            "checks": "Of whole clips. agreement: share of videos whose highest class stays; change: "
            "half the sum of absolute differences of scores, 0 for none and 1 for all.",
        },
    )


def of_seeds(seeds: Sequence[Study], n_frames: int, n_videos: int) -> Asked:
    """`of_study` of every seed of a model, one below the other."""
    parts = [of_study(study, n_frames, n_videos) for study in seeds]
    if len(parts) == 1:
        return parts[0]
    numbers_of_seeds = [study.seed for study in seeds]

    def below(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
        named = dict(zip(numbers_of_seeds, tables, strict=True))
        return pd.concat(named, names=["seed", "uid"])

    removed = [
        same[0]._replace(per_video=below([of.per_video for of in same]))
        for same in zip(*(part.removed for part in parts), strict=True)
    ]
    checks = {name: below([part.checks[name] for part in parts]) for name in parts[0].checks}
    return Asked(removed, checks, parts[0].n_elements)


@torch.no_grad()
def of_study(study: Study, n_frames: int, n_videos: int) -> Asked:
    """All that is asked of one model."""
    model: Any = head_of(study.head_step, study.layout)
    device = device_of(model, study.workplace)
    model.to(device)
    split = study.dataset.opened.split(study.split_name)
    clips = clips_explained(study, n_frames)
    clips = clips[split.targets[clips] != UNKNOWN_CLASS]
    if len(clips) == 0:
        raise NoTruthError(study.split_name)
    places = np.linspace(0, len(clips) - 1, min(n_videos, len(clips))).round().astype(int)
    clips = clips[places]
    prior = torch.from_numpy(study.dataset.opened.prior()).float().to(device)
    scores: dict[tuple[str, int], list[Tensor]] = {}
    answers: dict[str, list[Tensor]] = {}
    for some in in_parts(study.shown(), clips, n_frames, VIDEOS_AT_ONCE):
        units = sampled_units(study, some, n_frames).to(device).nan_to_num()
        for name in removals_of(model):
            for k in kept_numbers(units.shape[1]):
                answer = left_scores(model, units, prior, name, k)
                scores.setdefault((name, k), []).append(answer.cpu())
        for name, changed in variants(model, units).items():
            answers.setdefault(name, []).append(model(changed).softmax(-1).cpu())
    label = split.targets[clips]
    index = pd.Index(split.uids[clips].astype(str), name="uid")
    removed = [
        Removed(name, k, per_video(torch.cat(parts).numpy(), label, index))
        for (name, k), parts in scores.items()
    ]
    whole = torch.cat(answers.pop("whole")).numpy()
    checks = {
        name: agreement(torch.cat(parts).numpy(), whole, index) for name, parts in answers.items()
    }
    return Asked(removed, checks, units.shape[1])


def removals_of(model: Any) -> tuple[str, ...]:
    """Those that a model stands."""
    return tuple(getattr(model, "removals", REMOVALS))


def kept_numbers(n_elements: int) -> list[int]:
    """How many elements are left: all, a half, a quarter and so on, and one."""
    numbers = []
    k = n_elements
    while k >= 1:
        numbers.append(k)
        k //= 2
    return numbers


def left_scores(model: Any, units: Tensor, prior: Tensor, name: str, k: int) -> Tensor:
    """Scores with k evenly spaced elements left: (video, class)."""
    n_elements = units.shape[1]
    inside = torch.zeros(1, n_elements, dtype=torch.bool, device=units.device)
    inside[0, torch.from_numpy(segment_centres(n_elements, k))] = True
    return game_of(model, units, prior, removal=name).scores(inside)[0]


def variants(model: Any, units: Tensor) -> dict[str, Tensor]:
    """The whole clip, and what a model that reads content alone would answer alike."""
    n_elements = units.shape[1]
    clips = {"whole": units}
    if n_elements > 1:
        inside = (torch.arange(n_elements, device=units.device) % 2 == 0)[None]
        clips[STILL] = units[:, seen(inside, "freeze")[0]]
    if getattr(model, "frames_per_element", 1) > 1:
        clips[PAIRS] = units[:, :, :1].expand_as(units)
    if "delete" in removals_of(model):
        clips[LONGER] = units.repeat_interleave(2, 1)
    return clips


def verdict(model: str, asked: Asked, losses: pd.DataFrame, half: int) -> list[str]:
    """Which removals may be used for a model, and what speaks against the others."""
    best, *others = dict.fromkeys(losses["removal"])
    against = doubtful(asked.checks)
    alike = [best]
    costs = []
    for name in others:
        row = rows_of(losses, removal=name, measure="correct")[0]
        if holds(row, 0.0):
            alike.append(name)
        else:
            costs.append(f"; {WAYS[name]} costs {written(row, points).replace('+', '')}")
    advice = advised(list(dict.fromkeys(of.removal for of in asked.removed)), alike, against)
    told_apart = ""
    if len(alike) > 1:
        told_apart = f", not told apart from {listed([WAYS[name] for name in alike[1:]])}"
    # of several trainings all are alike in that the best removal is behind itself by 0
    over = on_trainings(losses.iloc[0].drop("alike", errors="ignore").to_dict())
    sentences = [
        f"{model_name(model)}, {half} of {asked.n_elements} elements left: {WAYS[best]} keeps the "
        f"most accuracy{told_apart}{''.join(costs)}{over}. {advice}"
    ]
    for name, check in against.items():
        agreed = percent(float(asked.checks[check]["agreement"].mean()))
        sentences.append(
            f"{model_name(model)}: {WAYS[name]} is in doubt: {check}, a whole clip is answered alike "
            f"in {agreed} of the videos only."
        )
    return sentences


def advised(known: Sequence[str], alike: Sequence[str], against: Container[str]) -> str:
    """What to type, and why where it is not the one that kept the most accuracy.

    Args:
        known: the model's removals, its own first.
        alike: those that are not told apart from the best, which is the first.
        against: those in doubt.

    Example:
        >>> advised(["delete", "freeze"], ["freeze", "delete"], [])
        "Type removal=delete, the model's own: it is not told apart from the best."
        >>> advised(["delete", "freeze"], ["freeze", "delete"], ["delete"])
        'Type removal=freeze.'
    """
    best = alike[0]
    sound = [name for name in alike if name not in against] or [best]
    chosen = next(name for name in known if name in sound)
    if chosen == best:
        return f"Type removal={chosen}."
    if best in against:
        return f"Type removal={chosen}: {WAYS[best]} is in doubt."
    whose = "the model's own" if chosen == known[0] else "which the model stands, too"
    return f"Type removal={chosen}, {whose}: it is not told apart from the best."


def numbers(model: str, table: pd.DataFrame, half: int) -> dict[str, float]:
    """Score and accuracy of each removal with half of the elements left."""
    at_half = table[table["elements"] == half]
    return {
        f"{model}_{row['removal']}_{row['measure']}": float(row["mean"])
        for row in at_half.to_dict("records")
    }
