"""An answer as a notebook shows it: the predicted class of each video, and a bar per element."""

from html import escape

from playfair.answers.table import array, name_of, videos_of
from playfair.report.look import DISTRACTING, SUPPORTING, score
from playfair.shapley.attribution import Attribution

MOST = 8  # videos
HALF = 24  # pixels of the longest bar
WIDE = 8  # pixels of a bar, for up to 40 elements


def html(answer: Attribution) -> str:
    """A table with a drawing for each of the first videos; names are escaped."""
    n_videos = len(answer.esv)
    rows = "".join(row(answer, video) for video in range(min(MOST, n_videos)))
    more = "" if n_videos <= MOST else f"<p>and {n_videos - MOST:,} more</p>"
    return (
        f"<div><p>{escape(repr(answer))}</p><table><thead><tr><th>video</th><th>highest score</th>"
        f"<th>ESVs of its elements</th></tr></thead><tbody>{rows}</tbody></table>{more}</div>"
    )


def row(answer: Attribution, video: int) -> str:
    """One video's."""
    label = answer.predicted(video)
    name = escape(name_of(answer, label))
    said = score(answer.score[video, label].item())
    uid = escape(str(videos_of(answer)[video]))
    return (
        f"<tr><td>{uid}</td><td>{name}: {escape(said)}</td><td>{drawing(answer, video)}</td></tr>"
    )


def drawing(answer: Attribution, video: int) -> str:
    """The predicted class's ESVs as bars, up where they support it; each says its value."""
    esv = array(answer.esv[video, :, answer.predicted(video)]).astype(float)
    longest = max(abs(esv).max(), 1e-12)
    wide = max(1, min(WIDE, 320 // len(esv)))
    bars = ""
    for element, value in enumerate(esv.tolist()):
        tall = HALF * abs(value) / longest
        top = HALF - tall if value > 0 else HALF
        colour = SUPPORTING if value > 0 else DISTRACTING
        bars += (
            f'<rect x="{element * wide}" y="{top:.1f}" width="{max(1, wide - 1)}" '
            f'height="{tall:.1f}" fill="{colour}"><title>element {element}: {value:+.4f}</title>'
            "</rect>"
        )
    return f'<svg width="{wide * len(esv)}" height="{2 * HALF}">{bars}</svg>'
