"""What is explained: players (the elements of each video) and the score of every coalition of them.

The engine knows nothing else of a model. Whatever can tell the scores of coalitions can be
explained: heads that show their linear layers (`linear_game`), any function (`callable_game`),
anything that takes masks (`mask_game`), or a class of one's own.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from playfair.shapley.coalitions import members, of_size
from playfair.shapley.errors import NotAModel, WrongOption
from playfair.shapley.memory import block_rows


@runtime_checkable
class Game(Protocol):
    """Videos of equally many elements, explained together.

    A game may also have any of these, which the engine takes where they are there:

    - `parts(together) -> Sequence[Game]`: the same game, some videos at a time, in order.
    - `blocks() -> Iterator[Block]`: the scores of all coalitions, by a shorter way.
    - `exact_values() -> (esv, score)`: even these, for all videos.
    - `by_coalitions() -> Game`: the game for estimators, which ask for single coalitions: what all
      of them share is computed once.
    - `in_precision(precision) -> Game`: the same, with its model's products in bfloat16.
    - `n_evaluations`, how many leave nothing to sample (else all coalitions).
    - `removal`, what becomes of an element outside a coalition, which surrogates are chosen by.
    - `any_sizes`, whether `scores` takes coalitions of different sizes at once.
    - `threaded`, whether parts may be worked on by several threads at once (no, where it is not
      there), and `dtype`, that of the answers (else float32).
    - `rows_at_once`, the most rows that the model sees at once, to be recorded, and `batch`, the
      `batch.Batch` that says how many are done.

    Example:
        >>> from playfair.shapley.mask_game import MaskGame
        >>> score = lambda inside: torch.stack([inside.any(1), ~inside.any(1)], 1).float()
        >>> isinstance(MaskGame(score, n_elements=3, prior=torch.tensor([0.0, 1.0])), Game)
        True
    """

    @property
    def n_elements(self) -> int: ...

    @property
    def n_videos(self) -> int: ...

    @property
    def n_classes(self) -> int: ...

    @property
    def prior(self) -> Float[Tensor, " class"]:
        """The scores of the empty coalition, on the device on which all is computed."""

    def scores(
        self, inside: Bool[Tensor, "coalition element"]
    ) -> Float[Tensor, "coalition video class"]:
        """Scores of coalitions that are all of one size, which is not 0.

        Args:
            inside: which elements are in each coalition.

        Returns:
            Scores after the softmax, probability; in at least float32.
        """


class Block(NamedTuple):
    """Scores of consecutive coalitions in the order of `coalitions.all_members`.

    Its memory may be used again, so it must be consumed before the next one is asked for. Columns
    beyond the game's classes may follow, to be left out.

    Attributes:
        start: the place of the first of them.
        scores: (coalition, video, class), probability.
    """

    start: int
    scores: Float[Tensor, "coalition video class"]


def game_of(
    model: Any,
    units: Tensor,
    prior: Tensor,
    *,
    removal: str | None = None,
    batch_size: int | None = None,
    precision: str = "float32",
) -> Game:
    """The game that a model makes of some videos: its own, or that of any callable.

    Args:
        model: has a method `game(units, prior, *, removal, batch_size)`, or is called with
            (n, size, *unit) and returns logits (n, class).
        units: (video, element, *unit), what the model sees of each element.
        prior: (class,).
        removal: None for the model's own first, which is "delete" for a plain callable.
        batch_size: the most rows that a called model sees at once; None: from their bytes.
        precision: "bfloat16" multiplies in it what a game says can be.

    Raises:
        WrongOption: a removal that the model does not stand, or a precision that its game has not.
    """
    # Imported here, as it is one kind of game among others and builds on this file.
    from playfair.shapley.callable_game import CallableGame

    if removal is None:
        removal = own_removal(model)
    removals = tuple(getattr(model, "removals", ()))
    if removals and removal not in removals:
        raise WrongOption("removal", removal, f"one of {', '.join(removals)}")
    make = getattr(model, "game", None)
    game: Any
    if make is not None:
        game = make(units, prior, removal=removal, batch_size=batch_size)
    elif callable(model):
        game = CallableGame(model, units, prior, removal=removal, batch_size=batch_size)
    else:
        raise NotAModel(model)
    if precision == "float32":
        return game
    if not hasattr(game, "in_precision"):
        raise WrongOption("precision", precision, f"float32, the only one of {type(game).__name__}")
    return game.in_precision(precision)


def own_removal(model: Any) -> str:
    """What becomes of an element outside a coalition where nothing is said: the model's own first."""
    return str(next(iter(getattr(model, "removals", ())), "delete"))


def parts_of(game: Game, together: int) -> Sequence[Game]:
    """The game, so many videos at a time; whole, where it cannot be cut."""
    cut = getattr(game, "parts", None)
    return [game] if cut is None else cut(together)


def by_coalitions(game: Game) -> Game:
    """The game as estimators ask it, one coalition at a time."""
    make = getattr(game, "by_coalitions", None)
    return game if make is None else make()


def blocks_of(game: Game) -> Iterator[Block]:
    """Scores of all coalitions but the empty one, by size."""
    own = getattr(game, "blocks", None)
    return blocks_by_size(game) if own is None else own()


def blocks_by_size(game: Game) -> Iterator[Block]:
    """Scores of all coalitions but the empty one, each asked for."""
    for size in range(1, game.n_elements + 1):
        first = of_size(game.n_elements, size).start
        inside = members(game.n_elements, size).to(game.prior.device)
        for span in spans(len(inside), game.n_videos, inside.device):
            yield Block(first + span.start, game.scores(inside[span]))


def spans(n_coalitions: int, n_videos: int, device: torch.device) -> Iterator[slice]:
    """Consecutive blocks of nearly equal size, of about block_rows(device) (coalition, video)."""
    n_blocks = -(-n_coalitions * n_videos // block_rows(device))
    step = -(-n_coalitions // n_blocks)
    for start in range(0, n_coalitions, step):
        yield slice(start, min(start + step, n_coalitions))


def scores_of_coalitions(
    game: Game, inside: Bool[Tensor, "coalition element"]
) -> Float[Tensor, "coalition column"]:
    """A game's scores of coalitions of any sizes, (video, class) as one axis."""
    inside = inside.to(game.prior.device)
    if getattr(game, "any_sizes", False):
        return game.scores(inside).flatten(1)
    return scores_by_size(game.scores, inside, game.n_videos)


def scores_by_size(
    score: Callable[[Tensor], Tensor], inside: Bool[Tensor, "coalition element"], n_videos: int
) -> Float[Tensor, "coalition column"]:
    """Scores of coalitions of any sizes.

    Args:
        score: of coalitions of one size, (coalition, element), the scores (coalition, video,
            class).
        inside: of each coalition, which elements are in it; in any order of sizes.
        n_videos: of the game.

    Returns:
        Scores, (video, class) as one axis.
    """
    sizes = inside.sum(1)
    places: list[Tensor] = []
    scores: list[Tensor] = []
    for size in sizes.unique().tolist():
        which = (sizes == size).nonzero().flatten()
        for span in spans(len(which), n_videos, inside.device):
            places.append(which[span])
            scores.append(score(inside[which[span]]).flatten(1))
    out = scores[0].new_empty(len(inside), scores[0].shape[1])
    for place, values in zip(places, scores, strict=True):
        out[place] = values
    return out


def at_least_float32(values: Tensor) -> torch.dtype:
    """The dtype to compute in."""
    return torch.promote_types(values.dtype, torch.float32)
