"""Extensions that are not ours: modules that register something when they are imported.

It may be methods, estimators, models or datasets. They are found in two ways: packages that are
installed name them under the entry point group `playfair.plugins`, and `plugins=[my_module,
folder/file.py]` names them on the command line. Every process that computes imports them for
itself: a rank and a Slurm job too. Their YAMLs are found by Hydra's `--config-dir FOLDER`.
"""

import sys
import traceback
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from playfair.targets import trust

GROUP = "playfair.plugins"


class PluginError(ValueError):
    """A plug-in that cannot be imported: its name, and what went wrong where."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"The plug-in {name} cannot be imported: {reason}")
        self.name = name
        self.reason = reason


def load(names: Iterable[str]) -> list[ModuleType]:
    """Imports the plug-ins that are installed, then those named: modules, or files that end in .py.

    A module is looked for in the current folder too, and after all else, so that it shadows
    nothing.

    Raises:
        PluginError: one is not there, or fails while it is imported.
    """
    modules = [_import(point.value, _origin(point)) for point in entry_points(group=GROUP)]
    folder = str(Path.cwd())
    for name in names:
        if name.endswith(".py"):
            modules.append(_of_file(Path(name)))
        else:
            _reach(folder)
            modules.append(_import(name, name))
    for module in modules:
        trust(module.__name__)
    return modules


def packages(names: Iterable[str]) -> set[str]:
    """What configurations may name where these are loaded: top-level modules; imports nothing."""
    modules = [point.value.partition(":")[0] for point in entry_points(group=GROUP)]
    # of any kind: they are not checked yet
    modules += [Path(name).stem if name.endswith(".py") else name for name in map(str, names)]
    return {module.partition(".")[0] for module in modules}


def _origin(point: object) -> str:
    """An installed plug-in with the package that brings it, which is what can be uninstalled."""
    package = getattr(getattr(point, "dist", None), "name", "")
    name = str(getattr(point, "value", point))
    return f"{name} of the package {package}" if package else name


def _of_file(file: Path) -> ModuleType:
    """The module of a file.

    It keeps its name, by which a YAML's _target_ and other processes find it.
    """
    file = file.resolve()
    if not file.is_file():
        raise PluginError(str(file), "there is no such file.")
    if not file.stem.isidentifier():
        raise PluginError(str(file), "a module's name has letters, digits and _ only. Rename it.")
    _reach(str(file.parent))
    module = _import(file.stem, str(file))
    if Path(module.__file__ or "").resolve() != file:
        raise PluginError(
            str(file), f"another module is called {file.stem} ({module.__file__}). Rename it."
        )
    return module


def _reach(folder: str) -> None:
    if folder not in sys.path:
        sys.path.append(folder)


def _import(module: str, name: str) -> ModuleType:
    try:
        return import_module(module)
    except Exception as error:  # a plug-in's own mistake can be any
        raise PluginError(name, _reason(error)) from error


def _reason(error: Exception) -> str:
    """What went wrong, and the line of the plug-in where it did."""
    ours = str(Path(__file__).parents[1])
    where = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "importlib" not in frame.filename and not frame.filename.startswith(ours)
    ]
    place = f" ({where[-1].filename}, line {where[-1].lineno})" if where else ""
    return f"{type(error).__name__}: {error}{place}"
