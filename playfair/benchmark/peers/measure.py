"""The table: our estimators and other libraries' at equal evaluations, their error and their time."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

import pandas as pd
import torch
from torch import Tensor

from playfair.benchmark.peers import process
from playfair.benchmark.peers.captum_peers import NAMES, captum_estimate
from playfair.benchmark.peers.clips import Clips
from playfair.benchmark.peers.counted import Worths
from playfair.benchmark.peers.games import Case, Played, played
from playfair.benchmark.peers.pipe import TYPE, Answer, PeerFailed, Peers, is_installed, peers
from playfair.shapley.attribution import Attribution
from playfair.shapley.caches import empty_caches
from playfair.shapley.errors import BudgetTooSmall
from playfair.shapley.estimators import ESTIMATORS, fitting
from playfair.shapley.exact import exhaustive
from playfair.shapley.explain import explain_game

OURS = "playfair"
# the row of what `explain` takes by itself
CHOSEN = "chosen by itself"
CAPTUM = "captum"
SHAPIQ = "shapiq"
# the others came first in no game of any length
STRONGEST = ("RegressionMSR", "OddSHAP", "ProxySHAP", "PolySHAP")
# a long run's own error, as a share of what is measured by it
MUST_BE_BELOW = 0.05
# what the error of a game is relative to: the mean square of its true values, that of answering 0
COLUMNS = (
    "game",
    "removal",
    "elements",
    "budget",
    "library",
    "estimator",
    "evaluations",
    "error",
    "ms",
    "next_ms",
    "pass_ms",
    "exact_ms",
    "truth",
    "truth_error",
    "classes",
    "note",
)


class Draw(NamedTuple):
    """One estimate of one clip's game.

    Attributes:
        squared: (element,), squared errors of the class in question.
        evaluations: that were asked for, without the empty coalition.
        ms: CPU time of the estimator, beside the passes.
        pass_ms: what the model took for a pass.
        classes: of how many the values were told.
        again: of the evaluations, those that were asked for before.
        note: what is to be said of it.
        next_ms: likewise of a further clip that comes with the same draw; NaN where not measured.
    """

    squared: Tensor
    evaluations: int
    ms: float
    pass_ms: float
    classes: int
    again: int = 0
    note: str = ""
    next_ms: float = float("nan")


# (the game, evaluations, seed) → an estimate
Contestant = Callable[[Played, int, int], Draw]


def measure_peers(
    clips: Clips, cases: Sequence[Case], draws: int, strongest: bool = False
) -> pd.DataFrame:
    """Error and time of every estimator, ours and others', on every case.

    Args:
        clips: what models are trained on, and explained.
        cases: models, removals, numbers of elements, budgets.
        draws: of each estimate of each clip.
        strongest: whether only what is chosen by itself is asked, and the strongest peers.

    Returns:
        A row per case, budget and estimator, of COLUMNS: "error" is the mean squared error over
        the mean square of the true values, "ms" what the estimator takes for a clip beside the
        model's passes, and "next_ms" for a further clip of a loop, which shares what is drawn (of
        what is chosen by itself), "pass_ms" one pass, "exact_ms" exact values of the clip, all in CPU time on
        one thread; "truth" says whether the truth is exact, and "truth_error" how far off it is. A
        peer that is not there has one row, which says what to type.
    """
    rows: list[dict[str, object]] = []
    if not cases:
        return pd.DataFrame(columns=list(COLUMNS))
    with one_thread(), peers() if is_installed() else nullcontext() as others:
        for case in cases:
            games = list(played(case, clips))
            contestants = {**ours(games[0]), **of_captum(), **of_shapiq(others)}
            if strongest:
                contestants = {
                    who: contestant
                    for who, contestant in contestants.items()
                    if who[1] in (CHOSEN, *STRONGEST)
                }
            warm_up(contestants, games[0])
            for budget in case.budgets:
                if case.n_elements > 20 or budget < exhaustive(games[0].game):
                    rows += rows_of(contestants, games, budget, draws)
    if others is None:
        rows += [missing(name) for name in (STRONGEST if strongest else process.PEERS)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


@contextmanager
def one_thread() -> Iterator[None]:
    """Products on one thread, as the peers have: CPU time is then the time that is waited."""
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(usual)


def ours(of: Played) -> dict[tuple[str, str], Contestant]:
    """Every estimator that fits the game, and what is taken where none is named."""
    names = [name for name in fitting(of.game) if name != "chosen"]
    return {(OURS, CHOSEN): our_own(None)} | {(OURS, name): our_own(name) for name in names}


def our_own(name: str | None) -> Contestant:
    """An estimator of the registry; None: the one that is chosen."""

    def estimate(of: Played, budget: int, seed: int) -> Draw:
        if name is not None and budget < ESTIMATORS[name].least(of.game):
            raise PeerFailed(f"takes {ESTIMATORS[name].least(of.game)} evaluations at least")
        empty_caches()
        try:
            answer, ms = timed(of, budget, seed, name)
            evaluations = of.counted.rows
            pass_ms = 1e3 * of.counted.seconds / max(1, evaluations)
            # the same clip once more stands for a further one that the same surrogate suits
            next_ms = timed(of, budget, seed, name)[1] if name is None else float("nan")
        except BudgetTooSmall as error:
            raise PeerFailed(str(error)) from error
        esv = answer.esv[0, :, of.label].double()
        return Draw(
            (esv - of.truth).square(),
            evaluations,
            ms,
            pass_ms,
            of.game.n_classes,
            note=f"took {answer.estimator}" if name is None else "",
            next_ms=next_ms,
        )

    return estimate


def timed(of: Played, budget: int, seed: int, name: str | None) -> tuple[Attribution, float]:
    """An estimate, and its CPU milliseconds beside the passes, which are counted anew."""
    of.counted.reset()
    generator = torch.Generator().manual_seed(seed)
    start = time.process_time()
    answer = explain_game(of.game, budget=budget, generator=generator, estimator=name)
    seconds = time.process_time() - start
    return answer, 1e3 * (seconds - of.counted.seconds)


def of_captum() -> dict[tuple[str, str], Contestant]:
    """captum's, by name."""
    return {(CAPTUM, name): other(captum_estimate, name) for name in NAMES}


def of_shapiq(others: Peers | None) -> dict[tuple[str, str], Contestant]:
    """Those of the peers' process, by name; none where it is not there."""
    names = [] if others is None else others.names
    return {(SHAPIQ, name): other(others.estimate, name) for name in names if others}


def other(estimate: Callable[[str, Worths, int, int, int], Answer], name: str) -> Contestant:
    """Another library's estimator, which knows one class."""

    def draw(of: Played, budget: int, seed: int) -> Draw:
        of.counted.reset()
        worths = Worths(of.game, of.label)
        answer = estimate(name, worths, of.case.n_elements, budget, seed)
        return Draw(
            (answer.esv - of.truth).square(),
            worths.asked,
            answer.ms,
            1e3 * of.counted.seconds / max(1, of.counted.rows),
            1,
            worths.asked - worths.distinct,
        )

    return draw


def warm_up(contestants: dict[tuple[str, str], Contestant], of: Played) -> None:
    """An estimate of each that nobody times: first calls import, compile and start threads."""
    for contestant in contestants.values():
        try:
            contestant(of, min(of.case.budgets), 0)
        except PeerFailed:
            continue


def rows_of(
    contestants: dict[tuple[str, str], Contestant],
    games: Sequence[Played],
    budget: int,
    draws: int,
) -> Iterator[dict[str, object]]:
    """A row for each estimator, over all clips and draws; they take turns."""
    taken: dict[tuple[str, str], list[Draw]] = {who: [] for who in contestants}
    failed: dict[tuple[str, str], str] = {}
    for number, of in enumerate(games):
        for draw in range(draws):
            for who, contestant in contestants.items():
                if who in failed:
                    continue
                try:
                    taken[who].append(contestant(of, budget, number * draws + draw))
                except PeerFailed as error:
                    failed[who] = str(error)
    square = torch.stack([of.truth.square().mean() for of in games]).mean()
    truth_error = float(sum(of.truth_mse for of in games) / len(games) / square)
    case = games[0].case
    exact_ms = sum(of.exact_ms for of in games) / len(games)
    for who, estimates in taken.items():
        common = {
            "game": case.model,
            "removal": case.removal,
            "elements": case.n_elements,
            "budget": budget,
            "library": who[0],
            "estimator": who[1],
            "exact_ms": exact_ms,
            "truth": games[0].truth_from,
            "truth_error": truth_error,
        }
        if who in failed:
            yield {**common, "note": failed[who]}
        else:
            yield {**common, **summary_of(estimates, float(square), budget, exact_ms, truth_error)}


def summary_of(
    estimates: Sequence[Draw],
    square: float,
    budget: int,
    exact_ms: float,
    truth_error: float = 0.0,
) -> dict[str, object]:
    """The numbers of one row.

    Args:
        estimates: of all clips and draws.
        square: mean square of the true values.
        budget: what was to be asked for at most.
        exact_ms: what exact values take; NaN where there are none.
        truth_error: how far off a long run is that stands for them.
    """
    frame = pd.DataFrame([estimate._asdict() for estimate in estimates])
    evaluations = int(frame["evaluations"].max())
    ms = float(frame["ms"].median())
    pass_ms = float(frame["pass_ms"].median())
    notes = list(dict.fromkeys(note for note in frame["note"] if note))
    again = int(frame["again"].max())
    if again > evaluations // 10:
        notes.append(f"{again} of them asked for again")
    if evaluations > budget:
        notes.append(f"asked for {evaluations} of {budget}")
    if exact_ms <= ms + pass_ms * evaluations:
        notes.append("exact is cheaper and better")
    squared = torch.stack([estimate.squared.mean() for estimate in estimates]).mean()
    error = float(squared) / square
    if truth_error > MUST_BE_BELOW * error:
        notes.append(f"of the error {truth_error / error:.0%} may be the long run's own")
    return {
        "evaluations": evaluations,
        "error": error,
        "ms": ms,
        "next_ms": float(frame["next_ms"].median()),
        "pass_ms": pass_ms,
        "classes": int(frame["classes"].iloc[0]),
        "note": "; ".join(notes),
    }


def missing(name: str) -> dict[str, object]:
    """The row of a peer whose environment is not there."""
    return {"library": SHAPIQ, "estimator": name, "note": f"not measured: type {TYPE}"}
