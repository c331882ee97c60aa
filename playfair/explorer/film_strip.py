"""ESVs over frames, and under every bar its frame."""

from collections.abc import Sequence

import numpy as np
from dash import html

from playfair.explorer.attributes import attributes
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.esvs_figure import line_colour
from playfair.explorer.explained import Clip
from playfair.explorer.media import begins, middles, shape, strip_url
from playfair.explorer.plot import LEFT, RIGHT, Figure, graph
from playfair.explorer.scene import Scene
from playfair.explorer.what_if_part import switches
from playfair.report.look import named_frames, probability

USUAL_SHAPE = (3, 4)  # height and width of a frame whose clip is not at hand


def legend(classes: Sequence[int], names: Sequence[str], clip: Clip) -> html.P:
    """What the colours over a clip's frames mean."""
    entries = [_key("supporting", "supports"), _key("distracting", "distracts")]
    for place, label in enumerate(classes[1:], start=1):
        line = html.I(className="key line", style={"background": line_colour(place)})
        entries.append(html.Span([line, names[label]]))
    if clip.evidence is not None:
        entries.append(_key("evidence", "decisive interval"))
    if clip.stderr is not None:
        entries.append(_key("whisker", "95 % interval"))
    elif clip.sampled:
        entries.append(html.Span("estimated, no error stated"))
    if clip.plain:
        entries.append(html.Span("plain means of what was evaluated, in want of a surrogate"))
    return html.P(entries, className="legend")


def _key(kind: str, title: str) -> html.Span:
    return html.Span([html.I(className=f"key {kind}"), title])


def over_frames(
    scene: Scene,
    catalogue: Catalogue,
    clip: Clip,
    esv: np.ndarray,
    strongest: float,
    plot: Figure,
    name: str,
) -> html.Div:
    """The plot, and under every bar its frame, edged by its ESV's hue and strength.

    Args:
        scene: what is shown.
        catalogue: where the clip's file is known from.
        clip: as one model sees it.
        esv: (element,), of the class whose bars they are.
        strongest: the ESV of an edge of full strength.
        plot: over the frames.
        name: of the graph, as the page calls it.
    """
    n_elements = len(clip.frame_index)
    columns = {"gridTemplateColumns": f"repeat({n_elements}, 1fr)"}
    picture, times, firsts = _picture(scene, catalogue, clip)
    titles = [named_frames(frames) for frames in clip.held.tolist()]
    cells = [
        _frame(place, title, float(value), strongest, n_elements, picture)
        for place, (title, value) in enumerate(zip(titles, esv, strict=True))
    ]
    parts = [
        graph(name, plot, f"What every {clip.word} adds"),
        html.Div(className="playhead", hidden=True),
        html.Div(className="cursor", hidden=True),
        html.Ol(cells, className="strip", style=columns),
        switches(clip, titles),
        html.P(className="readout", **attributes(aria_live="polite")),
    ]
    sizes = {"--n": str(n_elements), "--left": f"{LEFT}px", "--right": f"{RIGHT}px"}
    index = attributes(data_index=clip.frame_index.tolist(), data_times=times, data_begins=firsts)
    frames = html.Div(parts, className="frames", style=sizes, **index)
    return html.Div(frames, className="scroll")


def _picture(
    scene: Scene, catalogue: Catalogue, clip: Clip
) -> tuple[dict[str, str], list[float], list[float]]:
    """The picture that holds all frames side by side and how each is shaped.

    And moments at which each is shown, and at which it comes.
    """
    height, width = USUAL_SHAPE
    url = "none"
    times: list[float] = []
    firsts: list[float] = []
    try:
        file = catalogue.clips.file(scene.entry.dataset, scene.entry.split, clip.uid)
        height, width = shape(file)
        times = middles(file, clip.frame_index)
        firsts = begins(file, clip.frame_index)
        url = f"url({strip_url(scene.entry.key, clip.uid, clip.held.ravel())})"
    except (ValueError, OSError):  # the place of the video says why
        pass
    together = clip.held.shape[1]  # side by side, as an element holds them
    return {"aspectRatio": f"{together * width} / {height}", "backgroundImage": url}, times, firsts


def _frame(
    place: int, name: str, esv: float, strongest: float, n_elements: int, picture: dict[str, str]
) -> html.Li:
    """One element of the strip: its part of the picture, behind a button."""
    side = "supporting" if esv > 0 else "distracting"
    style = {
        "--strength": f"{abs(esv) / strongest:.3f}",
        **picture,
        "backgroundSize": f"{100 * n_elements}% 100%",
        "backgroundPosition": f"{100 * place / max(n_elements - 1, 1):.4f}% 0",
    }
    value = probability(esv)
    title = f"{name.capitalize()}: ESV {value}" + (f", {side}" if value != "0" else "")
    label = attributes(aria_label=title, data_i=place)
    return html.Li(html.Button(type="button", className=f"frame {side}", style=style, **label))
