"""Estimators as they are drawn: each in its own colour, in every figure that shows it."""

from collections.abc import Iterable

from playfair.report.look import BLACK, CYCLE, INDIGO, MAUVE, OLIVE, WINE

OURS = "playfair "
PUBLISHED = BLACK  # the sampler that was published with ESVs
RECOMMENDED = INDIGO
KNOWN = {
    "chosen by itself": RECOMMENDED,
    "constructive": PUBLISHED,
    "surrogate": WINE,
    "stratified": OLIVE,
    "kernel": MAUVE,
}


def estimator_colours(names: Iterable[str]) -> dict[str, str]:
    """Name → colour; what has none of its own has the next that none of the others has.

    Args:
        names: of estimators, with their library's before them or without.

    Example:
        >>> estimator_colours(["playfair constructive", "constructive"])
        {'playfair constructive': '#000000', 'constructive': '#000000'}
    """
    names = list(dict.fromkeys(names))
    colours = {
        name: KNOWN[name.removeprefix(OURS)] for name in names if name.removeprefix(OURS) in KNOWN
    }
    free = [colour for colour in CYCLE if colour not in KNOWN.values()]
    others = [name for name in names if name not in colours]
    for place, name in enumerate(others):
        colours[name] = free[place % len(free)]
    return {name: colours[name] for name in names}
