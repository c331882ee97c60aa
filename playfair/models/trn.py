"""TRN at one scale (Zhou et al. 2018): a small network over a fixed number of frames, in order."""

from jaxtyping import Float
from torch import Tensor, nn

from playfair.models.plain import known
from playfair.shapley.linear_heads import Projection


@known
class TRN(nn.Module):
    """f_s(Y) = output(dropout(relu(hidden(y_1 ‖ ... ‖ y_s)))) for exactly s = `n_frames` frames.

    No ReLU on the input features (the paper's TRN has none, its TSN has one).

    >>> import torch
    >>> TRN(n_frames=3, feature_dim=4, hidden_dim=8, n_classes=5)(torch.randn(2, 3, 4)).shape
    torch.Size([2, 5])
    """

    def __init__(
        self, n_frames: int, feature_dim: int, hidden_dim: int, n_classes: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.n_frames = n_frames
        self.feature_dim = feature_dim
        self.hidden = nn.Linear(n_frames * feature_dim, hidden_dim)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden_dim, n_classes)

    def forward(self, features: Tensor) -> Float[Tensor, "video class"]:
        """The logits of `n_frames` frames per video; any other number raises ValueError."""
        if features.ndim != 3 or tuple(features.shape[1:]) != (self.n_frames, self.feature_dim):
            raise ValueError(
                f"this TRN takes features of shape (video, {self.n_frames}, {self.feature_dim}), "
                f"got {tuple(features.shape)}. A TRN has a fixed length: use "
                "MultiscaleTRN(scales=[...]) for any length, or "
                'explain(..., removal="freeze"), which keeps the length.'
            )
        return self.output(self.dropout(self.hidden(features.flatten(1)).relu()))

    def projection(self) -> Projection:
        """From frames to the hidden layer, by the position they hold."""
        weight = self.hidden.weight.view(-1, self.n_frames, self.feature_dim)
        return Projection(weight.permute(1, 2, 0), self.hidden.bias)

    def readout(self) -> tuple[Float[Tensor, "class hidden"], Float[Tensor, " class"]]:
        """Weight and bias from the hidden layer to the logits."""
        return self.output.weight, self.output.bias
