"""A callback of the user's that raises: whose fault it is, and what is kept."""

import traceback
from collections.abc import Sequence
from pathlib import Path

from pytorch_lightning import Callback


class CallbackError(ValueError):
    """A callback of trainer.callbacks has raised; the training can go on from its last epoch.

    Attributes:
        callback: its type's name.
        hook: the method of it that raised.
        place: file and line.
        name: of what was being trained.
        kept: whether the state of an epoch is kept.
    """

    def __init__(
        self, callback: str, hook: str, place: str, name: str, kept: bool, error: Exception
    ) -> None:
        self.callback = callback
        self.hook = hook
        self.place = place
        self.name = name
        self.kept = kept
        text = str(error)
        what = f"{type(error).__name__}: {text}" if text else type(error).__name__
        state = (
            "Nothing is lost: the state of the last whole epoch is kept, and the same command goes "
            "on from there once the callback is mended."
            if kept
            else "No epoch was finished, so that nothing is lost: mend it and type the same command."
        )
        super().__init__(
            f"{callback} of trainer.callbacks has raised {what} in {hook} ({place}), while {name} "
            f"was trained. {state}"
        )


def raised_in(
    error: Exception, callbacks: Sequence[Callback], name: str, kept: bool
) -> CallbackError | None:
    """The error as that of one of the callbacks; None where it comes from elsewhere.

    Args:
        error: what was raised while training.
        callbacks: the user's.
        name: of what was being trained.
        kept: whether the state of an epoch is kept.
    """
    # the frame that is deepest in a callback's own method
    culprit = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        owner = frame.f_locals.get("self")
        for callback in callbacks:
            if owner is callback:
                place = f"{Path(frame.f_code.co_filename).name}, line {line}"
                culprit = (type(callback).__name__, frame.f_code.co_name, place)
    if culprit is None:
        return None
    return CallbackError(*culprit, name, kept, error)
