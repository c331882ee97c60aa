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
