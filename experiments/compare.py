"""What did setting something otherwise change?

Reads the folders of finished runs, or of the points of a sweep; computes nothing anew. Expected:
nothing; whoever changed an option had a reason to.
"""

from collections.abc import Mapping, Sequence
from glob import glob, has_magic
from pathlib import Path

import pandas as pd

from playfair.analysis.settings import (
    MODEL,
    Settings,
    as_set,
    differing,
    named,
    settings_of,
    short_names,
    shown,
)
from playfair.report.figures.settings import settings_figure
from playfair.report.look import cell, decimal, model_name
from playfair.report.sentences import listed
from playfair.report.side_by_side import in_words
from playfair.result import Result
from playfair.steps.run_folder import (
    IS_FAILED,
    IS_FINISHED,
    IS_RUNNING,
    LATEST,
    NONE,
    STOPPED,
    WAITING,
    RunFolder,
    is_run,
    read_run,
)

# how many points are in a state, as a sentence says it
IN_WORDS = {
    IS_FAILED: "failed",
    IS_RUNNING: "running",
    STOPPED: "stopped before an answer",
    WAITING: "not begun",
}


def compare(runs: Sequence[str] | None, *, objective: str | None = None) -> Result:
    """Runs side by side: a page, a table and a figure.

    Args:
        runs: folders of runs, of sweeps (all of their points), or patterns of such.
        objective: a key of metrics.json that is told of first.

    Raises:
        ValueError: there are no two runs.
    """
    if not runs:
        raise ValueError(
            "Which runs? Type runs=[FOLDER,FOLDER]: folders of runs, of sweeps (all of their points), "
            "or patterns such as [outputs/synthetic/runs/position_*]."
        )
    folders = list(dict.fromkeys(folder for name in runs for folder in run_folders(name)))
    if len(folders) < 2:
        raise ValueError(
            f"There is 1 run in runs={runs[0]}, and nothing to compare it with. Name several: "
            "runs=[FOLDER,FOLDER], or the folder of a sweep."
        )
    return side_by_side([read_run(folder) for folder in folders], objective=objective)


def run_folders(name: str) -> list[Path]:
    """The folders of runs that a name stands for.

    Args:
        name: of a run's folder, of a folder of such, or a pattern of either.

    Raises:
        ValueError: there is none.
    """
    place = Path(name).expanduser()
    # a point's folder may have brackets in its name
    pattern = has_magic(name) and not place.exists()
    there = sorted(map(Path, glob(str(place)))) if pattern else [place]
    if pattern:
        there = [folder for folder in there if folder.name != LATEST]
    folders = []
    for folder in there:
        if is_run(folder):
            folders.append(folder)
        elif folder.is_dir():
            below = [inner for inner in folder.iterdir() if inner.name != LATEST]
            folders += sorted(filter(is_run, below))
    if not folders:
        raise ValueError(
            f"Expected runs to be folders of runs, such as [outputs/synthetic/runs/esv_sweep], got "
            f"{name}, where none is."
        )
    return folders


def side_by_side(
    runs: Sequence[RunFolder], *, objective: str | None = None, direction: str = ""
) -> Result:
    """The page of several runs.

    Args:
        runs: finished or not.
        objective: a key of metrics.json that is told of first.
        direction: whether a search wants it "maximize"d or "minimize"d.
    """
    settings = settings_of(runs, objective)
    n_finished = sum(run.state == IS_FINISHED for run in runs)
    tables = {}
    figures = {}
    if n_finished and settings.metrics:
        tables["sweep"] = of_settings(settings)
        figures["sweep"] = settings_figure(settings)
    if n_finished < len(runs):
        tables["unfinished"] = unfinished(runs, settings)
    tables["points"] = settings.points
    over = "over the seeds" if settings.n_seeds > 1 else ""
    return Result(
        "Runs side by side",
        f"What differs between the runs: {listed(settings.swept) or 'the model or the seed alone'}."
        + (f" Intervals are 95 % {over} of a setting." if over else " One seed of each setting:")
        + ("" if over else " what training again would change is not known from them."),
        findings=[counts(runs), *sentences(settings, runs, objective, direction)],
        metrics={"runs": float(len(runs)), "finished": float(n_finished)},
        tables=tables,
        figures=figures,
        captions={
            "sweep": "Each number against what differs; points that differ in nothing else are "
            f"joined.{f' Bars: 95 % intervals {over}.' if over else ''}"
            " The table of all points leads to the report of each.",
            "unfinished": "Runs without an answer, and why.",
            "points": "Every run, with all of its numbers; its name leads to its own report.",
        },
    )


def of_settings(settings: Settings) -> pd.DataFrame:
    """A row for each setting and model, with the metrics that differ."""
    ends = ("", "_low", "_high") if settings.n_seeds > 1 else ("",)
    columns = [f"{name}{end}" for name in shown(settings) for end in ends]
    return settings.means[[*settings.swept, MODEL, "seeds", *columns]]


def unfinished(runs: Sequence[RunFolder], settings: Settings) -> pd.DataFrame:
    """A row for each run that has not answered."""
    rows = [
        {"run": named(run, settings.options), "state": run.state, "reason": run.reason}
        for run in runs
        if run.state != IS_FINISHED
    ]
    return pd.DataFrame(rows)


def counts(runs: Sequence[RunFolder]) -> str:
    """How many runs have answered."""
    states = [run.state for run in runs]
    n_finished = states.count(IS_FINISHED)
    others = [
        f"{states.count(state)} {words}" for state, words in IN_WORDS.items() if state in states
    ]
    if not others:
        return "The run has finished." if len(runs) == 1 else f"All {len(runs)} runs have finished."
    return f"{n_finished} of {len(runs)} runs finished, {listed(others)}."


def sentences(
    settings: Settings, runs: Sequence[RunFolder], objective: str | None, direction: str
) -> list[str]:
    """Of the first metric, where it is highest and lowest."""
    if not settings.metrics or settings.means.empty:
        return []
    told = []
    if direction and objective:
        told.append(of_search(runs, objective, direction))
    metric = shown(settings)[0]
    for model, rows in settings.means.groupby(MODEL, sort=False):
        rows = rows.dropna(subset=[metric]).sort_values(metric, kind="stable")
        if len(rows) < 2:
            continue
        low, high = rows.iloc[0].to_dict(), rows.iloc[-1].to_dict()
        told.append(_spread(str(model), metric, low, high, settings))
    return [sentence for sentence in told if sentence]


def of_search(runs: Sequence[RunFolder], objective: str, direction: str) -> str:
    """Which point of a search is best."""
    answered = [run for run in runs if objective in run.metrics]
    if not answered:
        return ""
    choose = max if direction == "maximize" else min
    best = choose(answered, key=lambda run: run.metrics[objective])
    words = named(best, differing(runs))
    return (
        f"Best of {len(answered)}: {objective} = {cell(best.metrics[objective])} with {words}. "
        "The best of many is also the luckiest: train it again with other seeds."
    )


def _spread(
    model: str, metric: str, low: Mapping[str, object], high: Mapping[str, object], of: Settings
) -> str:
    """The setting with the highest value of a metric, and that with the lowest."""
    whose = f"{model_name(model)}: " if model else ""
    name = in_words(metric)
    if low[metric] == high[metric]:
        return f"{whose}{name} is {_value(high, metric)} in all settings."
    apart = ""
    if of.n_seeds > 1 and float(str(low[f"{metric}_high"])) >= float(str(high[f"{metric}_low"])):
        apart = "; their intervals over seeds overlap"
    return (
        f"{whose}{name} is highest, {_value(high, metric)}, with {_setting(high, of)}, and lowest, "
        f"{_value(low, metric)}, with {_setting(low, of)}{apart}."
    )


def _value(row: Mapping[str, object], metric: str) -> str:
    return decimal(*(float(str(row[f"{metric}{end}"])) for end in ("", "_low", "_high")))


def _setting(row: Mapping[str, object], settings: Settings) -> str:
    names = short_names(settings.swept)
    words = [
        f"{names[option]}={as_set(row[option])}" for option in settings.swept if row[option] != NONE
    ]
    return " ".join(words) or "it"
