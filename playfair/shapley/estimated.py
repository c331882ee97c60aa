"""From a game and an estimator to ESVs: plan once, estimate some videos at a time, put together."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import torch
from jaxtyping import Bool
from torch import Tensor

from playfair.shapley.attribution import Attribution
from playfair.shapley.chosen import verdict
from playfair.shapley.errors import counted
from playfair.shapley.estimators import ESTIMATORS, videos_of_budget
from playfair.shapley.game import Game, parts_of
from playfair.shapley.threads import alone, side_by_side

log = logging.getLogger("playfair")

Part = TypeVar("Part")
Answer = TypeVar("Answer")


def estimated(name: str, game: Game, budget: int | None, generator: torch.Generator) -> Attribution:
    """ESVs of all videos.

    What is random is drawn once and is the same for all videos of a call, so that a video's values
    do not depend on its company. Errors of different videos are therefore correlated: for a mean
    over many videos, split them over calls with different generators.

    Args:
        name: of the estimator, which fits the game.
        game: the videos.
        budget: evaluations per video, at least the estimator's least.
        generator: of what is drawn.
    """
    estimator = ESTIMATORS[name]
    device = game.prior.device
    dtype = getattr(game, "dtype", torch.float32)
    threaded = getattr(game, "threaded", False)
    planned = budget or 0
    if threaded:
        plan = alone(lambda: estimator.plan(game, planned, generator), device)
    else:
        plan = estimator.plan(game, planned, generator)
    parts = parts_of(game, plan.together or videos_of_budget(game, planned))
    # Each part is put in its place by the thread that worked on it: joined by all threads at the
    # end, they would wait in a busy loop while the next call begins.
    shape = (game.n_videos, game.n_elements, game.n_classes)
    with torch.inference_mode(False):  # which is each thread's own: others could not write to it
        esv = torch.empty(shape, dtype=dtype, device=device)
        score = torch.empty(game.n_videos, game.n_classes, dtype=dtype, device=device)
        plain = torch.zeros(game.n_videos, dtype=torch.bool, device=device)
        ratio = torch.full((game.n_videos,), torch.nan, dtype=torch.float64, device=device)

    def work(part: tuple[slice, Game]) -> Tensor | None:
        videos, some = part
        answer = estimator.estimate(plan.drawn, some)
        esv[videos] = answer.esv.to(dtype)
        score[videos] = answer.score.to(dtype)
        if answer.plain is not None:
            plain[videos] = answer.plain
        if answer.ratio is not None:
            ratio[videos] = answer.ratio
        return None if answer.stderr is None else answer.stderr.to(dtype)

    placed = list(zip(places_of(parts), parts, strict=True))
    run = partial(side_by_side, bytes_each=plan.memory, device=device) if threaded else one_by_one
    errors = run(work, placed)
    stated = [error for error in errors if error is not None]
    stderr = torch.cat(stated) if stated else None
    if name != "exact" and stderr is not None:
        warn_of_nothing_seen(int(stderr.flatten(1).isnan().any(1).sum()), game.n_videos)
    rows = getattr(game, "rows_at_once", None)
    answer = Attribution(esv, score, stderr, plan.evaluations, name, rows, game.prior)
    if name == "chosen":
        taken = verdict(ratio.cpu())
        return replace(answer, estimator=taken.estimator, why=taken.why)
    if name != "surrogate":
        return answer
    warn_of_plain(int(plain.sum()), game.n_videos)
    return replace(answer, plain=plain, why=why_surrogate(plain))


def why_surrogate(plain: Bool[Tensor, " video"]) -> str:
    """Why a multi-scale model has a surrogate, and of which videos it was none."""
    why = "the heads show their layers, so that single scales are evaluated"
    n_plain = int(plain.sum())
    if not n_plain:
        return f"{why}, which tell more than 0.5 of what was left out (R²)"
    return (
        f"{why}; on {n_plain} of {counted(len(plain), 'video')} they tell less than 0.5 of what was left out (R²), "
        "and values are of plain means"
    )


def warn_of_nothing_seen(n_alike: int, n_videos: int) -> None:
    """Says of how many videos no error is stated, and why."""
    if n_alike:
        log.warning(
            "All that was evaluated is alike on %d of %s: nothing tells by how much the rest "
            "differs, so that no error is stated there (NaN); a larger budget= may show it.",
            n_alike,
            counted(n_videos, "video"),
        )


def warn_of_plain(n_plain: int, n_videos: int) -> None:
    """Says that the heads answer to combinations of frames, where they do."""
    if n_plain:
        log.warning(
            "The surrogate does not tell what the heads answer on %d of %s: they need "
            "several frames together. There, values are of plain means over what was evaluated, "
            "with wider errors; a larger budget= helps.",
            n_plain,
            counted(n_videos, "video"),
        )


def one_by_one(work: Callable[[Part], Answer], parts: Sequence[Part]) -> list[Answer]:
    """For models whose code may not be made for threads."""
    return [work(part) for part in parts]


def places_of(parts: Sequence[Game]) -> Iterator[slice]:
    """Which videos of the whole each part holds."""
    start = 0
    for part in parts:
        yield slice(start, start + part.n_videos)
        start += part.n_videos
