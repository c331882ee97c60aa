"""Over a clip: its video and its time-reversed twin, what it shows, and the way to other clips."""

from typing import Any

from dash import dcc, html

from playfair.explorer.attributes import attributes
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.class_names import class_name, shown_uid
from playfair.explorer.explained import Clip, Explained
from playfair.explorer.media import clip_url, converted_url, few, moments, shape, start, strip_url
from playfair.explorer.scene import Scene
from playfair.explorer.what_if import why_not
from playfair.video.playable import described, played_as

LINE = 1.2  # rem that a line of small text is high
SHOWN = 4  # frames in the place of a video
KEYS = {"x": "on or off", "↑ ↓": "clips", "esc": "play"}  # after those of the elements


def clip_head(scene: Scene, catalogue: Catalogue, clip: Clip) -> html.Div:
    """The video, and beside it what is known of it."""
    neighbours = [_neighbour(scene, "previous", -1), _neighbour(scene, "next", 1)]
    facts = [
        html.P(["Clip ", shown_uid(clip.uid)], className="kicker"),
        html.H1(class_name(scene.first, clip.label)),
        html.P(_evidence(scene, clip), className="facts"),
        html.Nav(neighbours, className="steps", **attributes(aria_label="Clips")),
        html.P(_keys(clip.word), className="keys"),
        _said_backwards(scene),
    ]
    parts = [_video(scene, catalogue, clip), *backwards(scene, catalogue, clip), html.Div(facts)]
    return html.Div(parts, className="head")


def _evidence(scene: Scene, clip: Clip) -> str:
    """How many frames are explained, and which are known to decide."""
    n_frames = scene.entry.n_frames
    frames = "1 frame is explained" if n_frames == 1 else f"{n_frames} frames are explained"
    together = clip.held.shape[1]
    if together > 1:
        frames += f" in {len(clip.held)} elements of {together}"
    if clip.evidence is None:
        return f"{frames}."
    start, stop = clip.evidence
    if stop - start == 1:
        return f"{frames}; frame {start} of the clip decides its class."
    return f"{frames}; frames {start} to {stop - 1} of the clip decide its class."


def _neighbour(scene: Scene, word: str, step: int) -> dcc.Link | html.Span:
    """The link to the clip before or after, in the order of the list."""
    title = "‹ Previous" if step < 0 else "Next ›"
    place = None if scene.place is None else scene.place + step
    if place is None or not 0 <= place < len(scene.order):
        return html.Span(title, id=word, className="button off")
    uid = str(scene.first.uids[scene.order[place]])
    return dcc.Link(title, href=scene.to_clip(uid), id=word, className=f"button step-{word}")


def _keys(word: str) -> list[Any]:
    parts: list[Any] = []
    for keys, effect in {"← →": f"{word}s", **KEYS}.items():
        parts += [html.Kbd(key) for key in keys.split()]
        parts.append(f" {effect}  ")
    return parts


def _video(scene: Scene, catalogue: Catalogue, clip: Clip) -> html.Div:
    """The clip, looping; or why it is not shown."""
    entry = scene.entry
    try:
        file = catalogue.clips.file(entry.dataset, entry.split, clip.uid)
        height, width = shape(file)
        origin = begins = 0.0
        if is_played := bool(played_as(file)):
            begins = start(file)
            source: dict[str, Any] = {"src": clip_url(entry.key, clip.uid), "autoPlay": True}
        else:
            source = {"hidden": True, "preload": "none"}
            origin = moments(file)[0]
            kind = described(file)
    except (ValueError, OSError) as error:
        why = catalogue.why_no_picture(entry, clip.uid) or str(error)
        return html.Div(html.P(why, className="note"), className="video")
    video = html.Video(
        loop=True,
        muted=True,
        controls=True,
        playsInline=True,
        id="video",
        style={"aspectRatio": f"{width} / {height}"},
        **source,
        **attributes(data_origin=origin, data_start=begins, aria_label=f"Clip {clip.uid}, looping"),
    )
    parts: list[Any] = [video]
    if not is_played:
        parts += _instead(entry.key, clip, kind)
    return html.Div(parts, className="video")


def _said_backwards(scene: Scene) -> html.Ul:
    """Room for a line of each model, which what_if.js writes: nothing moves when they come."""
    stores = [store for store in scene.stores.values() if isinstance(store, Explained)]
    lines = sum(not why_not(store.entry) for store in stores)
    room = {"minHeight": f"{LINE * lines:.2f}rem"}
    live = attributes(aria_live="polite")
    return html.Ul(className="backwards facts", style=room, **live)


def backwards(scene: Scene, catalogue: Catalogue, clip: Clip) -> list[html.Div]:
    """The explained frames from the last to the first, one after the other, as in a flip book.

    Nothing where the clip is not at hand, or is one frame.
    """
    frames = clip.held.ravel()
    if len(frames) == 1:
        return []
    entry = scene.entry
    try:
        height, width = shape(catalogue.clips.file(entry.dataset, entry.split, clip.uid))
    except (ValueError, OSError):  # the place of the video says why
        return []
    style = {
        "aspectRatio": f"{width} / {height}",
        "backgroundImage": f"url({strip_url(entry.key, clip.uid, frames)})",
        "backgroundSize": f"{100 * len(frames)}% 100%",
        "backgroundPosition": "100% 0",
    }
    label = attributes(
        aria_label="Played backwards: the explained frames from the last to the first. Pause",
        aria_pressed="false",
        data_n=len(frames),
    )
    book = html.Button(type="button", className="flip", style=style, **label)
    return [html.Div([book, html.P("played backwards", className="caption")], className="twin")]


def _instead(key: str, clip: Clip, kind: str) -> list[Any]:
    """In the place of a video that no browser plays: frames of it, and a button."""
    frames = few(clip.held[:, 0], SHOWN)
    listed = ", ".join(map(str, frames))
    note = html.P(
        f"Browsers do not play this clip ({kind}). Its explained frames are below.",
        className="note",
    )
    button = html.Button(
        "Convert to play",
        type="button",
        className="button convert",
        **attributes(data_clip=converted_url(key, clip.uid)),
    )
    picture = html.Img(
        src=strip_url(key, clip.uid, frames), alt=f"Frames {listed} of clip {clip.uid}"
    )
    return [picture, note, button, html.P(className="note told", **attributes(aria_live="polite"))]
