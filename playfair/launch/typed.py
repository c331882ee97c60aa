"""What was typed, looked at before anything is built: a value of another kind than the option's is refused by name."""

from collections.abc import Iterable
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode
from omegaconf import DictConfig, ListConfig, OmegaConf

# by the last word of an option's name
LEAST = {"seed": 0, "workers": 0, "watch_esvs": 0, "port": 0}
LEAST |= dict.fromkeys(
    ("budget", "n_frames", "n_max", "epochs", "batch_size", "n_videos", "repeats", "rounds"), 1
)
ANY_KIND = {"trainer.devices"}  # a number, a list of devices, or auto


def check_values(cfg: DictConfig, overrides: Iterable[str], choices: Iterable[str]) -> None:
    """Compares every value that was typed with the option's own.

    overrides: as typed, name=value; choices: names of the groups, whose values are choices.

    Raises:
        ValueError: naming the option, what it expects and what came.
    """
    named = {override.partition("=")[0].lstrip("+~"): override for override in overrides}
    groups = [override for name, override in named.items() if name in set(choices)]
    hydra = GlobalHydra.instance().hydra
    assert hydra is not None
    usual = hydra.config_loader.load_configuration("config", groups, run_mode=RunMode.RUN)
    for name in named.keys() - set(choices) - ANY_KIND:
        if expected := _expected(
            name, OmegaConf.select(usual, name), value := OmegaConf.select(cfg, name)
        ):
            raise ValueError(f"Expected {name} to be {expected}, got {name}={value}.")


def _expected(name: str, usual: Any, value: Any) -> str:
    """What is expected instead of `value`; nothing where it will do."""
    least = LEAST.get(name.rpartition(".")[2])
    if isinstance(usual, bool):
        return "" if isinstance(value, bool) else "true or false"
    if isinstance(usual, ListConfig):
        any_length = not name.endswith("_size")
        alike = (
            isinstance(value, ListConfig)
            and len(value)
            and (any_length or len(value) == len(usual))
        )
        if alike and all(isinstance(one, int) for one in usual):
            alike = not any(_expected("", usual[0], one) for one in value)
        if alike:
            return ""  # lengths, budgets, methods: as many as one likes
        return f"a list{'' if any_length else f' of {len(usual)}'}, such as {list(usual)}"
    if isinstance(usual, int) or (least is not None and value is not None):
        if (
            isinstance(value, int)
            and not isinstance(value, bool)
            and value >= (value if least is None else least)
        ):
            return ""
        return "a whole number" + ("" if least is None else f", {least} or more")
    if isinstance(usual, float):
        return "" if isinstance(value, int | float) and not isinstance(value, bool) else "a number"
    return ""
