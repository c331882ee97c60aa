"""What changes as a model is shown more frames of the same clips?

Reads the ESV store of every length (built where it is not there). Expected: TRN's score of the true
class rises with frames as its order shows; an ESV shrinks, as the same evidence is shared out among
more frames.
"""

from collections.abc import Mapping, Sequence

import pandas as pd
import xarray as xr

from playfair.analysis.compare import compare, joined, of_models
from playfair.analysis.evidence import frames_per_element
from playfair.analysis.length import at_length, first_right, same_videos, videos_of
from playfair.analysis.verdicts import with_holm
from playfair.experiments.left_out import (
    LeftOutError,
    is_explained,
    lengths_that_fit,
    pretrained_names,
)
from playfair.report.figures.interactive import Lines
from playfair.report.figures.length import length_figure
from playfair.report.look import element_word, model_name, percent
from playfair.report.sentences import drawn_over, on_trainings, overlap, rows_of, written
from playfair.result import Result
from playfair.steps.seeds import by_model, pooled
from playfair.steps.study import Study


def length(studies: Sequence[Study], *, lengths: Sequence[int]) -> Result:
    """What models make of clips long enough for all lengths, at each of them.

    Args:
        lengths: numbers of frames, in any order.
    """
    studies, fixed = of_several_lengths(studies, lengths)
    lengths, others = of_these_models(studies, sorted(set(lengths)))
    check_lengths(studies, lengths)
    stores = {frames: pooled(studies, frames) for frames in lengths}
    models = list(by_model(studies))
    long_enough = long_clips(stores[lengths[-1]][models[0]], lengths[-1])
    tables = {}
    for name in models:
        at_lengths = {frames: at_length(at_frames[name]) for frames, at_frames in stores.items()}
        tables[name] = same_videos(at_lengths, long_enough)
    compared = [
        compare({name: at[frames] for name, at in tables.items()}, shares=["correct"]).assign(
            frames=frames
        )
        for frames in lengths
    ]
    table = with_holm(joined(compared))  # over all lengths
    first = {name: first_right(at) for name, at in tables.items()}
    used = min(videos_of(at[lengths[0]]) for at in tables.values())
    in_split = clips_in_split(studies[0], stores[lengths[0]][models[0]])
    of_one_model = {name: table[table["model"] == name] for name in models}
    word = element_word(map(frames_per_element, stores[lengths[0]].values()))
    over = drawn_over(max(len(seeds) for seeds in by_model(studies).values()))
    return Result(
        "Length",
        f"The same {used} validation clips, fed {', '.join(map(str, lengths))} frames each; "
        f"{in_split - used} of {in_split} have fewer than {lengths[-1]} frames, or could not be "
        "explained, and are left out at every length. With 95 % intervals over "
        f"{over}.{others}{fixed}",
        findings=findings(table, first, lengths),
        metrics={
            **metrics(table, first, lengths),
            "clips": float(used),
            "left_out": float(in_split - used),
        },
        tables={"length": table, "first_right": of_models(first)},
        interactive={
            "length": Lines(
                table[(table["measure"] == "score") & table["model"].isin(models)],
                x="frames",
                y="mean",
                by="model",
                titles=("frames", "mean score of the true class (probability)"),
            )
        },
        figures={"length": length_figure(of_one_model, first, word)},
        alts={
            "length": "A line for each model against the number of frames shown: accuracy, score of "
            f"the true class, share of supporting {word}s, size of an ESV, the strongest ESV, and the "
            "share right for the first time."
        },
        captions={
            "length": f"Means over videos; bands: 95 % intervals over {over}. ESVs are of the true "
            "class. Right by then: share of the videos that are right at this number of frames or at "
            "fewer (line), and that are right at it and at all greater ones (dotted).",
            "first_right": "first: right for the first time at this length; settled: right from "
            "this length on.",
        },
    )


def metrics(
    table: pd.DataFrame, first: Mapping[str, pd.DataFrame], lengths: Sequence[int]
) -> dict[str, float]:
    """Accuracy and score at the least and the most frames, and who is never right."""
    at_ends = table[table["measure"].isin(["correct", "score"])]
    at_ends = at_ends[at_ends["frames"].isin([lengths[0], lengths[-1]])]
    values = {
        f"{row['model']}_{row['measure']}_{row['frames']}": float(row["mean"])
        for row in at_ends.to_dict("records")
        if row["model"] in first
    }
    never = {f"{name}_never_right": _never_right(rows) for name, rows in first.items()}
    return {**values, **never}


def findings(
    table: pd.DataFrame, first: Mapping[str, pd.DataFrame], lengths: Sequence[int]
) -> list[str]:
    """How accuracy changes from the least to the most frames."""
    sentences = []
    for model, never in first.items():
        ends = [
            row
            for frames in (lengths[0], lengths[-1])
            for row in rows_of(table, model=model, measure="correct", frames=frames)
        ]
        accuracy = [written(row, percent) for row in ends]
        fewest = f"{lengths[0]} {'frame' if lengths[0] == 1 else 'frames'}"
        apart = ", not told apart (the intervals overlap)" if overlap(*ends) else ""
        sentences.append(
            f"{model_name(model)} is right on {accuracy[0]} of the clips at {fewest} and on "
            f"{accuracy[-1]} at {lengths[-1]}{apart}; {percent(_never_right(never))} it never gets "
            f"right{on_trainings({'seeds': ends[0].get('seeds', 1)})}."
        )
    return sentences


def _never_right(first: pd.DataFrame) -> float:
    return float(1 - first["first_by"].iloc[-1])


def of_several_lengths(
    studies: Sequence[Study], lengths: Sequence[int]
) -> tuple[Sequence[Study], str]:
    """The studies of models that clips of two lengths at least can be shown to.

    All, where there is none, or none of another kind.

    Returns:
        The studies, and a sentence on those that are left out.
    """
    several = [study for study in studies if len(lengths_that_fit([study], lengths)) > 1]
    if len(several) in (0, len(studies)):
        return studies, ""
    names = pretrained_names([study for study in studies if study not in several])
    return several, f" Left out: {names}, as the clips it takes are of one length."


def of_these_models(studies: Sequence[Study], lengths: Sequence[int]) -> tuple[list[int], str]:
    """The lengths that all models are right about, and a sentence on the others.

    Raises:
        LeftOutError: there are fewer than two, so that nothing can change.
    """
    fitting = lengths_that_fit(studies, lengths)
    others = [str(frames) for frames in lengths if frames not in fitting]
    if not others:
        return list(lengths), ""
    names = pretrained_names(studies)
    if len(fitting) < 2:
        raise LeftOutError(
            f"{names}: the clips it takes are of one length, so that nothing changes with it. Type "
            "experiment=removal, which asks what becomes of fewer elements at the same length."
        )
    return fitting, f" Not asked, as {names} would be wrong about them: {', '.join(others)} frames."


def check_lengths(studies: Sequence[Study], lengths: Sequence[int]) -> None:
    """Raises ValueError where no clip is as long as the greatest length, before any work."""
    if not lengths or lengths[0] < 1:
        raise ValueError(
            f"Expected lengths of at least 1 frame, got {list(lengths)}. Type "
            "experiment.lengths=[1,2,4,8]"
        )
    study = studies[0]
    if is_explained(study, lengths[-1]):
        return  # some clips were long enough; neither dataset nor features are asked for
    longest = int(study.shown().lengths.max())
    if lengths[-1] > longest:
        shorter = [length for length in lengths if length < longest]
        options = ",".join(map(str, [*shorter, longest]))
        raise ValueError(
            f"Every clip of the validation split is shorter than {lengths[-1]} frames: the longest "
            f"has {longest}. Type experiment.lengths=[{options}]"
        )


def long_clips(esvs: xr.Dataset, n_frames: int) -> set[str]:
    """Uids of the clips that show n_frames without repeating one, as far as it is known."""
    uids = esvs["video"].values
    if "clip_frames" not in esvs:
        return set(uids)
    clip_frames = esvs["clip_frames"].values
    return set(uids[(clip_frames >= n_frames) | (clip_frames < 0)])


def clips_in_split(study: Study, esvs: xr.Dataset) -> int:
    """How many clips the split has: the store knows, or the dataset does."""
    counts = esvs.attrs.get("counts", {})
    return int(
        counts["split"] if "split" in counts else len(study.dataset.opened.split(study.split_name))
    )
