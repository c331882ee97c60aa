"""Names of classes and clips as they are read."""

from playfair.explorer.explained import Explained
from playfair.printable import isolated, printable

CLASS_NOT_KNOWN = "class not known"


def class_name(explained: Explained, label: int) -> str:
    """The name of a class of a store; clips of a test split may have none."""
    return explained.class_names[label] if label >= 0 else CLASS_NOT_KNOWN


def shown_uid(uid: str) -> str:
    """A clip's name among words of ours: any letters, none of which controls or turns the others."""
    return isolated(printable(uid, lines=False))


def shortened(name: str, most: int = 40) -> str:
    """A name without its middle where it is longer: many classes differ at their ends alone.

    >>> shortened("Moving something and something away from each other", 28)
    'Moving so…ay from each other'
    """
    if len(name) <= most:
        return name
    n_first = most // 3
    return f"{name[:n_first]}…{name[n_first + 1 - most :]}"
