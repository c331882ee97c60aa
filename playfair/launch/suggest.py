"""What may have been meant by a word that Hydra does not know."""

import difflib
import re
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from playfair.launch import CONF, owned_options
from playfair.launch.options import INSIDE, groups, read
from playfair.launch.options import options as options_in
from playfair.launch.terminal import experiments
from playfair.report.look import listed

CLOSE = 0.8  # likeness of an option's last word to what was typed
MOST = 4  # options that are named because they end in what was typed


def nearest(word: str, words: Iterable[str]) -> str:
    """What may have been meant by `word`: the nearest words, or all of them where none is near.

    >>> nearest("positon", ["esv", "position"]), nearest("ESV", ["esv", "position"])
    ('Did you mean position?', 'Did you mean esv?')
    """
    choices = sorted(set(words))
    likeness = {
        other: difflib.SequenceMatcher(None, word.lower(), other.lower()).ratio()
        for other in choices
    }
    best = max(likeness.values(), default=0.0)
    if best < 0.6:
        return f"There are: {', '.join(choices)}."
    nearest_words = [other for other in choices if likeness[other] == best]
    return f"Did you mean {' or '.join(nearest_words)}?"


def instead_of(error: Exception) -> str:
    """What to type where Hydra refuses the command line; nothing where it is not Hydra that does.

    Hydra says which word it is about in attributes where it has some, otherwise in its text alone.
    """
    kind = type(error).__name__
    text = str(error)
    if kind == "MissingConfigException" and (options := getattr(error, "options", None)):
        group, _, choice = str(getattr(error, "missing_cfg_file", "")).rpartition("/")
        if group == "recipe":
            return _recipe(choice, options)
        return f"There is no {group}={choice}. {nearest(choice, options)}"
    if several := re.search(r"Ambiguous value for argument '([^=]+)=([^']+)'", text):
        name, values = several.groups()
        return (
            f"One value is expected. For a run with each, type -m {name}={values}; a "
            f"list is [{values}]."
        )
    if kind == "OverrideParseException":
        word = str(getattr(error, "override", ""))
        if Path(word).exists():
            return (
                f"Options are written name=value, got {word!r}, which is a file. For a clip type "
                f"clip={word}; for all of a pattern clip='*{Path(word).suffix}', between quotation "
                "marks: without them the shell puts the files' names in its place."
            )
        names = [f"experiment={name}" for name in experiments()]
        return (
            f"Options are written name=value, got {word!r}. {nearest(f'experiment={word}', names)}"
        )
    if kind == "UnreadOptionError":
        known = getattr(error, "known", ())
        places = " or ".join(name for name in known if "@" in name)
        unknown_option = _unknown(str(getattr(error, "option", "")), known, places)
        return f"{unknown_option} A + would add it, and nothing would read it."
    added_again = r"An item is already at '([^']+)'|Multiple values for ([\w@./]+)\.\s"
    if there := re.search(added_again, text):
        option = there[1] or there[2]
        return f"{option} is there already. Type {option}=…, without the +."
    if forced := re.search(r"force-add of config groups is not supported: '\+\+([^']+)'", text):
        return f"{forced[1].partition('=')[0]} is a group. Type {forced[1]}, without the ++."
    if unknown := re.search(r"Could not override '([^']+)'", text):
        # a group that each model has for itself
        placed = re.search(r"Did you mean to override ([^?]+)\?", text)
        return _unknown(unknown[1], placed=placed[1] if placed else "")
    if "does not support sweep type" in text:
        return (
            "A range of numbers is searched, not run through. Type hydra/sweeper=optuna and the number "
            "that it is searched by, objective=trn_top1; or list the values: 1e-3,2e-3."
        )
    if "Unknown plugin class : 'hydra_plugins." in text:
        return "Hydra's launcher is not installed. Type: pip install 'playfair[cluster]'"
    return ""


def _unknown(option: str, known: Sequence[str] = (), placed: str = "") -> str:
    """That there is no such option, and what was meant by it.

    Args:
        option: its dotted name.
        known: options that would be read beside it.
        placed: the same group where it is, if Hydra knows that.
    """
    group, _, name = option.partition(".")
    if group == "trainer" and name in owned_options.OF_RECIPE:
        return f"There is no option {option}: {owned_options.instead(name, _stages())}"
    if group == "trainer" and name in owned_options.OF_OTHERS:
        return f"There is no option {option}. {owned_options.OF_OTHERS[name]}"
    if placed:
        return f"There is no option {option}. Did you mean {placed}=…?"
    if owners := [owner for owner, own in _own_options().items() if option in own]:
        return f"There is no option {option} here: it belongs to {listed(owners)}."
    options = _options()
    if option in options:
        return f"There is no option {option} here: it belongs to {_choice(option)}."
    section = option.rpartition(".")[0]
    beside = {name for name in options if known and name.rpartition(".")[0] == section}
    near = difflib.get_close_matches(option, {*known, *beside}, 1, CLOSE)
    if near or len(known) == 1:
        return f"There is no option {option}. Did you mean {[*near, *known][0]}?"
    return f"There is no option {option}. {_meant(option, options)}"


def _meant(option: str, options: Iterable[str]) -> str:
    """What may have been meant by an option: those that end in it, of the models that are asked for.

    >>> options = ["seed", "model.trn.training.epochs", "model.trn.heads.epochs", "model.tsn.lr"]
    >>> _meant("epoch", options)
    'Did you mean model.trn.heads.epochs or model.trn.training.epochs?'
    >>> _meant("lr", ["lrs", "trainer.lr"])
    'Did you mean trainer.lr?'
    >>> _meant("sed", options), _meant("dropuot", options)
    ('Did you mean seed?', 'Type python run.py --help for all of them.')
    """
    stages = tuple(_stages())
    asked = {
        name
        for name in options
        if (not name.startswith("model.") or name.startswith(stages))
        and not option.startswith(f"{name}.")
    }
    whole = sorted(name for name in asked if name.endswith(f".{option}"))
    if 0 < len(whole) <= MOST:
        return f"Did you mean {' or '.join(whole)}?"
    near = nearest(option, asked)
    if not near.startswith("There are"):
        return near
    ends = {name.rpartition(".")[2] for name in asked}
    (end,) = difflib.get_close_matches(option, ends, 1, CLOSE) or [""]
    inside = sorted(name for name in asked if end and name.endswith(f".{end}"))
    if not inside:
        return "Type python run.py --help for all of them."
    return f"Did you mean {' or '.join(inside)}?"


def _recipe(choice: str, known: Iterable[str]) -> str:
    """Recipes are written for a model and a dataset; another dataset's may serve as well.

    >>> _recipe("tsn_gestures", ["trn_synthetic", "tsn_published", "tsn_synthetic"])
    'There is no recipe=tsn_gestures. To train as on another dataset, type recipe@model.tsn=tsn_synthetic.'
    """
    model = choice.partition("_")[0]
    usual = f"{model}_synthetic"
    if usual not in set(known):
        return f"There is no recipe={choice}. {nearest(choice, known)}"
    return (
        f"There is no recipe={choice}. To train as on another dataset, type "
        f"recipe@model.{model}={usual}."
    )


def _choice(option: str) -> str:
    """What is to be chosen for an option to be there.

    >>> _choice("model.tsn.training.epochs"), _choice("logger.mode"), _choice("dataset.label")
    ('model=tsn and model=both', 'logger=wandb', 'dataset=clips and dataset=epic_kitchens')
    """
    group, _, inside = option.partition(".")
    if group == "model" and inside:
        return f"model={inside.partition('.')[0]} and model=both"
    owners = [
        f"{group}={choice}" for choice in groups()[group] if option in _of_choice(group, choice)
    ]
    return listed(owners) or f"another choice of {group}"


def _of_choice(group: str, choice: str) -> set[str]:
    """The options that a YAML of a group has."""
    return {option.name for option in options_in(read(group, choice), f"{group}.")}


def _stages() -> list[str]:
    """The recipes of the models that were asked for, as far as the command line says it.

    >>> _stages()
    ['model.trn.training', 'model.trn.heads']
    """
    chosen = [word.partition("=")[2] for word in sys.argv if word.startswith("model=")]
    names = "tsn,trn" if chosen[-1:] == ["both"] else (chosen or ["trn"])[-1].strip("[]")
    return [
        f"model.{name}.{stage}"
        for name in names.split(",")
        for stage in ("training", "heads")
        if (name, stage) != ("tsn", "heads")
    ]


@cache
def _own_options() -> dict[str, set[str]]:
    """The options that single experiments have for themselves, by what is typed for them.

    >>> sorted(_own_options()["experiment=compare"])
    ['experiment.objective', 'experiment.runs', 'runs']
    """
    from omegaconf import OmegaConf

    own = {}
    for name in experiments():
        config: Any = OmegaConf.to_container(OmegaConf.load(CONF / "experiment" / f"{name}.yaml"))
        inside = {f"experiment.{key}" for key in config["experiment"] if key[0] != "_"}
        own[f"experiment={name}"] = inside | config.keys() - {"defaults", "experiment"}
    general = set(map(str, OmegaConf.load(CONF / "config.yaml").keys()))
    return {name: keys - general for name, keys in own.items()}


def _options() -> set[str]:
    """Dotted names of all options, and the groups that can be chosen.

    Of single experiments, those that are typed behind `experiment.` are left out where it is another.
    """
    names = set(_shared_options())
    for owner, own in _own_options().items():
        names |= {option for option in own if owner in sys.argv or "." not in option}
    return names


@cache
def _shared_options() -> frozenset[str]:
    """Of all experiments: of both models, and of every choice of the groups beside."""
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from omegaconf import OmegaConf

    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", overrides=["model=both"])
    names = {path.name for path in CONF.iterdir() if path.is_dir()}
    for group in ("dataset", "estimator", "logger", "trainer"):
        for choice in groups()[group]:
            names |= _of_choice(group, choice)

    def walk(node: object, prefix: str) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                if str(key) in INSIDE:
                    continue
                names.add(f"{prefix}{key}")
                walk(value, f"{prefix}{key}.")

    walk(OmegaConf.to_container(cfg, resolve=False), "")
    return frozenset(names)
