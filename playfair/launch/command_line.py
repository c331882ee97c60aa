"""What was typed: the program and the words behind it, for messages and reports to repeat."""

import os
import shlex
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from playfair.launch.quoting import as_typed
from playfair.printable import printable

# ranks, jobs and points of a sweep are called by others
_CALLED = "PLAYFAIR_PROGRAM"
_LAUNCHED = "PLAYFAIR_LAUNCH"


def remember_program() -> None:
    """Keeps how this process was called, for itself and for all that it starts."""
    os.environ[_CALLED] = _program_of(sys.argv[0])
    os.environ[_LAUNCHED] = _digest_of(sys.argv[1:])


def launch() -> str:
    """Six letters that tell a command from others; the same when it is typed again."""
    return os.environ.get(_LAUNCHED) or _digest_of(sys.argv[1:])


def program() -> str:
    """How Play Fair was called: `playfair`, `python run.py` or `python -m playfair`."""
    return os.environ.get(_CALLED) or _program_of(sys.argv[0])


def command_of(words: Sequence[str]) -> str:
    """The command of these words as a shell takes it.

    >>> os.environ[_CALLED] = "playfair"
    >>> command_of(["experiment=esv", "dataset.frame_size=[32,32]"])
    "playfair experiment=esv 'dataset.frame_size=[32,32]'"
    >>> command_of(["paths.outputs='/my/folder'", "clip='it is.mp4'"])
    "playfair paths.outputs=/my/folder 'clip=it is.mp4'"
    """
    return " ".join([program(), *(shlex.quote(as_typed(word)) for word in words)])


def as_called(message: str) -> str:
    """A message as the terminal shows it: with the command that was called, and printable."""
    return printable(message.replace("python run.py", program()))


def _digest_of(words: Sequence[str]) -> str:
    what = sorted(word for word in words if not word.startswith("logger"))
    text = "\n".join(what)  # letters that the terminal's encoding has not are answered later
    return sha256(text.encode(errors="surrogateescape")).hexdigest()[:6]


def _program_of(path: str) -> str:
    name = Path(path).name
    if name == "run.py":
        return "python run.py"
    if name == "__main__.py":
        return "python -m playfair"
    return "playfair"
