"""How a checkpoint wants its pictures, from its own file: no processor is imported.

Processors of some models want torchvision, and the defaults of others are not what the checkpoint
was trained with (TimeSformer: 0.45 and 0.225, and ImageNet's by default in transformers 5).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playfair.models.video_model import Preprocess

FILES = ("video_preprocessor_config.json", "preprocessor_config.json")


class NoPreprocessError(ValueError):
    """Nothing says how a checkpoint wants its pictures.

    Attributes:
        folder: the checkpoint's.
        why: what is missing.
    """

    def __init__(self, folder: Path, why: str) -> None:
        self.folder = folder
        self.why = why
        super().__init__(
            f"{why}, so nothing says how the model in {folder} wants its pictures: their size, "
            f"crop and normalisation. Put the {FILES[1]} there that it was published with."
        )


def read_preprocess(folder: Path) -> Preprocess:
    """Size, crop and normalisation, as the file that lies with the weights says.

    Raises:
        NoPreprocessError: there is none, or it lacks what decides on the pictures.
    """
    for name in FILES:
        file = folder / name
        if file.is_file():
            try:
                config = json.loads(file.read_text(encoding="utf-8"))
                if not isinstance(config, dict):
                    raise ValueError(f"expected names and values, got {type(config).__name__}")
                return preprocess_of(config)
            except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
                reason = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
                raise NoPreprocessError(folder, f"{name} cannot be used: {reason}") from error
    raise NoPreprocessError(folder, f"There is no {' and no '.join(FILES)}")


def preprocess_of(config: Mapping[str, Any]) -> Preprocess:
    """Of the file's content.

    Args:
        config: do_resize, size, do_center_crop, crop_size, do_rescale, rescale_factor, offset,
            do_normalize, image_mean and image_std, as transformers writes them.

    Example:
        >>> preprocess_of({"size": {"shortest_edge": 292}, "crop_size": 256,
        ...     "image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25]}).short_side
        292
    """
    if config.get("do_flip_channel_order", False):
        raise ValueError("do_flip_channel_order asks for BGR, and pictures are RGB here")
    short_side = None
    size = None
    if config.get("do_resize", True):
        short_side, size = _size(config["size"])
    crop = None
    if config.get("do_center_crop", "crop_size" in config):
        crop = _height_and_width(config["crop_size"])
    mean, std = _normalisation(config)
    return Preprocess(size=size, crop=crop, mean=mean, std=std, short_side=short_side)


def _size(size: Any) -> tuple[int | None, tuple[int, int] | None]:
    """The shorter side, or height and width."""
    if isinstance(size, int):  # as older files say it
        return size, None
    if not isinstance(size, Mapping):
        raise ValueError(f"size is {size!r}, expected shortest_edge, or height and width")
    if size.get("shortest_edge"):
        return int(size["shortest_edge"]), None
    return None, _height_and_width(size)


def _height_and_width(size: Any) -> tuple[int, int]:
    if isinstance(size, int):
        return size, size
    return int(size["height"]), int(size["width"])


Channels = tuple[float, float, float]


def _normalisation(config: Mapping[str, Any]) -> tuple[Channels, Channels]:
    """Mean and std of RGB in [0, 1] that do what rescaling, offset and normalising do to 0 … 255.

    (255 x · factor − offset − mean) / std = (x − (mean + offset) / scale) / (std / scale), with
    scale = 255 · factor.
    """
    rescale = config.get("do_rescale", True)
    factor = float(config.get("rescale_factor", 1 / 255)) if rescale else 1.0
    offset = 1.0 if rescale and config.get("offset", False) else 0.0
    normalise = config.get("do_normalize", True)
    mean = config["image_mean"] if normalise else [0.0, 0.0, 0.0]
    std = config["image_std"] if normalise else [1.0, 1.0, 1.0]
    scale = 255 * factor
    red, green, blue = ((float(value) + offset) / scale for value in mean)
    of_red, of_green, of_blue = (float(value) / scale for value in std)
    return (red, green, blue), (of_red, of_green, of_blue)


def shown_size(preprocess: Preprocess, picture: tuple[int, int]) -> tuple[int, int]:
    """(height, width) that a picture of 4:3, say, ends up with.

    Args:
        preprocess: of the checkpoint.
        picture: (height, width) before.
    """
    height, width = picture
    if preprocess.short_side is not None:
        scale = preprocess.short_side / min(picture)
        height = round(height * scale)
        width = round(width * scale)
    elif preprocess.size is not None:
        height, width = preprocess.size
    return preprocess.crop or (height, width)
