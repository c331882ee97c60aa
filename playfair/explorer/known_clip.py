"""A clip that may be served: one that a store explains and its dataset has."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from playfair.explorer.catalogue import Catalogue
from playfair.explorer.explained import open_explained
from playfair.video.playable import CODECS, played_as
from playfair.video.reader import VideoError
from playfair.video.segment import Segment


@dataclass(frozen=True)
class KnownClip:
    """Where a clip is, and what a browser is told that it is."""

    file: Path | Segment
    media_type: str


def known_clip(catalogue: Catalogue, key: str, uid: str) -> KnownClip:
    """A clip by the key of a store and a uid; both are looked up, so neither leads elsewhere.

    Raises:
        NotThereError: no such store, clip or file; says what there is.
        ValueError: the store or the dataset cannot be read.
    """
    entry = catalogue.contents().entry(key)
    open_explained(entry).require(uid, key)
    file = catalogue.clips.file(entry.dataset, entry.split, uid)
    media_type = catalogue.clips.media_type(entry.dataset, uid)
    if media_type not in CODECS:  # by the ending of its name, which may be any
        with suppress(VideoError):
            media_type = played_as(file) or media_type
    return KnownClip(file, media_type)
