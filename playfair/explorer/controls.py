"""The controls beside the page: what each offers, and what it changes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output

from playfair.explorer.catalogue import Contents
from playfair.explorer.clip_order import SORTS
from playfair.explorer.entry import Entry
from playfair.explorer.scene import Scene
from playfair.explorer.view import View

CONTROLS = ("esvs", "beside", "class", "sort", "find")
CHOICES = ("esvs", "beside", "class", "sort")  # those that offer options
ALL_CLASSES = -1
NOTHING = ""

Options = list[dict[str, Any]]


def register(app: Dash) -> None:
    """What becomes of what is chosen: assets/views.js asks for it, and tells the controls."""
    # A control is both read and written here: Dash lets one callback go round in a circle, not two.
    app.clientside_callback(
        ClientsideFunction("playfair", "controls"),
        [Output(name, "options") for name in CHOICES]
        + [Output(name, "value") for name in CONTROLS],
        [Input("told", "data")] + [Input(name, "value") for name in CONTROLS],
    )


def choices(scene: Scene) -> dict[str, tuple[Options, Any]]:
    """What each control offers and is set to: name → (options, value)."""
    contents = scene.contents
    beside = {NOTHING: "nothing"}
    for entry in contents.comparable(scene.entry):
        beside[entry.folder.name] = contents.names[entry.key]
    if scene.view.beside:  # a link may name one that cannot be compared
        beside.setdefault(scene.view.beside, scene.view.beside)
    classes = {ALL_CLASSES: "all classes"} | dict(enumerate(scene.first.class_names))
    label = ALL_CLASSES if scene.view.label is None else scene.view.label
    return {
        "esvs": (store_options(contents), scene.view.esvs),
        "beside": (_options(beside), scene.view.beside),
        "class": (_options(classes), label),
        "sort": (
            _options({key: title.format(word=scene.word) for key, title in SORTS.items()}),
            scene.view.sort,
        ),
    }


def store_options(contents: Contents) -> Options:
    """All stores that can be explored."""
    return _options({key: contents.title(entry) for key, entry in contents.entries.items()})


def change(view: View, control: str, value: Any, contents: Contents) -> View:
    """The view after one of the controls was set."""
    if control == "esvs":
        return _of_another_store(view, contents, str(value))
    if control == "beside":
        return replace(view, beside=value)
    # What follows lists other clips: nothing of the one that was shown is kept.
    view = replace(view, classes=(), element=None)
    if control == "class":
        return replace(view, label=None if value == ALL_CLASSES else value, uid="")
    if control == "sort":
        return replace(view, sort=value, uid="")
    find = (value or "").strip()
    return replace(view, find=find, uid="" if find else view.uid)


def _of_another_store(view: View, contents: Contents, key: str) -> View:
    """The view of another store: its clip and its order are kept, where they mean the same."""
    before = contents.entries.get(view.esvs)
    entry = contents.entry(key)
    if before is None or before.dataset != entry.dataset:
        return View(esvs=key, page=view.page)
    changed = View(esvs=key, page=view.page, uid=view.uid, sort=view.sort)
    return replace(changed, beside=_beside(view, contents, entry))


def _beside(view: View, contents: Contents, entry: Entry) -> str:
    """What stays beside: the same store, or that of the same model at the new one's frames."""
    comparable = {other.folder.name: other for other in contents.comparable(entry)}
    if not view.beside or view.beside in comparable:
        return view.beside
    before = contents.entries.get(f"{entry.dataset}/{view.beside}")
    for name, other in comparable.items():
        if before and (other.model, other.seed) == (before.model, before.seed):
            return name
    return ""


def _options(titles: Mapping[Any, str]) -> Options:
    return [{"value": value, "label": title} for value, title in titles.items()]
