"""Every question of the paper in one run: one report, and the answers in one table.

Reads and builds every artefact of the studies, once; a second run loads them. Expected on the
synthetic dataset: TRN tells actions from their reversals and TSN guesses; what ESV credits lies in
the decisive interval; pairs of frames across an action's middle work together for TRN and do not
exist for TSN; ESVs add up exactly.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from playfair import silence
from playfair.experiments.approximation import approximation
from playfair.experiments.approximation_limits import check_budgets, evenly_spaced
from playfair.experiments.classes import classes
from playfair.experiments.comparison import comparison
from playfair.experiments.comparison_methods import refuse_estimates
from playfair.experiments.dead_zone import require_dead_zone
from playfair.experiments.esv import esv
from playfair.experiments.explored import explored
from playfair.experiments.film_strips import alt, caption, figures_of
from playfair.experiments.interactions import interactions
from playfair.experiments.leading import leading
from playfair.experiments.left_out import LeftOutError, least_frames_per_element
from playfair.experiments.length import check_lengths, length
from playfair.experiments.position import position
from playfair.experiments.prior import prior
from playfair.experiments.questions import questions, tables_of
from playfair.experiments.support import support
from playfair.experiments.train import train
from playfair.report import look
from playfair.report.sentences import drawn_over, listed
from playfair.result import Result, Strip
from playfair.shapley.exact import MAX_FRAMES
from playfair.steps.obtain import is_made
from playfair.steps.seeds import by_model
from playfair.steps.study import Study
from playfair.steps.truth import NoTruthError

METRICS = ("trn_top1", "tsn_top1", "tsn_pair_top1", "tsn_within_pair", "max_efficiency_gap")

# what is asked; the part that answers, its table, and the row of it
HEADLINE = (
    ("top-1", "Accuracy", "accuracy", {"measure": "top1"}),
    ("right up to time reversal", "Accuracy", "accuracy", {"measure": "pair_top1"}),
    ("direction against the twin", "Accuracy", "accuracy", {"measure": "within_pair"}),
    ("share of supporting {word}s", "Support", "support", {"measure": "supporting"}),
    ("ESV of a decisive {word}", "Position", "evidence", {"measure": "inside"}),
    ("ESV of any other {word}", "Position", "evidence", {"measure": "outside"}),
    ("evidence mass", "Comparison", "measures", {"measure": "evidence_mass", "method": "esv"}),
    ("deletion area", "Comparison", "measures", {"measure": "deletion_area", "method": "esv"}),
    ("insertion area", "Comparison", "measures", {"measure": "insertion_area", "method": "esv"}),
    (
        "interaction by order",
        "Interactions",
        "kinds",
        {"measure": "order", "pairs": "across the middle"},
    ),
)


def paper(
    studies: Sequence[Study],
    *,
    n_frames: int,
    lengths: Sequence[int],
    frames: Sequence[int],
    budgets: Sequence[int],
    n_videos: int,
    repeats: int,
    dead_zone: float = 0.0,
    groups: str | None = None,
) -> Result:
    """All experiments in turn, sharing artefacts; the headline table first.

    Args:
        dead_zone: as `support` and `position` take it.
        groups: as `classes` takes it.
        lengths: as `length` takes them.
        frames, budgets, n_videos, repeats: as `approximation` does.
    """
    require_dead_zone(dead_zone)
    check(studies, n_frames, lengths, frames, budgets, n_videos)
    sections = {
        "accuracy": partial(train, studies, n_frames=n_frames),
        "ESVs": partial(esv, studies, n_frames=n_frames, shown=False),
        "support": partial(support, studies, n_frames=n_frames, dead_zone=dead_zone),
        "position": partial(position, studies, n_frames=n_frames, dead_zone=dead_zone),
        "prior": partial(prior, studies, n_frames=n_frames, dead_zone=dead_zone),
        "classes": partial(classes, studies, n_frames=n_frames, groups=groups),
        "length": partial(length, studies, lengths=lengths),
        "comparison": partial(comparison, studies, n_frames=n_frames, n_videos=2000),
        "approximation": partial(
            approximation,
            studies,
            frames=frames,
            budgets=budgets,
            n_videos=n_videos,
            repeats=repeats,
        ),
        "interactions": partial(interactions, studies, n_frames=n_frames),
    }
    parts: tuple[Result, ...] = ()
    left_out = ""
    to_come = list(sections)
    for number, (name, section) in enumerate(sections.items(), 1):
        try:
            with silence.doing(f"part {number} of {len(sections)}: {name}"):
                parts = (*parts, section())
        except (LeftOutError, NoTruthError) as reason:
            left_out += f" Left out: {reason}"
        to_come.remove(name)
        if parts and to_come:
            with silence.doing(f"report of {len(parts)} of {len(sections)} parts"):
                studies[0].workplace.keep(of_parts(studies, n_frames, parts, left_out, to_come))
        if len(parts) == 1:  # the clips' lengths are known now, and the long part is to come
            check_clips(studies, lengths, frames, n_videos)
    return of_parts(studies, n_frames, parts, left_out)


def of_parts(
    studies: Sequence[Study],
    n_frames: int,
    parts: tuple[Result, ...],
    left_out: str,
    to_come: Sequence[str] = (),
) -> Result:
    """The whole, of the parts that are there.

    Args:
        left_out: what these models cannot be asked, and why.
        to_come: names of the parts that are not.
    """
    models = by_model(studies)
    over = drawn_over(max(len(seeds) for seeds in models.values()))
    word = look.element_word(study.frames_per_element for study in studies)
    exhibit = exhibit_of(parts)
    values = {name: value for part in parts for name, value in part.metrics.items()}
    return Result(
        "Play Fair: which frames made the model decide?",
        "Element Shapley Values (Price & Damen 2020) of "
        f"{listed([look.model_name(name) for name in models])} on {studies[0].dataset.name} at {n_frames} "
        f"frames: what each {word} adds to, or takes from, the score of a class. They sum to the "
        f"model's score minus the class prior.{trained(models)}{left_out}{unfinished(to_come)}",
        findings=leading(parts, list(models), word),
        metrics={name: values[name] for name in metric_names(studies) if name in values},
        tables={
            "questions": questions(parts, list(models), word),
            "headline": headline(parts, list(models), word),
        },
        strips=exhibit,
        figures={} if to_come else figures_of(exhibit),  # drawn once
        explore=explored(studies, n_frames),
        alts={"film_strips": alt(exhibit)} if exhibit else {},
        captions={
            "questions": "What the paper asks, what is measured here, and what it says. Means with "
            f"95 % intervals over {over}; each question is taken up in the section named.",
            "film_strips": exhibit_caption(word, exhibit),
            "headline": f"Means over validation videos with 95 % intervals over {over}; "
            "each is explained in the section it is from. Direction against the twin: 0.5 is "
            f"guessing. Decisive {word}s lie in the interval the dataset knows. Evidence mass, "
            f"deletion and insertion area are ESV's. Interaction by order: of pairs of {word}s "
            "across the action's middle.",
        },
        parts=parts,
    )


def exhibit_of(parts: Sequence[Result]) -> list[Strip]:
    """The clip that leads the report: the first shown about which the models are not of one mind.

    Where they all are, the first shown. The clips shown are chosen by rule.
    """
    strips = [strip for part in parts for strip in part.strips]
    apart = [strip for strip in strips if len(set(strip.right.values())) > 1]
    return [*apart, *strips][:1]


def exhibit_caption(word: str, exhibit: Sequence[Strip]) -> str:
    """What the exhibit shows, and that it was not picked by hand."""
    differ = any(len(set(strip.right.values())) > 1 for strip in exhibit)
    which = "the first on which the models differ, " if differ else "the first "
    return caption(word, f"by rule: {which}of the clips shown in section Support.", 1)


def trained(models: Mapping[str, Sequence[Study]]) -> str:
    """How often each model was trained: what the verdicts hold over."""
    n_seeds = max(len(seeds) for seeds in models.values())
    if n_seeds > 1:
        return f" Each model was trained {n_seeds} times; verdicts hold over trainings and videos."
    return (
        " Each model was trained once: verdicts are of this training (one seed). seeds=5 trains "
        "each five times, and says what holds over them."
    )


def metric_names(studies: Sequence[Study]) -> tuple[str, ...]:
    """The headline's numbers; of a checkpoint how often it is right."""
    of_checkpoints = [f"{study.name}_top1" for study in studies if study.is_pretrained]
    return (*METRICS, *of_checkpoints)


def unfinished(to_come: Sequence[str]) -> str:
    """What a report says that was saved before the last part ended."""
    if not to_come:
        return ""
    return (
        f" Not finished: {listed(to_come)} {'is' if len(to_come) == 1 else 'are'} still to come. "
        "Where the run was stopped, the same command goes on from what it had made."
    )


def check(
    studies: Sequence[Study],
    n_frames: int,
    lengths: Sequence[int],
    frames: Sequence[int],
    budgets: Sequence[int],
    n_videos: int,
) -> None:
    """Every option of every part, before hours are spent on the parts that come before.

    Raises:
        ValueError: which, and what to type.
    """
    refuse_estimates(studies)
    most = MAX_FRAMES * least_frames_per_element(studies)
    if not 2 <= n_frames < most:
        raise ValueError(
            f"The paper compares ESVs with others and pairs of frames, of 2 to {most - 1} "
            f"frames; got n_frames={n_frames}. Type n_frames=8, say, or the single experiments."
        )
    trained = without_checkpoints(studies)
    for study in trained:
        for length_ in lengths:
            study.esvs_step(length_)  # which refuses more frames than are done exactly
    check_budgets(studies, frames, budgets, n_videos)
    for study in trained:
        step = study.features_step(study.split_name)
        if is_made(step, study.layout):
            check_clips([study], lengths, frames, n_videos)


def without_checkpoints(studies: Sequence[Study]) -> list[Study]:
    """The studies of heads on features, which take any number of frames.

    What a checkpoint takes it says when it is opened; what it cannot be asked is left out.
    """
    return [study for study in studies if not study.is_pretrained]


def check_clips(
    studies: Sequence[Study], lengths: Sequence[int], frames: Sequence[int], n_videos: int
) -> None:
    """What depends on how long the clips are, which is known once their features are there."""
    trained = without_checkpoints(studies)
    if trained:
        check_lengths(trained, sorted(set(lengths)))
    for study in trained:
        evenly_spaced(study.features().lengths, frames, n_videos)


def headline(parts: Sequence[Result], models: Sequence[str], word: str = "frame") -> pd.DataFrame:
    """A row per question, a column per model: the mean and its interval, where a part answers."""
    tables = tables_of(parts)
    rows = []
    for question, part, name, where in HEADLINE:
        if (part, name) not in tables:
            continue
        table = tables[part, name]
        conditions = [table[column] == value for column, value in where.items()]
        answers = table[np.logical_and.reduce(conditions)]
        cells = {
            look.model_name(model): _cell(answers[answers["model"] == model]) for model in models
        }
        rows.append({"": question.format(word=word), **cells})
    return pd.DataFrame(rows)


def _cell(rows: pd.DataFrame) -> str:
    """A model's answer, as the table shows it."""
    if rows.empty or not np.isfinite(rows["mean"].iloc[0]):
        return "–"
    row = rows.iloc[0]
    return look.decimal(row["mean"], row["low"], row["high"])
