"""Runs side by side: what was set otherwise in each, and what that changed.

Rows that differ in the seed alone are trainings of one setting: their mean has a 95 % interval,
Student's of n − 1 degrees of freedom. It says what training again would change; what other videos
would change is in each run's own report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playfair.analysis.metric_names import parted
from playfair.analysis.small_samples import student
from playfair.analysis.trainings import error_of_mean
from playfair.steps.run_folder import IS_FINISHED, NONE, RunFolder

SEED = "seed"
MODEL = "model"
# options that say where and how a run is done and told, not what it asks
BESIDE = (
    *("command", "dataset.root", "hydra", "logger", "objective", "paths", "plugins"),
    *("rank_timeout", "search", "watch_esvs"),
)
FIRST = ("top1", "top5")  # metrics that are read before others
MOST_SHOWN = 6


@dataclass(frozen=True)
class Settings:
    """What runs have in common and what not.

    Attributes:
        options: those that differ.
        swept: the same without seed and model.
        metrics: of the answers, without their model's name, in the order they are to be read.
        telling: those that differ, and in more than by what was set.
        points: a row for each run and model: run, state, the swept options, seed, model, metrics.
        means: a row for each setting and model: the same over its seeds, with `…_low` and `…_high`.
    """

    options: list[str]
    swept: list[str]
    metrics: list[str]
    telling: list[str]
    points: pd.DataFrame
    means: pd.DataFrame

    @property
    def n_seeds(self) -> int:
        """The most seeds that a setting was trained with."""
        return int(self.means["seeds"].max()) if len(self.means) else 0


def settings_of(runs: Sequence[RunFolder], objective: str | None = None) -> Settings:
    """Runs → the table of their settings.

    Args:
        runs: finished or not; those that are not have no numbers.
        objective: a metric that is read first, with its model's name or without.
    """
    options = differing(runs)
    swept = [option for option in options if option not in (SEED, MODEL)]
    points = pd.DataFrame([row for run in runs for row in _rows(run, swept, options)])
    alike = [option for option in swept if len(set(points[option]) - {NONE}) < 2]
    points = points.drop(columns=alike)
    swept = [option for option in swept if option not in alike]
    names = list(dict.fromkeys(name for run in runs for row in _answers(run) for name in row))
    names = [name for name in names if name != MODEL]
    means = _over_seeds(points[points["state"] == IS_FINISHED], swept, names)
    first = _without_model(objective, runs)
    telling = [name for name in names if name == first or _tells(means, name, swept)]
    ranks = (lambda name: name != first, lambda name: name not in FIRST)
    for rank in reversed((*ranks, lambda name: name not in telling)):
        names = sorted(names, key=rank)
    telling = [name for name in names if name in telling]
    return Settings(options, swept, names, telling, points, means)


def differing(runs: Sequence[RunFolder]) -> list[str]:
    """The options that were typed for one of the runs at least, and are not the same in all."""
    typed = dict.fromkeys(option for run in runs for option in run.typed)
    return [
        option
        for option in typed
        if not option.lstrip("+").startswith(BESIDE)
        and len({run.value(option) for run in runs}) > 1
    ]


def by_model(metrics: Mapping[str, float], models: Sequence[str]) -> dict[str, dict[str, float]]:
    """Metrics by model, without its name; those that name none belong to each.

    Example:
        >>> by_model({"trn_top1": 0.9, "tsn_top1": 0.4, "gap": 0.0}, ["trn", "tsn"])
        {'trn': {'top1': 0.9, 'gap': 0.0}, 'tsn': {'top1': 0.4, 'gap': 0.0}}
        >>> by_model({"clips": 3.0}, [])
        {'': {'clips': 3.0}}
    """
    own: dict[str, dict[str, float]] = {}
    shared = {}
    for key, value in metrics.items():
        model, name = parted(key, models)
        if model:
            own.setdefault(model, {})[name] = value
        else:
            shared[name] = value
    return {model: {**values, **shared} for model, values in own.items()} or {"": shared}


def _without_model(objective: str | None, runs: Sequence[RunFolder]) -> str | None:
    models = sorted({model for run in runs for model in run.models})
    return None if objective is None else parted(objective, models)[1]


def _answers(run: RunFolder) -> list[dict[str, object]]:
    if run.state != IS_FINISHED:
        return [{MODEL: ""}]
    return [
        {MODEL: model, **metrics} for model, metrics in by_model(run.metrics, run.models).items()
    ]


def _rows(run: RunFolder, swept: Sequence[str], named_by: Sequence[str]) -> list[dict[str, object]]:
    about = {"run": named(run, named_by), "state": run.state}
    rows = []
    for answer in _answers(run):
        options = {option: _of_model(run, option, str(answer[MODEL])) for option in swept}
        rows.append(
            {**about, **options, SEED: run.value(SEED), **answer, "folder": str(run.folder)}
        )
    return rows


def _of_model(run: RunFolder, option: str, model: str) -> object:
    """An option's value; "–" where it is another model's."""
    others = [f"model.{name}." for name in run.models if name != model]
    if model and option.startswith(tuple(others)):
        return NONE
    return _number(run.value(option))


def _number(text: str) -> object:
    """A value as a number, where it is one.

    Example:
        >>> _number("8"), _number("1e-3"), _number("bf16-mixed")
        (8, 0.001, 'bf16-mixed')
    """
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _over_seeds(points: pd.DataFrame, swept: Sequence[str], metrics: Sequence[str]) -> pd.DataFrame:
    """The mean of each setting and model over its seeds, and its interval."""
    rows = []
    for values, group in points.groupby([*swept, MODEL], sort=False, dropna=False):
        row: dict[str, object] = dict(zip([*swept, MODEL], values, strict=True))
        of_seed = group.groupby(SEED)[list(metrics)].mean()  # one training may be in several runs
        row["seeds"] = len(of_seed)
        for name in metrics:
            mean, low, high = mean_over_seeds(of_seed[name].to_numpy(float))
            row |= {name: mean, f"{name}_low": low, f"{name}_high": high}
        rows.append(row)
    ends = [f"{name}{end}" for name in metrics for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=[*swept, MODEL, "seeds", *ends])


def mean_over_seeds(values: np.ndarray) -> tuple[float, float, float]:
    """Mean, and the ends of its 95 % interval: mean ± t · s / √n (Student 1908).

    Args:
        values: (seed,), one number of each training; NaN where a training has none.

    Returns:
        The ends are NaN where there are fewer than two.

    Example:
        >>> [round(end, 3) for end in mean_over_seeds(np.array([0.1, 0.2, 0.3]))]
        [0.2, -0.048, 0.448]
        >>> mean_over_seeds(np.array([0.5]))
        (0.5, nan, nan)
    """
    error = error_of_mean(values[:, None])
    low, high = student(error, 0.95)
    return float(error.mean[0]), float(low[0]), float(high[0])


def _tells(means: pd.DataFrame, metric: str, swept: Sequence[str]) -> bool:
    """Whether a metric differs, and is no more than an option that was set."""
    column = means[metric]
    same = [column.equals(means[option].astype(float)) for option in numeric(means, swept)]
    return column.nunique() > 1 and not any(same)


def short_names(options: Sequence[str]) -> dict[str, str]:
    """Options by as much of the end of their names as tells them apart.

    Example:
        >>> short_names(["n_frames", "model.trn.training.optimizer.lr"])
        {'n_frames': 'n_frames', 'model.trn.training.optimizer.lr': 'lr'}
        >>> list(short_names(["model.trn.heads.epochs", "model.trn.training.epochs"]).values())
        ['heads.epochs', 'training.epochs']
    """
    plain = [option.lstrip("+") for option in options]
    names = {}
    for option in options:
        parts = option.lstrip("+").split(".")
        ends = [".".join(parts[-n:]) for n in range(1, len(parts) + 1)]
        alone = [end for end in ends if sum(f".{o}".endswith(f".{end}") for o in plain) == 1]
        names[option] = next(iter(alone), option)
    return names


def as_set(value: object) -> str:
    """An option's value, as short as it is typed.

    Example:
        >>> as_set(0.001), as_set(8), as_set("test")
        ('0.001', '8', 'test')
    """
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def numeric(table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Those of the columns that hold nothing but numbers."""
    return [name for name in columns if pd.api.types.is_numeric_dtype(table[name])]


def shown(settings: Settings) -> list[str]:
    """The metrics that a page has room for: those that tell something, or the first."""
    return (settings.telling or settings.metrics)[:MOST_SHOWN]


def named(run: RunFolder, options: Sequence[str]) -> str:
    """A run by what sets it apart: its values of the options that differ."""
    names = short_names(options)
    values = [(names[option], run.value(option)) for option in options]
    words = [f"{name}={value}" for name, value in values if value != NONE]
    return " ".join(words) or run.folder.name
