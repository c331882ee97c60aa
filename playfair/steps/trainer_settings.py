"""Which of a Trainer's options belong to the identity of what it trains: those that change weights.

How it is watched (validation, profilers, callbacks that only look) does not, but where an epoch is
chosen by validation: then what is validated, and when, decides on the weights.
"""

import re
from collections.abc import Mapping
from typing import Any

from playfair.steps.workplace import numeric_settings

# Lightning's callbacks that look at a training and leave it as it is.
WATCHERS = {
    "Callback",
    "DeviceStatsMonitor",
    "LearningRateMonitor",
    "ModelCheckpoint",
    "ModelSummary",
    "OnExceptionCheckpoint",
    "ProgressBar",
    "RichModelSummary",
    "RichProgressBar",
    "TQDMProgressBar",
    "ThroughputMonitor",
}
LIGHTNING = re.compile(r"(pytorch_lightning|lightning\.pytorch)\.callbacks\.")
# Options that say what is validated and when, with the values that they have unless it is said.
VALIDATION = {
    "check_val_every_n_epoch": (1,),
    "limit_val_batches": (None, 1.0),
    "val_check_interval": (None, 1.0),
}
# Options of a recipe that say nothing where they have these values; recipes without them are the same.
UNSAID = {"at_once": None, "clip": None, "keep": "last", "patience": None}


def training_settings(
    trainer: Mapping[str, Any], recipe: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What of a Trainer's configuration changes the weights that a recipe leads to.

    Args:
        trainer: its configuration.
        recipe: of the training; None: nothing is trained.

    Example:
        >>> training_settings({"check_val_every_n_epoch": 2, "profiler": "simple"}, {"epochs": 3})
        {}
        >>> training_settings({"check_val_every_n_epoch": 2}, {"epochs": 3, "keep": "best"})
        {'check_val_every_n_epoch': 2}
    """
    settings = numeric_settings(trainer)
    if recipe is None:
        return settings
    callbacks = [config for config in trainer.get("callbacks") or [] if changes_weights(config)]
    if callbacks:
        settings["callbacks"] = callbacks
    if callbacks or chooses(recipe):
        for option, usual in VALIDATION.items():
            if trainer.get(option, usual[0]) not in usual:
                settings[option] = trainer[option]
    return settings


def chooses(recipe: Mapping[str, Any] | None) -> bool:
    """Whether a recipe chooses an epoch by validation.

    >>> chooses({"epochs": 3, "patience": 2}), chooses({"epochs": 3, "keep": "last"})
    (True, False)
    """
    if not recipe:
        return False
    return recipe.get("keep", "last") != "last" or recipe.get("patience") is not None


def changes_weights(callback: Any) -> bool:
    """Whether a callback may change what is learnt.

    One of Lightning's that only watches does not. One of one's own says so by a class attribute,
    `changes_weights = False`; without it, it is taken to change them.

    >>> changes_weights({"_target_": "pytorch_lightning.callbacks.LearningRateMonitor"})
    False
    >>> changes_weights({"_target_": "pytorch_lightning.callbacks.EarlyStopping"})
    True
    """
    target = callback.get("_target_", "") if isinstance(callback, Mapping) else ""
    if LIGHTNING.match(target):
        return target.rpartition(".")[2] not in WATCHERS
    from playfair.targets import located

    try:
        return bool(getattr(located(target), "changes_weights", True))
    except Exception:  # whoever builds it says what is wrong with it
        return True


def said(recipe: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A recipe without the options that say nothing: what it is known by.

    >>> said({"epochs": 3, "keep": "last", "clip": 20})
    {'epochs': 3, 'clip': 20}
    """
    if recipe is None:
        return None
    return {
        name: value for name, value in recipe.items() if name not in UNSAID or value != UNSAID[name]
    }
