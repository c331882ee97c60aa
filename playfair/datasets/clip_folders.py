"""A folder of clips as a listing: <class>/<clip>, <split>/<class>/<clip>, or clips alone.

Which of them it is is seen by looking. A class may hold further folders; a clip is a video or a
folder of pictures.
"""

from pathlib import Path

from playfair.datasets.clip_files import clips_below
from playfair.datasets.lists.listing import ListError, Listing, split_of_word

EXPECTED = (
    "expected <class>/<clip>, <split>/<class>/<clip> or clips alone, each a video or a folder of "
    "pictures"
)


def look_through(root: Path) -> Listing:
    """Every clip of a folder, with the class and the split that its folders are called.

    Args:
        root: the folder.

    Raises:
        ListError: there is no such folder, or no clip in it.
    """
    name_it = "type dataset.root=FOLDER or dataset.list=FILE"
    if not root.is_dir():
        raise ListError(root, f"no such folder; {EXPECTED}; {name_it}")
    others: list[str] = []
    paths = list(clips_below(root, others))
    if not paths:
        n_others = f"{len(others):,} other files" if len(others) != 1 else "1 other file"
        reason = f"no clip in this folder, and {n_others}; {EXPECTED}; {name_it}"
        raise ListError(root, reason)
    parts = [path.split("/") for path in paths]
    has_splits = all(split_of_word(part[0]) and len(part) > 1 for part in parts)
    inner = [part[1:] for part in parts] if has_splits else parts
    # beside folders of classes, files alone are clips whose class is not known
    labels = [part[0] if len(part) > 1 else "" for part in inner]
    return Listing(
        root,
        lines=[0] * len(paths),
        clips=paths,
        labels=labels,
        splits=[part[0] for part in parts] if has_splits else None,
        unread=others,
    )
