"""What the families of video transformers differ in: lengths, tokens, and what can be removed."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

from torch import Tensor

# (model, pixels (n, frame, 3, height, width)) → tokens (n, element, place, channel), which know
# their positions
Tokens = Callable[[Any, Tensor], Tensor]

# (model, tokens (n, size, place, channel), elements (n, size)) → logits (n, class): of the tokens
# that are left, which stay at the positions of the elements that they are of
Logits = Callable[[Any, Tensor, Tensor], Tensor]


class Family(NamedTuple):
    """How a kind of model is explained.

    Attributes:
        name: as configurations call it, `model_type`.
        n_frames: configuration → frames of a clip that it was trained on.
        frames_per_element: configuration → frames that make a token together.
        picture: configuration → (height, width).
        removals: its own default first.
        tokens, logits: the model in two halves, between which tokens are dropped; None where none
            can be.
        any_length: whether it is right about clips of other lengths than `n_frames`.
    """

    name: str
    n_frames: Callable[[Any], int]
    frames_per_element: Callable[[Any], int]
    picture: Callable[[Any], tuple[int, int]]
    removals: tuple[str, ...]
    tokens: Tokens | None = None
    logits: Logits | None = None
    any_length: bool = False


def pair(size: Any) -> tuple[int, int]:
    """Height and width, of a number or of both.

    >>> pair(224), pair([224, 320])
    ((224, 224), (224, 320))
    """
    if isinstance(size, int):
        return size, size
    height, width = size
    return int(height), int(width)


def removals_of(family: Family, config: Any, frames_per_element: int | None) -> tuple[str, ...]:
    """Those that a model stands: tokens are dropped one by one, larger elements are not.

    Args:
        family: the model's.
        config: likewise.
        frames_per_element: frames that go as one; None: as its tokens have them.
    """
    if frames_per_element in (None, family.frames_per_element(config)):
        return family.removals
    return tuple(name for name in family.removals if name != "drop")


def removals_by_config(
    config: Mapping[str, Any], frames_per_element: int | None
) -> tuple[str, ...] | None:
    """The same of what config.json says; None where that does not suffice.

    Example:
        >>> removals_by_config({"model_type": "timesformer"}, None)
        ('drop', 'freeze', 'blank')
    """
    named = SimpleNamespace(**{"model_type": "", **config})
    try:
        return removals_of(family_of(named), named, frames_per_element)
    except AttributeError:  # config.json leaves out what is as usual
        return None


def family_of(config: Any) -> Family:
    """The family of a configuration; `fixed` where it is none that is known better."""
    from playfair.models.huggingface import fixed, timesformer, videomae, vivit, vjepa2

    known = (videomae.FAMILY, timesformer.FAMILY, vjepa2.FAMILY, vivit.FAMILY)
    for family in known:
        if family.name == config.model_type:
            return family
    return fixed.FAMILY
