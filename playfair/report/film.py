"""A film strip as the page has it: pictures, and below each what it adds by every model."""

import base64
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import PIL.Image

from playfair.report.look import element_name, model_name, signed
from playfair.result import Strip

ACROSS = 8  # elements of a row; more go on below
TALLEST = 160  # pixels of a picture
QUALITY = 82  # of WebP


class Bar(NamedTuple):
    """What one element adds, of the height there is for all bars of the figure.

    Attributes:
        text: the ESV.
        is_supporting: whether it is above 0.
        top, height: percent.
    """

    text: str
    is_supporting: bool
    top: float
    height: float


class Model(NamedTuple):
    """One model's bars of a row.

    Attributes:
        name: as it is read.
        notes: what it says of the clip, a line each.
        right: whether it is; None where that is not known.
        zero: where 0 is, percent from the top.
        bars: one for each element of the row.
    """

    name: str
    notes: list[str]
    right: bool | None
    zero: float
    bars: list[Bar]


class Row(NamedTuple):
    """Up to ACROSS elements.

    Attributes:
        pictures: as data URLs.
        names: the frames of each.
        decisive: whether each lies in the decisive interval.
        models: their bars.
    """

    pictures: list[str]
    names: list[str]
    decisive: list[bool]
    models: list[Model]


class Film(NamedTuple):
    """One clip."""

    title: str
    explore: str
    rows: list[Row]


def films(strips: Sequence[Strip]) -> list[Film]:
    """The strips, all bars on one scale, so that they can be compared."""
    esvs = np.concatenate([esv for strip in strips for esv in strip.esvs.values()])
    high = max(float(esvs.max()), 0.0)
    low = min(float(esvs.min()), 0.0)
    if high == low:
        high = 1e-3
    return [Film(strip.title, strip.explore, list(_rows(strip, low, high))) for strip in strips]


def _rows(strip: Strip, low: float, high: float) -> Iterator[Row]:
    n_elements = len(strip.frames)
    n_rows = -(-n_elements // ACROSS)
    across = -(-n_elements // n_rows)  # rows of nearly the same length
    joint = iter(signed([value for esv in strip.esvs.values() for value in esv.tolist()]))
    texts = {name: [next(joint) for _ in esv] for name, esv in strip.esvs.items()}
    held = strip.frame_index.reshape(n_elements, -1)
    for start in range(0, n_elements, across):
        span = slice(start, start + across)
        yield Row(
            [picture(frame) for frame in strip.frames[span]],
            [element_name(frames) for frames in held[span].tolist()],
            _decisive(held[span], strip.evidence),
            [
                Model(
                    model_name(name),
                    strip.notes.get(name, "").splitlines(),
                    strip.right.get(name),
                    round(100 * high / (high - low), 2),
                    _bars(esv[span], texts[name][span], low, high),
                )
                for name, esv in strip.esvs.items()
                if len(esv) == n_elements
            ],
        )


def _bars(esv: np.ndarray, texts: list[str], low: float, high: float) -> list[Bar]:
    bars = []
    for value, text in zip(esv.tolist(), texts, strict=True):
        top = (high - max(value, 0.0)) / (high - low)
        height = abs(value) / (high - low)
        bars.append(Bar(text, value > 0, round(100 * top, 2), round(100 * height, 2)))
    return bars


def _decisive(held: np.ndarray, evidence: tuple[int, int] | None) -> list[bool]:
    if evidence is None:
        return [False] * len(held)
    start, stop = evidence
    inside: list[bool] = np.asarray(((held >= start) & (held < stop)).any(1)).tolist()
    return inside


def picture(frame: np.ndarray) -> str:
    """A frame as a data URL, no taller than it is shown.

    Args:
        frame: (height, width, 3) uint8.
    """
    image = PIL.Image.fromarray(frame)
    image.thumbnail((2 * TALLEST, TALLEST))
    return webp(image)


def webp(image: PIL.Image.Image) -> str:
    """An image as a data URL, in a tenth of the bytes that PNG takes."""
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=QUALITY)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
