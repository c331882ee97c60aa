"""Any other class of `AutoModelForVideoClassification`: of fixed length, frozen or blanked."""

from typing import Any

from playfair.models.huggingface.family import Family, pair

LENGTHS = ("num_frames", "frames_per_clip", "n_frames")
SIDES = ("image_size", "crop_size", "input_size")


def n_frames(config: Any) -> int:
    """Frames of a clip, by any of the names that configurations have for it."""
    return int(_first(config, LENGTHS))


def frames_per_element(config: Any) -> int:
    """Frames that make a token together, where a configuration says it."""
    size = getattr(config, "tubelet_size", 1)
    return int(size if isinstance(size, int) else size[0])


def picture(config: Any) -> tuple[int, int]:
    """Height and width of its pictures."""
    return pair(_first(config, SIDES))


def _first(config: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        value = getattr(config, name, None)
        if value is not None:
            return value
    raise ValueError(
        f"The configuration of this {config.model_type} has none of {', '.join(names)}, so that "
        "nothing says which clips it takes."
    )


FAMILY = Family(
    name="",
    n_frames=n_frames,
    frames_per_element=frames_per_element,
    picture=picture,
    removals=("freeze", "blank"),
)
