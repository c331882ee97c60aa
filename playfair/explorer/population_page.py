"""All clips: where each class is decided, how much of a clip supports it, the clips of a cell."""

import json

import numpy as np
from dash import html

from playfair.explorer.attributes import attributes
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.cell_clips import cell_clips
from playfair.explorer.cells_figure import cells_figure
from playfair.explorer.explained import Explained
from playfair.explorer.model_card import note_card
from playfair.explorer.plot import graph
from playfair.explorer.population import class_means
from playfair.explorer.scene import Scene
from playfair.explorer.shares_figure import shares_card

NO_CLASSES = "The classes of these clips are not known, so nothing can be said of them by class."


def content(scene: Scene, catalogue: Catalogue) -> html.Div:
    """The page's content for all clips."""
    n_clips = len(scene.first.uids)
    clips = "1 clip" if n_clips == 1 else f"{n_clips:,} clips"
    facts = [
        html.P([scene.name, f": {clips}"], className="kicker"),
        html.H1("Where each class is decided"),
        html.P(
            f"Mean ESV of the true class by {scene.word}. Click a cell, or use the arrow keys: "
            "its clips.",
            className="facts",
        ),
    ]
    head = html.Div(html.Div(facts), className="head")
    stores = {name: store for name, store in scene.stores.items() if isinstance(store, Explained)}
    means = {name: class_means(store) for name, store in stores.items()}
    _, first_counts = means[scene.name]
    if not first_counts.any():
        return html.Div([head, html.P(NO_CLASSES, className="note")])
    largest = max(float(np.nanmax(np.abs(values))) for values, _ in means.values()) or 1.0
    cards = []
    for place, (name, store) in enumerate(scene.stores.items()):
        if isinstance(store, str):
            cards.append(note_card(name, store))
        else:
            cards.append(_cells_card(scene, place, name, *means[name], largest))
    # What the arrow keys move over.
    moves = attributes(
        data_cell=json.dumps(scene.view.cell),
        data_classes=np.flatnonzero(first_counts).tolist(),
        data_elements=scene.first.n_elements,
    )
    cells = html.Div(cards, className=f"cards models-{len(cards)}")
    return html.Div(
        [head, cells, cell_clips(scene, catalogue), shares_card(stores, scene.word)], **moves
    )


def _cells_card(
    scene: Scene, place: int, name: str, means: np.ndarray, counts: np.ndarray, largest: float
) -> html.Section:
    figure = cells_figure(
        means,
        counts,
        scene.first.class_names,
        largest,
        cell=scene.view.cell,
        word=scene.word,
    )
    title = f"Mean ESV of the true class, by class and {scene.word}"
    drawn = graph(f"cells-{place}", figure, title, data_cells="true")
    columns = {"--n": str(means.shape[1])}
    scrolls = attributes(aria_label=f"{name}: {title}")
    plot = html.Div(drawn, className="tall", style=columns, tabIndex="0", role="region", **scrolls)
    return html.Section([html.H2(name), plot], className="card", **attributes(aria_label=name))
