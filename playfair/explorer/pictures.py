"""Pictures in a list of clips, and what is said where some cannot be shown."""

from collections.abc import Sequence

from dash import html

from playfair.explorer.catalogue import Catalogue
from playfair.explorer.entry import Entry


def without_picture(
    catalogue: Catalogue, entry: Entry, uids: Sequence[str]
) -> tuple[set[str], list[html.P]]:
    """Which of some clips cannot be shown, and the first reason, with how many others there are."""
    reasons = {uid: catalogue.why_no_picture(entry, uid) for uid in uids}
    unseen = {uid for uid, reason in reasons.items() if reason}
    texts = list(dict.fromkeys(filter(None, reasons.values())))  # one where a dataset is not there
    n_others = len(texts) - 1
    if n_others > 0:
        others = "1 other clip" if n_others == 1 else f"{n_others} other clips"
        texts[0] += f" Of {others} no picture can be shown either."
    return unseen, [html.P(text, className="note") for text in texts[:1]]
