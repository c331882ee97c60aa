"""Games that estimators are measured on: trained models, their clips, and the values that are true."""

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

import playfair
from playfair.benchmark.known_games import known_games
from playfair.benchmark.peers.clips import Clips
from playfair.benchmark.peers.closed_forms import Neighbours, Votes, known_values
from playfair.benchmark.peers.counted import Counted
from playfair.benchmark.peers.heads import trained
from playfair.shapley.callable_game import CallableGame
from playfair.shapley.exact import MAX_FRAMES
from playfair.shapley.explain import explain_game
from playfair.shapley.game import Game
from playfair.shapley.mask_game import MaskGame

EXACT = "exact"
CLOSED_FORM = "closed form"
LONG_RUN = "long run"
# a reference takes so many times the budget that is measured by it, but at most LONGEST, whose own
# error is told beside what is measured
LONGER = 300
LONGEST = 900_000
REFERENCE_SEED = 12345
KNOWN = "sums of unanimity games"


class Case(NamedTuple):
    """A model's games at one number of elements.

    Attributes:
        model: a name of `peers.heads.MAKES`, of CLOSED_FORMS, or KNOWN.
        removal: what becomes of an element outside a coalition.
        n_elements: of each clip.
        budgets: evaluations.
    """

    model: str
    removal: str
    n_elements: int
    budgets: tuple[int, ...]


class Played(NamedTuple):
    """One clip's game, and what is true of it.

    Attributes:
        case: what it is one of.
        game: as any function's, so that its layers are not read.
        counted: what counts the game's passes.
        label: the class with the highest score, of which other libraries tell the values.
        truth: (element,), that class's values.
        truth_from: EXACT, CLOSED_FORM or LONG_RUN.
        truth_mse: the mean squared standard error of a long run; 0 where the truth is exact.
        exact_ms: what exact values take, as `explain` computes them of the model itself; NaN where
            there are too many elements.
    """

    case: Case
    game: Game
    counted: Counted
    label: int
    truth: Float[Tensor, " element"]
    truth_from: str
    truth_mse: float
    exact_ms: float


def votes(clips: Clips, n_elements: int) -> nn.Module:
    """A TSN whose frames' probabilities are averaged."""
    return Votes(trained("TSN", clips, n_elements)).eval()


def neighbours(clips: Clips, n_elements: int) -> nn.Module:
    """A TRN of two frames, whose probabilities are averaged over neighbours."""
    return Neighbours(trained("TRN of fixed length", clips, 2)).eval()


CLOSED_FORMS: dict[str, Callable[[Clips, int], nn.Module]] = {
    "TSN of probabilities": votes,
    "TRN of neighbours": neighbours,
}


def played(case: Case, clips: Clips) -> Iterator[Played]:
    """Its games, one for each clip that is explained."""
    if case.model == KNOWN:
        yield of_known(case)
        return
    if case.model in CLOSED_FORMS:
        model = CLOSED_FORMS[case.model](clips, case.n_elements)
    else:
        model = trained(case.model, clips, case.n_elements)
    for features in clips.explained(case.n_elements):
        yield of_clip(case, model, features, clips.prior)


@torch.no_grad()
def of_clip(case: Case, model: nn.Module, features: Tensor, prior: Tensor) -> Played:
    """A model's game of one clip: its truth is exact, in closed form, or a long run's."""
    counted = Counted(model)
    game = CallableGame(counted, features[None], prior, removal=case.removal)
    label = int(model(features[None]).argmax())
    exact_ms = float("nan")
    truth_mse = 0.0
    truth_from = EXACT
    if case.n_elements <= MAX_FRAMES:
        start = time.process_time()
        esv = playfair.explain(model, features[None], prior, removal=case.removal).esv[0]
        exact_ms = 1e3 * (time.process_time() - start)
    elif isinstance(model, Votes | Neighbours):
        truth_from = CLOSED_FORM
        esv = known_values(model, features, prior, case.removal)
    else:
        truth_from = LONG_RUN
        esv, truth_mse = long_run(game, min(LONGEST, LONGER * max(case.budgets)), label)
    truth = esv[:, label].double()
    return Played(case, game, counted, label, truth, truth_from, truth_mse, exact_ms)


def long_run(game: Game, budget: int, label: int) -> tuple[Tensor, float]:
    """Values (element, class) of many evaluations, and the class's mean squared standard error."""
    generator = torch.Generator().manual_seed(REFERENCE_SEED)
    answer: Any = explain_game(game, budget=budget, generator=generator, estimator="stratified")
    return answer.esv[0], float(answer.stderr[0, :, label].double().square().mean())


def of_known(case: Case) -> Played:
    """A sum of unanimity games of up to 5 elements, of known values: no model at all."""
    known, truth, names = known_games(case.n_elements)
    counted = Counted(known.score)
    game = MaskGame(counted, case.n_elements, known.prior)
    label = names.index("sum")
    nothing = float("nan")
    return Played(case, game, counted, label, truth[:, label], CLOSED_FORM, 0.0, nothing)
