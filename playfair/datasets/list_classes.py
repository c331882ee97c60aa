"""The classes of listed clips: what they are called, and which one a label means."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from unicodedata import normalize

from playfair.datasets.lists.listing import Listing


def classes_of(listings: Sequence[Listing]) -> tuple[str, ...]:
    """The classes that lists name: by number where they are numbered, else in alphabetical order.

    Args:
        listings: of one dataset.

    Returns:
        Names by index; () where no clip has a class.
    """
    words: dict[str, Counter[str]] = {}
    for listing in listings:
        for label, counts in listing.words.items():
            words.setdefault(label, Counter()).update(counts)
    if words:
        return _worded(words)
    labels = _labels_in(listings)
    if labels and all(label.isdecimal() and len(label) < 7 for label in labels):
        return tuple(str(index) for index in range(max(map(int, labels)) + 1))
    return tuple(sorted({readable(label) for label in labels}))


def class_indices(listings: Sequence[Listing], class_names: Sequence[str]) -> dict[str, int]:
    """What each label means: a class's name, or its number.

    Args:
        listings: of one dataset.
        class_names: by index.

    Returns:
        label → class index; a label that is no class is not in it.
    """
    pairs = {label for listing in listings for label in listing.words if " " in label}
    if pairs:
        return {label: index for index, label in enumerate(sorted(pairs, key=_numbers_in))}
    by_name = {name: index for index, name in enumerate(class_names)}
    by_plain_name = {plain(name): index for name, index in by_name.items()}
    indices = {}
    for label in _labels_in(listings):
        name = readable(label)
        if name in by_name:
            indices[label] = by_name[name]
        elif label.isdecimal() and len(label) < 10 and int(label) < len(class_names):
            indices[label] = int(label)
        elif plain(name) in by_plain_name:
            indices[label] = by_plain_name[plain(name)]
    return indices


def plain(name: str) -> str:
    """A class's name as it is compared: without brackets and case, blank for _ and -, as folders are called.

    Example:
        >>> plain("Riding_a-[Bike]") == plain("riding a bike")
        True
    """
    words = re.sub(r"[\s_-]+", " ", re.sub(r"[\[\]]", "", name))
    return normalize("NFC", words.strip().casefold())


def readable(text: str) -> str:
    r"""A name as it can be printed, written and put into an address: odd bytes are spelt out.

    Example:
        >>> readable("café"), readable("a\nb")
        ('café', 'a\\nb')
    """
    if text.isprintable():
        return text
    letters = [letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text]
    return "".join(letters)


def _labels_in(listings: Sequence[Listing]) -> set[str]:
    return {label for listing in listings for label in set(listing.labels)} - {""}


def _worded(words: Mapping[str, Counter[str]]) -> tuple[str, ...]:
    """Numbered classes by the word that they are most often called by."""
    names = {}
    for label, counts in words.items():
        word, _ = min(counts.items(), key=lambda item: (-item[1], item[0]))
        names[label] = word.strip() or f"class {label}"
    if any(" " in label for label in words):  # of two parts, in the order of their numbers
        return _unique([names[label] for label in sorted(words, key=_numbers_in)])
    numbers = [int(label) for label in words if label.isdecimal() and len(label) < 7]
    indices = range(max(numbers, default=-1) + 1)
    return _unique([names.get(str(index), f"class {index}") for index in indices])


def _numbers_in(label: str) -> list[int]:
    return [int(word) if word.isdecimal() else -1 for word in label.split()]


def _unique(names: list[str]) -> tuple[str, ...]:
    twice = {name for name, n in Counter(names).items() if n > 1}
    return tuple(f"{name} ({i})" if name in twice else name for i, name in enumerate(names))
