"""Estimators beside their peers: what is asked is counted, what is true is true, what fails is said."""

import os
import subprocess
import sys
from dataclasses import fields
from itertools import combinations
from math import comb
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

import playfair
from playfair.benchmark.peers import clips as clips_module
from playfair.benchmark.peers import games, measure, pipe, process
from playfair.benchmark.peers.captum_peers import NAMES, captum_estimate
from playfair.benchmark.peers.clips import clips_of, made_up_clips
from playfair.benchmark.peers.closed_forms import (
    Neighbours,
    Votes,
    constant,
    known_values,
    one_of_pairs,
    one_of_size,
    values_of_term,
)
from playfair.benchmark.peers.counted import Counted, Worths
from playfair.benchmark.peers.exact_peers import measure_exact
from playfair.benchmark.peers.games import KNOWN, LONG_RUN, Case, played
from playfair.benchmark.peers.grids import GRIDS
from playfair.benchmark.peers.heads import MAKES, trained
from playfair.benchmark.peers.measure import Draw, measure_peers, other, summary_of
from playfair.benchmark.peers.pipe import Answer, PeerFailed, is_installed, peers
from playfair.benchmark.peers.process import PEERS
from playfair.launch.schema import Experiment
from playfair.models.multiscale import multiscale_trn
from playfair.models.trn import TRN
from playfair.shapley import MaskGame
from tests.conftest import ROOT

PRIOR = torch.tensor([0.2, 0.3, 0.5])
# in place of shapiq: some behave, some do not
SHAPIQ = """
__version__ = "9.9"
from . import approximator

def ExactComputer(game, n_players):
    import itertools, math, numpy as np
    worth = {}
    for row in itertools.product((0, 1), repeat=n_players):
        worth[row] = float(game(np.array([row]))[0])
    def value(i):
        total = 0.0
        for row in worth:
            if not row[i]:
                more = row[:i] + (1,) + row[i + 1 :]
                share = 1 / n_players / math.comb(n_players - 1, sum(row))
                total += share * (worth[more] - worth[row])
        return total
    return lambda index, order: {(i,): value(i) for i in range(n_players)}
"""
APPROXIMATOR = '''
import os
import numpy as np

class Even:
    """Asks for as many coalitions as it may, the empty one among them."""
    more = 0
    def __init__(self, n, random_state, **options):
        self.n = n
    def approximate(self, budget, game):
        inside = np.zeros((budget + self.more, self.n), dtype=bool)
        for row in range(1, len(inside)):
            inside[row] = [(row >> place) & 1 for place in range(self.n)]
        worths = game(inside)
        worths += 0  # as some do, in place
        whole = game(np.ones((1, self.n), dtype=bool))[0] if budget < 0 else worths[-1]
        print("what libraries print is no answer")
        return {(i,): whole / self.n for i in range(self.n)}

class Greedy(Even):
    more = 7

class Failing(Even):
    def approximate(self, budget, game):
        raise ValueError("the budget is too small")

class Dying(Even):
    def approximate(self, budget, game):
        os._exit(3)

RegressionMSR = PolySHAP = LeverageSHAP = SVARM = KernelSHAP = Even
OddSHAP, ProxySHAP = Greedy, Failing
'''


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of peers that are made up, in place of the one of `make env-peers`."""
    package = tmp_path / "packages" / "shapiq"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(SHAPIQ)
    (package / "approximator.py").write_text(APPROXIMATOR)
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nPYTHONPATH={package.parent} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    (tmp_path / "ready").touch()
    monkeypatch.setattr(peers.__wrapped__, "__defaults__", (tmp_path,))
    monkeypatch.setattr(is_installed, "__defaults__", (tmp_path,))
    return tmp_path


@pytest.fixture
def no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(is_installed, "__defaults__", (tmp_path,))


def additive(n: int = 5) -> MaskGame:
    weights = torch.arange(1.0, n + 1, dtype=torch.float64)
    return MaskGame(
        lambda inside: (inside * weights).sum(1, keepdim=True) + 2, n, torch.tensor([2.0])
    )


@pytest.mark.parametrize("removal", ["delete", "freeze"])
@pytest.mark.parametrize("n", [1, 2, 6])
def test_votes_have_the_values_of_all_coalitions(removal: str, n: int) -> None:
    torch.manual_seed(n)
    model = Votes(playfair.TSN(4, 3)).eval()
    features = 2 * torch.randn(n, 4)
    exact = playfair.explain(model, features[None], PRIOR, removal=removal).esv[0].double()
    torch.testing.assert_close(
        known_values(model, features, PRIOR, removal), exact, atol=1e-6, rtol=0
    )


@pytest.mark.parametrize("n", [1, 2, 6])
def test_neighbours_have_the_values_of_all_coalitions(n: int) -> None:
    torch.manual_seed(n)
    model = Neighbours(TRN(2, 4, 8, 3)).eval()
    features = 2 * torch.randn(n, 4)
    exact = playfair.explain(model, features[None], PRIOR).esv[0].double()
    torch.testing.assert_close(
        known_values(model, features, PRIOR, "delete"), exact, atol=1e-6, rtol=0
    )
    with pytest.raises(ValueError, match="known with delete, not with freeze"):
        known_values(model, features, PRIOR, "freeze")


@pytest.mark.parametrize("weight", [constant, one_of_size, one_of_pairs])
def test_a_terms_values_are_the_definitions(weight) -> None:
    n, kept, gone = 6, {0, 1}, {2, 3, 4}

    def worth(inside: set[int]) -> float:
        return weight(len(inside)) * (kept <= inside and not gone & inside)

    def value(i: int) -> float:
        others = [other for other in range(n) if other != i]
        return sum(
            (worth({*some, i}) - worth(set(some))) / n / comb(n - 1, size)
            for size in range(n)
            for some in combinations(others, size)
        )

    expected = [value(0), value(2), value(5)]
    assert values_of_term(n, 2, 3, weight) == pytest.approx(expected, abs=1e-12)


def test_what_is_asked_for_is_counted_without_the_empty_coalition() -> None:
    worths = Worths(additive(), 0)
    inside = torch.tensor([[0, 0, 0, 0, 0], [1, 0, 0, 0, 1], [1, 0, 0, 0, 1], [0, 1, 0, 0, 0]]) > 0
    assert worths(inside).tolist() == [0, 6, 6, 2]
    assert (worths.asked, worths.distinct) == (3, 2)
    model = Counted(lambda units: units.sum(1))
    playfair.shapley.explain_game(playfair.shapley.CallableGame(model, torch.randn(1, 5, 3), PRIOR))
    assert model.rows == 2**5 - 1  # every coalition but the empty one, once
    model.reset()
    assert (model.rows, model.seconds) == (0, 0)


def test_a_peer_is_told_its_budget_and_counted(environment: Path) -> None:
    with peers() as process:
        assert process.version == "9.9" and list(process.names) == list(PEERS)
        worths = Worths(additive(), 0)
        answer = process.estimate("KernelSHAP", worths, 5, 20, 0)
        assert (worths.asked, worths.distinct) == (20, 20)  # beside the empty one
        assert answer.esv.tolist() == pytest.approx([8 / 5] * 5)  # of 20: elements 2 and 4, of 3, 5
        assert answer.ms >= 0
        with pytest.raises(PeerFailed, match="ValueError: the budget is too small"):
            process.estimate("ProxySHAP", worths, 5, 20, 0)
        again = process.estimate("SVARM", Worths(additive(), 0), 5, 9, 0)  # it goes on
        assert again.esv.sum() == pytest.approx(1 + 4)


def test_a_process_that_ends_is_said(environment: Path) -> None:
    package = environment / "packages" / "shapiq" / "approximator.py"
    package.write_text(APPROXIMATOR + "OddSHAP = Dying\n")
    with peers() as process:
        for peer in ("OddSHAP", "KernelSHAP"):
            with pytest.raises(PeerFailed, match=r"has ended; type make env-peers"):
                process.estimate(peer, Worths(additive(), 0), 5, 9, 0)


def test_every_estimator_has_a_row_in_each_case(environment: Path) -> None:
    case = Case("TSN", "freeze", 6, (30, 63))
    table = measure_peers(made_up_clips(2), [case], draws=1)
    assert set(table["budget"]) == {30}  # 63 would list all coalitions
    assert set(table["library"]) == {"playfair", "captum", "shapiq"}
    rows = table.set_index("estimator")
    assert (rows["exact_ms"] > 0).all() and (rows["truth"] == "exact").all()
    greedy = rows.loc["OddSHAP"]
    assert greedy["evaluations"] == 37 and "asked for 37 of 30" in greedy["note"]
    assert rows.loc["ProxySHAP", "note"] == "ValueError: the budget is too small"
    assert np.isnan(rows.loc["ProxySHAP", "error"])
    ours = rows.loc["chosen by itself"]
    assert ours["note"].startswith("took ") and ours["classes"] == 12
    named = ours["note"].removeprefix("took ").split(";")[0]
    assert ours["error"] == rows.loc[named, "error"] < 0.5
    assert ours["evaluations"] <= 30 and rows.loc["KernelSHAP", "classes"] == 1
    assert rows.loc["KernelSHAP", "error"] > 0.05  # relative to the values': it answers nonsense
    cheap = rows["note"].str.contains("exact is cheaper and better")
    total = rows["ms"] + rows["pass_ms"] * rows["evaluations"]
    measured = rows["error"].notna()
    assert cheap[measured].tolist() == (rows["exact_ms"] <= total)[measured].tolist()


def test_peers_tell_the_class_with_the_highest_score() -> None:
    logits = torch.tensor([[0.0, 1.0, 3.0], [1.0, 0.0, 2.0], [0.0, 0.5, 1.0], [2.0, 0.0, 2.5]])
    model = Averages().eval()
    of = games.of_clip(Case("TSN", "delete", 4, (9,)), model, logits, PRIOR)
    assert of.label == 2
    exact = playfair.explain(model, logits[None], PRIOR).esv[0, :, 2].double()
    torch.testing.assert_close(of.truth, exact, atol=1e-6, rtol=0)

    def even(name: str, worths: Worths, n: int, budget: int, seed: int) -> Answer:
        return Answer(worths(torch.ones(1, n, dtype=torch.bool)).expand(n) / n, 3.0)

    draw = other(even, "even")(of, 9, 0)
    share = (model(logits[None]).softmax(-1)[0, 2].double() - 0.5) / 4
    torch.testing.assert_close(draw.squared, (share - exact).square(), atol=1e-6, rtol=1e-4)
    assert (draw.evaluations, draw.ms, draw.classes) == (1, 3.0, 1)


class Averages(torch.nn.Module):
    """The mean over frames, which are logits."""

    def forward(self, logits: torch.Tensor) -> torch.Tensor:
        return logits.mean(1)


def test_a_row_is_the_mean_over_draws_and_says_where_exact_is_cheaper() -> None:
    draws = [
        Draw(torch.tensor([1.0, 3.0]), 10, ms=4, pass_ms=0.5, classes=3, note="took kernel"),
        Draw(torch.tensor([2.0, 6.0]), 9, ms=6, pass_ms=0.5, classes=3, again=2),
    ]
    row = summary_of(draws, square=12.0, budget=9, exact_ms=10.1)
    assert row["error"] == pytest.approx(3 / 12)
    assert (row["evaluations"], row["ms"], row["pass_ms"], row["classes"]) == (10, 5, 0.5, 3)
    # 5 ms and 10 passes of half a millisecond take 10
    assert row["note"] == "took kernel; 2 of them asked for again; asked for 10 of 9"
    cheaper = summary_of(draws, square=12.0, budget=10, exact_ms=9.9)
    assert cheaper["note"].endswith("asked for again; exact is cheaper and better")
    none = summary_of(draws[:1], square=12.0, budget=10, exact_ms=float("nan"))
    assert none["note"] == "took kernel"


def test_a_row_says_how_much_of_its_error_is_the_long_runs() -> None:
    nothing = float("nan")
    draws = [Draw(torch.tensor([1.0, 3.0]), 9, 4, 0.5, 3, next_ms=ms) for ms in (2.0, 8.0)]
    near = summary_of(draws, 10.0, 9, nothing, truth_error=0.0099)  # of 2 / 10
    assert (near["note"], near["next_ms"]) == ("", 5.0)
    far = summary_of(draws, 10.0, 9, nothing, truth_error=0.02)
    assert far["note"] == "of the error 10% may be the long run's own"


def test_a_further_clip_takes_less_time_than_the_first() -> None:
    (of,) = played(Case("TSN", "freeze", 12, (300,)), made_up_clips(1))
    for _ in range(2):  # what the first kept does not count as its own
        draw = measure.our_own(None)(of, 300, 0)
        assert draw.evaluations == 299 and 0 < draw.next_ms < draw.ms / 2
    stratified = measure.our_own("stratified")(of, 300, 0)
    assert np.isnan(stratified.next_ms) and stratified.ms > 0


def test_a_peers_time_is_its_own_without_what_it_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=0.0)

    class Pipe:
        def read(self, n_bytes: int) -> bytes:
            clock.now += 7  # the passes
            return bytes(n_bytes)

        def write(self, message: bytes) -> None: ...

        def flush(self) -> None: ...

    class Slow:
        def __init__(self, **options: object) -> None:
            clock.now += 1

        def approximate(self, budget: int, game: process.Game) -> dict:
            for _ in range(2):
                game(np.ones((budget, 3)))
            clock.now += 4
            return {(element,): budget for element in range(3)}

    fake = SimpleNamespace(approximator=SimpleNamespace(SVARM=Slow))
    monkeypatch.setitem(sys.modules, "shapiq", fake)
    monkeypatch.setattr(process, "time", SimpleNamespace(process_time=lambda: clock.now))
    asked = {"elements": 3, "budget": 20, "peer": "SVARM", "seed": 0}
    answer = process.estimate(asked, process.Game(Pipe(), Pipe()))
    assert answer == {"values": [21, 21, 21], "seconds": 1 + 4}  # beside 2 waits of 7


def test_without_an_environment_rows_say_what_to_type(no_environment: None) -> None:
    table = measure_peers(made_up_clips(1), [Case(KNOWN, "delete", 21, (80,))], draws=1)
    waiting = table[table["library"] == "shapiq"]
    assert waiting["estimator"].tolist() == list(PEERS)
    assert set(waiting["note"]) == {"not measured: type make env-peers"}
    assert waiting["error"].isna().all() and (table["truth"].dropna() == "closed form").all()
    exact = measure_exact(multiscale_trn(2, 32, 8, 12).eval(), 4, rounds=1)
    assert exact["note"].tolist() == ["", "not measured: type make env-peers"]


def test_exact_values_are_the_peers(environment: Path) -> None:
    torch.manual_seed(0)
    exact = measure_exact(multiscale_trn(2, 32, 8, 12).eval(), 4, rounds=1)
    assert exact["library"].tolist() == ["playfair", "shapiq ExactComputer"]
    assert (exact["difference"] < 1e-6).all() and (exact["ms"] > 0).all()


def test_a_long_run_stands_in_for_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    budgets: list[int] = []
    whole = games.long_run

    def spied(game, budget, label):
        budgets.append(budget)
        return whole(game, budget // 10, label)

    monkeypatch.setattr(games, "long_run", spied)
    (game,) = played(Case("TSN", "freeze", 21, (60, 90)), made_up_clips(1))
    assert budgets == [300 * 90]
    monkeypatch.setattr(games, "LONGEST", 9_000)
    list(played(Case("TSN", "freeze", 21, (60, 90)), made_up_clips(1)))
    assert budgets[1:] == [9_000]
    assert game.truth_from == LONG_RUN and 0 < game.truth_mse < game.truth.square().mean() / 50
    assert np.isnan(game.exact_ms)


def test_models_are_trained_and_take_what_their_removal_shows() -> None:
    clips = made_up_clips(2)
    for name in MAKES:
        model = trained(name, clips, 6, steps=3)
        assert model(clips.explained(6)).shape == (2, 12) and not model.training
    features, label = clips.learnt(12)
    right = trained("TSN", clips, 12)(features).argmax(1) == label
    assert right.float().mean() > 0.25  # of 12 classes in 6 pairs that order alone tells apart


def test_grids_name_models_that_there_are() -> None:
    known = {*MAKES, *games.CLOSED_FORMS, KNOWN}
    for cases in GRIDS.values():
        assert {case.model for case in cases} <= known
    lengths = {case.n_elements for case in GRIDS["full"]}
    assert min(lengths) == 12 and max(lengths) == 64
    assert set(GRIDS["short"]) and not GRIDS["none"]
    (option,) = [option for option in fields(Experiment) if option.name == "peers"]
    assert set(option.metadata["words"]) == set(GRIDS)


def test_clips_are_a_studys_where_its_features_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = np.array([9, 30, 0, 25])
    rows = {split: Rows(lengths, offset) for split, offset in (("train", 0), ("validation", 100))}
    targets = SimpleNamespace(targets=np.array([3, 1, 2, 0]))
    opened = SimpleNamespace(name="clips", prior=lambda: np.ones(4) / 4, split=lambda name: targets)
    study = SimpleNamespace(
        name="trn",
        is_pretrained=False,
        split_name="validation",
        shown_step="validation",
        layout=None,
        features_step=lambda split: split,
        features=lambda split: rows[split],
        dataset=SimpleNamespace(opened=opened),
    )
    there = {"validation"}
    monkeypatch.setattr(clips_module, "is_made", lambda step, layout: step in there)
    clips = clips_of([study], 1)
    assert clips.source == "features of trn on clips"
    assert clips.explained(2).tolist() == [[[101.0], [101.0]]]  # of the longest
    features, label = clips.learnt(3)  # of the split's others, as nothing else is made
    assert label.tolist() == [3, 0] and features[:, 0, 0].tolist() == [100, 103]
    there.add("train")
    features, label = clips_of([study], 1).learnt(3)
    assert label.tolist() == [3, 1, 0] and features[:, 0, 0].tolist() == [0, 1, 3]
    there.clear()
    assert clips_of([study], 1).source == "made-up features"


class Rows:
    """A store whose features are the clip's number."""

    def __init__(self, lengths: np.ndarray, offset: int) -> None:
        self.lengths = lengths
        self.offset = offset

    def length(self, clip: int) -> int:
        return int(self.lengths[clip])

    def __getitem__(self, clip: int) -> np.ndarray:
        return np.full((self.lengths[clip], 1), self.offset + clip, np.float32)


def test_captum_is_counted_too() -> None:
    for name in NAMES:
        worths = Worths(additive(), 0)
        answer = captum_estimate(name, worths, 5, 200, 0)
        assert worths.asked <= 200
        torch.testing.assert_close(answer.esv, torch.arange(1.0, 6).double(), atol=1e-3, rtol=0)


def test_without_any_python_the_make_target_says_what_to_type() -> None:
    made = subprocess.run(
        ["make", "--always-make", "env-peers", "PEERS_PYTHON="],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "MAKEFLAGS": ""},
    )
    assert made.returncode and "Type: make env-peers PEERS_PYTHON=" in made.stdout
    pins = (ROOT / "constraints-peers.txt").read_text().splitlines()
    (shapiq,) = [line.partition("==")[2] for line in pins if line.startswith("shapiq==")]
    assert tuple(map(int, shapiq.split("."))) >= (1, 8)


@pytest.mark.whole
@pytest.mark.skipif(not pipe.is_installed(), reason="make env-peers makes what it asks")
def test_the_peers_come_near_what_is_true() -> None:
    case = Case("TRN", "delete", 8, (150,))
    table = measure.measure_peers(made_up_clips(1), [case], draws=1)
    of_shapiq = table[table["library"] == "shapiq"]
    assert len(of_shapiq) == len(PEERS) and (of_shapiq["error"] < 0.3).all()
    assert (of_shapiq["evaluations"] <= 150).all()
    assert not pd.isna(of_shapiq["ms"]).any()
