"""Whether a command is a run or a sweep, without composing all its options to learn it.

Hydra composes twice: first to look for `hydra.mode`, then to run. A composition takes 0.2 s, half of
what a short command takes, and none of our own YAMLs has a mode: `-m` says it, or nobody.
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from hydra._internal.hydra import Hydra

from playfair.launch import CONF

# what is typed may name a mode, or YAMLs of others, which may
TYPED = re.compile(r"[+~]*hydra(\.mode|\.searchpath|[=@])")
OURS = (str(CONF), "pkg://hydra.conf", "structured://")


def compose_once() -> None:
    """From now on, Hydra looks for a mode in this process only where there may be one."""
    look = Hydra.get_mode
    if not hasattr(look, "__wrapped__"):
        Hydra.get_mode = _where_there_may_be_one(look)  # type: ignore[method-assign]


def _where_there_may_be_one(look: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(look)
    def mode(self: Hydra, config_name: str | None, overrides: list[str]) -> Any:
        places = self.config_loader.get_search_path().get_path()
        of_others = config_name != "config" or any(place.path not in OURS for place in places)
        if of_others or any(TYPED.match(typed) for typed in overrides):
            return look(self, config_name, overrides)
        return None

    return mode
