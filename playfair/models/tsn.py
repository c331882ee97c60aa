"""TSN (Wang et al. 2016): every frame votes, the order of the frames does not matter."""

from jaxtyping import Float
from torch import Tensor, nn

from playfair.models.plain import game_of_own, known
from playfair.shapley.game import Game
from playfair.shapley.mode import checks_mode


@known
class TSN(nn.Module):
    """f(X) = mean over the frames x of X of `classifier(dropout(relu(x)))`.

    The ReLU on the input features and the dropout of 0.7 are the paper's; features come without
    them, so that one feature store serves both models. To `playfair.explain` a TSN is a multi-scale
    model with one scale: `n_max` is 1, and a longer coalition scores the mean over its single
    frames.

    >>> import torch
    >>> TSN(feature_dim=4, n_classes=3)(torch.randn(2, 5, 4)).shape
    torch.Size([2, 3])
    """

    n_max = 1

    def __init__(self, feature_dim: int, n_classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.feature_dim = feature_dim
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(feature_dim, n_classes)

    def forward(self, features: Tensor) -> Float[Tensor, "video class"]:
        """The logits of whole videos, of any length."""
        if features.ndim != 3 or features.shape[1] < 1 or features.shape[2] != self.feature_dim:
            raise ValueError(
                f"features must be (video, frame, {self.feature_dim}) with at least one frame, got "
                f"{tuple(features.shape)}"
            )
        return self.classifier(self.dropout(features.relu())).mean(dim=1)

    def projection(self, scale: int) -> None:
        """The hidden layer is the feature itself (the engine applies the ReLU)."""

    def readout(self, scale: int) -> tuple[Float[Tensor, "class feature"], Float[Tensor, " class"]]:
        """Weight and bias from the hidden layer to the logits."""
        return self.classifier.weight, self.classifier.bias

    @property
    def n_classes(self) -> int:
        """Classes it tells apart."""
        return self.classifier.out_features

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
        return game_of_own(self, units, prior, removal=removal, batch_size=batch_size)
