"""Paths as the shell hands them over, quoted for Hydra's grammar, which has its own use for = and more.

Whoever types a path means a path: of an option that is one, whatever letters it has are taken as
they are, `~` at its beginning is the home folder, and what was made of it is told. Other values that
Hydra cannot read are answered with how to quote them.
"""

import os
import re
import shlex
import sys
from collections.abc import Sequence

CLIP = "clip"  # may be typed several times, as a shell makes it of {a,b}
PATHS = re.compile(
    r"clip|paths\.\w+|dataset\.(root|groups|list(\.\w+)?)|hydra\.(run|sweep)\.dir"
    r"|model\.[\w-]+(\.\w+)*\.(path|weights|features|files?)"
)
GRAMMAR = {"[": "]", "{": "}", "'": "'", '"': '"', "$": "}"}
PLAIN = re.compile(r"[\w./-]*\.[A-Za-z]\w*", re.ASCII)  # which the grammar takes for a word
SWEEP = {"-m", "--multirun"}
CURLED = re.compile("[“”„‘’«»]")  # quotation marks of texts, which no shell takes for such


class PathError(ValueError):
    """A path that cannot be one: empty, or of a user who is not there."""


def quoted(words: Sequence[str]) -> list[str]:
    r"""What was typed, with paths quoted; several clips, as a shell makes them of {a,b}, as a list.

    Raises:
        PathError: an option whose value is a path has none.

    >>> quoted(["clip=a=b (1).mp4", "n_frames=8"])
    ["clip='a=b (1).mp4'", 'n_frames=8']
    >>> quoted(["clip=[a.mp4,b.mp4]", "clip=null"])
    ['clip=[a.mp4,b.mp4]', 'clip=null']
    >>> quoted(["clip=it's.mp4", "experiment=clip", "clip=b.mp4"])
    ["clip=['it\\'s.mp4',b.mp4]", 'experiment=clip']
    >>> quoted(["paths.outputs=run=3", "paths.data=data"])
    ["paths.outputs='run=3'", "paths.data='data'"]
    >>> quoted(["+model.mine.path=a b"])
    ["+model.mine.path='a b'"]
    """
    sweep = bool(SWEEP & set(words))
    words = [word if _option(word) == CLIP else _of_one_path(word, sweep) for word in words]
    values = [value for word in words if (value := _path(word, CLIP)) is not None]
    if not values or sweep:
        return words
    text = ",".join(_quotation(_at_home(CLIP, value)) for value in values)
    option = f"{CLIP}=[{text}]" if len(values) > 1 else f"{CLIP}={text}"
    rest = [word if _path(word, CLIP) is None else option for word in words]
    return [word for place, word in enumerate(rest) if word != option or place == rest.index(word)]


def as_typed(word: str) -> str:
    """A word as it may be typed: a path without the quotes that `quoted` puts there again.

    >>> as_typed("paths.outputs='run=3'"), as_typed("experiment=clip"), as_typed("clip=[a,b]")
    ('paths.outputs=run=3', 'experiment=clip', 'clip=[a,b]')
    """
    name, _, value = word.partition("=")
    plain = f"{name}={value[1:-1]}"
    is_path = len(value) > 2 and PATHS.fullmatch(_option(word)) and value[0] == value[-1] == "'"
    return plain if is_path and quoted([plain]) == [word] else word


def remarks(typed: Sequence[str], read: Sequence[str]) -> list[str]:
    """What is said of paths that Hydra would not have read as they were typed.

    Args:
        typed: the words of the command line.
        read: what `quoted` made of them.
    """
    said = []
    for word in set(typed) - set(read):
        name, _, value = word.partition("=")
        path = next((text for text in read if text.startswith(f"{name}=")), "")
        own = name != CLIP and path and (value.startswith("~") or not is_readable(word))
        if own:
            place = os.path.expanduser(value.strip("'\""))
            said.append(
                f"{name} is the path {place} (quoted for you; where it is part of a list or a "
                f"sweep, type {how_to_quote(name, place)})"
            )
    return sorted(said)


def require_readable(words: Sequence[str]) -> None:
    """Raises ValueError, with how to quote it, where Hydra cannot read the value of an option."""
    for word in words:
        name, equals, value = word.partition("=")
        if word.startswith("-") or not equals or not value or is_readable(word):
            continue
        if not re.fullmatch(r"[+~]*[\w./@-]+", name, re.ASCII):
            continue  # it is the name that cannot be read: playfair.launch.words answers
        raise ValueError(
            f"The value of {name} cannot be read: {value}. Text with = ( ) {{ }} ~ # and the like, "
            f"or with letters outside ASCII, is put between quotation marks, and all of it between "
            f"others for the shell. Type {how_to_quote(name, value)}"
        )


def how_to_quote(name: str, value: str) -> str:
    """The word as a shell takes it, with the value quoted for Hydra.

    >>> how_to_quote("paths.outputs", "run=3")
    '\\'paths.outputs="run=3"\\''
    """
    if value[:1] in "[{" and value.endswith(GRAMMAR[value[0]]):  # the parts of a list, each
        inside = ",".join(f'"{part.strip()}"' for part in value[1:-1].split(","))
        text = f"{value[0]}{inside}{value[-1]}" if value[0] == "[" else value
    else:
        escaped = value.replace('\\"', '\\\\"').replace('"', '\\"')
        text = f'"{escaped}"'
    return shlex.quote(f"{name}={text}")


def is_readable(word: str) -> bool:
    """Whether Hydra's grammar takes a word."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        OverridesParser.create().parse_override(word)
    except HydraException:
        return False
    return True


def _of_one_path(word: str, sweep: bool) -> str:
    """A word, quoted where its value is one path; lists and what is swept stay as they are."""
    name = _option(word)
    if not PATHS.fullmatch(name):
        return word
    typed, _, value = word.partition("=")  # with a + where it adds the option
    if not value.strip() and "=" in word:
        raise PathError(f"Expected a path behind {name}=, got nothing. Type {name}=FOLDER.")
    if (inside := re.fullmatch(r"""(['"])(~[^'"]*)\1""", value)) is not None:
        return f"{typed}={_quotation(_at_home(name, inside[2]), always=True)}"
    path = _path(word, name)
    if path is None or "${" in path or (sweep and "," in path):
        return word
    return f"{typed}={_quotation(_at_home(name, path), always=True)}"


def _option(word: str) -> str:
    return word.partition("=")[0].lstrip("+")


def _path(word: str, option: str) -> str | None:
    """The path in `option=path`; None in other words, and where it is in Hydra's grammar already."""
    name, _, value = word.partition("=")
    if name.lstrip("+") != option or not value.strip() or value == "null":
        return None
    return None if value.endswith(GRAMMAR.get(value[0], "\0")) else value


def _at_home(option: str, path: str) -> str:
    """A path whose ~ is the home folder, as a shell would have it where it stands alone."""
    if not path.startswith("~"):
        return path
    place = os.path.expanduser(path)
    if place == path and not os.path.lexists(path):
        user = path[1:].partition("/")[0]
        raise PathError(
            f"{option}={path}: there is no user {user!r}. A folder whose name begins with ~ is typed "
            f"{option}=./{path}"
        )
    return place


def _quotation(value: str, always: bool = False) -> str:
    """As the grammar reads it: \\' is a quote in it, and so is a \\ at its end one of two."""
    if PLAIN.fullmatch(value) and not always:
        return value
    plain = value.replace("\\'", "\\\\'").replace("'", "\\'")
    at_end = len(plain) - len(plain.rstrip("\\"))
    return "'" + plain + at_end * "\\" + "'"


def say(lines: Sequence[str]) -> None:
    """Prints remarks where they are in nobody's way."""
    from playfair.printable import printable

    for line in lines:
        print(printable(line), file=sys.stderr)
