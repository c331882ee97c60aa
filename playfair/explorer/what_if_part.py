"""Under a film strip: a switch for every frame, and what the model says without those that are off.

What is drawn here are switches and an empty place. assets/what_if.js asks for the scores of all
coalitions, once, and answers every switch from them.
"""

from typing import Any

from dash import html

from playfair.explorer.attributes import attributes
from playfair.explorer.entry import Entry
from playfair.explorer.explained import Clip
from playfair.explorer.media import scores_url
from playfair.explorer.scene import Scene
from playfair.explorer.scoring import MOST_IN_A_TABLE
from playfair.explorer.what_if import is_at_once, why_not


def switches(clip: Clip, titles: list[str]) -> html.Ol:
    """One under every frame, and room for what switching it would change."""
    items = [_switch(place, title) for place, title in enumerate(titles)]
    columns = {"gridTemplateColumns": f"repeat({len(titles)}, 1fr)"}
    return html.Ol(items, className="switches", style=columns)


def _switch(place: int, title: str) -> html.Li:
    label = attributes(aria_label=f"{title.capitalize()} is shown", aria_checked="true")
    button = html.Button(
        className="switch", type="button", role="switch", **label, **attributes(data_i=place)
    )
    return html.Li([button, html.Span(className="delta")])


def what_if(scene: Scene, entry: Entry, clip: Clip, classes: list[int], name: str) -> html.Div:
    """The place in which it is said what the model makes of the frames that are left.

    Args:
        scene: what is shown.
        entry: the model's store.
        clip: as it sees it.
        classes: those plotted; the first is the one whose score moves.
        name: of the store.
    """
    if why := why_not(entry):
        text: list[Any] = [
            f"Frames cannot be switched off here. {why} Type: ",
            html.Code(entry.command("train")),  # what is there already, the ESVs, makes no weights
        ]
        if not entry.made_from["inputs"]:
            text = [f"Frames cannot be switched off here. {why}"]
        return html.Div(html.P(text, className="note"), className="what-if")
    n_elements = len(clip.frame_index)
    twin = int(scene.first.twins[clip.label]) if clip.label >= 0 else -1
    told: dict[str, Any] = {
        "data_scores": scores_url(entry.key, clip.uid, classes),
        "data_once": str(is_at_once(entry, n_elements)).lower(),
        "data_table": str(n_elements <= MOST_IN_A_TABLE).lower(),
        "data_focus": classes[0],
        "data_focus_name": scene.first.class_names[classes[0]],
        "data_label": clip.label,
        "data_twin": twin,
        "data_word": clip.word,
        "data_names": "\n".join(clip.names),
        "data_model": name,
    }
    return html.Div(
        className="what-if",
        role="group",
        **attributes(**told, aria_label=f"{name}: without some {clip.word}s"),
    )
