"""Over a clip: its video, what it shows, and the way to the clips beside it."""

from dash import dcc, html

from playfair.explorer.attributes import attributes
from playfair.explorer.catalogue import Catalogue, frames_name
from playfair.explorer.media import clip_file, clip_url, shape_and_rate
from playfair.explorer.shown import Shown
from playfair.explorer.stores import Clip


def clip_head(
    shown: Shown, catalogue: Catalogue, clip: Clip, evidence: tuple[int, int] | None
) -> html.Div:
    names, place = shown.first.class_names, shown.place
    steps = []
    for word, name, step in (("previous", "‹ Previous", -1), ("next", "Next ›", 1)):
        target = None if place is None else place + step
        there = target is not None and 0 <= target < len(shown.order)
        to = str(shown.first.uids[shown.order[target]]) if there else None  # type: ignore[index]
        steps.append(
            dcc.Link(name, href=shown.to_clip(to), id=word, className="button")
            if to
            else html.Span(name, id=word, className="button off")
        )
    facts = [
        html.P(["Clip ", clip.uid], className="kicker"),
        html.H1(names[clip.label]),
        html.P(
            frames_name(shown.view.frames)
            + (
                f"; frames {evidence[0]} to {evidence[1] - 1} of the clip decide its class."
                if evidence
                else "."
            ),
            className="facts",
        ),
        html.Nav(steps, className="steps", **attributes(aria_label="Clips")),
        html.P(
            [
                html.Kbd("←"),
                html.Kbd("→"),
                " frames  ",
                html.Kbd("↑"),
                html.Kbd("↓"),
                " clips  ",
                html.Kbd("esc"),
                " play",
            ],
            className="keys",
        ),
    ]
    return html.Div([_video(shown, catalogue, clip), html.Div(facts)], className="head")


def _video(shown: Shown, catalogue: Catalogue, clip: Clip) -> html.Div:
    try:
        height, width, rate = shape_and_rate(clip_file(catalogue, shown.dataset, clip.uid))
    except ValueError as error:
        return html.Div(html.P(str(error), className="note"), className="video")
    video = html.Video(
        src=clip_url(shown.dataset, clip.uid),
        autoPlay=True,
        loop=True,
        muted=True,
        controls=True,
        playsInline=True,
        id="video",
        style={"aspectRatio": f"{width} / {height}"},
        **attributes(data_rate=rate, aria_label=f"Clip {clip.uid}, looping"),
    )
    return html.Div(video, className="video")
