"""Paths as the shell hands them over, quoted for Hydra's grammar, which has its own use for = and more."""

import re
from collections.abc import Sequence

OPTION = "clip"  # whose value is a path, unless it is written as a list, a mapping or a quotation
GRAMMAR = {"[": "]", "{": "}", "'": "'", '"': '"', "$": "}"}
PLAIN = re.compile(r"[\w./-]*\.[A-Za-z]\w*", re.ASCII)  # which the grammar takes for a word


def quoted(words: Sequence[str]) -> list[str]:
    r"""What was typed, with paths of clips quoted; several, as a shell makes them of {a,b}, as a list.

    >>> quoted(["clip=a=b (1).mp4", "n_frames=8"])
    ["clip='a=b (1).mp4'", 'n_frames=8']
    >>> quoted(["clip=[a.mp4,b.mp4]", "clip=null"])
    ['clip=[a.mp4,b.mp4]', 'clip=null']
    >>> quoted(["clip=it's.mp4", "experiment=clip", "clip=b.mp4"])
    ["clip=['it\\'s.mp4',b.mp4]", 'experiment=clip']
    """
    values = [value for word in words if (value := _path(word)) is not None]
    if not values or {"-m", "--multirun"} & set(words):
        return list(words)
    text = ",".join(_quotation(value) for value in values)
    option = f"{OPTION}=[{text}]" if len(values) > 1 else f"{OPTION}={text}"
    rest = [word if _path(word) is None else option for word in words]
    return [word for place, word in enumerate(rest) if word != option or place == rest.index(word)]


def _path(word: str) -> str | None:
    """The path in `clip=path`; None in any other word, and where it is in Hydra's grammar already."""
    name, _, value = word.partition("=")
    if name != OPTION or not value.strip() or value == "null":
        return None
    return None if value.endswith(GRAMMAR.get(value[0], "\0")) else value


def _quotation(value: str) -> str:
    """As the grammar reads it: \\' is a quote in it, and so is a \\ at its end one of two."""
    if PLAIN.fullmatch(value):
        return value
    plain = value.replace("\\'", "\\\\'").replace("'", "\\'")
    at_end = len(plain) - len(plain.rstrip("\\"))
    return "'" + plain + at_end * "\\" + "'"
