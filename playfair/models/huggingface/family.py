"""What the families of video transformers differ in: lengths, tokens, and what can be removed."""

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import Tensor

# (model, pixels (n, frame, 3, height, width)) → tokens (n, time, place, channel), which know their
# positions; the model makes those of a time of `frames_per_element` frames
Tokens = Callable[[Any, Tensor], Tensor]

# (model, tokens (n, size, place, channel), times (n, size)) → logits (n, class): of the tokens that
# are left, which stay where they were
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


def family_of(kind: str | None) -> Family:
    """The family of a `model_type`; `fixed` where it is none that is known better.

    Example:
        >>> family_of("timesformer").removals
        ('drop', 'freeze', 'blank')
    """
    from playfair.models.huggingface import fixed, timesformer, videomae, vivit, vjepa2

    known = (videomae.FAMILY, timesformer.FAMILY, vjepa2.FAMILY, vivit.FAMILY)
    for family in known:
        if family.name == kind:
            return family
    return fixed.FAMILY
