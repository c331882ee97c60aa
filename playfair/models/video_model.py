"""What any model of videos must offer to be explained from pictures; and whether it does."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from jaxtyping import Float, Shaped, UInt8
from torch import Tensor

from playfair.shapley.game import Game


class Preprocess(NamedTuple):
    """How a checkpoint wants its pictures; its own, not the dataset's.

    Attributes:
        size: (height, width) to which frames are resized; None: as they are stored.
        crop: (height, width) of the crop from their centre; None: none.
        mean, std: of RGB in [0, 1], by which pictures are normalised; None: the model does it.
        short_side: pixels to which the shorter side is resized, the other in proportion; where it
            is given, `size` is not.
    """

    size: tuple[int, int] | None = None
    crop: tuple[int, int] | None = None
    mean: tuple[float, float, float] | None = None
    std: tuple[float, float, float] | None = None
    short_side: int | None = None


@runtime_checkable
class VideoModel(Protocol):
    """A model of videos: pictures to units, and units to a game.

    Attributes:
        n_classes: how many it tells apart.
        frames_per_element: how many frames go as one: 1, or more where it tokenises them together.
        preprocess: of its pictures.
        removals: what can become of a removed element, its own default first; of "drop" (tokens
            absent, positions kept), "delete", "freeze", "blank".
        separable: whether units are features of single elements, worth keeping on disk; any other
            model is scored from its frames.
    """

    n_classes: int
    frames_per_element: int
    preprocess: Preprocess
    removals: Sequence[str]
    separable: bool

    def units(
        self, frames: UInt8[Tensor, "video frame height width 3"]
    ) -> Float[Tensor, "video element *unit"]:
        """What the model sees of each element."""

    def game(
        self,
        units: Float[Tensor, "video element *unit"],
        prior: Float[Tensor, " class"],
        *,
        removal: str,
        batch_size: int | None = None,
    ) -> Game:
        """The videos as `playfair.explain` takes them."""


# name → of which kind or shape it must be
EXPECTED = {
    "n_classes": "a whole number",
    "frames_per_element": "a whole number, 1 or more",
    "preprocess": "a Preprocess(size, crop, mean, std)",
    "removals": 'a sequence of names, its own default first, such as ("delete", "freeze")',
    "separable": "True or False",
    "units": "a method units(frames (video, frame, height, width, 3) uint8) → (video, element, "
    "*unit)",
    "game": "a method game(units, prior, *, removal, batch_size) → Game, whose scores(inside "
    "(coalition, element)) are (coalition, video, class)",
}
REMOVALS = ("drop", "delete", "freeze", "blank")


class NotAVideoModel(ValueError, TypeError):
    """A model lacks what explaining it from pictures asks for.

    Attributes:
        kind: the model's class.
        lacks: name → what was expected, of all that is missing or of the wrong kind.
    """

    def __init__(self, kind: str, lacks: dict[str, str]) -> None:
        self.kind = kind
        self.lacks = lacks
        lines = "".join(f"\n  {name}: {expected}" for name, expected in lacks.items())
        super().__init__(
            f"{kind} cannot be explained from pictures; it lacks{lines}\nSee "
            "playfair.models.video_model.VideoModel; CallableVideoModel makes one of any function."
        )


def require_video_model(model: object) -> VideoModel:
    """The model, if it is one.

    Raises:
        NotAVideoModel: with a line for each method or attribute that is missing or wrong.
    """
    lacks = {}
    for name, expected in EXPECTED.items():
        value = getattr(model, name, None)
        if not _is_as_expected(name, value):
            came = "" if value is None else f", got {value!r}"
            lacks[name] = expected + came
    if lacks:
        raise NotAVideoModel(type(model).__name__, lacks)
    assert isinstance(model, VideoModel)
    return model


def _is_as_expected(name: str, value: object) -> bool:
    """Whether an attribute is of the kind that EXPECTED says."""
    if name in ("units", "game"):
        return callable(value)
    if name == "preprocess":
        return isinstance(value, Preprocess)
    if name == "separable":
        return isinstance(value, bool)
    if name == "removals":
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) == 0:
            return False
        return all(removal in REMOVALS for removal in value)
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def in_elements(
    pictures: Shaped[Tensor, "video frame *picture"], frames_per_element: int
) -> Shaped[Tensor, "video element *unit"]:
    """Frames as elements: the picture itself, or several of them as one unit.

    Raises:
        ValueError: the frames do not make whole elements.

    Example:
        >>> import torch
        >>> in_elements(torch.zeros(2, 8, 3, 4, 4), 2).shape
        torch.Size([2, 4, 2, 3, 4, 4])
    """
    n_frames = pictures.shape[1]
    if n_frames % frames_per_element:
        raise ValueError(
            f"this model takes {frames_per_element} frames as one element, and {n_frames} frames "
            f"do not make whole ones; type n_frames={n_frames - n_frames % frames_per_element}"
        )
    if frames_per_element == 1:
        return pictures
    return pictures.unflatten(1, (-1, frames_per_element))
