"""A list without a header over folders of pictures: `folder n_frames label`, as TSM keeps its own.

mmaction2's lists of raw frames are the same. The clip is the first n_frames pictures of its folder,
in the order of their names.
"""

from pathlib import Path

import numpy as np

from playfair.datasets.label_files import excerpt
from playfair.datasets.lists.listing import Fault, Listing
from playfair.datasets.lists.text import first_line, separator_of


def recognises(text: str) -> bool:
    """Whether the first line ends in two whole numbers.

    Example:
        >>> recognises("frames/78687 42 3"), recognises("take 2.mp4 3")
        (True, False)
    """
    line = first_line(text)
    words = line.rsplit(separator_of(line) or None, 2)
    return len(words) == 3 and all(word.strip().isdecimal() for word in words[1:])


def read(path: Path, text: str) -> Listing:
    """The rows of such a list.

    Args:
        path: the file, for messages.
        text: its content.
    """
    separator = separator_of(first_line(text)) or None
    listing = Listing(path, unit="frame", lengths=True)
    n_frames = []
    for number, row in enumerate(text.split("\n"), start=1):
        words = [word.strip() for word in row.rsplit(separator, 2)]
        if words in ([], [""]):
            continue
        if len(words) < 3 or not words[1].isdecimal() or not 0 < int(words[1][:10]) < 1 << 31:
            reason = f"expected folder, number of frames and label, got {excerpt(row)}"
            listing.faults.append(Fault(number, reason, "wrong number of values"))
            continue
        listing.lines.append(number)
        listing.clips.append(words[0])
        listing.labels.append(words[2])
        n_frames.append(int(words[1]))
    listing.starts = np.zeros(len(listing), dtype=np.float64)
    listing.stops = np.array(n_frames, dtype=np.float64)
    return listing
