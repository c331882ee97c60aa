"""Weights from files and URLs: read without running code, loaded whole or refused key by key."""

import argparse
import logging
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.error import URLError
from urllib.parse import urlparse

import torch
from torch import Tensor, nn

log = logging.getLogger("playfair")

# the last layer of torchvision, Cadene's port, the Caffe files, TSN and TRN
LAST_NAMES = ("fc", "last_linear", "fc_action", "new_fc")

# in front of names: of DataParallel, TSN's code, and models that hold a backbone
WRAPPERS = ("module.", "base_model.", "backbone.")

LastLayer = Literal["new", "loaded"]


def read_weights(source: str | Path) -> dict[str, Tensor]:
    """The state dict of a checkpoint.

    {"state_dict": …} and {"model": …} are opened; what training left beside them, argparse's
    options too, is ignored.

    Args:
        source: a file, or a URL (downloaded once, to where torch.hub keeps its files).

    Returns:
        Tensors by name.

    Raises:
        ValueError: no such file, no network, or a file that is no checkpoint or would run code.
    """
    path = _downloaded(str(source)) if re.match(r"https?://", str(source)) else Path(source)
    if not path.is_file():
        raise ValueError(
            f"There is no file of weights at {path}. Name one that is there, or a URL."
        )
    try:
        # plain values, of which the published files hold one
        with torch.serialization.safe_globals([argparse.Namespace]):
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=_maps(path))
        for key in ("state_dict", "model"):
            if isinstance(content.get(key), Mapping):
                content = content[key]
        weights = {name: value for name, value in content.items() if isinstance(value, Tensor)}
    # torch raises pickle, zip, key and type errors for files that are something else
    except Exception as error:
        raise ValueError(
            f"{path} holds no weights that can be read without running code: {error}"
        ) from error
    if not weights:
        raise ValueError(
            f"{path} holds no tensors. Expected a state dict, or one under 'state_dict' or 'model'."
        )
    return weights


def _maps(path: Path) -> bool:
    """Whether a file's tensors can be mapped: torch's former formats are read as a whole.

    Raises:
        ValueError: its parts are packed, which torch does not do, and could unpack to anything.
    """
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        packed = [part.filename for part in archive.infolist() if part.compress_type]
    if packed:
        raise ValueError(f"it is a packed archive ({packed[0]})")
    return True


def load_weights(model: nn.Module, weights: Mapping[str, Tensor], source: str | Path) -> None:
    """Loads all of `weights` into all of `model`.

    Batch-norm vectors may be (1, channel), as in old Caffe files.

    Args:
        model: what they are loaded into.
        weights: tensors by the model's names.
        source: where they are from, for messages.

    Raises:
        ValueError: with one line for each key that is missing, unexpected or of another shape.
    """
    wanted = model.state_dict()
    lines = []
    for name, value in wanted.items():
        # the batches counted by batch norm may be missing
        if name not in weights and not name.endswith("num_batches_tracked"):
            lines.append(f"missing: {name} {tuple(value.shape)}")
    for name, value in weights.items():
        if name not in wanted:
            lines.append(f"unexpected: {name} {tuple(value.shape)}")
    fitting = {}
    for name in wanted.keys() & weights.keys():
        ours = wanted[name]
        theirs = weights[name]
        if [n for n in ours.shape if n != 1] == [n for n in theirs.shape if n != 1]:
            fitting[name] = theirs.reshape(ours.shape)
        else:
            lines.append(f"shape: {name} is {tuple(theirs.shape)}, expected {tuple(ours.shape)}")
    if lines:
        kind = type(model).__name__
        listed = "\n  ".join(sorted(lines))
        raise ValueError(f"The weights of {source} do not fit {kind}:\n  {listed}")
    model.load_state_dict(fitting, strict=False)


def load_backbone(
    backbone: nn.Module, source: str | Path, last: str, last_layer: LastLayer
) -> None:
    """Loads a backbone from a file or URL of weights.

    Args:
        backbone: what they are loaded into.
        source: the file or URL.
        last: what the backbone calls its last linear layer.
        last_layer: "new" leaves the file's last layer out (ImageNet's classifier, which the paper
            replaces by a layer to 256 features); "loaded" takes it too (a backbone trained on video
            already).

    Raises:
        ValueError: no such file, or weights that do not fit.
    """
    renamed = {}
    for name, weight in read_weights(source).items():
        while prefix := next((wrapper for wrapper in WRAPPERS if name.startswith(wrapper)), None):
            name = name.removeprefix(prefix)
        layer, _, parameter = name.partition(".")
        renamed[f"{last}.{parameter}" if layer in LAST_NAMES else name] = weight
    if last_layer == "new":
        state = backbone.state_dict()
        fresh = {name: state[name] for name in state if name.startswith(f"{last}.")}
        left_out = {name: renamed[name] for name in fresh if name in renamed}
        renamed |= fresh
        shapes = ", ".join(f"{name} {tuple(weight.shape)}" for name, weight in left_out.items())
        log.info("%s: loaded but for its classifier (%s)", source, shapes or "it has none")
    load_weights(backbone, renamed, source)


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
