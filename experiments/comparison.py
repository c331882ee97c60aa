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

from collections.abc import Mapping, Sequence

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
    verdicts,
)
from playfair.analysis.design import rows
from playfair.analysis.duplicates import shared_credit
from playfair.analysis.measures import BEST
from playfair.analysis.presumptions import missed, planted_differences, presumptions
from playfair.analysis.registry import MEASURES, OWN, chosen_measures
from playfair.attribution import METHODS, check_methods
from playfair.attribution.registry import NEEDS, gives
from playfair.experiments.explored import explored
from playfair.experiments.left_out import pretrained_names
from playfair.experiments.rivals import compare
from playfair.report.figures.comparison import contest_figure, has_more, measures_figure
from playfair.report.figures.curves import curves_figure, few
from playfair.report.figures.interactive import Lines
from playfair.report.look import element_word, model_name, number
from playfair.report.sentences import drawn_over, listed, on_trainings
from playfair.result import Result
from playfair.shapley.exact import MAX_FRAMES
from playfair.steps.esvs import head_of
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
            **(
                {"contest": contest_figure(joint["measures"])}
                if has_more(joint["measures"])
                else {}
            ),
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


def has_pictures(study: Study) -> bool:
    """Whether there is a backbone whose maps of single frames can be weighed."""
    return study.has_videos and not study.is_pretrained


def is_given(name: str, study: Study) -> bool:
    """Whether a study's model has all that a method needs."""
    known = METHODS[name]
    if not known.all_needs:
        return True
    head = head_of(study.head_step, study.layout)
    return all(gives(head, need, pictures=has_pictures(study)) for need in known.all_needs)


def not_given(studies: Sequence[Study], methods: Sequence[str]) -> str:
    """Which methods are left out for want of what they need, as a sentence for each need.

    Those that `left_out` has said are not said again.
    """
    said = ("gradcam", "pixel_change")
    by_need: dict[str, list[str]] = {}
    for name in methods:
        models = [model for model in by_model(studies) if not _given_to(name, studies, model)]
        pretrained = {study.name for study in studies if study.is_pretrained}
        if models and not (name in said and set(models) <= pretrained):
            need = NEEDS[METHODS[name].all_needs[0]]
            where = "" if len(models) == len(by_model(studies)) else f" of {listed(models)}"
            by_need.setdefault(f"{where}, needing {need}", []).append(METHODS[name].title)
    return "".join(f" Left out{need}: {listed(names)}." for need, names in by_need.items())


def _given_to(name: str, studies: Sequence[Study], model: str) -> bool:
    return all(is_given(name, study) for study in studies if study.name == model)


def methods_table(methods: Sequence[str], measures: pd.DataFrame) -> pd.DataFrame:
    """What each method is: method, title, unit, needs, source, and of how many models it is known."""
    taken = measures.groupby("method")["model"].nunique()
    return pd.DataFrame(
        {
            "method": name,
            "title": METHODS[name].title,
            "unit": METHODS[name].unit or "none: it orders frames",
            "needs": ", ".join(METHODS[name].all_needs) or "–",
            "source": METHODS[name].source or "–",
            "models": int(taken.get(name, 0)),
        }
        for name in methods
    )


def left_out(studies: Sequence[Study]) -> str:
    """What checkpoints cannot be asked, and why, as a sentence."""
    names = pretrained_names(studies)
    if not names:
        return ""
    return (
        f" {names} sees clips whole: Grad-CAM is left out, as there are no maps of single frames, "
        "and so are the pixel change, as there are no frames apart from what it sees, and the "
        "doubled frame, as the model takes no more frames than it was trained on. "
        "Integrated Gradients are of pixels, from the mean picture."
    )


def refuse_estimates(studies: Sequence[Study]) -> None:
    """Raises ValueError where ESVs are estimated: all is judged by exact scores of coalitions."""
    if any(study.estimator.budget is not None for study in studies):
        raise ValueError(
            "A comparison is of exact ESVs. Type estimator=exact, and up to 19 frames."
        )


def n_elements(studies: Sequence[Study], n_frames: int) -> int:
    """The most elements that any model has of so many frames."""
    per_element = [study.frames_per_element or n_frames for study in studies]
    return n_frames // min(per_element, default=1)


def chosen_methods(methods: Sequence[str] | None, n_frames: int) -> list[str]:
    """Each method once; ValueError where there is nothing to compare, or too many coalitions."""
    if methods is None:
        methods = [name for name, known in METHODS.items() if known.default and not known.planted]
    check_methods(methods)
    methods = list(dict.fromkeys(methods))
    if "esv" not in methods or len(methods) < 2 or n_frames >= MAX_FRAMES:
        raise ValueError(
            f"A comparison is of ESV with others, on up to {MAX_FRAMES - 1} frames, whose "
            f"coalitions are all scored; got experiment.methods=[{','.join(methods)}] and "
            f"n_frames={n_frames}. Type experiment.methods=[esv,integrated_gradients] n_frames=8, "
            "say."
        )
    return methods


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


def finding(
    model: str,
    differences: pd.DataFrame,
    measures: pd.DataFrame,
    planted: pd.DataFrame | None = None,
) -> str:
    """How often ESV is ahead of a rival on a model, behind, or neither, and how exactly it adds up."""
    titles = {name: method.title for name, method in METHODS.items()}
    games = differences[differences["p_holm"].notna()]
    ahead = int((games["esv_is"] == "better").sum())
    behind = int((games["esv_is"] == "worse").sum())
    ties = len(games) - ahead - behind
    sentence = (
        f"{model_name(model)}: of {len(games)} comparisons with a rival by a measure ESV is ahead in "
        f"{ahead}, behind in {behind}, and not told apart in {ties}"
        f"{on_trainings(differences.iloc[0].drop('alike', errors='ignore'))}{by_game(games)}"
    )
    errors = measures[measures["measure"] == "efficiency_error"].set_index("method")["mean"]
    others = errors.drop("esv")[
        [METHODS[name].unit == "probability" for name in errors.drop("esv").index]
    ]
    if len(others):
        nearest = str(others.idxmin())
        sentence += (
            f". It misses the score minus the prior by {number(errors['esv'])} on average, "
            f"{titles[nearest]} by {number(others[nearest])}"
        )
    if planted is not None and len(planted):
        sentence += f"; {missed(planted, titles)}"
    return f"{sentence}."


def by_game(games: pd.DataFrame) -> str:
    """How often ESV is ahead where it is at home, and how often elsewhere; "" where one is all."""
    at_home = games["measure"].map(lambda name: MEASURES[name].scored_in == OWN)
    if at_home.all() or not at_home.any():
        return ""
    ahead = games["esv_is"] == "better"
    return (
        f"; in the game whose mean its values are it is ahead in {(ahead & at_home).sum()} of "
        f"{at_home.sum()}, in others in {(ahead & ~at_home).sum()} of {(~at_home).sum()}"
    )


def verdicts_table(model: str, differences: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """A row for each measure: whom ESV beats by it, and whom it does not; of several, by how much."""
    titles = {name: method.title for name, method in METHODS.items()}
    games = differences[~differences["measure"].map(is_sanity)]
    rows = []
    for clause in [*verdicts(games, titles), efficiency(measures, titles)]:
        measure, _, said = clause.partition(": ")
        rows.append({"model": model, "by": measure, "verdict": f"{said}."})
    return pd.DataFrame(rows)


def efficiency(measures: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """How exactly attributions that are probabilities add up to score − prior.

    Of many methods those that stand for their families.
    """
    errors = measures[measures["measure"] == "efficiency_error"]
    clauses = [
        f"{titles[row['method']]} {number(row['mean'])} on average, {number(row['largest'])} at most"
        for row in errors.to_dict("records")
        if METHODS[row["method"]].unit == "probability" and METHODS[row["method"]].leading
    ]
    return f"efficiency error: {'; '.join(clauses)}"


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


def captions(over: str, word: str = "frame") -> dict[str, str]:
    """What the figures and tables show.

    Args:
        over: what intervals take in.
        word: `look.element_word` of the models.
    """
    of_one = "" if "seeds" in over else " On one training: another might say otherwise."
    return {
        "comparison": f"Dots: means over videos; bars: 95 % intervals over {over}. Rank "
        f"agreement: Spearman's ρ over a video's {word}s (Kendall's τ-b in the table), none where "
        f"all {word}s are alike. Evidence mass: share of positive attribution on {word}s inside the "
        "decisive interval; of |attribution|: what is negative counts too. AUROC: of one inside "
        "and one outside the interval, how often the former has more (equal ones: half). Pointing "
        "game: the largest attribution lies inside (of several "
        "largest, the share). Dotted: chance, the uniform attribution. Deletion and insertion "
        f"area: mean score of the true class while {word}s are removed, or come, from most to "
        "least supporting; dashed: the best that any order can do. Efficiency error: |Σ "
        "attribution − (score − prior)|, in the method's own unit, which hollow dots do not share "
        "with the score; Integrated Gradients start from the score of all-zero, or mean, features, "
        "not from the prior, which is nearly all of theirs. Doubled frame: credit of both copies "
        "of the method's top frame over the frame's before; dotted: "
        "kept. Both models average over frames, so that a doubled frame does weigh more, and its "
        "credit may grow (total in the table). Left to the table: measures that are the same for "
        "all methods.",
        "curves": f"Score of the true class against the number of {word}s left, mean over videos "
        f"with 95 % intervals over {over} (bands; left out of naive attributions); of more than 8 "
        f"methods one of each family. Without {word}s "
        f"the score is the prior. Deletion: the most supporting {word}s went first; low is good. "
        f"Insertion: the most supporting {word}s came first; high is good. It is the deletion "
        f"curve with the most distracting {word}s first, read from its end. Right: deletions in "
        f"order of ESV with removed {word}s deleted, or frozen: replaced by the nearest kept one, "
        "so that the length stays.",
        "contest": f"Dots: means over videos; bars: 95 % intervals over {over}. What each measure "
        "presumes, and whose game it is scored in, the table presumptions says. Naive methods, "
        "which ask nothing of the model, are grey.",
        "verdicts": "Of each measure: whom ESV is ahead of, and whom it is not, by ESV minus rival with "
        f"its 95 % interval; of many rivals those that lead by most.{of_one}",
        "planted": "Attributions that are bad on purpose: ESVs negated, or shuffled among a "
        "video's frames, and what is blind to the class, or to the model. Each measure beside "
        "those that it is meant to catch; esv, bad: means over the videos that count for both; "
        "caught: the 95 % interval of ESV minus planted says "
        "that ESV is better.",
        "presumptions": "Whose game each measure is scored in, and what must be so for it to mean "
        "what it is taken for. ESV's own game favours ESV and its kin, as their values are means "
        "of its scores.",
        "methods": "needs: what a method needs beyond what the model sees of each frame; models: "
        "of how many it could be asked.",
        "measures": f"Means over videos with 95 % intervals over {over}; largest: of any video; "
        "videos: those that count. A best order has no attributions: its areas bound all others.",
        "differences": "ESV minus rival on the same videos, with 95 % intervals, each of one "
        "comparison; p_holm: corrected for all rivals and measures (Holm). esv_is: better or worse "
        "where p_holm is below 0.05; of one training, on this one. No contest: a sanity check.",
        "duplicates": "Each method's most supporting frame of a video is doubled, the copy right "
        "after it. kept: credit of both copies over the frame's before; larger_share: the larger "
        "copy's part of it; total: credit of all frames after over before. Ratios of means over "
        "videos.",
        "length": f"Mean score of the true class when the most supporting {word}s by ESV are "
        "deleted, and when they are frozen, with 95 % intervals; difference: deleted − frozen, "
        "that is of the shorter input and of the copies' weight, which a frozen one adds to "
        "its neighbour's.",
    }
