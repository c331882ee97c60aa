"""Whether a run reaches the W&B server: asked before anything is recorded, and never fatal."""

import logging
import os
from functools import cache

import wandb

log = logging.getLogger("playfair")

OFFLINE = ("offline", "dryrun")
MODES = ("online", "offline", "disabled", "shared", "dryrun", "run")


def chosen_mode(asked: str | None) -> str:
    """The mode that a run is recorded in: what the environment says, else what was typed.

    Online, the server is asked first, for at most WANDB_HTTP_TIMEOUT=10 seconds: a run that cannot
    reach it, or whose key it refuses, says so once and is recorded offline.

    Args:
        asked: "online", "offline" or "disabled"; None: online where the user is logged in.

    Returns:
        A mode of `wandb.init`.

    Raises:
        ValueError: W&B has no such mode.
    """
    if not os.environ.get("WANDB_MODE"):
        os.environ.pop("WANDB_MODE", None)  # W&B refuses an empty one
    mode = os.environ.get("WANDB_MODE") or asked
    if mode not in (None, *MODES):
        where = "WANDB_MODE" if os.environ.get("WANDB_MODE") else "logger.mode"
        raise ValueError(f"Expected {where} to be one of {', '.join(MODES)}, got {mode!r}.")
    if mode is None and (saved := wandb.setup().settings.mode) != "online":
        mode = saved  # by `wandb offline` or `wandb disabled`
    if mode not in (None, "online"):
        return str(mode)
    logged_in, why = _server_answers()
    if logged_in:
        return "online"
    if why or mode == "online":
        say_offline(why or "nobody is logged in. Type wandb login")
    return "offline"


def reaches_server() -> bool:
    """Whether workspaces and reports can be saved."""
    return chosen_mode(None) == "online"


def say_offline(why: str) -> None:
    """The one warning of a run that goes on without the server."""
    log.warning("W&B is recorded offline, nothing is lost: %s", why.strip().rstrip("."))


@cache
def _server_answers() -> tuple[bool, str]:
    """Whether the server takes the user's key; else why, where there is one.

    A process asks once: the points of a sweep do not wait one by one.
    """
    try:
        return wandb.login(prompt=False), ""
    except wandb.errors.Error as error:
        return False, _in_a_line(error)


def _in_a_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    # what W&B's service says after it has tried again and again
    return text.replace(
        "Failed to execute API request: the service process is busy and did not respond in time",
        "the server does not answer",
    )
