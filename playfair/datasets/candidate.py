"""Whether a candidate is a `Dataset`: which members it lacks, and of which shape they are."""

from collections.abc import Mapping, Sequence

from playfair.datasets.dataset import Dataset, DatasetError

# What `require_dataset` asks for, in the order of the protocol: a member and its shape.
VALUES = {
    "name": "name: str",
    "class_names": "class_names: tuple[str, ...], the name of every class index",
}
METHODS = {
    "split": 'split("train" | "validation" | "test") -> Split(name, uids, targets)',
    "prior": "prior() -> (class,) float64, which sums to 1",
    "clip": "clip(uid) -> Path | Segment, of a file, a folder of pictures, or a part of either",
    "media_type": 'media_type(uid) -> str, as "video/mp4"',
    "evidence": "evidence() -> {uid: (start, stop)}, frames; {} where the truth is not known",
    "twins": "twins() -> (class,) int64, the class that is this one played backwards, or -1",
    "identity": "identity() -> str, a hash of labels and evidence, whatever their place and time",
}


class IncompleteDatasetError(DatasetError, TypeError):
    """An object that does not fulfil the protocol.

    Attributes:
        type_name: the object's type.
        faults: what is wrong, by member.
    """

    def __init__(self, type_name: str, faults: Mapping[str, str]) -> None:
        super().__init__(type_name, faults)
        self.type_name = type_name
        self.faults = faults

    def __str__(self) -> str:
        shapes = VALUES | METHODS
        members = [f"\n  {shapes[name]}   ({fault})" for name, fault in self.faults.items()]
        return f"{self.type_name} is no Dataset. It needs:{''.join(members)}"


def require_dataset(candidate: object) -> Dataset:
    """The candidate, if it fulfils the protocol; nothing is read for it.

    Args:
        candidate: what a configuration's `open` has returned.

    Returns:
        The same object.

    Raises:
        IncompleteDatasetError: names every member that is missing or is no such thing, and its
            shape.

    Example:
        >>> require_dataset("a folder")
        Traceback (most recent call last):
            ...
        playfair.datasets.candidate.IncompleteDatasetError: str is no Dataset. It needs:
          name: str   (missing)
          ...
    """
    faults = {}
    for name in (*VALUES, *METHODS):
        if fault := _fault(candidate, name):
            faults[name] = fault
    if faults:
        raise IncompleteDatasetError(type(candidate).__name__, faults)
    assert isinstance(candidate, Dataset)
    return candidate


def _fault(candidate: object, name: str) -> str:
    """What is wrong with a member; "" if nothing."""
    if not hasattr(candidate, name):
        return "missing"
    value = getattr(candidate, name)
    kind = type(value).__name__
    if name in METHODS:
        return "" if callable(value) else f"a {kind} and no method"
    if name == "name":
        return "" if isinstance(value, str) else f"a {kind} and no str"
    named = isinstance(value, Sequence) and not isinstance(value, str)
    if not named or not all(isinstance(class_name, str) for class_name in value):
        return f"a {kind} and no tuple of str"
    return "" if value else "empty"
