"""The index of a parcel, playfair.json: which artefacts are in it, whole.

    {"format": 1, "licence": "cc-by-4.0",
     "artefacts": {"synthetic/esvs/trn-8-frames-3f2a91c0":
         {"digest": of its manifest, "bytes": of all its files, "facts": {…} of the card}}}

It is written last, so what is in it has come whole. It may be anybody's: names that lead anywhere
but into outputs are refused.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playfair.printable import UNSEEN, printable
from playfair.travel.named import CHECKPOINTS, STORES

INDEX = "playfair.json"
FORMAT = 1
MOST_BYTES = 2**26  # of an index, a manifest; ours have a few kB
NO_LICENCE = "unknown"  # the Hub's word for it
NAME = re.compile(r"[A-Za-z0-9_][^/\\:*?\"<>|]{0,200}-[0-9a-f]{8}")
DATASET = re.compile(r"[^./\\:*?\"<>|~][^/\\:*?\"<>|]{0,200}")


@dataclass(frozen=True)
class Artefact:
    """One artefact of a parcel.

    Args:
        path: its dataset, kind and name, as below outputs.
        digest: of its manifest.
        n_bytes: of its files.
        facts: what the card says of it.
    """

    path: str
    digest: str
    n_bytes: int
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def dataset(self) -> str:
        return self.path.split("/")[0]

    @property
    def kind(self) -> str:
        return self.path.split("/")[1]


@dataclass(frozen=True)
class Index:
    """What a parcel holds.

    Args:
        artefacts: by path.
        licence: of what is in it, as whoever pushed it states it.
    """

    artefacts: Mapping[str, Artefact] = field(default_factory=dict)
    licence: str = NO_LICENCE

    def with_more(self, artefacts: Mapping[str, Artefact], licence: str = "") -> "Index":
        """The index of this parcel with some more in it."""
        return Index({**self.artefacts, **artefacts}, licence or self.licence)


def written(index: Index) -> bytes:
    """An index as it lies in its parcel."""
    artefacts = {
        path: {"digest": one.digest, "bytes": one.n_bytes, "facts": dict(one.facts)}
        for path, one in sorted(index.artefacts.items())
    }
    content = {"format": FORMAT, "licence": index.licence, "artefacts": artefacts}
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def read(content: bytes, source: str) -> Index:
    """The index that bytes hold.

    Args:
        content: of the file.
        source: where it is from, for messages.

    Raises:
        ValueError: it is no index, of a later format, or names what can lie nowhere in outputs.

    >>> read(written(Index(licence="mit")), "here").licence
    'mit'
    """
    try:
        said = json.loads(content)
        if said["format"] != FORMAT:
            raise ValueError(f"it is of format {said['format']}, and this one knows {FORMAT}")
        artefacts = {}
        for path, one in said["artefacts"].items():
            require_place(path)
            facts = one["facts"]
            if not isinstance(facts, dict):
                raise ValueError(f"the facts of {path} are no object")
            artefacts[path] = Artefact(path, str(one["digest"]), int(one["bytes"]), facts)
        return Index(artefacts, str(said["licence"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        told = str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}"
        raise ValueError(
            printable(
                f"{INDEX} of {source} is no index of Play Fair ({told}). Was a web page answered in "
                "its place, or was it written by a later Play Fair?"
            )
        ) from error


def require_place(path: str) -> None:
    """Raises ValueError where a path is not that of an artefact below outputs.

    >>> require_place("../esvs/trn-8-frames-3f2a91c0")
    Traceback (most recent call last):
    ValueError: '../esvs/trn-8-frames-3f2a91c0' is no DATASET/KIND/NAME of an artefact
    """
    parts = path.split("/")
    sound = (
        len(parts) == 3
        and DATASET.fullmatch(parts[0])
        and parts[1] in (*CHECKPOINTS, *STORES)
        and NAME.fullmatch(parts[2])
        and not UNSEEN.search(path)
        and "\n" not in path
    )
    if not sound:
        raise ValueError(f"{path!r} is no DATASET/KIND/NAME of an artefact")
