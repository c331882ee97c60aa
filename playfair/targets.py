"""What a configuration may call by `_target_`: looked up in one list, before anything is called.

A configuration that somebody else wrote must not be able to run what it likes: to unpickle a file,
to start a process. So a name is held against what configurations are for: what we write for them,
torch's optimisers, schedulers and modules, Lightning's trainer and what belongs to it, and what a
plug-in defines that is installed or was named. What the name leads to is then looked at too: a
function of ours that only imports another package is no door to that package.
"""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf

TARGET = "_target_"
PACKAGE = Path(__file__).parent
LIGHTNING = r"(pytorch_lightning|lightning\.pytorch)"
ROOMS = r"(callbacks|loggers|plugins|profilers|strategies)"
OURS = tuple(
    re.compile(pattern)
    for pattern in (
        r"playfair\.experiments\.(\w+)\.\1",
        r"playfair\.datasets\.\w+\.open_dataset",
        r"playfair\.datasets\.(synthetic|known_values)\.write",
        r"playfair\.training\.augmentation\.augment",
        r"playfair\.training\.fit\.Recipe",
        r"playfair\.models\.(?!weights\.)(\w+\.)*[A-Za-z]\w*",
        r"playfair\.(TSN|TRN|MultiscaleTRN)",
    )
)
# Classes only: torch.load, torch.hub.load and their like are functions.
OTHERS = tuple(
    re.compile(pattern)
    for pattern in (
        r"torch\.optim\.([a-z]\w*\.)*[A-Z]\w*",
        r"torch\.nn\.(modules\.\w+\.)?[A-Z]\w*",
        rf"{LIGHTNING}\.Trainer",
        rf"{LIGHTNING}\.{ROOMS}\.([a-z]\w*\.)*[A-Z]\w*",
    )
)
# The packages that what is named above is defined in.
HOMES = ("playfair", "torch", "pytorch_lightning", "lightning")

_trusted: set[str] = set()  # top-level modules of the plug-ins that this process has loaded


class TargetError(ValueError):
    """A configuration names what it may not call.

    Attributes:
        target: the name.
        option: where it stands, "dataset.open".
    """

    def __init__(self, target: object, option: str) -> None:
        self.target = target
        self.option = option
        where = f"{option}.{TARGET}" if option else TARGET
        super().__init__(
            f"{where}={target!r} is not called. A configuration may name what Play Fair has for "
            "it, optimisers, schedulers and modules of torch, Lightning's trainer, callbacks, "
            "loggers and strategies, and what a plug-in defines. Where it is yours, put a function "
            "that calls it into a file, name that as its _target_, and type plugins=[my_file.py]."
        )


class NoSuchTargetError(ValueError):
    """A configuration names what is not there.

    Attributes:
        target: the name.
        option: where it stands.
    """

    def __init__(self, target: object, option: str) -> None:
        self.target = target
        self.option = option
        where = f"{option}.{TARGET}" if option else TARGET
        module, _, name = str(target).rpartition(".")
        names = [known for known in dir(located(module)) if not known.startswith("_")]
        near = get_close_matches(name, names, 1, 0.6)
        hint = f" Did you mean {module}.{near[0]}?" if near else ""
        super().__init__(f"There is no {where}={target}.{hint}")


def trust(plugin: str) -> None:
    """Lets configurations name what the package of a plug-in defines."""
    _trusted.add(plugin.partition(".")[0])


def trusted() -> frozenset[str]:
    """The packages of the plug-ins that this process has loaded: for one that it starts."""
    return frozenset(_trusted)


def check_targets(config: Any, plugins: Iterable[str] = ()) -> None:
    """Looks at every name in a configuration, at any depth; nothing is imported.

    Args:
        config: the composed configuration, resolved, or a part of it.
        plugins: modules that will be loaded before anything is called.

    Raises:
        TargetError: it names what it may not.
    """
    trusted = _trusted | {plugin.partition(".")[0] for plugin in plugins}
    for option, target in targets(config):
        if not isinstance(target, str) or not _is_listed(target, trusted):
            raise TargetError(target, option)


def instantiate(config: Any, *arguments: Any, **options: Any) -> Any:
    """hydra.utils.instantiate, of what may be called.

    Raises:
        TargetError: it, or a part of it, names what it may not; nothing was called.
    """
    from hydra.utils import instantiate as make

    if isinstance(config, DictConfig | ListConfig):
        config = OmegaConf.to_container(config, resolve=True)
    check_targets(config)
    for option, text in strings(config, ""):
        # Hydra would resolve what an escape has hidden until now, also to sections with targets.
        if "${" in text:
            raise TargetError(text, option)
    for option, target in targets(config):
        if is_missing(target):
            raise NoSuchTargetError(target, option)
        if not _leads_home(target):
            raise TargetError(target, option)
    return make(config, *arguments, **options)


def targets(config: Any) -> Iterator[tuple[str, object]]:
    """Every `_target_`, with the option that it stands in."""
    if isinstance(config, DictConfig | ListConfig):
        config = OmegaConf.to_container(config, resolve=False)
    for option, section in sections(config, ""):
        if TARGET in section:
            yield option, section[TARGET]


def sections(config: Any, option: str) -> Iterator[tuple[str, dict[Any, Any]]]:
    """Every section of a plain configuration, in lists too, with its option."""
    parts: Iterable[tuple[Any, Any]] = ()
    if isinstance(config, dict):
        yield option, config
        parts = config.items()
    elif isinstance(config, list | tuple):
        parts = enumerate(config)
    for name, part in parts:
        yield from sections(part, f"{option}.{name}" if option else str(name))


def strings(config: Any, option: str) -> Iterator[tuple[str, str]]:
    """Every text of a plain configuration, with its option."""
    if isinstance(config, str):
        yield option, config
    elif isinstance(config, dict):
        for name, part in config.items():
            yield from strings(part, f"{option}.{name}" if option else str(name))
    elif isinstance(config, list | tuple):
        for part in config:
            yield from strings(part, option)


def _is_listed(target: str, trusted: set[str]) -> bool:
    parts = target.split(".")
    if not all(part.isidentifier() for part in parts):
        return False
    if parts[0] in trusted:
        return len(parts) > 1
    if any(pattern.fullmatch(target) for pattern in OURS):
        return _is_file_of_ours(parts[1:-1])
    return any(pattern.fullmatch(target) for pattern in OTHERS)


def _is_file_of_ours(module: list[str]) -> bool:
    """Whether a module of ours is a file of its own: models.tsn.torch is not."""
    path = PACKAGE.joinpath(*module)
    return path.is_dir() or path.with_suffix(".py").is_file()


def _leads_home(target: Any) -> bool:
    """Whether what a listed name leads to is defined where the name says; of torch, a class."""
    try:
        thing = located(target)
    except Exception:  # not there, or not installed: Hydra says so, with what it looked for
        return True
    while isinstance(thing, partial):
        thing = thing.func
    home = str(getattr(thing, "__module__", None)).partition(".")[0]
    package = target.partition(".")[0]
    if package in {"playfair", *_trusted}:
        return home == package
    return home in HOMES and isinstance(thing, type)


def is_missing(target: Any) -> bool:
    """Whether the module of a name is there, and nothing of that name in it.

    Example:
        >>> is_missing("torch.nn.Nothing"), is_missing("torch.nn.Linear"), is_missing("none.at.all")
        (True, False, False)
    """
    try:
        located(target)
    except ModuleNotFoundError as error:  # of another name: it is not installed
        return error.name == target and "." in target
    except Exception:
        return False
    return False


def located(target: str) -> Any:
    """What a name leads to: a module, and from there on attributes."""
    module, *names = target.split(".")
    thing: Any = import_module(module)
    for name in names:
        module += f".{name}"
        if not hasattr(thing, name):
            import_module(module)
        thing = getattr(thing, name)
    return thing
