"""A list of clips in whatever format it is, told by its first line or named."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from playfair.datasets.lists import (
    diving48,
    epic_kitchens,
    header_table,
    kinetics,
    mmaction2,
    tsm,
)
from playfair.datasets.lists.listing import Listing
from playfair.datasets.lists.text import read_text

FORMS: dict[str, Callable[[Path, str], Listing]] = {
    "diving48": diving48.read,
    "kinetics": kinetics.read,
    "epic_kitchens": epic_kitchens.read,
    "table": header_table.read,
    "tsm": tsm.read,
    "mmaction2": mmaction2.read,
}
# The last takes whatever the others do not know.
RECOGNISES: dict[str, Callable[[str], bool]] = {
    "diving48": diving48.recognises,
    "kinetics": kinetics.recognises,
    "epic_kitchens": epic_kitchens.recognises,
    "table": header_table.recognises,
    "tsm": tsm.recognises,
}


def form_of(text: str) -> str:
    """The format of a list, by its first line.

    Example:
        >>> form_of("path,label\\na.mp4,wave"), form_of("a.mp4 3"), form_of("frames/7 42 3")
        ('table', 'mmaction2', 'tsm')
    """
    for form, recognises in RECOGNISES.items():
        if recognises(text):
            return form
    return "mmaction2"


def read_list(path: Path, form: str | None = None, label: str | None = None) -> Listing:
    """The rows of a list.

    Args:
        path: the file.
        form: its format, one of FORMS; None: told by its first line.
        label: what EPIC-Kitchens' class is: "verb", "noun" or "action"; None: "verb".

    Raises:
        ListError: it cannot be read as such a list.
        ValueError: there is no such format.
    """
    if form is not None and form not in FORMS:
        raise ValueError(f"Expected dataset.form={', '.join(FORMS)} or null, got {form!r}.")
    if label is not None and label not in epic_kitchens.KINDS:
        raise ValueError(f"Expected dataset.label=verb, noun or action, got {label!r}.")
    text = read_text(path)
    form = form or form_of(text)
    read = FORMS[form]
    if form == "epic_kitchens":
        read = partial(epic_kitchens.read, kind=label or "verb")
    return read(path, text)
