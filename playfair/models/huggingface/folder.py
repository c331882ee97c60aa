"""Where a checkpoint lies: a folder, or an id of the Hub that is fetched once and kept."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from playfair.models.huggingface import fixed

WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)


ADAPTER = "adapter_config.json"  # of peft


class NoCheckpointError(ValueError):
    """No checkpoint of a video classifier is where one was named.

    Attributes:
        path: what was named.
    """

    def __init__(self, path: str, why: str) -> None:
        self.path = path
        super().__init__(why)


def folder_of(path: str) -> Path:
    """The folder that holds a checkpoint; one of the Hub is downloaded where it is not there yet.

    Args:
        path: a folder, or an id such as "MCG-NJU/videomae-base-finetuned-ssv2".

    Raises:
        NoCheckpointError: there is none, or no network to fetch it by.
    """
    folder = cached_folder(path)
    if folder is not None:
        return folder
    if not is_id(path):
        raise NoCheckpointError(
            path,
            f"There is no folder {path}. Name one that holds config.json and the weights, or an id "
            "of the Hugging Face Hub, such as MCG-NJU/videomae-base-finetuned-ssv2.",
        )
    return _downloaded(path)


def cached_folder(path: str) -> Path | None:
    """The folder that holds a checkpoint, if it is on this machine: nothing is downloaded."""
    folder = Path(path).expanduser()
    if folder.is_dir():
        return folder
    if not is_id(path):
        return None
    try:
        from huggingface_hub import constants, try_to_load_from_cache
    except ModuleNotFoundError:  # stores that were copied are opened without
        return None
    file = try_to_load_from_cache(path, "config.json", cache_dir=constants.HF_HUB_CACHE)
    if not isinstance(file, str) or not weights_in(Path(file).parent):
        return None
    return Path(file).parent


def is_id(path: str) -> bool:
    """Whether a path may be an id of the Hub: an owner and a name, and no folder of either name.

    >>> is_id("MCG-NJU/videomae-base-finetuned-ssv2"), is_id("/data/model"), is_id("model")
    (True, False, False)
    """
    owner, _, name = path.partition("/")
    plain = bool(owner) and bool(name) and "/" not in name and owner[0] not in ".~"
    return plain and not Path(owner).is_dir()


def weights_in(folder: Path) -> list[Path]:
    """The files that hold a checkpoint's weights; safetensors where there are both kinds."""
    for name in WEIGHTS:
        file = folder / name
        if not file.is_file():
            continue
        if not name.endswith(".index.json"):
            return [file]
        return [file, *(folder / shard for shard in _shards(file))]
    return []


def _shards(index: Path) -> list[str]:
    """The names of the files that weights are spread over, which lie beside their index."""
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        if not all(name == Path(name).name for name in names):
            raise ValueError("a name leads out of the folder")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NoCheckpointError(
            str(index.parent), f"{index} is damaged ({error}). Fetch it again."
        ) from error
    return sorted(names)


def require_weights(folder: Path) -> None:
    """Raises NoCheckpointError where a folder holds no weights, or something else in their place."""
    # Imported here, as it imports torch.
    from playfair.models.weights_file import other_kind

    files = weights_in(folder)
    for file in files:
        if not file.is_file():
            raise NoCheckpointError(
                str(folder), f"{file} is not there, a part of the weights. Fetch it again."
            )
        with file.open("rb") as opened:
            why = other_kind(file, opened.read(512))
        if why:
            raise NoCheckpointError(str(folder), f"{file} holds no weights: {why}")
    if not files:
        raise NoCheckpointError(
            str(folder),
            f"{folder} holds no weights: expected model.safetensors or pytorch_model.bin, whole or "
            "in parts with their index.",
        )


def read_config(folder: Path) -> dict[str, Any]:
    """config.json.

    Raises:
        NoCheckpointError: it is not there, or is damaged.
    """
    file = folder / "config.json"
    if (folder / ADAPTER).is_file():
        raise NoCheckpointError(
            str(folder),
            f"{folder} holds an adapter ({ADAPTER}), which is no whole model. Merge it into its "
            "model with peft: model.merge_and_unload().save_pretrained(FOLDER). Then name FOLDER.",
        )
    if not file.is_file():
        held = sorted(child.name for child in folder.iterdir())[:5] or ["nothing"]
        there = f"{', '.join(held)} {'is' if len(held) == 1 else 'are'} there"
        raise NoCheckpointError(
            str(folder),
            f"{folder} holds no model: there is no config.json ({there}). Name the folder "
            "that save_pretrained wrote, or that `hf download` made.",
        )
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise NoCheckpointError(str(folder), f"{file} is damaged ({error}). Fetch it again.") from (
            error
        )
    if not isinstance(config, dict):
        raise NoCheckpointError(str(folder), f"{file} is no configuration. Fetch it again.")
    return config


class Lengths(NamedTuple):
    """Frames of a clip, and of an element, that a checkpoint was trained on."""

    n_frames: int
    frames_per_element: int


def own_names(folder: Path) -> dict[int, str]:
    """The names of a checkpoint's classes by place, as its config.json says; {} where it says none.

    Raises:
        NoCheckpointError: there is no config.json, or it is damaged.
    """
    names = read_config(folder).get("id2label")
    try:
        return {int(place): str(name) for place, name in dict(names or {}).items()}
    except (TypeError, ValueError) as error:
        raise NoCheckpointError(
            str(folder), f"{folder / 'config.json'} is damaged: id2label ({error}). Fetch it again."
        ) from error


def own_lengths(folder: Path) -> Lengths:
    """Of a checkpoint, as its config.json says; nothing else is read, and nothing imported.

    Raises:
        NoCheckpointError: it says neither, as it is of another kind of model.
    """
    config = SimpleNamespace(**{"model_type": "model", **read_config(folder)})
    try:
        return Lengths(fixed.n_frames(config), fixed.frames_per_element(config))
    except ValueError:
        # Imported here, as it is what takes long; and says better what it is.
        from playfair.models.huggingface.checkpoint import require_video_classifier

        require_video_classifier(folder)
        raise


def _downloaded(path: str) -> Path:
    from huggingface_hub import constants, snapshot_download

    patterns = ["*.json", "*.safetensors"]
    try:
        folder = Path(snapshot_download(path, allow_patterns=patterns))
        if not weights_in(folder):
            folder = Path(snapshot_download(path, allow_patterns=["*.json", "pytorch_model*.bin"]))
    # the Hub's client raises errors of its own, of httpx, and of the system
    except Exception as error:
        raise NoCheckpointError(
            path,
            f"{path} is not on this machine (looked in {constants.HF_HUB_CACHE}) and could not be "
            f"fetched: {_first_line(error)} Where there is a network, type: hf download {path} "
            "--local-dir FOLDER. Then bring FOLDER here and type model.NAME.path=FOLDER",
        ) from error
    return folder


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0] if lines[0].endswith(".") else f"{lines[0]}."
