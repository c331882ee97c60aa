"""The process that has torch and the models: `python -m playfair.explorer.model_process FD`.

It is asked for scores over a connection that it inherits, answers one question after the other, and
ends when whoever asked has ended.
"""

import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from multiprocessing.connection import Connection
from typing import NamedTuple

import numpy as np

from playfair.steps.store_game import ClipOfStore, scores_of_clip
from playfair.targets import trust


class Question(NamedTuple):
    """What is asked.

    Attributes:
        clip: whose coalitions.
        inside: (coalition, element), bool; None: all of them.
        plugins: modules that define models of the user's own.
    """

    clip: ClipOfStore
    inside: np.ndarray | None
    plugins: Sequence[str]


class Answer(NamedTuple):
    """What is answered: scores (coalition, class) float32; or None, and why."""

    scores: np.ndarray | None
    why: str = ""


def answered(question: Question) -> Answer:
    """The scores, or why there are none."""
    try:
        for name in question.plugins:
            import_module(name)
            trust(name)
        return Answer(scores_of_clip(question.clip, question.inside))
    except (ValueError, OSError, KeyError) as error:
        return Answer(None, str(error))
    except Exception as error:  # a model of the user's own may fail in any way
        return Answer(None, f"{type(error).__name__}: {error}")


def main() -> None:
    """Answers until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started it
    connection = Connection(int(sys.argv[1]))
    while True:
        try:
            connection.send(answered(connection.recv()))
        except (EOFError, OSError):
            return


if __name__ == "__main__":
    # pickled answers name this module, not __main__
    import_module("playfair.explorer.model_process").main()
