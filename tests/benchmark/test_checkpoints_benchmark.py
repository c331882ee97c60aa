"""Dropping tokens costs about half of freezing frames; at true size this is measured on a GPU."""

import pytest
import torch

from playfair.benchmark.card import AUTOCAST, NO_GPU, WHOLE, measure_card
from playfair.benchmark.checkpoints import measure_dropping

pytest.importorskip("transformers", reason="the extra [huggingface] is not installed")


@pytest.mark.slow  # 4 s of products
def test_dropping_costs_at_most_55_percent_of_freezing() -> None:
    table = measure_dropping(rounds=3).set_index("removal")
    assert table.loc["drop", "over freeze"] <= 0.55


@pytest.mark.slow
@pytest.mark.skipif(not torch.cuda.is_available(), reason=NO_GPU)
def test_half_of_the_matrix_rate_is_reached_on_a_gpu() -> None:
    card = measure_card(rounds=3).groupby("model")
    assert (card["share of matrix rate"].max() >= 0.5).all()


def test_without_a_gpu_nothing_is_claimed_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert measure_card(rounds=1).empty


@pytest.mark.whole  # 4 s: two networks, each in three precisions
def test_small_networks_are_measured_as_a_card_would_be() -> None:
    sizes = {"hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": 1}
    networks = {
        "mae": ("VideoMAE", {**sizes, "intermediate_size": 32, "image_size": 16}),
        "jepa": (
            "VJEPA2",
            {
                **sizes,
                "crop_size": 32,
                "frames_per_clip": 16,
                "mlp_ratio": 2,
                "num_pooler_layers": 1,
            },
        ),
    }
    card = measure_card(1, 2, device="cpu", networks=networks, side=32)
    assert card[["model", "in bfloat16"]].to_numpy().tolist() == [
        [model, how] for model in networks for how in (AUTOCAST, WHOLE)
    ]
    assert (card["error"] > 0).all() and (card["error"] < 0.02).all()
    assert (card["gap"] < 1e-6).all() and (card["clips/s"] > 0).all()
    seconds_of_clip = 1 / card["clips/s"]
    assert card["hours for a split"].to_numpy() == pytest.approx(24_777 * seconds_of_clip / 3600)
    assert card["TFLOP/s"].to_numpy() == pytest.approx(card["TFLOP a clip"] / seconds_of_clip)
    of_layer = 8 * 16**2 + 4 * 16 * 32  # a token's products, MAC at two operations
    # 255 coalitions of 8 elements hold 1,024 elements of one token each; a token attends to all
    least = 1024 * of_layer
    mae = card["TFLOP a clip"].iloc[:2] * 1e12
    assert (mae > least).all() and (mae < 2 * least + 1024 * 2 * 16 * 174).all()
