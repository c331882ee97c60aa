"""Multi-scale TRN (Zhou et al. 2018) as Price & Damen 2020 define it: any length, every frame
equal.

f(X) = mean over scales s <= min(|X|, n_max) of the mean of the scale-s TRN over all size-s subsets
of X. The mean of logits comes before the softmax.
"""

from collections.abc import Iterable
from math import comb

import torch
from jaxtyping import Float
from torch import Tensor, nn

from playfair.models.plain import game_of_own, known
from playfair.models.trn import TRN
from playfair.shapley.coalitions import coalitions
from playfair.shapley.game import Game
from playfair.shapley.linear_heads import Projection
from playfair.shapley.mode import checks_mode
from playfair.shapley.rows import before_relu, rows_of

MAX_SUBSETS = 2_000_000
# Drawn per video and scale at each step of training: as accurate as all 255 at 8 frames, and 3
# times faster.
COALITIONS = 4


@known
class MultiscaleTRN(nn.Module):
    """TRNs of 1, 2, ... n_max frames.

    Args:
        scales: the TRNs, in this order.
        rectified: whether a ReLU stands before them, as in the code of TRN's authors and in
            mmaction2; the paper's has none.

    >>> scales = [TRN(s, feature_dim=4, hidden_dim=8, n_classes=3) for s in (1, 2, 3)]
    >>> MultiscaleTRN(scales)(torch.randn(2, 5, 4)).shape
    torch.Size([2, 3])
    """

    def __init__(self, scales: Iterable[TRN], rectified: bool = False) -> None:
        super().__init__()
        self.rectified = rectified
        self.scales = nn.ModuleList(scales)
        self.n_max = len(self.scales)
        lengths = [head.n_frames for head in self]
        if lengths != list(range(1, self.n_max + 1)) or not lengths:
            raise ValueError(
                "scales must be TRNs of 1, 2, ... n_max frames in this order, got lengths "
                f"{lengths}; type MultiscaleTRN([TRN(s, feature_dim, hidden_dim, n_classes) for s "
                "in range(1, n_max + 1)])"
            )
        sizes = {(head.feature_dim, head.output.out_features) for head in self}
        if len(sizes) > 1:
            raise ValueError(
                "all scales must share feature_dim and n_classes, got (feature_dim, n_classes) in "
                f"{sorted(sizes)}"
            )
        self.feature_dim = self[1].feature_dim

    def __getitem__(self, scale: int) -> TRN:
        """The head of `scale` frames."""
        head = self.scales[scale - 1]
        assert isinstance(head, TRN)
        return head

    def __iter__(self):
        return iter(self.scales)

    def forward(self, features: Tensor) -> Float[Tensor, "video class"]:
        """The logits of whole videos: the exact mean, differentiable.

        As the readout is linear, the mean over subsets is taken in the hidden layer, and each scale
        costs one readout per video.

        Args:
            features: (video, frame, feature), any number of frames.

        Raises:
            ValueError: another shape, or too many subsets for an exact mean.
        """
        if features.ndim != 3 or features.shape[1] < 1 or features.shape[2] != self.feature_dim:
            raise ValueError(
                f"features must be (video, frame, {self.feature_dim}) with at least one frame, got "
                f"{tuple(features.shape)}"
            )
        n_frames = features.shape[1]
        n_scales = min(n_frames, self.n_max)
        n_subsets = sum(comb(n_frames, scale) for scale in range(1, n_scales + 1))
        if n_subsets > MAX_SUBSETS:
            raise ValueError(
                f"{n_frames} frames have {n_subsets:,} subsets of up to {n_scales} frames, the "
                f"exact mean is done over at most {MAX_SUBSETS:,}; feed fewer frames, or estimate "
                "with explain(..., budget=...)"
            )
        frames = self._seen(features).transpose(0, 1)
        logits = [mean_over_subsets(self[scale], frames) for scale in range(1, n_scales + 1)]
        return torch.stack(logits).mean(0)

    def scale_logits(
        self, features: Float[Tensor, "video frame feature"]
    ) -> Float[Tensor, "scale video class"]:
        """Each scale's mean logits over a few random coalitions: what it is trained on.

        A head that has this method is trained scale by scale (`training.ScalesClassifier`).
        """
        return sampled_logits(self, self._seen(features))

    def projection(self, scale: int) -> Projection:
        """From a frame to the hidden layer of the scale's head, at each position it can hold."""
        return self[scale].projection()

    def readout(self, scale: int) -> tuple[Float[Tensor, "class hidden"], Float[Tensor, " class"]]:
        """Weight and bias from the hidden layer of the scale's head to its logits."""
        return self[scale].readout()

    @property
    def n_classes(self) -> int:
        """Classes it tells apart."""
        return self[1].output.out_features

    @checks_mode
    def game(
        self,
        units: Float[Tensor, "video frame feature"],
        prior: Float[Tensor, " class"],
        *,
        removal: str = "delete",
        batch_size: int | None = None,
    ) -> Game:
        """The videos as the engine explains them; see `playfair.models.plain.game_of_own`."""
        seen = self._seen(units)
        return game_of_own(self, seen, prior, removal=removal, batch_size=batch_size)

    def _seen(self, features: Tensor) -> Tensor:
        """What the heads see of features; the same once more, as a ReLU of a ReLU is one."""
        return features.relu() if self.rectified else features


def multiscale_trn(
    n_max: int, feature_dim: int, hidden_dim: int, n_classes: int, dropout: float = 0.0
) -> MultiscaleTRN:
    """A MultiscaleTRN with equal heads at all scales 1 ... n_max.

    >>> multiscale_trn(n_max=8, feature_dim=256, hidden_dim=256, n_classes=174).n_max
    8
    """
    return MultiscaleTRN(
        TRN(s, feature_dim, hidden_dim, n_classes, dropout) for s in range(1, n_max + 1)
    )


def mean_over_subsets(
    head: TRN, frames: Float[Tensor, "frame video feature"]
) -> Float[Tensor, "video class"]:
    """The head's mean over all subsets of its size, each with its own dropout.

    Videos go a few at a time where the hidden layer of all subsets would not fit in 256 MB
    together.
    """
    subsets = coalitions(len(frames), head.n_frames)
    together = max(1, 2**26 // (len(subsets) * head.hidden.out_features))
    rows = (rows_of(part, head.projection()) for part in frames.split(together, dim=1))
    hidden = [head.dropout(before_relu(part, subsets).relu()).mean(0) for part in rows]
    return head.output(torch.cat(hidden))


def sampled_logits(
    head: MultiscaleTRN, features: Float[Tensor, "video frame feature"]
) -> Float[Tensor, "scale video class"]:
    """Each scale's mean logits over random coalitions, drawn anew for every video."""
    n_videos, n_frames, feature_dim = features.shape
    means = []
    for size, scale in enumerate(head, 1):
        n_drawn = min(COALITIONS, comb(n_frames, size))
        order = torch.rand(n_drawn, n_videos, n_frames, device=features.device).argsort(-1)
        members = order[..., :size].sort(-1).values[..., None].expand(-1, -1, -1, feature_dim)
        kept = features.expand(n_drawn, -1, -1, -1).gather(2, members)
        logits = scale(kept.flatten(0, 1)).unflatten(0, (n_drawn, n_videos))
        means.append(logits.mean(0))
    return torch.stack(means)
