"""Heads of the published Play Fair code, with the weights that it trained.

Its single-scale TRNs name their layers `model.1.*` and `model.3.*` (layers 0 and 2 are dropout and
ReLU), its TSN `classifier.*`.
"""

from collections.abc import Mapping

from torch import Tensor

from playfair.models.multiscale import MultiscaleTRN
from playfair.models.trn import TRN
from playfair.models.tsn import TSN
from playfair.models.weights import load_weights, read_weights


def published_trn(
    feature_dim: int, n_classes: int, files: str | None, n_max: int = 8, hidden_dim: int = 256
) -> MultiscaleTRN:
    """A MultiscaleTRN of single-scale TRNs, with the weights of the published code's.

    Args:
        feature_dim: of a frame.
        n_classes: of the dataset.
        files: a file for each of 1 … n_max frames, with `{}` for their number; None leaves the
            weights random: those of a checkpoint of ours are loaded next.
        n_max: the largest scale.
        hidden_dim: of each head.

    Example:
        published_trn(256, 174, "checkpoints/features/trn_{}_frames.pth")
    """
    heads = [TRN(scale, feature_dim, hidden_dim, n_classes) for scale in range(1, n_max + 1)]
    if files:
        names = {"model.1": "hidden", "model.3": "output"}
        for head in heads:
            file = files.replace("{}", str(head.n_frames))
            load_weights(head, _renamed(read_weights(file), names), file)
    return MultiscaleTRN(heads)


def published_tsn(feature_dim: int, n_classes: int, file: str | None) -> TSN:
    """A TSN with the weights of the published code's; without a file they are random, as above.

    Example:
        published_tsn(256, 174, "checkpoints/features/tsn.pth")
    """
    head = TSN(feature_dim, n_classes)
    if file:
        load_weights(head, read_weights(file), file)
    return head


def _renamed(weights: Mapping[str, Tensor], names: Mapping[str, str]) -> dict[str, Tensor]:
    renamed = {}
    for name, weight in weights.items():
        layer, _, parameter = name.rpartition(".")
        renamed[f"{names.get(layer, layer)}.{parameter}"] = weight
    return renamed
