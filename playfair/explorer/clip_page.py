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
    clips: dict[str, Clip] = {}
    pairs: dict[str, np.ndarray | None] = {}
    notes: dict[str, str] = {}
    first = scene.first.clip(scene.view.uid)  # of a damaged store it says so in place of the page
    for name, store in scene.stores.items():
        if name == scene.name:
            clip: Clip | str = first
        else:
            clip = store if isinstance(store, str) else _clip(store, scene.view.uid)
        if isinstance(clip, str):
            notes[name] = clip
        else:
            clips[name] = clip
            pairs[name] = _pairs(scene, catalogue, name)
    classes = plotted_classes(scene, first)
    present = [values for values in pairs.values() if values is not None]
    scales = scales_of(list(clips.values()), classes, present)
    cards = []
    for place, name in enumerate(scene.stores):
        if name in notes:
            cards.append(note_card(name, notes[name]))
        else:
            card = model_card(
                scene, catalogue, place, name, clips[name], classes, scales, pairs[name]
            )
            cards.append(card)
    pinned = "" if scene.view.element is None else scene.view.element
    parts = [
        clip_head(scene, catalogue, first),
        html.Div(cards, className=f"cards models-{len(cards)}"),
    ]
    off = ",".join(map(str, scene.view.off))
    marks = attributes(data_uid=first.uid, data_element=pinned, data_off=off)
    return html.Div(parts, **marks)


def _clip(store: Explained, uid: str) -> Clip | str:
    """A store's clip, or why it has none."""
    try:
        return store.clip(uid)
    except (NotThereError, DamageError) as error:
        return str(error)


def _pairs(scene: Scene, catalogue: Catalogue, name: str) -> np.ndarray | None:
    """Interactions of the clip's true class by the model of a store; None where there are none."""
    store = scene.stores[name]
    if isinstance(store, str):
        return None
    folder = catalogue.interactions(store.entry)
    if folder is None:
        return None
    return clip_interactions(folder, scene.view.uid)
