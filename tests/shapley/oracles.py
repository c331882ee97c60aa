"""Independent answers: the definition over all orders of the frames, models without shortcuts, games."""

from itertools import combinations, permutations
from math import factorial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import playfair
from playfair.shapley import CallableGame

CONFORMANCE = Path(__file__).with_name("conformance")


def conformance(name: str) -> tuple[torch.nn.Module, dict[str, Tensor]]:
    """A model with the published implementation's weights, and its numbers."""
    with np.load(CONFORMANCE / name) as arrays:
        given = {key: torch.tensor(arrays[key]) for key in arrays.files}
    if "w" in given:
        tsn = playfair.TSN(given["w"].shape[1], given["w"].shape[0])
        tsn.load_state_dict({"classifier.weight": given["w"], "classifier.bias": given["b"]})
        return tsn.eval(), given
    scales = []
    while f"head{len(scales) + 1}.w1" in given:
        w1, b1, w2, b2 = (given[f"head{len(scales) + 1}.{key}"] for key in ("w1", "b1", "w2", "b2"))
        trn = playfair.TRN(
            len(scales) + 1, w1.shape[1] // (len(scales) + 1), w1.shape[0], w2.shape[0]
        )
        trn.load_state_dict(
            {"hidden.weight": w1, "hidden.bias": b1, "output.weight": w2, "output.bias": b2}
        )
        scales.append(trn)
    return playfair.MultiscaleTRN(scales).eval(), given


def multiscale(n_max: int = 3, feature_dim: int = 6, hidden_dim: int = 10, n_classes: int = 4):
    """A multi-scale TRN with weights large enough for scores far from uniform."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        scales = [playfair.TRN(s, feature_dim, hidden_dim, n_classes) for s in range(1, n_max + 1)]
        model = playfair.MultiscaleTRN(scales).eval()
        for parameter in model.parameters():
            parameter.data.mul_(4)
    return model


def tsn(feature_dim: int = 6, n_classes: int = 4):
    """A TSN with weights large enough for scores far from uniform."""
    with torch.random.fork_rng():
        torch.manual_seed(2)
        model = playfair.TSN(feature_dim, n_classes).eval()
        model.classifier.weight.data.mul_(6)
    return model


def recurrent():
    """A GRU, which the order of the frames matters to."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        cell = torch.nn.GRU(6, 12, batch_first=True).eval()
        readout = torch.nn.Linear(12, 4).eval()
    return lambda x: 8 * readout(cell(x)[0][:, -1])


def features(n_videos: int = 3, n_frames: int = 4, feature_dim: int = 6, seed: int = 0) -> Tensor:
    return torch.randn(
        n_videos, n_frames, feature_dim, generator=torch.Generator().manual_seed(seed)
    )


def prior(n_classes: int = 4) -> Tensor:
    frequencies = torch.arange(1.0, n_classes + 1)
    return frequencies / frequencies.sum()


def scores_of_all_coalitions(
    model, features: Tensor, prior: Tensor
) -> dict[tuple[int, ...], Tensor]:
    """v(X') by calling the model on each coalition: (video, class), float64."""
    n_videos, n_frames, _ = features.shape
    scores = {(): prior.double().expand(n_videos, -1)}
    for size in range(1, n_frames + 1):
        for kept in combinations(range(n_frames), size):
            scores[kept] = model(features[:, list(kept)]).double().softmax(-1).detach()
    return scores


def esv_over_orders(scores: dict[tuple[int, ...], Tensor], n_frames: int) -> Tensor:
    """The mean of what each frame adds when the frames arrive in every possible order."""
    esv = torch.zeros(len(scores[()]), n_frames, scores[()].shape[1], dtype=torch.float64)
    for order in permutations(range(n_frames)):
        for place, frame in enumerate(order):
            before = tuple(sorted(order[:place]))
            esv[:, frame] += scores[tuple(sorted((*before, frame)))] - scores[before]
    return esv / factorial(n_frames)


class Counted:
    """A callable model that counts the coalitions it is asked for."""

    def __init__(self, model) -> None:
        self.model, self.calls = model, 0

    def __call__(self, features: Tensor) -> Tensor:
        self.calls += len(features)
        return self.model(features)


def two_classes(worth: Tensor) -> Tensor:
    """Logits whose softmax is (worth, 1 - worth): a game with a closed form becomes a model."""
    return torch.stack([worth, 1 - worth], -1).log()


class OneIsNoNumber(CallableGame):
    """Of the last video, one coalition."""

    def scores(self, inside):
        scores = super().scores(inside)
        few = inside.sum(1) == 1
        scores[few & inside[:, 3], -1] = torch.nan
        return scores
