"""How the frames of a model that is trained here are resized and cropped."""

from collections.abc import Mapping
from typing import Any

from playfair.steps.data import Data
from playfair.video.fitted import Fit


def fit_of(name: str, model: Mapping[str, Any], data: Data) -> Fit:
    """The model's own, or what dataset.frame_size says.

    Args:
        name: the model's.
        model: its configuration; its `preprocess` has short_side and crop, or size.
        data: the dataset, whose frame_size squeezes all frames where it is given.

    Raises:
        ValueError: neither says it, or the pictures' size would depend on the clip.
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
    return fit


def settings_of(fit: Fit) -> dict[str, Any]:
    """What steps say of it."""
    if fit == Fit(size=fit.size):
        assert fit.size is not None
        return {"frame_size": list(fit.size)}
    values = fit._asdict().items()
    of_fit = {key: list(value) if isinstance(value, tuple) else value for key, value in values}
    return {"preprocess": {key: value for key, value in of_fit.items() if value is not None}}


def _pair(numbers: Any) -> tuple[int, int] | None:
    if numbers is None:
        return None
    height, width = numbers
    return int(height), int(width)
