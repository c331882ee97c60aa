"""What training left beside weights: objects of other projects' classes, read as nothing.

A checkpoint is a pickle, and a pickle names what is to be called. Torch's own reader
(`weights_only=True`) calls nothing that is not on its list, and refuses the whole file for a
HistoryBuffer of mmengine or a number of numpy beside the weights. Here every other name stands for
an empty object that takes whatever it is given and does nothing, so that the weights are read; what
has no place in a checkpoint (`os.system`, `builtins.eval`) is refused by name.
"""

import _compat_pickle
import pickletools
import sys
import zipfile
from collections.abc import Iterable, Iterator
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any

MOST_NAMES = 1000
MOST_BYTES = 1 << 28  # of the pickle of a checkpoint, which holds names and shapes
PICKLES = 5  # one after the other, in the format before PyTorch 1.6

# of Python's own modules, those whose objects are values
VALUES = {
    "argparse", "array", "collections", "copyreg", "_codecs", "datetime", "decimal", "enum",
    "fractions", "pathlib", "types", "typing", "uuid",
}  # fmt: skip
BUILTINS = {
    "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "object",
    "range", "set", "slice", "str", "tuple",
}  # fmt: skip


class Placeholder:
    """An object of a class that is not at hand, without what it held."""

    def __new__(cls, *given: Any, **named: Any) -> "Placeholder":
        return super().__new__(cls)

    def __init__(self, *given: Any, **named: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass


class RunsCodeError(ValueError):
    """A file names what would run code.

    Attributes:
        name: of what it would call.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"it would call {self.name}, and files are read without running code"


def placeholders(path: Path) -> list[type[Placeholder]]:
    """A class for each name in a checkpoint, to be put on torch's list.

    What torch knows itself it does not look up there.

    Raises:
        RunsCodeError: a name has no place in a checkpoint.
        ValueError: its pickle is no pickle, or is too large.
    """
    kinds = []
    for name in sorted(names_in(path)):
        module, _, kind = name.rpartition(".")
        today = names_today(module, kind)
        if not is_value(*today):
            raise RunsCodeError(".".join(today))
        as_named = {"__module__": module, "__qualname__": kind}
        kinds.append(type(kind, (Placeholder,), as_named))
    return kinds


def is_value(module: str, name: str) -> bool:
    """Whether what a pickle names may be an object beside weights.

    >>> is_value("numpy.core.multiarray", "scalar"), is_value("os", "system")
    (True, False)
    """
    top = module.partition(".")[0]
    if top == "builtins":
        return name in BUILTINS
    return top in VALUES or top not in sys.stdlib_module_names


def names_today(module: str, name: str) -> tuple[str, str]:
    """What Python 2's module and name are called today; torch writes pickles as Python 2 reads them.

    >>> names_today("__builtin__", "eval"), names_today("commands", "getoutput")
    (('builtins', 'eval'), ('subprocess', 'getoutput'))
    """
    module, name = _compat_pickle.NAME_MAPPING.get((module, name), (module, name))
    return _compat_pickle.IMPORT_MAPPING.get(module, module), name


def names_in(path: Path) -> set[str]:
    """What the pickles of a checkpoint name, as "module.name"; nothing is called."""
    names: set[str] = set()
    for opened in _pickles(path):
        names.update(_names(opened))
        if len(names) > MOST_NAMES:
            raise ValueError(f"it names more than {MOST_NAMES:,} things to be called")
    return names


def _pickles(path: Path) -> Iterator[BufferedReader | BytesIO]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for part in archive.infolist():
                if part.filename.endswith("data.pkl"):
                    if part.file_size > MOST_BYTES:
                        raise ValueError(f"its pickle has {part.file_size:,} bytes")
                    yield BytesIO(archive.read(part))
        return
    with path.open("rb") as file:
        for _ in range(PICKLES):
            yield file


def _names(pickle: BufferedReader | BytesIO) -> Iterable[str]:
    """Of one pickle, up to its end, where the file then stands."""
    texts: list[str] = []
    for code, argument, _ in pickletools.genops(pickle):
        if code.name in ("GLOBAL", "INST"):
            yield ".".join(str(argument).split(" "))
        elif code.name == "STACK_GLOBAL":  # the two texts before it, which torch does not read
            yield ".".join(texts[-2:])
        elif isinstance(argument, str):
            texts = [*texts[-1:], argument]
