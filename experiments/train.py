"""How well does each model classify?

Trains from video what is not trained yet, then, for TRN, the heads of all scales on stored
features. Reads the dataset; writes backbones, features and heads. Expected: TRN is right, TSN finds
the action but not its direction.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from playfair.analysis.accuracy import accuracy
from playfair.analysis.compare import of_models
from playfair.analysis.relearnt import relearnt
from playfair.report.figures.accuracy import accuracy_figure
from playfair.report.figures.training import training_figure
from playfair.report.look import model_name, number, percent, points
from playfair.report.sentences import drawn_over, holds, on_trainings, rows_of, written
from playfair.result import Result
from playfair.steps import samples
from playfair.steps.histories import histories
from playfair.steps.seeds import along_videos, by_model
from playfair.steps.study import Study
from playfair.steps.trainer_settings import chooses
from playfair.steps.truth import with_truth


def train(studies: Sequence[Study], *, n_frames: int, n_clips: int = 1) -> Result:
    """Accuracy of each model on the validation split, from the scores f(X) that are explained.

    Args:
        n_clips: clips of n_frames drawn from each video, whose scores are averaged.
    """
    tables = {}
    clips = []
    for name, seeds in by_model(studies).items():
        scores = [with_truth(samples.scores(study, n_frames, n_clips)) for study in seeds]
        tables[name] = accuracy(along_videos(scores, [study.seed for study in seeds]))
        clips.append({"model": name, **samples.clip_counts(seeds[0], n_frames)})
    table = of_models(tables)
    published = beside_published(studies, table)
    again = of_heads(studies, n_frames, n_clips)
    history = histories(studies)
    over = drawn_over(max(len(seeds) for seeds in by_model(studies).values()))
    return Result(
        "Accuracy",
        f"Share of validation videos that each model gets right at {n_frames} frames, with 95 % "
        f"intervals over {over}. Up to time reversal: the highest score is the true "
        "class's or that of its twin, the same action played backwards. Direction against the twin: "
        "of those, the share in the right direction; 0.5 is guessing."
        f"{averaged(studies[0].views, n_clips)}{chosen(studies)}",
        findings=[
            *findings(table, list(tables)),
            *sentences_on_heads(again),
            *sentences_of(published),
        ],
        metrics={
            f"{row['model']}_{row['measure']}": float(row["mean"])
            for row in table.to_dict("records")
        }
        | {f"{row['model']}_published_top1": row["published"] for row in published},
        tables={
            "accuracy": table,
            "clips": pd.DataFrame(clips),
            **({"heads": again} if len(again) else {}),
            **({"published": pd.DataFrame(published)} if published else {}),
        },
        figures={
            "accuracy": accuracy_figure(tables),
            **({"training": training_figure(history)} if len(history) else {}),
        },
        alts={
            "accuracy": "Bars of each model, side by side: top-1, top-5, right up to time reversal, "
            "and direction against the twin, with a line where guessing lies.",
            "training": "Lines over epochs, a column for each stage of each model: the loss on the "
            "clips that are learnt and on those that are watched, and the accuracy of the latter.",
        },
        captions={
            "accuracy": "How often the true class has the highest score (top-1), is among the five "
            "highest (top-5), or would be the highest but for its twin, and of these how often the "
            f"direction is right; dotted: guessing between the two. Bars: 95 % intervals over {over}.",
            "clips": f"Validation clips of fewer than {n_frames} frames, some of which are "
            "repeated, and those left out: too short, or not decodable.",
            "heads": "The same videos with the head as it was learnt from video together with the "
            "backbone (before), and as learnt again, from its first weights, on features that are "
            "stored and no longer augmented, each scale with a loss of its own (after): what is "
            "explained. Mean: after − before, paired. Lost and gained: videos that only the one, "
            "or only the other, is right on.",
            "training": "Each stage by its own epochs: of the loss, dashed, what was learnt from, "
            "and drawn through, validation. Both are measured while training, validation on "
            "equally spaced clips where a split is large; history.csv has the numbers, the "
            "learning rates and the speed.",
            "published": "Top-1 as measured here, with one view of each clip, beside what the "
            "checkpoint's authors published, most with several.",
        },
    )


def averaged(views: str, n_clips: int) -> str:
    """What scores are means of, as a sentence; nothing where they are of one crop of one clip.

    >>> averaged("three_crop", 2)
    ' Scores are means over 2 clips of each video and the crops of views=three_crop.'
    """
    parts = [f"{n_clips} clips of each video"] if n_clips > 1 else []
    parts += [f"the crops of views={views}"] if views != "one" else []
    return f" Scores are means over {' and '.join(parts)}." if parts else ""


def of_heads(studies: Sequence[Study], n_frames: int, n_clips: int = 1) -> pd.DataFrame:
    """What training the heads again has changed: two rows for each model that has two stages."""
    parts = []
    for name, seeds in by_model(studies).items():
        if not has_two_stages(seeds[0]):
            continue
        before = [samples.scores(study, n_frames, n_clips, study.video_step) for study in seeds]
        after = [samples.scores(study, n_frames, n_clips) for study in seeds]
        numbers = [study.seed for study in seeds]
        both = [along_videos([with_truth(of) for of in half], numbers) for half in (before, after)]
        parts.append(relearnt(*both).assign(model=name))
    if not parts:
        return pd.DataFrame()
    table = pd.concat(parts, ignore_index=True)
    counts = table[["lost", "gained"]].astype(object)
    # videos are right or wrong, and have no loss that is
    table[["lost", "gained"]] = counts.where(table["measure"] != "loss", None)
    return table[["model", *table.columns.drop("model")]]


def has_two_stages(study: Study) -> bool:
    """Whether a model's head is learnt from video, and then again on stored features."""
    if study.is_pretrained or not study.has_videos:
        return False
    return bool(study.model.get("training") and study.model.get("heads"))


def sentences_on_heads(table: pd.DataFrame) -> list[str]:
    """Whether learning the heads again has cost, or brought, accuracy."""
    sentences = []
    for row in rows_of(table, measure="top1") if len(table) else []:
        verdict = " not told apart from no change," if holds(row, 0.0) else ""
        sentences.append(
            f"{model_name(str(row['model']))}: with the heads learnt again on stored features "
            f"{percent(float(row['after']))} of the videos are right, with the head as learnt from "  # type: ignore[arg-type]
            f"video {percent(float(row['before']))}: {written(row, points)},"  # type: ignore[arg-type]
            f"{verdict} {row['lost']} lost and "
            f"{row['gained']} gained{on_trainings(row)}."
        )
    return sentences


def chosen(studies: Sequence[Study]) -> str:
    """A word on accuracies of videos by which an epoch was chosen."""
    recipes = [study.model.get(stage) for study in studies for stage in ("training", "heads")]
    if not any(chooses(recipe) for recipe in recipes):
        return ""
    return (
        " The epoch that is kept was chosen by its accuracy on videos of this split: the "
        "accuracies are a little too high for that."
    )


def beside_published(studies: Sequence[Study], table: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for each checkpoint whose authors measured it: what they saw, and what is seen here."""
    compared = []
    for study in studies:
        theirs = study.model.get("published_top1") if study.is_pretrained else None
        for row in rows_of(table, model=study.name, measure="top1"):
            if theirs is not None:
                ours = {name: row[name] for name in ("mean", "low", "high")}
                compared.append({"model": study.name, **ours, "published": float(theirs)})
    return compared


def sentences_of(compared: Sequence[dict[str, Any]]) -> list[str]:
    """Whether a checkpoint does here as its authors say: if not, something else is explained."""
    sentences = []
    for row in compared:
        difference = row["published"] - row["mean"]
        verdict = "as published" if row["high"] >= row["published"] else "below what was published"
        sentences.append(
            f"{row['model']}: {verdict}, {percent(row['published'])}: the difference is "
            f"{number(100 * difference)} percentage points. Several views of each clip are worth a few; more says "
            "that clips, classes or pictures are not those it was trained on."
        )
    return sentences


def findings(table: pd.DataFrame, models: Sequence[str]) -> list[str]:
    """How often each model is right, and whether it knows the direction of an action."""
    sentences = []
    for model in models:
        for row in rows_of(table, model=model, measure="top1"):
            sentence = f"{model_name(model)} is right on {written(row, percent)} of the videos"
            sentences.append(f"{sentence}{_direction(table, model)}{on_trainings(row)}.")
    return sentences


def _direction(table: pd.DataFrame, model: str) -> str:
    for row in rows_of(table, model=model, measure="within_pair"):
        guess = ": not told apart from guessing" if holds(row, 0.5) else ""
        return f"; of those right up to time reversal, {written(row, percent)}{guess}"
    return ""
