"""Are ESVs better than other attributions, and where are they not?

ESV against Grad-CAM, Integrated Gradients and naive attributions of the true class: how alike they rank frames, what
becomes of the score when frames are removed in their order, whether they find the frames that decide (known on the
synthetic dataset), whether they add up, and what they make of a frame that is there twice. Reads the ESV stores,
features, heads and frames; writes nothing but its result.

Expected: ESV adds up, shares a doubled frame's credit equally, and wins where frames are weighed in all company. It
need not have the lowest deletion area: that asks for the best single order (see `best order` in the figure), and
averages over all coalitions are not made for one. Found on the synthetic dataset at 8 frames: the insertion area of
ESV is above every rival's on both models, the deletion area below on TRN. Elsewhere one rival is not told apart from
it, the interval of their differences holding 0: Integrated Gradients on TSN, whose score is the softmax of a mean over
frames, so that both read the same per-frame logits; leave-one-out by evidence mass on TRN, where both are near 1; and
Integrated Gradients on TRN once removed frames are frozen.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
import xarray as xr
from torch import Tensor

from playfair.analysis.blocks import true_class_esvs
from playfair.analysis.comparison import (
    BEST,
    CONTESTED,
    curve_means,
    length_alone,
    means,
    measured,
    paired_differences,
    verdicts,
)
from playfair.analysis.curves import kept_first, orders
from playfair.analysis.duplicates import credit_of_copies, duplicated, shared_credit
from playfair.analysis.position import inside_evidence
from playfair.attribution import METHODS, attribute, check_methods
from playfair.attribution.frozen_scores import frozen_scores
from playfair.report.figures.comparison import curves_figure, measures_figure
from playfair.report.figures.interactive import lines
from playfair.result import Result
from playfair.shapley.exact import MAX_FRAMES
from playfair.shapley.subset_scores import scores_of_subsets
from playfair.steps.study import Study
from playfair.training.classifier import as_pictures

VIDEOS, BYTES = (
    64,
    2**29,
)  # together at most: videos, and bytes of the scores of all their coalitions


def comparison(
    studies: Sequence[Study],
    *,
    n_frames: int,
    methods: Sequence[str] | None = None,
    n_videos: int | None = None,
) -> Result:
    """ESV beside its rivals on the validation videos, for their true class.

    methods: names of METHODS, ESV among them; None: all, those of plug-ins too.
    n_videos: at most so many, evenly spaced; None: all. Grad-CAM takes 0.3 s per frame of a ResNet-50 and CPU core.
    """
    refuse_estimates(studies)
    methods = list(METHODS) if methods is None else methods
    check_methods(methods)
    methods = list(dict.fromkeys(methods))  # each once
    if "esv" not in methods or len(methods) < 2 or n_frames >= MAX_FRAMES:
        raise ValueError(
            f"A comparison is of ESV with others, on up to {MAX_FRAMES - 1} frames, whose coalitions are all scored; "
            f"got experiment.methods=[{','.join(methods)}] and n_frames={n_frames}. Type "
            "experiment.methods=[esv,integrated_gradients] n_frames=8, say."
        )
    if not all(study.has_videos for study in studies):
        methods = [name for name in methods if not METHODS[name].needs_pictures]
    tables: dict[str, list[pd.DataFrame]] = {}
    metrics: dict[str, float] = {}
    found: list[str] = []
    for study in studies:
        compared, copies = compare(study, n_frames, methods, n_videos)
        of_study = {
            "measures": means(compared),
            "differences": paired_differences(compared),
            "curves": curve_means(compared),
            "duplicates": pd.concat(
                [shared_credit(of).assign(method=name) for name, of in copies.items()]
            ),
            "length": length_alone(compared),
        }
        for name, table in of_study.items():
            tables.setdefault(name, []).append(table.assign(model=study.name))
        metrics |= headline(study.name, of_study["measures"])
        titles = {name: method.title for name, method in METHODS.items()}
        said = [
            *verdicts(of_study["differences"], titles),
            efficiency(of_study["measures"], titles),
        ]
        found.append(
            f"{study.name.upper()}. " + " ".join(f"{one[0].upper()}{one[1:]}." for one in said)
        )
    joined = {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}
    videos = int(joined["measures"]["videos"].max())
    return Result(
        "Comparison",
        f"ESV beside other attributions of the true class at {n_frames} frames, on {videos} validation videos, with "
        "95 % bootstrap intervals over videos; differences are ESV minus rival on the same videos, each interval of "
        "one comparison.\n" + "\n".join(found),
        metrics=metrics,
        tables={name: table for name, table in joined.items() if name != "curves"},
        figures={
            "comparison": measures_figure(joined["measures"], joined["duplicates"]),
            "curves": curves_figure(joined["curves"], joined["length"]),
        },
        interactive={
            f"curves_{study.name}": lines(
                joined["curves"][joined["curves"]["model"] == study.name],
                *(
                    "left",
                    "score",
                    "method",
                    ("frames left", "mean score of the true class (probability)"),
                    "curve",
                ),
            )
            for study in studies
        },
        captions=CAPTIONS,
    )


class Clips(NamedTuple):
    """Some videos as the methods see them."""

    features: Tensor  # (video, frame, feature)
    label: Tensor  # (video,)
    pictures: Tensor | None  # (video, frame, 3, height, width), where a method asks for them
    esv: np.ndarray  # (video, frame), of the store
    inside: np.ndarray | None  # (video, frame), which frames are known to decide


def refuse_estimates(studies: Sequence[Study]) -> None:
    """Raises ValueError where ESVs are estimated: exact values of coalitions are what all else is judged by."""
    if any(study.budget is not None for study in studies):
        raise ValueError(
            "A comparison is of exact ESVs. Type estimator=exact, and up to 19 frames."
        )


def compare(
    study: Study, n_frames: int, methods: Sequence[str], n_videos: int | None
) -> tuple[xr.Dataset, dict[str, pd.DataFrame]]:
    """All measures of all methods, video by video; and what each method makes of its top frame doubled."""
    rng, generator = np.random.default_rng(study.seed), torch.Generator().manual_seed(study.seed)
    head, prior = study.head, torch.from_numpy(study.data.prior())
    with_unit = [name for name in methods if METHODS[name].unit]
    with_pictures = any(METHODS[name].needs_pictures for name in methods)

    def attributed(
        name: str, features: Tensor, label: Tensor, pictures: Tensor | None
    ) -> np.ndarray:
        made_by = study.video_model.backbone if METHODS[name].needs_pictures else None
        found = attribute(
            name,
            head,
            features,
            label,
            prior,
            backbone=made_by,
            pictures=pictures,
            generator=generator,
        )
        return found.numpy()

    parts, copies = [], []
    for clips in in_blocks(study, n_frames, n_videos, with_pictures=with_pictures):
        seen, each = (clips.features, clips.label, clips.pictures), torch.arange(len(clips.label))
        attributions = {
            name: clips.esv if name == "esv" else attributed(name, *seen) for name in methods
        }
        order = {name: orders(attribution, rng) for name, attribution in attributions.items()}
        scores = scores_of_subsets(head, clips.features, prior)[:, each, clips.label].T.numpy()

        kept = torch.from_numpy(
            np.concatenate([kept_first(order[name][:, ::-1]) for name in with_unit], axis=1)
        )
        frozen = frozen_scores(head, clips.features, clips.label, prior, kept).numpy()
        of_methods = dict(zip(with_unit, np.split(frozen, len(with_unit), axis=1), strict=True))
        parts.append(measured(attributions, order, scores, clips.inside, of_methods))

        of_copies = {}
        for name in methods:
            top = order[name][:, 0]
            doubled = each[:, None], torch.from_numpy(duplicated(top, n_frames))
            pictures = (
                clips.pictures[doubled]
                if clips.pictures is not None and METHODS[name].needs_pictures
                else None
            )
            after = attributed(name, clips.features[doubled], clips.label, pictures)
            of_copies[name] = credit_of_copies(attributions[name], after, top)
        copies.append(of_copies)
    joined = {name: pd.concat([of[name] for of in copies], ignore_index=True) for name in methods}
    return xr.concat(parts, "video"), joined


def in_blocks(
    study: Study, n_frames: int, n_videos: int | None, *, with_pictures: bool
) -> Iterator[Clips]:
    """The explained validation videos, some at a time."""
    esvs = study.esvs(n_frames)
    if n_videos is not None and n_videos < esvs.sizes["video"]:
        esvs = esvs.isel(
            video=np.linspace(0, esvs.sizes["video"] - 1, n_videos).round().astype(int)
        )
    own, label = true_class_esvs(esvs), esvs["label"].values
    inside = inside_evidence(esvs, study.data.evidence())
    clips = study.explained(esvs)
    together = max(1, min(VIDEOS, BYTES // (8 * 2**n_frames * esvs.sizes["class"])))
    for start in range(0, len(clips), together):
        span = slice(start, start + together)
        pictures = (
            as_pictures(study.sampled_frames(clips[span], n_frames)) if with_pictures else None
        )
        yield Clips(
            study.sampled_features(clips[span], n_frames),
            torch.from_numpy(label[span]),
            pictures,
            own[span],
            None if inside is None else inside[span],
        )


def efficiency(measures: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """How exactly attributions that are probabilities add up to score − prior."""
    errors = measures[measures["measure"] == "efficiency_error"]
    in_probability = [
        row for row in errors.itertuples() if METHODS[row.method].unit == "probability"
    ]
    said = [
        f"{titles[row.method]} {row.mean:.1g} on average, {row.largest:.1g} at most"
        for row in in_probability
    ]
    return "efficiency error: " + "; ".join(said)


def headline(model: str, table: pd.DataFrame) -> dict[str, float]:
    """Of each thing there is to win, what ESV has and what its best rival has; and how exactly each method adds up."""
    means = table.set_index(["measure", "method"])["mean"]
    found = {}
    for measure, (_, more_is_better) in CONTESTED.items():
        if measure in means:
            rivals = means[measure].drop(["esv", BEST], errors="ignore")
            found[f"{model}_esv_{measure}"] = float(means[measure, "esv"])
            found[f"{model}_best_rival_{measure}"] = float(
                rivals.max() if more_is_better else rivals.min()
            )
    of = table[table["measure"] == "efficiency_error"].set_index("method")
    found[f"{model}_esv_largest_efficiency_error"] = float(of.loc["esv", "largest"])
    return found


CAPTIONS = {
    "comparison": "Dots: means over videos; bars: 95 % intervals. Rank agreement: Spearman's ρ over a video's frames "
    "(Kendall's τ-b in the table), none where all frames are alike. Evidence mass: share of positive attribution "
    "on frames inside the decisive interval. Pointing game: the largest attribution lies inside (of several "
    "largest, the share). Dotted: chance, the uniform attribution. Deletion and insertion area: mean score of the "
    "true class while frames are removed, or come, from most to least supporting; dashed: the best that any order "
    "can do. Efficiency error: |Σ attribution − (score − prior)|, in the method's own unit, which only ESV, "
    "Integrated Gradients and leave-one-out share with the score; Integrated Gradients start from the score of "
    "all-zero features, not from the prior, which is nearly all of theirs. Doubled frame: credit of both copies of the "
    "method's top frame over the frame's before; dotted: kept. Both models average over frames, so that a doubled "
    "frame does weigh more, and its credit may grow (`total` in the table).",
    "curves": "Score of the true class against the number of frames left, mean over videos with 95 % intervals "
    "(bands; left out of naive attributions). Without frames the score is the prior. Deletion: the most "
    "supporting frames went first; low is good. Insertion: the most supporting frames came first; high is good. "
    "It is the deletion curve with the most distracting frames first, read from its end. Right: deletions in "
    "order of ESV with removed frames deleted, or frozen: replaced by the nearest kept one, so that the length "
    "stays.",
    "measures": "Means over videos with 95 % intervals; `largest` of any video; `videos` that count. A best order has "
    "no attributions: its areas bound all others.",
    "differences": "ESV minus rival on the same videos, with 95 % intervals; `esv_is` better or worse where the "
    "interval leaves out 0. Each interval is of one comparison, not corrected for their number: of 20 in which nothing "
    "differs, about one leaves out 0 by chance.",
    "duplicates": "Each method's most supporting frame of a video is doubled, the copy right after it. kept: credit "
    "of both copies over the frame's before; larger_share: the larger copy's part of it; total: credit of all "
    "frames after over before. Ratios of means over videos.",
    "length": "Mean score of the true class when the most supporting frames by ESV are deleted, and when they are "
    "frozen, with 95 % intervals; difference: deleted − frozen, that is of the shorter input and of "
    "the copies' weight, which a frozen frame adds to its neighbour's.",
}
