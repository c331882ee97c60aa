"""A checkpoint's classes are matched to the dataset's by name: their order is the checkpoint's own."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

MOST_LISTED = 5  # of the names that do not match


class OtherClassesError(ValueError):
    """A checkpoint's classes are not the dataset's.

    Attributes:
        lacking: of the dataset's, those that the checkpoint has not.
        unknown: of the checkpoint's, those that the dataset has not.
        twice: names that stand for more than one class.
    """

    def __init__(self, lacking: list[str], unknown: list[str], twice: list[str]) -> None:
        self.lacking = lacking
        self.unknown = unknown
        self.twice = twice
        lines = [_line(name, unknown) for name in lacking[:MOST_LISTED]]
        lines += [f"\n  the dataset has no {name!r}" for name in unknown[:MOST_LISTED]]
        lines += [f"\n  more than one class is called {name!r}" for name in twice[:MOST_LISTED]]
        n_others = len(lacking) + len(unknown) + len(twice) - len(lines)
        more = f"\n  … and {n_others} more" if n_others else ""
        super().__init__(
            "The checkpoint's classes (id2label in its config.json) are not the dataset's:"
            f"{''.join(lines)}{more}\nA model that was trained on other classes cannot be explained "
            "on these. If they are the same in the same order, only named otherwise, type "
            "model.NAME.classes=by_order."
        )


def _line(name: str, unknown: Sequence[str]) -> str:
    nearest = get_close_matches(name, unknown, n=1)
    hint = f"; the nearest is {nearest[0]!r}" if nearest else ""
    return f"\n  the checkpoint has no {name!r}{hint}"


def class_order(
    id2label: Mapping[int, str], class_names: Sequence[str], classes: str = "by_name"
) -> list[int]:
    """Of each class of the dataset, its place among the checkpoint's logits.

    Args:
        id2label: the checkpoint's names, by place.
        class_names: the dataset's, in its order.
        classes: "by_name", whatever their brackets and case; "by_order" where they only need be
            equally many.

    Raises:
        OtherClassesError: they do not match one to one.
        ValueError: a `classes` that is neither.

    Example:
        >>> class_order({0: "Moving [something] up", 1: "Turning"}, ["turning", "Moving something up"])
        [1, 0]
    """
    if classes not in ("by_name", "by_order"):
        raise ValueError(f"Expected classes to be by_name or by_order, got {classes!r}.")
    if classes == "by_order" and len(id2label) == len(class_names):
        return list(range(len(class_names)))
    places: dict[str, list[int]] = {}
    for place, name in id2label.items():
        places.setdefault(plain(name), []).append(int(place))
    asked = [plain(name) for name in class_names]
    lacking = [name for name in class_names if plain(name) not in places]
    unknown = [name for name in id2label.values() if plain(name) not in set(asked)]
    twice = [name for name in dict.fromkeys(asked) if len(places.get(name, [])) > 1]
    twice += [name for name in dict.fromkeys(asked) if asked.count(name) > 1 and name not in twice]
    if lacking or unknown or twice:
        raise OtherClassesError(lacking, unknown, twice)
    return [places[name][0] for name in asked]


def plain(name: str) -> str:
    """A name without brackets, case and spaces that do not count.

    >>> plain("Pushing [something]  so it spins")
    'pushing something so it spins'
    """
    return re.sub(r"\s+", " ", re.sub(r"[\[\]]", "", name)).strip().casefold()
