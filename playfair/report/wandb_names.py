"""What Weights & Biases calls things: runs, tags, values of the configuration, numbers.

A run in W&B is of one model, so that no key has a model's name in it: W&B then groups, colours and
plots by the configuration's `model`, `n_frames` or `seed`, whatever was swept.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from playfair.analysis.metric_names import parted
from playfair.result import Result

if TYPE_CHECKING:
    import pandas as pd

Config = Mapping[str, Any]

LONGEST_NAME = 128  # of a run in W&B
# options that a run's name has, and those that say where and how it runs
SAID = ("experiment", "model", "n_frames", "seed", "seeds", "dataset.root")
NOT_WHAT = ("hydra", "logger", "paths", "plugins", "rank_timeout", "trainer", "watch_esvs")


def experiment_of(config: Config) -> str:
    """The experiment's name.

    >>> experiment_of({"experiment": {"_target_": "playfair.experiments.esv.esv"}})
    'esv'
    """
    return str(config["experiment"]["_target_"]).rpartition(".")[2]


def run_name(config: Config, model: str, typed: Sequence[str] = ()) -> str:
    """What ran, as a line.

    Args:
        config: what was composed.
        model: the run's.
        typed: what else was typed, as of `typed_words`.

    Example:
        >>> typed = {"experiment": {"_target_": "esv"}, "n_frames": 8, "seed": 0, "seeds": None}
        >>> run_name(typed, "trn")
        'esv · trn · 8 frames · seed 0'
        >>> run_name({**typed, "n_frames": 1, "seeds": 5}, "trn", ["heads.epochs=2"])
        'esv · trn · 1 frame · seeds 0 to 4 · heads.epochs=2'
    """
    n_frames = config["n_frames"]
    frames = "1 frame" if n_frames == 1 else f"{n_frames} frames"
    seed = f"seed {config['seed']}"
    if config["seeds"]:
        seed = "seed 0" if config["seeds"] == 1 else f"seeds 0 to {config['seeds'] - 1}"
    return " · ".join([experiment_of(config), model, frames, seed, *typed])[:LONGEST_NAME]


def typed_words(typed: Sequence[str]) -> list[str]:
    """Of what was typed, what a run's name does not say anyway: what it is, not where or how it runs.

    >>> typed_words(["experiment=esv", "n_frames=8", "model.trn.heads.epochs=2", "paths.data=d"])
    ['heads.epochs=2']
    """
    words = []
    for word in typed:
        option, _, value = word.lstrip("+~").partition("=")
        group = option.partition("@")[0].partition("/")[0].partition(".")[0]
        if option in SAID or group in NOT_WHAT:
            continue
        words.append(f"{re.sub(r'^model[.][^.]+[.]', '', option)}={value}")
    return words


def estimator_of(config: Config) -> str:
    """The name of the group's choice: exact, or how values are estimated."""
    estimator = config["estimator"]
    return "exact" if estimator["budget"] is None else str(estimator["name"])


def tags_of(config: Config, model: str) -> list[str]:
    """What runs are filtered by."""
    tags = [experiment_of(config), str(config["dataset"]["name"]), model, estimator_of(config)]
    return list(dict.fromkeys(tags))


def config_of(config: Config, model: str, options: Config) -> dict[str, Any]:
    """The configuration as W&B shows it: what is swept as scalars, all else below `options`.

    A sweep's parameters are these scalars, by the same names: `model`, `n_frames`, `seed`, `dataset`.

    Args:
        config: what was composed.
        model: the run's.
        options: the model's own part of the configuration.

    Example:
        >>> typed = {"experiment": {"_target_": "esv"}, "n_frames": 8, "seed": 0, "seeds": None}
        >>> typed |= {"dataset": {"name": "synthetic"}, "estimator": {"budget": None}}
        >>> config_of(typed, "trn", {"head": {"n_max": 8}})["options"]["model"]
        {'head': {'n_max': 8}}
    """
    groups = {
        name: value
        for name, value in config.items()
        if isinstance(value, Mapping) and name not in ("model", "logger")
    }
    scalars = {name: value for name, value in config.items() if not isinstance(value, Mapping)}
    if config["seeds"]:
        scalars["seed"] = None  # it is of all of them
    return {
        **scalars,
        "experiment": experiment_of(config),
        "model": model,
        "dataset": config["dataset"]["name"],
        "estimator": estimator_of(config),
        "options": {"model": dict(options), **groups},
    }


def own_key(key: str, model: str, models: Sequence[str]) -> str | None:
    """A number's name in the run of one model; None where it is another model's.

    >>> models = ["trn", "trn_resnet50"]
    >>> own_key("trn_top1", "trn", models), own_key("trn_resnet50_top1", "trn", models)
    ('top1', None)
    >>> own_key("max_efficiency_gap", "trn", models)
    'max_efficiency_gap'
    """
    owner, measure = parted(key, models)
    return measure if owner in ("", model) else None


def own_name(name: str, model: str, models: Sequence[str]) -> str | None:
    """A figure's or a table's name in the run of one model; None where it is another model's.

    >>> own_name("curves_trn", "trn", ["trn", "tsn"]), own_name("curves_trn", "tsn", ["trn", "tsn"])
    ('curves', None)
    >>> own_name("position", "trn", ["trn", "tsn"])
    'position'
    >>> own_name("curves_my_trn", "trn", ["trn", "my_trn"]) is None
    True
    """
    owners = [other for other in models if name.endswith(f"_{other}")]
    if not owners:
        return own_key(name, model, models)
    return name.removesuffix(f"_{model}") if max(owners, key=len) == model else None


def own_result(result: Result, model: str, models: Sequence[str]) -> Result:
    """What of a result is one model's, or is not any model's in particular, parts too.

    Figures that show all models stay: they are looked at beside each other.
    """

    def own(things: Mapping[str, Any]) -> dict[str, Any]:
        names = {name: own_name(name, model, models) for name in things}
        return {own: things[name] for name, own in names.items() if own is not None}

    keys = {key: own_key(key, model, models) for key in result.metrics}
    strips = [
        replace(
            strip,
            esvs={name: esv for name, esv in strip.esvs.items() if name == model},
            notes={name: note for name, note in strip.notes.items() if name == model},
        )
        for strip in result.strips
        if model in strip.esvs
    ]
    tables = {name: _own_rows(table, model, models) for name, table in own(result.tables).items()}
    return replace(
        result,
        metrics={own: result.metrics[key] for key, own in keys.items() if own is not None},
        tables={name: table for name, table in tables.items() if len(table)},
        figures=own(result.figures),
        interactive=own(result.interactive),
        strips=strips,
        parts=tuple(own_result(part, model, models) for part in result.parts),
    )


def _own_rows(table: "pd.DataFrame", model: str, models: Sequence[str]) -> "pd.DataFrame":
    """A table's rows of one model, without the column that says so."""
    if "model" not in table.columns or not table["model"].isin(models).any():
        return table
    return table[table["model"] == model].drop(columns="model")
