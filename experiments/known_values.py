"""How near does each attribution come to values that are known?

On clips whose ideal observer is known, its ESVs are exact: they say of every frame how much it adds
to what can be known of the class, and which frames mislead. Each method's attributions of the true
class are held against them, clip by clip and pooled, beside what needs no model: the feature norm,
the pixel change, the clip's centre and the decisive interval. Reads the ESV stores, features, heads
and frames; writes nothing but its result.

Two errors part: the *model's*, whose scores are not the ideal observer's (their divergence over all
coalitions), and the *attribution's*, which is all that is left for the ideal observer itself.
Attributions that are wrong by design (negated, shuffled, blind to the class) are planted beside
them: a measure that they do not lose measures nothing.

Expected: ESV is right for the ideal observer by definition, and nearest to the truth for a model
that comes near it. Where the model itself is far off, as TSN is, which does not see order, no
attribution can make up for it, and methods are hardly told apart.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from playfair.analysis.compare import compare, joined
from playfair.analysis.comparison import means
from playfair.analysis.known_values import DISTRACTS, MEASURES, against, differences, pooled
from playfair.attribution import METHODS, check_methods
from playfair.datasets.events.posterior import require_few
from playfair.experiments.comparison_methods import is_given, refuse_estimates
from playfair.experiments.ideal_observer import INTERVAL, SINGLETON, OfStudy, of_study
from playfair.report.figures.known_values import known_values_figure
from playfair.report.look import decimal, model_name, percent
from playfair.report.sentences import drawn_over, listed, on_trainings, rows_of, written
from playfair.result import Result
from playfair.steps.seeds import along_videos, by_model
from playfair.steps.study import Study

IDEAL = "ideal observer"
# method → title, of those that are made here; those of the registry have their own
OWN = {SINGLETON: "singletons", INTERVAL: "decisive interval"}
PLANTED = {
    "negated": "ESV negated",
    "shuffled": "ESV shuffled",
    "class_blind": "ESV blind to the class",
}


def known_values(
    studies: Sequence[Study],
    *,
    n_frames: int,
    methods: Sequence[str] | None = None,
    n_videos: int | None = None,
) -> Result:
    """Every method beside the true values of the true class.

    Args:
        methods: of METHODS, ESV among them; None: those of the comparison that every model has what
            it takes for, those of plug-ins too.
        n_videos: at most so many, evenly spaced; None: all.
    """
    refuse_estimates(studies)
    require_few(n_frames)
    if methods is None:
        chosen = [name for name, known in METHODS.items() if known.default and not known.planted]
        methods = [name for name in chosen if all(is_given(name, study) for study in studies)]
    check_methods(methods)
    methods = list(dict.fromkeys(["esv", *methods]))
    models = by_model(studies)
    seeds = {
        model: [of_study(study, n_frames, methods, n_videos) for study in its_studies]
        for model, its_studies in models.items()
    }
    numbers = {
        model: [study.seed for study in its_studies] for model, its_studies in models.items()
    }
    values = {
        model: along_videos([part.values for part in parts], numbers[model])
        for model, parts in seeds.items()
    }
    first = next(iter(seeds.values()))[0]
    values[IDEAL] = first.ideal
    tables: dict[str, list[pd.DataFrame]] = {}
    for model, of_model in values.items():
        per_video = held_against(of_model)
        fair = per_video.sel({"method": ~per_video["method"].isin(list(PLANTED))})
        parts = {
            "agreement": joined(
                [
                    means(fair).drop(columns="largest"),
                    pooled(of_model.sel({"method": fair["method"]})),
                ]
            ),
            "differences": differences(fair),
        }
        if model != IDEAL:
            parts["planted"] = planted_table(per_video)
        for name, table in parts.items():
            tables.setdefault(name, []).append(table.assign(model=model))
    joint = {name: joined(parts) for name, parts in tables.items()}
    joint["models"] = compare(
        {model: errors_of(parts, models[model]) for model, parts in seeds.items()}
    )
    distractors = int((first.ideal["truth"].values < -DISTRACTS).sum())
    back = max(part.read_back for parts in seeds.values() for part in parts)
    over = drawn_over(max(len(parts) for parts in seeds.values()))
    n_clips = first.ideal.sizes["video"]
    return Result(
        "Known values",
        f"Attributions of the true class at {n_frames} frames beside the Element Shapley Values of "
        f"the ideal observer, on {n_clips} clips with {distractors} true distractors (values below "
        f"−{DISTRACTS}), with 95 % bootstrap intervals over {over}. The posterior of what models "
        f"are shown diverges from the stored one by {back:.1g} at most, over all coalitions of all "
        "clips.",
        findings=findings(joint, list(models)),
        metrics=metrics(joint, list(models))
        | {"true_distractors": float(distractors), "largest_divergence_when_read_back": back},
        tables=joint,
        figures={"known_values": known_values_figure(joint["agreement"], titles())},
        alts={
            "known_values": "A row for each attribution method: a dot for each model's mean agreement "
            "with the true values, by several measures."
        },
        names=titles(),
        captions=captions(over),
    )


def titles() -> dict[str, str]:
    """What every method is called."""
    return {name: known.title for name, known in METHODS.items()} | OWN | PLANTED


def held_against(values: xr.Dataset) -> xr.Dataset:
    """`analysis.known_values.against`, with the videos' names and seeds."""
    attributions = {
        str(name): values["attribution"].sel({"method": name}).transpose("video", "element").values
        for name in values["method"].values
    }
    truth = values["truth"].transpose("video", "element").values
    coordinates = {"video": values["video"].values}
    measured = against(truth, attributions).assign_coords(coordinates)
    if "seed" in values.coords:
        measured = measured.assign_coords(seed=("video", values["seed"].values))
    return measured


def planted_table(per_video: xr.Dataset) -> pd.DataFrame:
    """ESV − each planted attribution: which measure tells them apart."""
    chosen = per_video.sel({"method": per_video["method"].isin(["esv", *PLANTED])})
    table = differences(chosen).rename(columns={"rival": "planted"})
    loses = table["esv_is"] == "better"
    return table.assign(loses=loses).drop(columns=["esv_is", "p", "alike"], errors="ignore")


def errors_of(parts: Sequence[OfStudy], studies: Sequence[Study]) -> pd.DataFrame:
    """The models' errors by uid, or by seed and uid."""
    if len(parts) == 1:
        return parts[0].errors
    keys = [study.seed for study in studies]
    return pd.concat([part.errors for part in parts], keys=keys, names=["seed", "uid"])


def findings(tables: Mapping[str, pd.DataFrame], models: Sequence[str]) -> list[str]:
    """Of each model, how near ESV comes, what comes nearer or as near, and how far the model is off."""
    sentences = []
    agreement = tables["agreement"]
    for model in models:
        esv = rows_of(agreement, model=model, measure="pearson", method="esv")[0]
        found = rows_of(agreement, model=model, measure="distractors_found", method="esv")
        off = rows_of(tables["models"], model=model, measure="divergence")[0]
        sentence = (
            f"{model_name(model)}: its scores diverge from the ideal observer's by "
            f"{written(off, decimal)} nats over all coalitions; its ESVs agree with the true values "
            f"by r = {written(esv, decimal)} in a clip"
        )
        if found:
            sentence += f" and find {written(found[0], percent)} of the true distractors"
        sentences.append(f"{sentence}. {rivals_sentence(tables['differences'], model)}")
    sentences.append(ideal_sentence(agreement))
    sentences.append(planted_sentence(tables["planted"]))
    return sentences


def rivals_sentence(table: pd.DataFrame, model: str) -> str:
    """Which methods come as near to the truth as ESV, or nearer."""
    rows = table[(table["model"] == model) & (table["measure"] == "pearson")]
    names = titles()
    by_verdict = {
        verdict: [names[rival] for rival in rows.loc[rows["esv_is"] == verdict, "rival"]]
        for verdict in ("worse", "not told apart", "better")
    }
    clauses = []
    if by_verdict["worse"]:
        clauses.append(f"nearer to them than ESV: {listed(by_verdict['worse'])}")
    if by_verdict["not told apart"]:
        clauses.append(f"not told apart from it: {listed(by_verdict['not told apart'])}")
    if by_verdict["better"]:
        clauses.append(f"further off: {listed(by_verdict['better'])}")
    text = "; ".join(clauses)
    first = rows.iloc[0].drop("alike", errors="ignore")
    return f"{text[0].upper()}{text[1:]}{on_trainings(first.to_dict())}."


def ideal_sentence(agreement: pd.DataFrame) -> str:
    """The attribution's own error, where the model has none."""
    names = titles()
    rows = agreement[(agreement["model"] == IDEAL) & (agreement["measure"] == "pearson")]
    clauses = [
        f"{names[str(row['method'])]} {written(row, decimal)}"
        for row in rows.to_dict("records")
        if row["method"] != "esv"
    ]
    return (
        "The ideal observer itself, where no model errs: ESV has r = 1 by definition, "
        f"{listed(clauses)}."
    )


def planted_sentence(table: pd.DataFrame) -> str:
    """Whether every measure tells the planted attributions from ESV."""
    names = titles()
    kept = table[~table["loses"]]
    if kept.empty:
        return "Planted attributions (negated, shuffled, blind to the class) lose every measure."
    clauses = [
        f"{names[row['planted']]} on {model_name(row['model'])} by {MEASURES[row['measure']]}"
        for row in kept.to_dict("records")
    ]
    return f"Planted attributions that are not told from ESV: {listed(clauses)}."


def metrics(tables: Mapping[str, pd.DataFrame], models: Sequence[str]) -> dict[str, float]:
    """Each model's ESVs and its best rival against the truth, and the errors of the models."""
    mean = tables["agreement"].set_index(["model", "measure", "method"])["mean"].sort_index()
    values = {}
    for model in models:
        for measure in (*MEASURES, "pooled_pearson", "pooled_spearman"):
            of_methods = mean[model, measure]
            rivals = of_methods.drop(["esv", INTERVAL], errors="ignore")
            values[f"{model}_esv_{measure}"] = float(of_methods["esv"])
            values[f"{model}_best_rival_{measure}"] = float(rivals.max())
        for row in rows_of(tables["models"], model=model):
            values[f"{model}_{row['measure']}"] = float(row["mean"])  # type: ignore[arg-type]
    return {name: value for name, value in values.items() if np.isfinite(value)}


def captions(over: str) -> dict[str, str]:
    """What the figure and the tables show; over: what intervals take in."""
    return {
        "known_values": f"Dots: means over clips; bars: 95 % intervals over {over}. Correlations "
        "with the ideal observer's ESVs over the frames of a clip (0 for an attribution that gives "
        "all frames the same), and the share of a clip's true distractors among as many frames of "
        "the lowest attribution. The decisive interval is the main event's, 1 inside and 0 "
        "outside: what a benchmark of intervals would call the truth.",
        "agreement": f"Means over clips with 95 % intervals over {over}; pooled: over all frames of "
        "all clips at once. Pixel change is of the features, where there are no pictures.",
        "differences": "ESV minus rival on the same clips; esv_is: better or worse where "
        "p_holm, corrected for all rivals and measures of a model (Holm), is below 0.05; of one "
        "training, on this one. Each interval is of one comparison.",
        "planted": "ESV minus what is wrong by design, on the same clips; loses: ESV is the "
        "better one where p_holm, corrected for all of a model's (Holm), is below 0.05.",
        "models": "divergence: of the model's scores from the ideal observer's, mean over all "
        "coalitions but the empty one, in nats; divergence_whole: of the whole clip; top1, "
        "ideal_top1: right answers; esv_error: mean absolute difference of ESVs from the true "
        "values, probability.",
    }
