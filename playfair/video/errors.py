"""How clips disappoint: each error names the file and the reason."""

from collections.abc import Iterable


class VideoError(ValueError):
    """A clip that is missing, is no video, is cut short, or lacks frames that were asked for.

    Example:
        >>> raise VideoError("clip.webm: the file is empty")
        Traceback (most recent call last):
            ...
        playfair.video.errors.VideoError: clip.webm: the file is empty
    """


class MissingFrameError(VideoError):
    """A clip that holds fewer frames than were asked for."""


def require_whole(reasons: Iterable[str]) -> None:
    """Raise VideoError, with what to type, if there are reasons why clips cannot be decoded."""
    first = min(reasons, default="")
    if first:
        raise VideoError(
            f"{first}\nStopped, as dataset.broken=fail asks. What was finished is kept. Mend the "
            "clip, or type dataset.broken=skip to leave such clips out. experiment=doctor "
            "experiment.full=true lists all of them, with their rows where a list names them."
        )
