"""TRN at one scale (Zhou et al. 2018): a small network over a fixed number of frames, in their order."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class TRN(nn.Module):
    """f_s(Y) = output(dropout(relu(hidden(y_1 ‖ ... ‖ y_s)))) for exactly s = `n_frames` frames.

    No ReLU on the input features (the paper's TRN has none, its TSN has one).

    >>> TRN(n_frames=3, feature_dim=4, hidden_dim=8, n_classes=5)(torch.randn(2, 3, 4)).shape
    torch.Size([2, 5])
    """

    def __init__(self, n_frames: int, feature_dim: int, hidden_dim: int, n_classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.n_frames = n_frames
        self.feature_dim = feature_dim
        self.hidden = nn.Linear(n_frames * feature_dim, hidden_dim)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden_dim, n_classes)

    def forward(self, features: Float[Tensor, "video frame feature"]) -> Float[Tensor, "video class"]:
        """The logits of `n_frames` frames per video; any other number raises ValueError."""
        if features.ndim != 3 or tuple(features.shape[1:]) != (self.n_frames, self.feature_dim):
            raise ValueError(
                f"this TRN takes features of shape (video, {self.n_frames}, {self.feature_dim}), got "
                f"{tuple(features.shape)}. A TRN has a fixed length: use MultiscaleTRN(scales=[...]) for any "
                'length, or explain(..., removal="freeze"), which keeps the length.'
            )
        return self.output(self.dropout(self.hidden(features.flatten(1)).relu()))

    def rows(self, frames: Float[Tensor, "frame video feature"]) -> Float[Tensor, "position start video hidden"]:
        """What a frame adds to the hidden layer at each position it can hold, the bias at position 0.

        The first layer is a sum over positions, so every frame is multiplied once per position instead of
        once per coalition: hidden(Y) = sum over p of rows[p, y_p - p]. Position p can only hold the frames
        p ... T - s + p, hence the second axis counts from there (`start`, T - s + 1 of them).
        """
        n_starts, n_videos = len(frames) - self.n_frames + 1, frames.shape[1]
        weight = self.hidden.weight.unflatten(1, (self.n_frames, self.feature_dim)).permute(1, 2, 0).type_as(frames)
        windows = frames.contiguous().as_strided(
            (self.n_frames, n_starts * n_videos, self.feature_dim), (n_videos * self.feature_dim, self.feature_dim, 1)
        )
        rows = torch.bmm(windows, weight)
        rows[0].add_(self.hidden.bias)
        return rows.unflatten(1, (n_starts, n_videos))

    def readout(self) -> tuple[Float[Tensor, "class hidden"], Float[Tensor, " class"]]:
        """Weight and bias from the hidden layer to the logits."""
        return self.output.weight, self.output.bias
