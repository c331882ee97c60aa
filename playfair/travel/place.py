"""Where a parcel lies: one protocol, and which place a word names."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from playfair.travel.folder import Folder
from playfair.travel.index import INDEX, Artefact, Index, read


class Source(Protocol):
    """A place that parcels are pulled from."""

    @property
    def name(self) -> str:
        """What it is called in messages."""

    def small(self, path: str) -> bytes | None:
        """The content of a small file; None where there is none.

        Raises:
            ValueError: the place cannot be reached, or lets nobody in; what to type.
        """

    def fetch(self, path: str, files: Mapping[str, int], to: Path) -> None:
        """Brings files of an artefact that are not in `to` yet.

        Args:
            path: of the artefact in the parcel; "" where the place is the artefact's own folder.
            files: their names below it, with their sizes in bytes; no more is written of any.
            to: the folder; the files lie there under their names once they have come whole.

        Raises:
            ValueError: a file is not there, or came short; those that came are kept.
        """


class Destination(Source, Protocol):
    """A place that parcels are pushed to."""

    def pull_word(self) -> str:
        """What is typed after `playfair pull` to get it back."""

    def put(self, folders: Mapping[str, Path], index: Index, card: bytes | None) -> None:
        """Lays artefacts into the parcel: their files, then the index and the card, or nothing.

        Args:
            folders: of those that are new in it, by path.
            index: of all that is in it then.
            card: None to leave the one that is there.
        """


def source_of(word: str) -> list[Source]:
    """The places that a word names: of the Hub's two kinds of repositories, those there may be."""
    if word.startswith("hf://"):
        from playfair.travel.hub import repositories

        return [*repositories(word)]
    if re.match(r"https?://", word, re.IGNORECASE):
        from playfair.travel.web import Web

        return [Web(word)]
    place = _folder(word)
    if not place.folder.is_dir():
        raise ValueError(
            f"There is no folder {place.folder}. Name one that is there, a URL that begins with "
            "https://, or hf://OWNER/NAME."
        )
    return [place]


def destinations_of(
    word: str, artefacts: Sequence[Artefact], *, public: bool
) -> dict[Destination, list[Artefact]]:
    """Where artefacts go: on the Hub checkpoints to a model, stores to a dataset."""
    if word.startswith("hf://"):
        from playfair.travel.hub import sorted_by_kind

        return {**dict(sorted_by_kind(word, artefacts, public=public))}
    if re.match(r"https?://", word, re.IGNORECASE):
        raise ValueError(
            f"{word} can only be pulled from. Push to a folder and have it served there, or to "
            "hf://OWNER/NAME."
        )
    return {_folder(word): list(artefacts)}


def index_of(place: Source) -> Index:
    """The index of the parcel in a place; of nothing, where there is none."""
    content = place.small(INDEX)
    return Index() if content is None else read(content, place.name)


def _folder(word: str) -> Folder:
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", word) and not word.startswith("file://"):
        scheme = word.partition(":")[0]
        raise ValueError(
            f"{scheme}:// is no place that is known here. Name a folder, a URL that begins with "
            "https://, or hf://OWNER/NAME."
        )
    return Folder(Path(word.removeprefix("file://")).expanduser())
