"""The tensors of one file, whoever wrote it; or what the file is instead, and what to type."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from playfair.models.placeholders import Placeholder, RunsCodeError, placeholders
from playfair.models.safetensors_file import is_safetensors, read_safetensors

# where checkpoints keep weights beside an optimizer, counters and options
STATES = ("state_dict", "model", "model_state_dict", "weights")

BEGINNING = 4096  # bytes that tell what a file is


class WeightsFileError(ValueError):
    """A file holds no weights that can be read.

    Attributes:
        path: of the file.
        why: what it is instead, and what to type.
    """

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(path, why)
        self.path = path
        self.why = why

    def __str__(self) -> str:
        return f"{self.path} holds no weights that can be read without running code: {self.why}"


def tensors_in(path: Path) -> dict[str, Tensor]:
    """The tensors of a state dict, or of the one that a checkpoint holds.

    Args:
        path: of a file that torch saved, in the format of any of its releases, or of safetensors.

    Returns:
        Tensors by the file's names, mapped where the format allows it.

    Raises:
        WeightsFileError: the file is something else, is damaged, or would run code.
    """
    with path.open("rb") as file:
        beginning = file.read(BEGINNING)
    if why := other_kind(path, beginning):
        raise WeightsFileError(path, why)
    try:
        if is_safetensors(beginning):
            return read_safetensors(path)
        content = _unpickled(path)
    except RunsCodeError as error:
        raise WeightsFileError(path, f"{error}.") from error
    # torch raises pickle, zip, key and type errors for files that are damaged or something else
    except Exception as error:
        raise WeightsFileError(path, _told(error)) from error
    if isinstance(content, Mapping):
        for key in STATES:
            if isinstance(content.get(key), Mapping):
                content = content[key]
        weights = {str(name): value for name, value in content.items() if is_tensor(value)}
        if weights:
            return weights
    raise WeightsFileError(path, _without_tensors(content))


def is_tensor(value: Any) -> bool:
    """Whether a value is numbers that lie in memory."""
    return isinstance(value, Tensor) and value.layout is torch.strided


def _unpickled(path: Path) -> Any:
    maps = _maps(path)  # first, as an archive that is packed is not even looked into
    with torch.serialization.safe_globals(list(placeholders(path))):
        return torch.load(path, map_location="cpu", weights_only=True, mmap=maps)


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


def other_kind(path: Path, beginning: bytes) -> str:
    """What a file is that is no weights, and what to type; "" where it may be some.

    >>> other_kind(Path("a.pth"), b"<!DOCTYPE html><title>File deleted</title>")
    'it is a web page (File deleted). Fetch the file itself: curl -L -o a.pth ADDRESS'
    """
    text = beginning.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not beginning:
        return "it is empty. Fetch it again."
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")):
        match = re.search(rb"<title[^>]*>([^<]{1,80})", beginning, re.IGNORECASE)
        title = f" ({ascii(match[1].decode(errors='replace').strip())[1:-1]})" if match else ""
        return f"it is a web page{title}. Fetch the file itself: curl -L -o {path.name} ADDRESS"
    if beginning.startswith(b"version https://git-lfs.github.com/spec/"):
        return (
            "it is the pointer of Git LFS in its place. Type, in its repository: "
            f"git lfs pull --include '*{path.name}'"
        )
    if beginning.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf")):
        return "it is packed. Unpack it, and name the file in it."
    if beginning[257:262] == b"ustar":
        return f"it is a tar archive. Type: tar -xf {path.name}, and name the file in it."
    if beginning.startswith(b"\x89HDF"):
        return "it is an HDF5 file. Name one that torch or safetensors wrote."
    if beginning.startswith(b"PK"):
        return _kind_of_archive(path)
    return ""


def _kind_of_archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except Exception:  # cut short, which torch says too; zipfile raises errors of many kinds
        return ""
    if any(name.endswith("constants.pkl") for name in names):
        return (
            'it is a program (TorchScript). Type: python -c "import torch; torch.save(torch.jit'
            f".load('{path.name}').state_dict(), 'weights.pth')\""
        )
    if any(name.endswith("data.pkl") for name in names):
        return ""
    inside = next((name for name in names if re.search(r"\.(pth|pt|bin|ckpt)(\.tar)?$", name)), "")
    held = ascii(inside or next(iter(names), "nothing"))[1:-1][:80]
    return f"it is a zip archive, of {held}. Type: unzip {path.name}, and name the file in it."


def _told(error: Exception) -> str:
    """What torch says, in one line and without its advice."""
    line = str(error).strip().partition("\n")[0] or type(error).__name__
    line = re.sub(r"\x1b\[[0-9;]*m", "", line)
    if "WeightsUnpickler" in str(error) or "weights_only" in str(error):
        reason = re.search(r"WeightsUnpickler error: ([^\n]+)", str(error))
        return (
            f"{reason[1] if reason else 'it is no state dict'}. Where the program that wrote it "
            "is installed, and you trust the file, save its weights alone: torch.save("
            "torch.load(FILE, weights_only=False)['state_dict'], 'weights.pth')"
        )
    return line


def _without_tensors(content: Any) -> str:
    """What a checkpoint holds that has no tensors."""
    values = [content, *content.values()] if isinstance(content, Mapping) else [content]
    whole = next((value for value in values if isinstance(value, Placeholder)), None)
    if whole is not None:
        kind = f"{type(whole).__module__}.{type(whole).__qualname__}"
        return (
            f"it holds an object ({kind}) and not its weights. Where that class is installed, "
            "type: torch.save(model.state_dict(), 'weights.pth')"
        )
    return "it holds no tensors. Expected a state dict, or one under 'state_dict' or 'model'."
