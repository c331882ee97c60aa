"""What cannot be asked of a model, in words: the paper leaves the question out, and says so."""

from collections.abc import Sequence

from playfair.steps.esvs import head_of
from playfair.steps.obtain import is_made
from playfair.steps.study import Study


class LeftOutError(ValueError):
    """A question that these models cannot be asked; the message says why, and what to type."""


def lengths_that_fit(studies: Sequence[Study], lengths: Sequence[int]) -> list[int]:
    """Those of some numbers of frames that every model is right about.

    Args:
        studies: of any models; heads on features take any number.
        lengths: numbers of frames, in any order.
    """
    return [frames for frames in lengths if all(_fits(study, frames) for study in studies)]


def _fits(study: Study, n_frames: int) -> bool:
    if not study.is_pretrained or is_explained(study, n_frames):
        return True
    model = head_of(study.head_step, study.layout)
    try:
        model.require_length(n_frames)  # type: ignore[operator]
    except ValueError:
        return False
    return True


def is_explained(study: Study, n_frames: int) -> bool:
    """Whether there are ESVs of so many frames; there are none of more than can be computed."""
    try:
        return is_made(study.esvs_step(n_frames), study.layout)
    except ValueError:
        return False


def pretrained_names(studies: Sequence[Study]) -> str:
    """The checkpoints among some studies, as a sentence begins with them."""
    names = dict.fromkeys(study.name for study in studies if study.is_pretrained)
    return ", ".join(names)


def least_frames_per_element(studies: Sequence[Study]) -> int:
    """Frames of the smallest element of any model: so many times more frames have exact values."""
    return min((study.frames_per_element or 1 for study in studies), default=1)
