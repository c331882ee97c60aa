"""What a view shows: its stores opened, its clips in order, what the URL left open filled in."""

from dataclasses import dataclass, replace

import numpy as np

from playfair.analysis.evidence import frames_per_element
from playfair.explorer.catalogue import Catalogue, Contents
from playfair.explorer.clip_order import ordered
from playfair.explorer.entry import Entry
from playfair.explorer.errors import TROUBLE, NotThereError
from playfair.explorer.explained import Explained, open_explained
from playfair.explorer.view import View
from playfair.report.look import element_word


@dataclass(frozen=True)
class Scene:
    """A complete view and what it needs.

    Args:
        view: nothing of it is left open.
        contents: what else there is.
        first: the store that is shown.
        second: the one beside it, or why it cannot be shown; None where none is asked for.
        order: rows of the clips that are listed, in order.
    """

    view: View
    contents: Contents
    first: Explained
    second: Explained | str | None
    order: np.ndarray

    @property
    def entry(self) -> Entry:
        return self.first.entry

    @property
    def name(self) -> str:
        """The name of the store that is shown."""
        return self.contents.names[self.view.esvs]

    @property
    def stores(self) -> dict[str, Explained | str]:
        """Name → store, or why it cannot be shown; the first is always one."""
        stores: dict[str, Explained | str] = {self.name: self.first}
        if self.second is not None:
            stores[self.contents.names[beside_key(self.view)]] = self.second
        return stores

    @property
    def place(self) -> int | None:
        """Where in the order the clip is; None where the list does not hold it."""
        places = np.flatnonzero(self.order == self.first.rows[self.view.uid])
        return int(places[0]) if len(places) else None

    def to(self, **change: object) -> str:
        """The link to this view, changed."""
        return replace(self.view, **change).query()  # type: ignore[arg-type]

    @property
    def word(self) -> str:
        """What is removed as one in what is shown."""
        stores = [store for store in self.stores.values() if isinstance(store, Explained)]
        return element_word(frames_per_element(store.esvs) for store in stores)

    def to_clip(self, uid: str, element: int | None = None) -> str:
        """The link to a clip of this view."""
        return self.to(uid=uid, classes=(), element=element, off=(), page="clip")


def beside_key(view: View) -> str:
    """The key of the store beside."""
    return f"{view.esvs.partition('/')[0]}/{view.beside}"


def scene_of(view: View, catalogue: Catalogue) -> Scene:
    """Opens what a view names and fills in what it leaves open.

    Raises:
        NotThereError: it names something that is not there.
        ValueError: there are no stores, or the store cannot be read.
    """
    contents = catalogue.contents()
    if not contents.entries:
        raise ValueError("\n".join([_nothing_in(catalogue), *contents.faults]))
    entry = contents.entry(view.esvs) if view.esvs else contents.first()
    view = replace(view, esvs=entry.key)
    if view.page == "start" and not view.beside:
        view = replace(view, beside=_rival(contents, entry))
    first = open_explained(entry)
    second = _second(view, contents, first)
    _require_within(view, first)
    order = ordered(first, label=view.label, find=view.find, sort=view.sort)
    uid = view.uid or str(first.uids[order[0] if len(order) else 0])
    first.require(uid, contents.names[entry.key])
    return Scene(replace(view, uid=uid), contents, first, second, order)


def _rival(contents: Contents, entry: Entry) -> str:
    """The folder of the store that is held against one where none is asked for; or ""."""
    others = contents.comparable(entry)
    others.sort(key=lambda other: (other.model == entry.model, other.seed != entry.seed))
    return others[0].folder.name if others else ""


def _nothing_in(catalogue: Catalogue) -> str:
    return (
        f"There are no ESVs in {catalogue.outputs} yet. Type: {catalogue.typed.command('paper')}, "
        "then reload the page."
    )


def _require_within(view: View, first: Explained) -> None:
    """Raises NotThereError where the view names a class or an element that the store lacks."""
    n_classes = len(first.class_names)
    labels = [*view.classes, *view.cell[:1]]
    if view.label is not None:
        labels.append(view.label)
    for label in labels:
        if not 0 <= label < n_classes:
            raise NotThereError(
                f"There is no class {label}; there are {n_classes}, 0 to {n_classes - 1}."
            )
    elements = [*view.cell[1:], *view.off]
    if view.element is not None:
        elements.append(view.element)
    for element in elements:
        if not 0 <= element < first.n_elements:
            raise NotThereError(
                f"There is no element {element}; the clips have {first.n_elements}, 0 to "
                f"{first.n_elements - 1}."
            )


def _second(view: View, contents: Contents, first: Explained) -> Explained | str | None:
    """The store beside, or why it cannot be shown."""
    if not view.beside or beside_key(view) == view.esvs:
        return None
    entry = contents.entry(beside_key(view))
    if entry.split != first.entry.split:
        return f"It explains clips of the {entry.split} split, not of {first.entry.split}."
    try:
        second = open_explained(entry)
    except TROUBLE as error:
        return str(error)
    if second.n_elements != first.n_elements:
        word = element_word(frames_per_element(store.esvs) for store in (first, second))
        return f"It explains {second.n_elements} {word}s of each clip, not {first.n_elements}."
    if second.own_class_names != first.own_class_names:
        return "It knows other classes."
    return second
