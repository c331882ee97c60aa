"""Models whose games are played: trained in seconds on clips' features, of subsets of their frames."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from playfair.benchmark.peers.clips import Clips
from playfair.models.multiscale import multiscale_trn
from playfair.models.trn import TRN
from playfair.models.tsn import TSN

HIDDEN = 48
STEPS = 150
BATCH = 96
# frames that models are trained on, before a few of them are kept
MOST_FRAMES = 20
# of the multi-scale TRN: it is called as any function is, and then lists all its subsets
SCALES = 3


class GRU(nn.Module):
    """A recurrent network over the frames; its last state is read out.

    >>> GRU(feature_dim=4, n_classes=3)(torch.randn(2, 5, 4)).shape
    torch.Size([2, 3])
    """

    def __init__(self, feature_dim: int, n_classes: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(feature_dim)
        self.recurrent = nn.GRU(feature_dim, HIDDEN, batch_first=True)
        self.readout = nn.Linear(HIDDEN, n_classes)

    def forward(self, features: Tensor) -> Float[Tensor, "video class"]:
        """The logits of whole videos, of any length."""
        _, last = self.recurrent(self.norm(features))
        return self.readout(last[0])


class Transformer(nn.Module):
    """A layer of attention over the frames, which know their place in the order.

    >>> Transformer(feature_dim=4, n_classes=3).eval()(torch.randn(2, 5, 4)).shape
    torch.Size([2, 3])
    """

    def __init__(self, feature_dim: int, n_classes: int) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.LayerNorm(feature_dim), nn.Linear(feature_dim, HIDDEN))
        self.layer = nn.TransformerEncoderLayer(HIDDEN, 4, 2 * HIDDEN, 0.0, batch_first=True)
        self.readout = nn.Linear(HIDDEN, n_classes)

    def forward(self, features: Tensor) -> Float[Tensor, "video class"]:
        """The logits of whole videos, of any length."""
        rates = 10000 ** (-torch.arange(HIDDEN // 2) / (HIDDEN // 2))
        angles = torch.arange(features.shape[1])[:, None] * rates
        places = torch.cat([angles.sin(), angles.cos()], dim=1)
        return self.readout(self.layer(self.embed(features) + places).mean(1))


# name of the model → how it is made of the size of a feature, how many classes and how many elements
MAKES: dict[str, Callable[[int, int, int], nn.Module]] = {
    "GRU": lambda size, n_classes, n: GRU(size, n_classes),
    "transformer": lambda size, n_classes, n: Transformer(size, n_classes),
    "TRN": lambda size, n_classes, n: multiscale_trn(SCALES, size, HIDDEN, n_classes),
    "TRN of fixed length": lambda size, n_classes, n: TRN(n, size, HIDDEN, n_classes),
    "TSN": lambda size, n_classes, n: TSN(size, n_classes),
}


def trained(name: str, clips: Clips, n_elements: int, steps: int = STEPS) -> nn.Module:
    """One of MAKES, in eval mode.

    Args:
        name: of the model.
        clips: what it learns from.
        n_elements: of the games; a model of fixed length is trained on as many, others on subsets
            of 2 to MOST_FRAMES frames, in order.
        steps: of AdamW.
    """
    fixed = name == "TRN of fixed length"
    features, label = clips.learnt(n_elements if fixed else MOST_FRAMES)
    n_frames, size = features.shape[1:]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = MAKES[name](size, len(clips.prior), n_elements)
        optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
        for _ in range(steps):
            rows = torch.randint(len(features), (BATCH,))
            shown = features[rows]
            if not fixed:
                kept = int(torch.randint(2, n_frames + 1, ()))
                order = torch.rand(n_frames).argsort()[:kept].sort().values
                shown = shown[:, order]
            loss = F.cross_entropy(model(shown), label[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model.eval()
