"""Parts of the kernel estimator by hand: what is summed, weighted and left out, and in what precision."""

import torch

from playfair.shapley import MaskGame, kernel
from playfair.shapley.kernels import Candidate, smooth


def drawn(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_large_coefficients_that_cancel_are_summed_in_float64(monkeypatch):
    monkeypatch.setattr(kernel, "IN_DOUBLE", 0)  # as of many coalitions
    weight = torch.linspace(-1, 1, 10, dtype=torch.float64)
    game = MaskGame(lambda i: (i.double() @ weight)[:, None].exp(), 10, torch.ones(1).double())
    design = kernel.plan(game, 800, drawn(0)).drawn
    scores = kernel.scores_of_drawn(design, game)[:, 0]
    steep = Candidate(smooth, nugget=1e-9, logits=False)

    def answer():
        return kernel.of_surrogate(design, steep, scores, scores, kernel.Link(1))

    ours, variance = answer()
    monkeypatch.setattr(kernel, "OFF_IN_FLOAT32", 1.0)
    precise, _ = answer()
    monkeypatch.setattr(kernel, "OFF_IN_FLOAT32", 0.0)
    rough, _ = answer()
    assert (rough - precise).square().mean() > variance.mean()  # else nothing is tested
    assert (ours - precise).square().mean() < variance.mean() / 100
