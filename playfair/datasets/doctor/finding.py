"""One check of a dataset's folder: what came of it, and what to type."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

State = Literal["ok", "note", "problem"]
Reasons = list[tuple[str, str]]  # (uid, why)


@dataclass(frozen=True)
class Finding:
    """What came of one check.

    Attributes:
        check: its name.
        state: whether a run should stop at it.
        detail: what is there and what was expected.
        type_this: what mends it; never empty for a problem.
        clips: those it is about, with the reason.
    """

    check: str
    state: State
    detail: str
    type_this: str = ""
    clips: Reasons = field(default_factory=list)


def about_clips(
    check: str, state: State, clips: Reasons, context: str, type_this: str = "", none: str = "none"
) -> Finding:
    """A finding of the clips that do not pass a check.

    Args:
        check: its name.
        state: what it is where there are such clips; "ok" where there are none.
        clips: those that do not pass, with the reason.
        context: where they were looked for.
        type_this: what mends them.
        none: the detail where there are none.

    Returns:
        The finding.

    Example:
        >>> about_clips("empty videos", "problem", [("7", "0 bytes")], "in ssv2", "fetch it").detail
        '1: 7: 0 bytes (in ssv2)'
    """
    if not clips:
        return Finding(check, "ok", none)
    detail = f"{len(clips):,}: {_first_few(clips)} ({context})"
    return Finding(check, state, detail, type_this, clips)


def counted(n: int, noun: str, plural: str = "") -> str:
    """A number with its noun.

    Example:
        >>> counted(1, "clip"), counted(2_000, "clip"), counted(2, "class", "classes")
        ('1 clip', '2,000 clips', '2 classes')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def _first_few(clips: Sequence[tuple[str, str]], n: int = 3) -> str:
    texts = [f"{uid}: {why}" for uid, why in clips[:n]]
    return "; ".join(texts) + ("; …" if len(clips) > n else "")
