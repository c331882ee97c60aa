"""Errors → what to type.

The engine's errors are types with fields that speak Python; here they speak options. An error is
looked up by the name of its type, so that none is imported that was not raised: a misspelt option
does not wait for torch.
"""

import errno
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playfair import signals
from playfair.launch import closed_pipe, stopping
from playfair.launch.command_line import as_called, command_of
from playfair.steps.durable import FULL, full_disk

HERE = Path(__file__).parents[1]
Advice = Callable[[Any], str]

TRACEBACK = "error.txt"  # of a run's folder: where something happened
_KEPT = "kept in "  # before it, in the notes of an error
# of our code, whose errors speak of what was given; experiments/ is a folder beside in a checkout
ROOTS = tuple({str(path) for path in (HERE, (HERE / "experiments").resolve())})

ADVICE: dict[str, Advice] = {}  # by the full name of an error's type
EXTRAS = {  # what few need: the module → the extra that brings it
    "beartype": "dev",
    "hydra_plugins": "cluster",
    "joblib": "cluster",
    "optuna": "sweep",
    "submitit": "cluster",
    "timm": "timm",
    "huggingface_hub": "huggingface",
    "transformers": "huggingface",
}
CLUSTER = ("joblib", "submitit_local", "submitit_slurm")  # launchers of the extra, by Hydra's names


def advises(name: str) -> Callable[[Advice], Advice]:
    """Registers what to type where an error of this type is raised, or of one that derives from it.

    Args:
        name: the type's module and name, "playfair.shapley.errors.TooManyElements".
    """

    def register(advice: Advice) -> Advice:
        ADVICE[name] = advice
        return advice

    return register


@advises("playfair.shapley.errors.TooManyElements")
def _too_many_elements(error: Any) -> str:
    return (
        f"Exact ESVs of {error.n} elements need 2^{error.n} scores; up to {error.most} are done "
        f"exactly. Type estimator=sampled to estimate them, or n_frames={error.most} or less."
    )


@advises("playfair.shapley.errors.BudgetTooSmall")
def _budget_too_small(error: Any) -> str:
    return (
        f"Expected estimator.budget to be at least {error.least} here, got {error.budget}. Type "
        f"estimator=sampled estimator.budget={error.least}"
    )


@advises("playfair.shapley.errors.BudgetTooLarge")
def _budget_too_large(error: Any) -> str:
    return (
        f"estimator.budget={error.budget} takes {error.needed / 1e9:.1f} GB of a video, and "
        f"{error.free / 1e9:.1f} GB are free. Type estimator.budget={error.most} or less."
    )


@advises("playfair.steps.at_hand.NoWeightsError")
def _no_weights(error: Any) -> str:
    if not error.trainable:
        return ""
    own = ("experiment", "clip", "start", "stop")  # of the clip, not of what is to be trained
    kept = [word for word in sys.argv[1:] if re.split(r"[=.]", word.lstrip("+"))[0] not in own]
    return f"{error} Type: {command_of(['experiment=train', *kept])}"


@advises("builtins.ModuleNotFoundError")
def _module_not_found(error: ModuleNotFoundError) -> str:
    if error.name is None:  # a library's own words, as Lightning's of what a TPU needs
        return str(error)
    extra = EXTRAS.get(error.name.partition(".")[0])
    return f"{error.name} is not installed. Type: pip install 'playfair[{extra}]'" if extra else ""


@advises("hydra.errors.MissingConfigException")
def _missing_config(error: Any) -> str:
    launcher = str(error.missing_cfg_file or "").removeprefix("hydra/launcher/")
    if launcher not in CLUSTER:
        return ""
    return f"Hydra's launcher {launcher} is not installed. Type: pip install 'playfair[cluster]'"


@advises("lightning_fabric.utilities.exceptions.MisconfigurationException")
def _trainer(error: Exception) -> str:
    return f"Lightning refuses an option of trainer: {error}"


@advises("builtins.OSError")
def _operating_system(error: OSError) -> str:
    if error.errno == errno.ENAMETOOLONG:
        return f"{error}. Shorten what a folder or file is called by."
    if error.errno in FULL:
        return full_disk(error.filename or "what was being written")
    if isinstance(error, ChildProcessError):
        return ""
    return (
        f"{_in_words(error)}. Name other folders with paths.data=FOLDER and paths.outputs=FOLDER."
    )


def _in_words(error: OSError) -> str:
    """What the system says of a path, without its number.

    >>> _in_words(PermissionError(errno.EACCES, "Permission denied", "outputs"))
    'outputs cannot be used: permission denied'
    """
    if not (error.filename and error.strerror):
        return str(error)
    path = Path(os.fsdecode(error.filename))
    if isinstance(error, NotADirectoryError):
        in_the_way = [parent for parent in (path, *path.parents) if parent.is_file()]
        if in_the_way:
            return f"{in_the_way[0]} is a file where a folder was expected"
    return f"{path} cannot be used: {error.strerror[:1].lower()}{error.strerror[1:]}"


@advises("builtins.RuntimeError")
def _data_worker(error: RuntimeError) -> str:
    text = str(error).partition("\n")[0]
    if not text.startswith("DataLoader worker"):
        return ""
    return (
        f"A data worker ended while it loaded clips ({text}). Was it killed for want of memory? Type "
        "dataset.workers=N with fewer, or dataset.workers=0 to see what it says. What was finished is "
        "kept."
    )


def advice(error: BaseException) -> str:
    """What to type about an error, or about what caused it; nothing where that is not known."""
    for link in _chain(error):
        names = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(link).__mro__)
        nearest = next((name for name in names if name in ADVICE), None)
        if nearest and (text := ADVICE[nearest](link)):
            return text
    return ""


def message(error: BaseException) -> str:
    """What to say about an error: what to type, or what it says itself.

    The latter where it is about what was given; empty for an error that is ours.
    """
    if text := advice(error):
        return as_called(text)
    for link in _chain(error):
        if isinstance(link, ValueError | OSError):
            return as_called(str(link))
    return ""


def spoken(run: Callable[[], None]) -> None:
    """Runs `run`; what it raises about what was given is raised with what to type.

    A rank's error is sent as text, without its type.
    """
    try:
        run()
    except Exception as error:
        if text := advice(error):
            raise ValueError(text) from error
        raise


def teaching(main: Callable[[], None]) -> int:
    """Runs `main`; a mistake of the user's ends in one message that says what to type.

    Returns:
        The exit code.
    """
    try:
        main()
        sys.stdout.flush()
        return 0
    except (SystemExit, KeyboardInterrupt) as stop:
        closed_pipe.say_no_more()
        number = stopping.signal_of(stop)
        if number is None:
            raise
        return stopping.told(number)
    except Exception as error:
        if closed_pipe.is_closed(error):
            closed_pipe.say_no_more()
            return closed_pipe.CODE
        text = _answer(error)
        if number := signals.stopped_by():
            # others that were asked to end too (workers, ranks) have left this process alone
            return stopping.told(number, meanwhile=text or repr(error))
        if not text:
            raise
    print(text, file=sys.stderr)
    return 2


def _answer(error: Exception) -> str:
    """The whole message.

    Of a sweep, what each point said; of an error that may not be the user's, where it happened too.
    """
    from playfair.launch import suggest, sweep

    many = len(sweep.failed) > 1 or (sweep.failed and {"-m", "--multirun"} & set(sys.argv))
    if many:
        points = "\n  ".join(sweep.failed)
        number = f"{len(sweep.failed)} point{'s' if len(sweep.failed) > 1 else ''}"
        return as_called(f"{number} of the sweep failed:\n  {points}")
    if type(error).__name__ == "MissingConfigException" and (text := advice(error)):
        return text
    if text := suggest.instead_of(error):
        return as_called(text)
    text = message(error)
    return text + _place_of(error) if text else ""


def keep_traceback(folder: Path, error: BaseException) -> bool:
    """Keeps where an error happened in a run's folder, where it is not told by what it says.

    What our own code refuses, and what is answered with what to type, needs no more. A ValueError of
    a library, or of a plug-in, may be anybody's mistake.

    Returns:
        Whether there was something to be kept.
    """
    if signals.stopped_by() or not message(error) or advice(error) or _is_ours(error):
        return False
    file = folder / TRACEBACK
    try:
        file.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:  # the disk may be what is full
        return False
    error.add_note(f"{_KEPT}{file}")
    return True


def _place_of(error: BaseException) -> str:
    """Where the traceback is kept, as a line; or the traceback, where it is asked for."""
    if os.environ.get("PLAYFAIR_TRACEBACK"):
        return "\n" + "".join(traceback.format_exception(error))
    notes = getattr(error, "__notes__", [])
    files = [note.removeprefix(_KEPT) for note in notes if note.startswith(_KEPT)]
    return f"\n(Where it happened: {files[0]})" if files else ""


def _is_ours(error: BaseException) -> bool:
    """Whether an error was raised by code of ours, or by Hydra, which speak of what was typed."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return True
    file = frames[-1].filename
    return file.startswith(ROOTS) or "/hydra/" in file or "/omegaconf/" in file


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and behind one of Hydra's what a `_target_` raised."""
    yield error
    if type(error).__module__.startswith("hydra.") and error.__cause__:
        yield error.__cause__
