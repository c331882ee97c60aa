"""hydra/sweeper=optuna: points that are searched for instead of a grid of them.

Hydra makes sweepers from packages of a name of its own alone; ours is made here. The one that
Hydra's authors wrote needs an Optuna of 2022.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper
from omegaconf import DictConfig, OmegaConf

TARGET = "playfair.launch.optuna_sweeper.OptunaSweeper"


def offer() -> None:
    """From now on, Hydra in this process knows our sweeper."""
    make = Plugins.instantiate_sweeper
    if not hasattr(make, "__wrapped__"):
        Plugins.instantiate_sweeper = _or_ours(make)  # type: ignore[method-assign]


def _or_ours(make: Callable[..., Sweeper]) -> Callable[..., Sweeper]:
    @wraps(make)
    def sweeper(self: Plugins, *, config: DictConfig, **more: Any) -> Sweeper:
        options: Any = OmegaConf.to_container(config.hydra.sweeper, resolve=True)
        if options.pop("_target_", None) != TARGET:
            return make(self, config=config, **more)
        from playfair.launch.optuna_sweeper import OptunaSweeper

        ours = OptunaSweeper(**options)
        ours.setup(config=config, **more)
        return ours

    return sweeper
