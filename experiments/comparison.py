"""Are ESVs better than other attributions, and where are they not?

ESV against Grad-CAM, Integrated Gradients and naive attributions of the true class: how alike they
rank frames, what becomes of the score when frames are removed in their order, whether they find the
frames that decide (known on the synthetic dataset), whether they add up, and what they make of a
frame that is there twice. Reads the ESV stores, features, heads and frames; writes nothing but its
result.

Expected: ESV adds up, shares a doubled frame's credit equally, and wins where frames are weighed in
all company. It need not have the lowest deletion area: that asks for the best single order (see
`best order` in the figure), and averages over all coalitions are not made for one. Found on the
synthetic dataset at 8 frames: the insertion area of ESV is above every rival's on both models, the
deletion area below on TRN. Elsewhere one rival is not told apart from it, the interval of their
differences holding 0: Integrated Gradients on TSN, whose score is the softmax of a mean over
frames, so that both read the same per-frame logits; leave-one-out by evidence mass on TRN, where
both are near 1; and Integrated Gradients on TRN once removed frames are frozen.
"""

from collections.abc import Sequence

import pandas as pd
import xarray as xr

from playfair.analysis.compare import joined
from playfair.analysis.comparison import (
    contested,
    curve_means,
    is_sanity,
    length_alone,
    means,
    paired_differences,
)
from playfair.analysis.design import rows
from playfair.analysis.duplicates import shared_credit
from playfair.analysis.measures import BEST
from playfair.analysis.presumptions import planted_differences, presumptions
from playfair.analysis.registry import chosen_measures
from playfair.attribution import METHODS
from playfair.experiments.comparison_methods import (
    chosen_methods,
    is_given,
    left_out,
    methods_table,
    n_elements,
    not_given,
    refuse_estimates,
)
from playfair.experiments.comparison_words import captions, finding, verdicts_table
from playfair.experiments.explored import explored
from playfair.experiments.rivals import compare
from playfair.report.figures.comparison import contest_figure, measures_figure
from playfair.report.figures.curves import curves_figure, few
from playfair.report.figures.interactive import Lines
from playfair.report.look import element_word, model_name
from playfair.report.sentences import drawn_over
from playfair.result import Result
from playfair.steps.seeds import along_videos, by_model
from playfair.steps.study import Study


def comparison(
    studies: Sequence[Study],
    *,
    n_frames: int,
    methods: Sequence[str] | None = None,
    n_videos: int | None = None,
    measures: Sequence[str] | None = None,
    evaluations: int | None = None,
) -> Result:
    """ESV beside its rivals on the validation videos, for their true class.

    Args:
        methods: of METHODS, ESV among them; None: those that need not be asked for, those of
            plug-ins too.
        n_videos: at most so many, evenly spaced; None: all. Grad-CAM takes 0.3 s per frame of a
            ResNet-50 and CPU core.
        measures: of `analysis.registry.MEASURES`, beside those that are always taken; None: those
            that need not be asked for. Those that retrain are asked for by name.
        evaluations: coalitions of a clip that sampling methods may ask for; None: 4 for each frame.
    """
    refuse_estimates(studies)
    methods = chosen_methods(methods, n_elements(studies, n_frames))
    chosen_measures(measures)
    planted = [name for name, known in METHODS.items() if known.planted]
    rivals = [name for name in methods if name not in planted]
    tables: dict[str, list[pd.DataFrame]] = {}
    metrics: dict[str, float] = {}
    findings: list[str] = []
    models = by_model(studies)
    for model, seeds in models.items():
        asked = [name for name in rivals if is_given(name, seeds[0])]
        whole, copies = of_seeds(
            seeds, n_frames, [*asked, *planted], n_videos, measures, evaluations
        )
        compared = whole.drop_sel({"method": planted})
        of_model = {
            "measures": means(compared),
            "differences": paired_differences(compared),
            "curves": curve_means(compared),
            "length": length_alone(compared),
            "planted": planted_differences(whole, planted),
        }
        of_model["verdicts"] = verdicts_table(model, of_model["differences"], of_model["measures"])
        if copies:
            credits = [shared_credit(credit).assign(method=name) for name, credit in copies.items()]
            of_model["duplicates"] = joined(credits)
        for name, table in of_model.items():
            tables.setdefault(name, []).append(table.assign(model=model))
        metrics |= headline(model, of_model["measures"])
        findings.append(
            finding(model, of_model["differences"], of_model["measures"], of_model["planted"])
        )
    word = element_word(study.frames_per_element for study in studies)
    joint = {name: joined(parts) for name, parts in tables.items()}
    curves = joint["curves"]
    pointed = few(list(curves["method"].unique()))
    videos = int(joint["measures"]["videos"].max())
    over = drawn_over(max(len(seeds) for seeds in models.values()))
    contest = contest_figure(joint["measures"])
    return Result(
        "Comparison",
        f"ESV beside other attributions of the true class at {n_frames} frames, on {videos} "
        f"validation videos, with 95 % intervals over {over}; differences are ESV minus "
        "rival on the same videos, each interval of one comparison. Whose game "
        "each measure is scored in, and what must be so for it to mean what it is taken for, says "
        "the table presumptions."
        f"{left_out(studies)}{not_given(studies, rivals)}",
        findings=findings,
        metrics=metrics,
        names={name: known.title for name, known in METHODS.items()},
        explore=explored(studies, n_frames),
        tables={
            "verdicts": joint["verdicts"],
            **{name: joint[name] for name in joint if name not in ("curves", "verdicts")},
            "methods": methods_table(rivals, joint["measures"]),
            "presumptions": presumptions(list(joint["measures"]["measure"].unique())),
        },
        figures={
            "comparison": measures_figure(joint["measures"], joint.get("duplicates")),
            **({"contest": contest} if contest else {}),
            "curves": curves_figure(curves, joint["length"], word),
        },
        interactive={
            f"curves_{model}": Lines(
                curves[(curves["model"] == model) & curves["method"].isin(pointed)],
                x="left",
                y="score",
                by="method",
                titles=(f"{word}s left", "mean score of the true class (probability)"),
                dashes="curve",
                name=model_name(model),
                names={name: known.title for name, known in METHODS.items()},
                colours={name: known.colour for name, known in METHODS.items()},
            )
            for model in models
        },
        alts={
            "comparison": "A panel for each measure with a row for each attribution method: a dot "
            "for each model's mean.",
            "contest": "A panel for each further measure with a row for each attribution method: a "
            "dot for each model's mean.",
            "curves": f"Lines for each method: the score of the true class as {word}s are deleted "
            "and inserted in its order; a row of panels for each model.",
        },
        captions=captions(over, word),
    )


def of_seeds(
    seeds: Sequence[Study],
    n_frames: int,
    methods: Sequence[str],
    n_videos: int | None,
    measures: Sequence[str] | None = None,
    evaluations: int | None = None,
) -> tuple[xr.Dataset, dict[str, pd.DataFrame]]:
    """`rivals.compare` of every seed of a model, one below the other."""
    parts = [
        compare(study, n_frames, methods, n_videos, measures=measures, evaluations=evaluations)
        for study in seeds
    ]
    compared = along_videos([part for part, _ in parts], [study.seed for study in seeds])
    copies = {
        name: pd.concat([credit[name] for _, credit in parts]).set_axis(rows(compared))
        for name in methods
        if name in parts[0][1]
    }
    return compared, copies


def headline(model: str, table: pd.DataFrame) -> dict[str, float]:
    """What ESV has and what its best rival has of all there is to win; how exactly ESV adds up.

    Of sanity checks what ESV has: whatever ignores its input or its model is best at some of them.
    """
    mean = table.set_index(["measure", "method"])["mean"]
    values = {}
    for measure, (_, more_is_better) in contested().items():
        if (measure, "esv") in mean.index:  # of a score that never changes ESV may have none
            rivals = mean[measure].drop(["esv", BEST], errors="ignore")
            best = rivals.max() if more_is_better else rivals.min()
            values[f"{model}_esv_{measure}"] = float(mean[measure, "esv"])
            if len(rivals) and not is_sanity(measure):
                values[f"{model}_best_rival_{measure}"] = float(best)
    errors = table[table["measure"] == "efficiency_error"].set_index("method")
    values[f"{model}_esv_largest_efficiency_error"] = float(errors.loc["esv", "largest"])
    return values
