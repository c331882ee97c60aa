"""From outputs to a place: only what is named, only what is whole, over nothing that differs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from playfair.steps.manifest import MANIFEST
from playfair.travel.card import CARD, card, size
from playfair.travel.contents import names, whole
from playfair.travel.facts import facts
from playfair.travel.index import Artefact, Index, require_place
from playfair.travel.named import chosen, means_any, path_of, travellers
from playfair.travel.place import Destination, destinations_of, index_of

Say = Callable[[str], None]


def push(
    outputs: Path, typed: Sequence[str], to: str, *, licence: str, public: bool, say: Say
) -> None:
    """Pushes artefacts.

    Args:
        outputs: where they lie.
        typed: their names, as they were typed.
        to: a folder, or hf://OWNER/NAME.
        licence: of what is pushed, by the Hub's word for it; "" to leave what the place says.
        public: whether a repository that is made for it may be read by everybody.
        say: prints a line.

    Raises:
        ValueError: a name, a place, or something that lies there and differs; what to type.
    """
    folders = {path_of(folder): folder for folder in travellers(outputs)}
    artefacts = []
    for path in chosen(typed, list(folders)):
        require_place(path)
        manifest = whole(folders[path])
        n_bytes = sum(names(manifest, path).values())
        artefacts.append(Artefact(path, manifest.digest, n_bytes))
    for place, share in destinations_of(to, artefacts, public=public).items():
        _push(folders, share, place, licence, say)


def _push(
    folders: dict[str, Path],
    artefacts: Sequence[Artefact],
    place: Destination,
    licence: str,
    say: Say,
) -> None:
    """Pushes what one place takes."""
    before = index_of(place)
    new: dict[str, Artefact] = {}
    for one in artefacts:
        if _is_there(one, before, place):
            say(f"{one.path}: there already")
            continue
        new[one.path] = replace(one, facts=facts(folders[one.path]))
    after = before.with_more(new, licence)
    text: bytes | None = card(after, place.pull_word()).encode()
    lies_there = place.small(CARD)
    own = card(before, place.pull_word()).encode()
    if lies_there is not None and lies_there not in (own, text):
        say(f"{CARD} there was written by hand: it is left as it is. Remove it to have a new one.")
        text = None
    if not new and after == before and text in (None, lies_there):
        return
    for path, one in new.items():
        say(f"{path}: {size(one.n_bytes)} …")
    place.put({path: folders[path] for path in new}, after, text)
    say(f"Pushed to {place.name}.")
    for one in new.values():
        for need in _needed(one.facts, after):
            say(
                f"{one.path} was learnt on the features of another: to explain clips with it, push "
                f"'{need}' too."
            )
    if place.pull_word() != place.name:
        say(f"Whoever has that folder, or a URL of it, types: playfair pull {place.pull_word()}")
    else:
        say(f"Others type: playfair pull {place.pull_word()}")


def _is_there(one: Artefact, index: Index, place: Destination) -> bool:
    """Whether an artefact lies in a place, the same to its digest.

    Raises:
        ValueError: another one does.
    """
    there = index.artefacts.get(one.path)
    if there is None:
        # a folder may hold it without an index that says so: then it is added to the index
        content = place.small(f"{one.path}/{MANIFEST}")
        if content is not None and one.digest.encode() not in content:
            raise ValueError(_differs(one, place))
        return False
    if there.digest != one.digest:
        raise ValueError(_differs(one, place))
    return True


def _differs(one: Artefact, place: Destination) -> str:
    return (
        f"{place.name} holds another {one.path}, made anew elsewhere, and it is not written over. Push "
        "to another place, or remove that one first."
    )


def _needed(about: Any, index: Index) -> list[str]:
    """The checkpoints that one was made from and that are not in a parcel, as names that are typed."""
    return [need for need in about.get("needs") or () if not means_any(need, list(index.artefacts))]
