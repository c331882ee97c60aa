"""How many passes of a model an answer will take, of which a user hears before and meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import torch

from playfair.shapley import progress as bars
from playfair.shapley.exact import MAX_FRAMES, exhaustive
from playfair.shapley.game import Game, parts_of
from playfair.shapley.pairs import least_pairs

ROWS = 16  # that a pass among others is timed by


def passes_of(game: Game, budget: int | None) -> int:
    """Rows that a called model will be shown, at most.

    Example:
        >>> import torch
        >>> from playfair.shapley.mask_game import MaskGame
        >>> game = MaskGame(lambda inside: inside.float(), 4, torch.zeros(4))
        >>> passes_of(game, None), passes_of(game, 9), passes_of(game, 900)
        (15, 9, 15)
    """
    if game.n_elements > MAX_FRAMES:
        return (budget or 0) * game.n_videos
    return min(budget or exhaustive(game), exhaustive(game)) * game.n_videos


@torch.no_grad()
def seconds_of_batch(game: Game) -> float:
    """Of a pass among others, with half of the elements: what most coalitions hold.

    A pass alone may take as long as many together.
    """
    alone = parts_of(game, 1)[0]
    n_rows = min(ROWS, getattr(game, "rows_at_once", ROWS))
    inside = torch.arange(game.n_elements, device=game.prior.device) % 2 == 0
    start = perf_counter()
    alone.scores(inside.repeat(n_rows, 1)).cpu()
    return (perf_counter() - start) / (n_rows * alone.n_videos)


@contextmanager
def announcing(
    game: Game, budget: int | None, seconds: float | None, progress: bool | None
) -> Iterator[None]:
    """Announces what a game's passes will take where that is long; or draws a bar meanwhile.

    Args:
        game: whose model is called.
        budget: passes per video; None: all.
        seconds: of one pass; None: no model is called, and nothing is said.
        progress: whether there is a bar; None: nothing is said.
    """
    if seconds is None or progress is None:
        yield
        return
    batch = getattr(game, "batch", None)
    n_passes = passes_of(game, budget)
    if n_passes == 0:
        yield
        return
    if batch is None or not progress:
        if n_passes * seconds > bars.LONG:
            seconds = seconds_of_batch(game)
        enough = max(2000, 1 + 2 * least_pairs(game.n_elements))
        bars.announce(n_passes, seconds, enough, enough * game.n_videos)
        yield
        return
    bar = bars.Bar(n_passes)
    batch.told = bar.add
    try:
        yield
    finally:
        batch.told = None
        bar.end()
