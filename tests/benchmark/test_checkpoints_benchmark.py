"""Dropping tokens costs about half of freezing frames; at true size this is measured on a GPU."""

import pytest
import torch

from playfair.benchmark.checkpoints import NO_GPU, measure_card, measure_dropping

pytest.importorskip("transformers", reason="the extra [huggingface] is not installed")


@pytest.mark.slow  # 4 s of products
def test_dropping_costs_at_most_55_percent_of_freezing() -> None:
    table = measure_dropping(rounds=3).set_index("removal")
    assert table.loc["drop", "over freeze"] <= 0.55


@pytest.mark.slow
@pytest.mark.skipif(not torch.cuda.is_available(), reason=NO_GPU)
def test_half_of_the_matrix_rate_is_reached_on_a_gpu() -> None:
    assert (measure_card(rounds=3)["share of matrix rate"] >= 0.5).all()


def test_without_a_gpu_nothing_is_claimed_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert measure_card(rounds=1).empty
