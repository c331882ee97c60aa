"""How the frames of a model that is trained here are resized and cropped."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from playfair.datasets.mirror import mirrored_classes
from playfair.steps.data import Data
from playfair.video.fitted import Fit
from playfair.video.views import VIEWS, Place


def fit_of(name: str, model: Mapping[str, Any], data: Data) -> Fit:
    """The model's own, or what dataset.frame_size says.

    Args:
        name: the model's.
        model: its configuration; its `preprocess` has short_side and crop, or size.
        data: the dataset, whose frame_size squeezes all frames where it is given.

    Raises:
        ValueError: neither says it, the pictures' size would depend on the clip, or the crop is
            larger than any frame's shorter side.
    """
    if data.frame_size is not None:
        return Fit(size=data.frame_size)
    own = model.get("preprocess") or {}
    fit = Fit(_pair(own.get("size")), own.get("short_side"), _pair(own.get("crop")))
    if fit.crop is None and fit.size is None:
        raise ValueError(
            f"Nothing says to which size the frames of model={name} are brought. Type "
            "dataset.frame_size=[224,224], which squeezes them, or "
            f"model.{name}.preprocess.short_side=256 model.{name}.preprocess.crop=[224,224]."
        )
    if fit.short_side is not None and fit.size is not None:
        raise ValueError(
            f"model.{name}.preprocess has both size and short_side; expected one of them."
        )
    if fit.short_side is not None and fit.crop is not None and min(fit.crop) > fit.short_side:
        raise ValueError(
            f"model.{name}.preprocess cuts {fit.crop[0]}×{fit.crop[1]} out of frames whose shorter "
            f"side is {fit.short_side}. Type model.{name}.preprocess.short_side={min(fit.crop)} or "
            "more."
        )
    return fit


def settings_of(fit: Fit) -> dict[str, Any]:
    """What steps say of it."""
    if fit == Fit(size=fit.size):
        assert fit.size is not None
        return {"frame_size": list(fit.size)}
    values = fit._asdict().items()
    of_fit = {key: list(value) if isinstance(value, tuple) else value for key, value in values}
    return {
        "preprocess": {key: of_fit[key] for key in ("size", "short_side", "crop") if of_fit[key]}
    }


def places_of(views: str, fit: Fit) -> dict[str, Place]:
    """The crops beside the centre's, by name.

    Args:
        views: as of playfair.video.views.
        fit: of the model's frames.

    Raises:
        ValueError: frames are squeezed, so that there is but one.
    """
    places = VIEWS[views]
    if places and fit.crop is None:
        raise ValueError(
            f"views={views} takes several crops of every frame, and these are squeezed to "
            f"{fit.picture[0]}×{fit.picture[1]} whole. Type views=one, or dataset.frame_size=null "
            "with a model whose preprocess has a crop."
        )
    return dict(places)


def require_no_sides(names: Sequence[str]) -> None:
    """Raises ValueError where mirrored clips would show other classes."""
    sided = np.flatnonzero(mirrored_classes(names) != np.arange(len(names)))
    if len(sided):
        raise ValueError(
            "views=ten_crop mirrors frames, and a class of the dataset has a side: "
            f"“{names[sided[0]]}”. Type views=five_crop, which does not."
        )


def _pair(numbers: Any) -> tuple[int, int] | None:
    if numbers is None:
        return None
    height, width = numbers
    return int(height), int(width)
