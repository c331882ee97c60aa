"""The words of the command line, before Hydra reads them: those that are no option are answered.

Options are written name=value. Whoever types --name=value, name value, name: value or name = value
is told the whole command as it is typed here.
"""

import difflib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from playfair.launch.command_line import command_of
from playfair.launch.options import option_names
from playfair.launch.quoting import CURLED
from playfair.launch.terminal import experiments

# Hydra's own, with the number of words behind them that belong to them
FLAGS = {
    "--help": 0,
    "-h": 0,
    "--hydra-help": 0,
    "--version": 0,
    "--resolve": 0,
    "--run": 0,
    "-r": 0,
    "--multirun": 0,
    "-m": 0,
    "--shell-completion": 0,
    "-sc": 0,
    "--cfg": 1,
    "-c": 1,
    "--package": 1,
    "-p": 1,
    "--config-path": 1,
    "-cp": 1,
    "--config-name": 1,
    "-cn": 1,
    "--config-dir": 1,
    "-cd": 1,
    "--experimental-rerun": 1,
    "--info": 1,
    "-i": 1,
}
UNREADABLE = re.compile("[\ud800-\udfff]")  # what Python makes of bytes that are no letters
BEHIND = {
    "--cfg": "job",
    "-c": "job",
    "--config-dir": "FOLDER",
    "-cd": "FOLDER",
    "--package": "NAME",
    "-p": "NAME",
}
HELP = {"--help", "-h"}
# what is answered by Hydra, without a run
ASKS_HYDRA = {"--hydra-help", "--cfg", "-c", "--info", "-i", "--shell-completion", "-sc"}
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"  # which programs that typeset make of them
ASKING = {"help": "--help", "version": "--version", "list": "--help", "experiments": "--help"}


class WordError(ValueError):
    """A word that is no option: what is typed instead."""


def require_options(words: Sequence[str]) -> None:
    """Raises WordError where a word is neither name=value nor a flag."""
    for word in words:
        if UNREADABLE.search(word):
            raise WordError(
                f"{word!a} has letters that are none in this terminal's encoding "
                f"({sys.getfilesystemencoding()}). Type export LC_ALL=C.UTF-8, or PYTHONUTF8=1 in "
                "front of the command."
            )
    typed = list(words)
    right: list[str] = []
    wrong = ""
    while typed:
        word = typed.pop(0)
        if _is_flag(word):
            flag, equals, _ = word.partition("=")
            right.append(word)
            if FLAGS[flag] and not equals and typed and "=" not in typed[0]:
                right.append(typed.pop(0))
            elif FLAGS[flag] and not equals and flag in BEHIND:
                raise WordError(f"{flag} is typed with what it is of: {flag} {BEHIND[flag]}")
            continue
        meant = _meant(word, typed)
        wrong = wrong or ("" if meant == word else word)
        right.append(meant)
    if wrong:
        raise WordError(f"{_rule(wrong)} Type: {command_of(right)}")


def _is_flag(word: str) -> bool:
    return word.partition("=")[0] in FLAGS


def _meant(word: str, rest: list[str]) -> str:
    """What was meant by a word; takes from the words behind it what belongs to it.

    Raises:
        WordError: nothing is near it.
    """
    if CURLED.search(word) and not Path(word.partition("=")[2]).exists():
        raise WordError(
            f"{word} has quotation marks as they are printed, which a shell takes for letters. Type "
            f"{command_of([CURLED.sub('', word)])}"
        )
    bare = word.lstrip(DASHES)
    if bare != word:
        return _without_dashes(word, bare, rest)
    if not word.strip():
        raise WordError(
            "There is an empty word in what was typed, as a shell makes it of a variable that is not "
            "set between quotation marks."
        )
    name, equals, value = word.partition("=")
    if equals and not name.strip():
        raise WordError(f"Options are written name=value, got {word!r}, which has no name.")
    if equals and (value or not _is_apart(rest)):
        return word.replace(" =", "=", 1) if name.endswith(" ") else word
    if equals:  # name= value
        return f"{word}{rest.pop(0)}"
    if word[0] in "~+":  # ~name takes an option away
        return word
    return _without_equals(word, rest)


def _without_dashes(word: str, bare: str, rest: list[str]) -> str:
    name, equals, value = bare.partition("=")
    name = name.replace("-", "_")
    if not name:
        raise WordError(f"Options are written name=value, got {word!r}.")
    if _is_option(name):
        if not equals and rest and (_is_apart(rest)):
            value = rest.pop(0)
        return f"{name}={value or 'VALUE'}"
    flags = [flag for flag in FLAGS if flag.startswith("--")]
    near = difflib.get_close_matches(f"--{bare}", flags, 1, 0.7) if len(bare) > 2 else []
    names = _near(name, option_names())
    if near:
        hint = f"Did you mean {near[0]}?"
    elif names:
        hint = f"Did you mean {names[0]}={value or '…'}? Options are written without dashes."
    else:
        hint = (
            f"Options are written name=value, without dashes; {command_of(['--help'])} lists them."
        )
    raise WordError(f"There is no {word}. {hint}")


def _without_equals(word: str, rest: list[str]) -> str:
    if rest and rest[0].startswith("=") and _is_option(word):  # name =value, name = value
        value = rest.pop(0)[1:] or (rest.pop(0) if rest else "VALUE")
        return f"{word}={value}"
    name = word.removesuffix(":")
    if _is_option(name):
        return f"{name}={rest.pop(0) if _is_apart(rest) else 'VALUE'}"
    apart = re.fullmatch(r"([\w.]+)\s*(?::=?|\s)\s*(.+)", word)
    if apart and _is_option(apart[1]):
        return f"{apart[1]}={apart[2]}"
    if word.lower() in experiments():
        return f"experiment={word.lower()}"
    if word.lower() in ASKING:
        return ASKING[word.lower()]
    if Path(word).exists():
        raise WordError(
            f"Options are written name=value, got {word!r}, which is a file. For a clip type "
            f"clip={word}; for all of a pattern clip='*{Path(word).suffix}', between quotation "
            "marks: without them the shell puts the files' names in its place."
        )
    near = [f"experiment={name}" for name in _near(word, experiments())]
    near += [f"{name}=…" for name in _near(word, option_names())]
    hint = f"Did you mean {near[0]}?" if near else _of_two_words()
    raise WordError(f"Options are written name=value, got {word!r}. {hint}")


def _near(word: str, names: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(word.lower(), list(names), 1, 0.7)


def _of_two_words() -> str:
    return (
        "If it belongs to the option before it, put all of that between quotation marks. "
        f"{command_of(['--help'])} lists experiments and options."
    )


def _rule(wrong: str) -> str:
    if wrong[0] in DASHES:
        return f"Options are written name=value, without dashes, got {wrong!r}."
    return f"Options are written name=value, in one word, got {wrong!r}."


def _is_option(name: str) -> bool:
    """Whether options begin so: a group, an option of all experiments, or one inside a group."""
    first, _, inside = name.partition(".")
    return first in option_names() and (not inside or bool(re.fullmatch(r"[\w.]+", inside)))


def _is_apart(rest: Sequence[str]) -> bool:
    """Whether the next word may be the value of the option before it."""
    return bool(rest) and "=" not in rest[0] and rest[0][:1] not in tuple(DASHES)


def flags_of(words: Sequence[str]) -> Iterator[str]:
    """The flags among the words, without what belongs to them."""
    for word in words:
        flag = word.partition("=")[0]
        if flag in FLAGS:
            yield flag
