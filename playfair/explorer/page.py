"""The frame of the page: what stays while the content changes."""

from typing import Any

from dash import dcc, html

from playfair.explorer.attributes import attributes
from playfair.explorer.catalogue import frames_name
from playfair.explorer.shown import Shown
from playfair.explorer.view import PAGES, SORTS
from playfair.report.look import DISTRACTING, EVIDENCE, SUPPORTING, model_name

LISTED = 40  # clips in the list at once

INDEX = (
    """<!doctype html>
<html lang="en"><head>{%metas%}<title>{%title%}</title><link rel="icon" href="data:,">
<style>:root { --supporting: SUPPORTING; --distracting: DISTRACTING; --evidence: EVIDENCE }</style>{%css%}</head>
<body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body></html>""".replace(
        "SUPPORTING", SUPPORTING
    )
    .replace("DISTRACTING", DISTRACTING)
    .replace("EVIDENCE", EVIDENCE)
)


def layout() -> html.Div:
    """Header, the panel one chooses in, and room for the content."""
    return html.Div(
        [
            dcc.Location(id="url", refresh=False),
            html.Header(
                [
                    html.Strong("Play Fair", className="brand"),
                    html.Nav(id="pages", **attributes(aria_label="Pages")),
                    html.Div(
                        [
                            html.A(
                                "Export HTML",
                                id="export-html",
                                className="button",
                                download="playfair.html",
                            ),
                            html.A(
                                "CSV", id="export-csv", className="button", download="playfair.csv"
                            ),
                        ],
                        className="exports",
                    ),
                ],
                className="top",
            ),
            html.Div(
                [
                    html.Aside(
                        [
                            _choice("study", "Study", searchable=False),
                            _choice("beside", "Beside it", searchable=False),
                            _choice("frames", "Frames", searchable=False),
                            _choice("class", "Class"),
                            _choice("sort", "Sort clips", searchable=False),
                            html.Label(
                                [
                                    "Find a clip",
                                    dcc.Input(
                                        id="find", type="search", debounce=0.25, placeholder="uid"
                                    ),
                                ],
                                className="choice",
                            ),
                            html.Nav(id="clips", **attributes(aria_label="Clips")),
                        ],
                        **attributes(aria_label="Choose"),
                    ),
                    html.Main(
                        html.P("Opening the stores …", className="note"),
                        id="content",
                        tabIndex="-1",
                    ),
                ],
                className="body",
            ),
        ],
        className="explorer",
    )


def _choice(name: str, title: str, searchable: bool = True) -> html.Div:
    choice = dcc.Dropdown(id=name, clearable=False, searchable=searchable, optionHeight="auto")
    named = attributes(aria_label=title)
    return html.Div(
        [html.Label(title, htmlFor=name), choice],
        className=f"choice choose-{name}",
        role="group",
        **named,
    )


def choices(shown: Shown) -> dict[str, tuple[list[dict[str, Any]], Any]]:
    """What each control offers and has: name → (options, value)."""
    view = shown.view
    dataset, model = view.study.split("/")
    siblings = [
        s.split("/")[1] for s in shown.studies if s.split("/")[0] == dataset and s != view.study
    ]
    named = {
        s: f"{s.split('/')[0].replace('_', ' ')} · {model_name(s.split('/')[1])}"
        for s in shown.studies
    }
    return {
        "study": (_options(named), view.study),
        "beside": (
            _options({"": "nothing"} | {m: model_name(m) for m in siblings if m != model}),
            view.beside,
        ),
        "frames": (_options({f: frames_name(f) for f in shown.studies[view.study]}), view.frames),
        "class": (
            _options({-1: "all classes"} | dict(enumerate(shown.first.class_names))),
            -1 if view.label is None else view.label,
        ),
        "sort": (_options(SORTS), view.sort),
    }


def _options(named: dict[Any, str]) -> list[dict[str, Any]]:
    return [{"value": value, "label": label} for value, label in named.items()]


def pages(shown: Shown) -> list[dcc.Link]:
    """Links to the pages."""
    return [
        dcc.Link(
            title,
            href=shown.to(page=name),
            className="tab" + (" here" if name == shown.view.page else ""),
        )
        for name, title in PAGES.items()
    ]


def clip_list(shown: Shown) -> list[Any]:
    """The part of the clips, in their order, that holds the one that is shown."""
    order, place = shown.order, shown.place or 0
    start = place // LISTED * LISTED
    rows = order[start : start + LISTED]
    prediction, confidence = shown.first.predicted
    items = []
    for row in rows:
        uid, right = str(shown.first.uids[row]), prediction[row] == shown.first.labels[row]
        here = uid == shown.view.uid and shown.view.page == "clip"
        text = [
            html.Span(uid, className="uid"),
            html.Span("✓" if right else "✗", className="right" if right else "wrong"),
            html.Span(f"{confidence[row]:.0%}", className="value"),
            html.Span(shown.first.class_names[shown.first.labels[row]], className="name"),
        ]
        link = dcc.Link(text, href=shown.to_clip(uid), className="clip" + (" here" if here else ""))
        items.append(html.Li(link, **(attributes(aria_current="true") if here else {})))
    if not items:
        return [html.P("No clip is like this: change the class or the uid.", className="note")]
    turns = [("‹", start - LISTED, "Earlier clips"), ("›", start + LISTED, "Later clips")]
    turn = [
        dcc.Link(
            sign,
            href=shown.to_clip(str(shown.first.uids[order[to]])),
            className="button",
            title=title,
        )
        if 0 <= to < len(order)
        else html.Span(sign, className="button off")
        for sign, to, title in turns
    ]
    told = f"{start + 1:,}–{start + len(items):,} of {len(order):,}"
    return [html.P([turn[0], html.Span(told), turn[1]], className="turn"), html.Ol(items)]
