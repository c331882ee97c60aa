"""One clip: its video, and a card for every model that explains it."""

import numpy as np
from dash import html

from playfair.explorer.attributes import attributes
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clip_head import clip_head
from playfair.explorer.errors import NotThereError
from playfair.explorer.explained import Clip, Explained
from playfair.explorer.model_card import model_card, note_card
from playfair.explorer.scales import scales_of
from playfair.explorer.scene import Scene
from playfair.explorer.score_bars import plotted_classes
from playfair.steps.damage import DamageError
from playfair.steps.interactions import clip_interactions


def content(scene: Scene, catalogue: Catalogue) -> html.Div:
    """The page's content for a clip."""
    first = scene.first.clip(scene.view.uid)  # of a damaged store it says so in place of the page
    clips = {name: _clip(store, scene.view.uid) for name, store in scene.stores.items()}
    seen = {name: clip for name, clip in clips.items() if isinstance(clip, Clip)}
    pairs = {name: _pairs(scene, catalogue, name) for name in seen}
    classes = plotted_classes(scene, first)
    present = [values for values in pairs.values() if values is not None]
    scales = scales_of(list(seen.values()), classes, present)
    cards = [
        note_card(name, clip)
        if isinstance(clip, str)
        else model_card(scene, catalogue, place, name, clip, classes, scales, pairs[name])
        for place, (name, clip) in enumerate(clips.items())
    ]
    pinned = "" if scene.view.element is None else scene.view.element
    parts = [
        clip_head(scene, catalogue, first),
        html.Div(cards, className=f"cards models-{len(cards)}"),
    ]
    off = ",".join(map(str, scene.view.off))
    marks = attributes(data_uid=first.uid, data_element=pinned, data_off=off)
    return html.Div(parts, **marks)


def _clip(store: Explained | str, uid: str) -> Clip | str:
    """A store's clip, or why it has none."""
    if isinstance(store, str):
        return store
    try:
        return store.clip(uid)
    except (NotThereError, DamageError) as error:
        return str(error)


def _pairs(scene: Scene, catalogue: Catalogue, name: str) -> np.ndarray | None:
    """Interactions of the clip's true class by the model of a store; None where there are none."""
    store = scene.stores[name]
    assert isinstance(store, Explained)
    folder = catalogue.interactions(store.entry)
    return None if folder is None else clip_interactions(folder, scene.view.uid)
