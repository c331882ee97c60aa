"""Validating, and what only watches, leave training as it was: nothing is drawn from its sources."""

from contextlib import AbstractContextManager
from typing import Any

from pytorch_lightning import Callback
from pytorch_lightning.utilities.seed import isolate_rng


class Undisturbed(Callback):
    """Puts the random states back after each validation, whatever a model or a callback drew in it.

    Of Python, numpy, torch and all devices: a model that draws while it is evaluated (dropout that
    is left on, sampled frames) does not move what is drawn in the next batch of training.
    """

    def __init__(self) -> None:
        self.isolated: AbstractContextManager[None] | None = None

    def on_validation_start(self, *_: Any) -> None:
        self.isolated = isolate_rng()
        self.isolated.__enter__()

    def on_validation_end(self, *_: Any) -> None:
        if self.isolated is not None:
            self.isolated.__exit__(None, None, None)
        self.isolated = None
