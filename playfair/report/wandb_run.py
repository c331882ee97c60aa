"""One W&B run: begun online or offline, and never the reason why work is not done."""

import json
import logging
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import wandb

from playfair.report.wandb_ids import Claim
from playfair.report.wandb_mode import OFFLINE, say_offline

log = logging.getLogger("playfair")

# seconds that a server which has answered may take to begin a run, and to take the last of it
BEGIN_TIMEOUT = 30.0
FINISH_TIMEOUT = 120.0
FATAL = "ERROR+4"  # in the log of W&B's service: it sends nothing more


@dataclass
class Recorded:
    """One run in W&B.

    Attributes:
        run: W&B's own.
        claim: its id.
        online: whether it was begun with a server.
        trouble: the first that could not be recorded; "" where all is well.
        at_server: whether all that was recorded reached the server, known when it is finished.
    """

    run: Any
    claim: Claim
    online: bool
    trouble: str = ""
    at_server: bool = False

    @property
    def place(self) -> Path:
        """The folder that `wandb sync` takes."""
        return Path(self.run.dir).parent

    def attempt(self, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Calls what is W&B's; where that fails it says so once, and the run goes on without."""
        try:
            return call(*arguments, **options)
        except Exception as error:  # whatever it is: the mirror does not decide
            if not self.trouble:
                self.trouble = _reason(error)
                log.warning("W&B did not record all, the run goes on: %s", self.trouble)
            return None

    def finish(self, *, failed: bool) -> None:
        """Ends it, and waits for what is not at the server yet, but not for ever."""
        self.attempt(self.run.finish, exit_code=1 if failed else 0)
        if self.online and not self.trouble and (why := _given_up(self.place)):
            self.trouble = why
            log.warning("W&B's server did not take all: %s", why)
        self.at_server = self.online and not self.trouble
        self.claim.end(finished=not failed)


def begin(claim: Claim, mode: str, folder: Path, **options: Any) -> Recorded:
    """Begins a W&B run, or continues it; offline where the server does not take it.

    Args:
        claim: its id.
        mode: of `wandb.init`.
        folder: the run's.
        options: of `wandb.init`: project, name, config and the like.
    """
    why = ""
    if mode not in OFFLINE and claim.is_continued:
        try:
            return _begun(claim, mode, folder, options)
        except Exception as error:
            why = f"the W&B run {claim.id} cannot be continued ({_reason(error)})"
            claim.renew()
    try:
        recorded = _begun(claim, mode, folder, options)
        if why:
            log.warning("%s: this is a new one, %s", why, claim.id)
        return recorded
    except Exception as error:
        if mode not in OFFLINE:
            say_offline(_reason(error))
            return begin(claim, "offline", folder, **options)
        log.warning("W&B records nothing, the run folder is complete: %s", _reason(error))
        return _begun(claim, "disabled", folder, options)


def _begun(claim: Claim, mode: str, folder: Path, options: Mapping[str, Any]) -> Recorded:
    online = mode not in (*OFFLINE, "disabled")
    before = set(folder.glob("wandb/*"))
    # a sweep of W&B's own names the run itself
    own_id = None if os.environ.get("WANDB_SWEEP_ID") else claim.id
    try:
        run = wandb.init(
            mode=mode,  # type: ignore[arg-type]
            dir=folder,
            id=own_id,
            resume="allow" if online and not os.environ.get("WANDB_RESUME") else None,
            reinit="create_new",  # the runs of other models are open too
            settings=_settings(),
            **options,
        )
    except Exception:
        for rest in set(folder.glob("wandb/*")) - before:  # else wandb sync finds an empty run
            shutil.rmtree(rest, ignore_errors=True)
        raise
    claim.id = run.id
    recorded = Recorded(run, claim, online)
    if mode != "disabled":
        claim.begin(recorded.place)
    return recorded


def _settings() -> wandb.Settings:
    """Time limits, where the environment has none."""
    limits: dict[str, Any] = {"finish_timeout_raises": True}
    if "WANDB_INIT_TIMEOUT" not in os.environ:
        limits["init_timeout"] = BEGIN_TIMEOUT
    if "WANDB_FINISH_TIMEOUT" not in os.environ:
        limits["finish_timeout"] = FINISH_TIMEOUT
    return wandb.Settings(**limits)


def _reason(error: Exception) -> str:
    """What W&B says, without its advice to wait for longer."""
    text = str(error).partition("\nConsider")[0].removeprefix("Timed out while retrying: ")
    return " ".join(text.split()) or type(error).__name__


def _given_up(place: Path) -> str:
    """Why W&B's service stopped sending; it says so in its log alone."""
    for file in sorted(place.glob("logs/debug-internal.log")):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if entry.get("level") == FATAL:
                return str(entry.get("msg"))
    return ""
