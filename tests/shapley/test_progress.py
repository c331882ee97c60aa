"""What a user hears of an answer that takes long."""

import logging

import pytest
import torch
from oracles import features, prior, tsn

import playfair
from playfair.shapley import progress


def test_what_takes_long_is_announced_with_what_would_not(monkeypatch, caplog):
    caplog.set_level(logging.WARNING, "playfair")
    progress.announce(65_535, 0.04, 2000, 2000)
    assert caplog.messages == ["65,535 passes of 40 ms: 44 min; budget=2000 takes 80 s"]
    caplog.clear()
    progress.announce(1, 70.0, 2000, 2000)
    assert caplog.messages == ["1 pass of 70 s: 70 s"]
    caplog.clear()
    progress.announce(1400, 0.04, 2000, 2000)
    assert caplog.messages == []


def test_the_cost_is_measured_on_a_pass_and_counts_all(monkeypatch, caplog):
    caplog.set_level(logging.WARNING, "playfair")
    monkeypatch.setattr(progress, "LONG", 0.0)
    playfair.explain(tsn().forward, features(3, 4), prior())
    playfair.explain(tsn().forward, features(2, 30), prior(), budget=200)
    playfair.interactions(tsn().forward, features(2, 4), prior())
    playfair.explain_masks(lambda inside: inside.float(), 5)
    counts = [message.split(" passes of ")[0] for message in caplog.messages]
    assert counts == ["45", "400", "30", "31"]
    caplog.clear()
    playfair.explain(tsn().forward, features(2, 12), prior())
    assert "8,190 passes of" in caplog.text and "; budget=2000 takes" in caplog.text


@pytest.mark.parametrize("budget", [None, 200])
def test_a_bar_counts_the_passes_and_ends(capsys, caplog, budget):
    caplog.set_level(logging.WARNING, "playfair")
    x = features(2, 8)
    quiet = playfair.explain(tsn().forward, x, prior(), budget=budget)
    assert capsys.readouterr().err == ""
    ours = playfair.explain(tsn().forward, x, prior(), budget=budget, progress=True)
    n_passes = 2 * ours.evaluations
    assert (
        capsys.readouterr()
        .err.split("\r")[-1]
        .split("█ ")[1]
        .startswith(f"{n_passes}/{n_passes} passes, ")
    )
    assert torch.equal(ours.esv, quiet.esv)


def test_heads_whose_layers_are_read_are_not_counted(capsys):
    playfair.explain(tsn(), features(2, 8), prior(), progress=True)
    assert capsys.readouterr().err == ""


def test_a_budget_is_named_only_where_it_saves_half(caplog) -> None:
    for fewer, named in ((499, True), (500, False), (900, False)):
        caplog.clear()
        progress.announce(1000, seconds=1.0, budget=fewer, fewer=fewer)
        assert "1,000 passes of 1 s" in caplog.text and ("budget=" in caplog.text) == named
