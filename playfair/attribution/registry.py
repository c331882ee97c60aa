"""All attribution methods that there are, and how one is added.

A method is one function and one decorator. Once it is registered, it appears in `attribute`, in the
comparison's tables and figures, and in what can be typed:

    from playfair.attribution import Asked, method

    @method("first", title="first frame", unit="", colour="#999999")
    def first(question: Asked) -> Tensor:
        return torch.eye(question.n_frames)[:1].expand(question.n_videos, -1)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from playfair.shapley.estimators import origin

# What a sampling method is given where nothing is said: 32 of the 255 coalitions of 8 frames.
EVALUATIONS_PER_FRAME = 4

# What a method may need beyond the units, and what has none of it.
NEEDS = {
    "pictures": "a backbone and the pictures of single frames",
    "features": "a head on features of single frames",
    "blank": "a model that takes a blank in a removed frame's place",
    "attention": "attention between all tokens of a clip, as VideoMAE and ViViT have it",
}


@dataclass(frozen=True)
class Asked:
    """What is asked of a method: some videos, and one class of each.

    Attributes:
        head: features → logits, in eval mode: the model that is explained.
        features: (video, frame, feature), or (video, element, *unit) of a model without features.
        label: (video,), the class asked for, such as the true one.
        prior: (class,), the score without frames.
        backbone: what made the features; None where a method did not ask for pictures.
        pictures: (video, frame, 3, height, width), RGB in [0, 1], what they were made of.
        generator: source of what is drawn; seeded with 0 when None.
        removal: what becomes of a removed frame; None for the model's own.
        background: units of other clips, (clip, frame, *unit), that stand for the data; None: the
            features themselves.
        evaluations: how many different coalitions of a clip a sampling method may ask for; None:
            EVALUATIONS_PER_FRAME for each frame.
        table: the scores of all coalitions, (subset, video, class), where they are known already.
    """

    head: Callable[[Tensor], Tensor]
    features: Float[Tensor, "video frame *unit"]
    label: Int[Tensor, " video"]
    prior: Float[Tensor, " class"]
    backbone: nn.Module | None = None
    pictures: Float[Tensor, "video frame 3 height width"] | None = None
    generator: torch.Generator | None = None
    removal: str | None = None
    background: Float[Tensor, "clip other *unit"] | None = None
    evaluations: int | None = None
    table: Float[Tensor, "subset video class"] | None = None

    @property
    def budget(self) -> int:
        """Coalitions that a sampling method may ask for: never more than there are."""
        asked = self.evaluations or EVALUATIONS_PER_FRAME * self.n_frames
        return min(asked, 2**self.n_frames - 1)

    @property
    def reference(self) -> Float[Tensor, "clip other *unit"]:
        """What stands for the data."""
        return self.features if self.background is None else self.background

    @property
    def n_videos(self) -> int:
        return len(self.features)

    @property
    def n_frames(self) -> int:
        return self.features.shape[1]


Attribute = Callable[[Asked], Float[Tensor, "video frame"]]


class Method(NamedTuple):
    """How a method is called and drawn, and what it needs.

    Attributes:
        attribute: the attributions (video, frame) of what was asked.
        title: its name in tables and figures.
        unit: of its values; "" where they are weights without one.
        colour: of its line and dots, as matplotlib takes it; grey ("0.5") for naive ones.
        line: "-", "--", "-." or ":".
        needs_pictures: whether `Asked.backbone` and `Asked.pictures` must be there.
        needs: what else, by the words of NEEDS; a model that has none of it is not asked.
        default: whether it takes part where no methods are named.
        leading: whether it stands for its family where there is room for few: among the curves, and
            those that are asked what they make of their top frame doubled.
        planted: whether it is bad on purpose: what measures must catch, and no rival.
        source: who proposed it.
    """

    attribute: Attribute
    title: str
    unit: str
    colour: str
    line: str = "-"
    needs_pictures: bool = False
    needs: tuple[str, ...] = ()
    default: bool = True
    leading: bool = True
    planted: bool = False
    source: str = ""

    @property
    def all_needs(self) -> tuple[str, ...]:
        """By the words of NEEDS."""
        return ("pictures", *self.needs) if self.needs_pictures else self.needs

    @property
    def is_naive(self) -> bool:
        """Whether it is drawn in grey: a rule that asks nothing of the model."""
        return self.colour.startswith("0")


# Filled by importing `playfair.attribution`, and plug-ins; in order of registration.
METHODS: dict[str, Method] = {}


def method(name: str, **look: Any) -> Callable[[Attribute], Attribute]:
    """Registers the decorated function as an attribution method.

    Args:
        name: what is typed, in `attribute(name, …)` and `experiment.methods=[esv,name]`.
        **look: title, unit, colour, and where they are not the usual line, needs_pictures, needs,
            default, leading, planted and source, as of `Method`.

    Raises:
        ValueError: another method has that name, or title, unit or colour is missing.
    """
    if missing := [key for key in ("title", "unit", "colour") if key not in look]:
        raise ValueError(
            f"@method({name!r}) lacks {', '.join(missing)}; type @method({name!r}, "
            'title="…", unit="probability", colour="#999999")'
        )
    if unknown := [need for need in look.get("needs", ()) if need not in NEEDS]:
        raise ValueError(
            f"@method({name!r}) needs {', '.join(unknown)}; what can be needed is "
            f"{', '.join(NEEDS)}"
        )

    def register(function: Attribute) -> Attribute:
        present = METHODS.get(name)
        if present is not None and origin(present.attribute) != origin(function):
            raise ValueError(f"there is an attribution method {name!r} already; choose another")
        METHODS[name] = Method(function, **look)
        return function

    return register


def gives(head: object, need: str, *, pictures: bool) -> bool:
    """Whether a model has what a method needs.

    Args:
        head: the model that is explained.
        need: a word of NEEDS.
        pictures: whether pictures of single frames, and their backbone, are at hand.

    Example:
        >>> gives(lambda features: features, "blank", pictures=False)
        True
    """
    if need == "pictures":
        return pictures
    if need == "features":
        return bool(getattr(head, "separable", True))
    if need == "blank":
        removals = tuple(getattr(head, "removals", ()))
        return not removals or "blank" in removals
    family = getattr(head, "family", None)
    return getattr(family, "name", "") in ("videomae", "vivit")


def check_methods(methods: object) -> None:
    """Raise ValueError for methods that are not known, or for what is no list of names."""
    if isinstance(methods, str) or not isinstance(methods, Sequence):
        raise ValueError(
            f"Expected a list of attribution methods, such as [esv,gradcam], got {methods!r}."
        )
    if unknown := [name for name in methods if name not in METHODS]:
        raise ValueError(
            f"There is no attribution method {', '.join(unknown)}; there are {', '.join(METHODS)}."
        )
