"""Letters of every script: where the figures' own font lacks some, an installed font that has them."""

import logging
from collections.abc import Iterator
from functools import cache

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from playfair.printable import printable

log = logging.getLogger("playfair")

OWN = "DejaVu Sans"
LAST_RESORT = "Last Resort"  # its glyphs are boxes with the script's name
_told: set[str] = set()  # what has been said once in this process is not said again


def write_out(figure: Figure) -> None:
    """Writes out what in a figure's names is no letter: control characters, turns of direction.

    Args:
        figure: before its letters are found.
    """
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_text(printable(text.get_text()))
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            labels = [label.get_text() for label in axis.get_majorticklabels()]
            plain = [printable(label) for label in labels]
            if plain != labels:  # they are set anew whenever the axis is drawn
                axis.set_ticklabels(plain)


def find_letters(figure: Figure) -> None:
    """Gives each text of a figure fonts for all its letters, and says once which none has.

    Args:
        figure: before it is drawn.
    """
    missing = set()
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        foreign = foreign_letters(text.get_text())
        if not foreign:
            continue
        fonts = [OWN]
        for letter in foreign:
            if (font := font_with(letter)) is None:
                missing.add(letter)
            elif font not in fonts:
                fonts.append(font)
        text.set_fontfamily(fonts)
    if missing - _told:
        letters = "".join(sorted(missing - _told)[:8])
        _told.update(missing)
        log.warning(
            "No installed font has %s: figures show boxes there in PNG and PDF files; SVG files "
            "and the page are drawn with the reader's fonts. Install one that has them, such as "
            "Noto Sans CJK, and run it again.",
            letters,
        )


def foreign_letters(text: str) -> list[str]:
    """The letters that the figures' own font lacks, each once.

    Example:
        >>> foreign_letters("Moving 移动 → ρ")
        ['移', '动']
    """
    if text.isascii():
        return []
    own = _letters_of(font_manager.findfont(OWN), 0)
    return list(
        dict.fromkeys(letter for letter in text if letter >= " " and ord(letter) not in own)
    )


@cache
def font_with(letter: str) -> str | None:
    """The name of an installed font that has a letter; None where there is none."""
    for name, path, index in _installed():
        if ord(letter) in _letters_of(path, index):
            return name
    return None


def _installed() -> Iterator[tuple[str, str, int]]:
    """Upright fonts of usual weight first, by name: the same on every run."""
    entries = font_manager.fontManager.ttflist
    for entry in sorted(
        entries, key=lambda font: (font.style != "normal", font.weight != 400, font.name)
    ):
        if not entry.name.startswith(LAST_RESORT):
            yield entry.name, entry.fname, getattr(entry, "index", 0)


@cache
def _letters_of(path: str, index: int) -> frozenset[int]:
    """Which letters a font file has, by code point."""
    try:
        font = FT2Font(path, face_index=index) if index else FT2Font(path)
    except (OSError, RuntimeError, TypeError):  # a font that cannot be read has none
        return frozenset()
    return frozenset(font.get_charmap())
