"""Text of somebody else's as it may be shown: names of clips and classes, paths, reasons.

A terminal obeys control characters (it changes its title, moves the cursor, writes over what was
said before), and a spreadsheet computes what begins as a formula. Here both become plain text.
"""

import logging
import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# Control characters but for the end of a line and the tabulator, what turns the direction of
# writing, other ends of lines, and halves of characters, which cannot be printed at all.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
ENDS = re.compile(r"[\n\t]")
FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]")


def printable(text: object, *, lines: bool = True) -> str:
    r"""Text with its control characters written out.

    Args:
        text: any text.
        lines: whether it may have several lines.

    >>> printable("a\x1b[2Jb\u202e")
    'a\\x1b[2Jb\\u202e'
    """
    shown = UNSEEN.sub(_written_out, str(text))
    return shown if lines else ENDS.sub(_written_out, shown)


def isolated(text: str) -> str:
    r"""A name that stands within a sentence of ours: from right to left, it turns nothing but itself.

    >>> isolated("Opening"), isolated("\u0641\u062a\u062d")
    ('Opening', '\u2068\u0641\u062a\u062d\u2069')
    """
    turns = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
    return f"\u2068{text}\u2069" if turns else text


def spreadsheet_cell(value: Any) -> Any:
    """A value of a table as a CSV file may hold it: no text that begins as a formula does.

    >>> spreadsheet_cell("=1+1"), spreadsheet_cell("-0.5"), spreadsheet_cell(-0.5)
    ("'=1+1", '-0.5', -0.5)
    """
    if not isinstance(value, str):
        return value
    text = printable(value)
    if FORMULA.match(text) and not _is_number(text):
        return f"'{text}"
    return text


def spreadsheet(table: "pd.DataFrame") -> "pd.DataFrame":
    """A table as a CSV file may hold it, its columns' names too."""
    safe = table.copy(deep=False)
    for name in table.select_dtypes(exclude=["number", "bool"]).columns:
        safe[name] = table[name].map(spreadsheet_cell)
    return safe.rename(columns=spreadsheet_cell)


class PrintableRecords(logging.Filter):
    """Makes what is logged printable, reasons and tracebacks too."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = printable(record.getMessage())
        record.args = ()
        if record.exc_info:
            record.exc_text = printable(logging.Formatter().formatException(record.exc_info))
        return True


def _written_out(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
