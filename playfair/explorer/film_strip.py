"""ESVs over frames, and under every bar its frame."""

from typing import Any

from dash import dcc, html

from playfair.explorer import figures
from playfair.explorer.attributes import attributes
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.media import clip_file, shape_and_rate, strip_url
from playfair.explorer.shown import Shown
from playfair.explorer.stores import Clip


def graph(name: Any, figure: figures.Figure) -> dcc.Graph:
    """A figure on the page, as high as it wants and as wide as there is room."""
    config: Any = {"displayModeBar": False, "responsive": True, "doubleClick": False}
    return dcc.Graph(
        id=name, figure=figure, config=config, style={"height": f"{figure['layout']['height']}px"}
    )


def legend(classes: list[int], names: list[str], evidence: bool, sampled: bool) -> html.P:
    entries = [html.Span([html.I(className="key supporting"), "supports"])]
    entries.append(html.Span([html.I(className="key distracting"), "distracts"]))
    for place, label in enumerate(classes[1:]):
        line = html.I(
            className="key line", style={"background": figures.LINES[place % len(figures.LINES)]}
        )
        entries.append(html.Span([line, names[label]]))
    entries += (
        [html.Span([html.I(className="key evidence"), "decisive interval"])] if evidence else []
    )
    entries += [html.Span([html.I(className="key whisker"), "95 % interval"])] if sampled else []
    return html.P(entries, className="legend")


def over_frames(
    shown: Shown,
    catalogue: Catalogue,
    model: str,
    clip: Clip,
    focus: int,
    figure: figures.Figure,
    strongest: float,
) -> html.Div:
    """The plot, and under every bar its frame, edged by its ESV's hue and strength."""
    try:
        height, width, _ = shape_and_rate(clip_file(catalogue, shown.dataset, clip.uid))
        url = strip_url(shown.dataset, clip.uid, clip.frame_index)
    except ValueError:
        height, width, url = 3, 4, ""
    n_frames, cells = len(clip.frame_index), []
    for i, (index, esv) in enumerate(zip(clip.frame_index, clip.esv[:, focus], strict=True)):
        side = "supporting" if esv > 0 else "distracting"
        style = {
            "--strength": f"{abs(float(esv)) / strongest:.3f}",
            "aspectRatio": f"{width} / {height}",
            "backgroundImage": f"url({url})" if url else "none",
            "backgroundSize": f"{100 * n_frames}% 100%",
            "backgroundPosition": f"{100 * i / max(n_frames - 1, 1):.4f}% 0",
        }
        told = f"Frame {index}: ESV {esv:+.3f}, {side}"
        named = attributes(aria_label=told, data_i=i)
        cells.append(
            html.Li(html.Button(type="button", className=f"frame {side}", style=style, **named))
        )
    return html.Div(
        html.Div(
            [
                graph(f"esvs-{model}", figure),
                html.Div(className="playhead", hidden=True),
                html.Div(className="cursor", hidden=True),
                html.Ol(
                    cells,
                    className="strip",
                    style={"gridTemplateColumns": f"repeat({n_frames}, 1fr)"},
                ),
                html.P(className="readout", **attributes(aria_live="polite")),
            ],
            className="frames",
            style={
                "--n": str(n_frames),
                "--left": f"{figures.LEFT}px",
                "--right": f"{figures.RIGHT}px",
            },
            **attributes(data_index=clip.frame_index.tolist()),
        ),
        className="scroll",
    )
