"""Any function of pictures as a video model: no features that are worth keeping, scored whole."""

from collections.abc import Callable, Sequence

from jaxtyping import Float, UInt8
from torch import Tensor, nn

from playfair.models.pixels import pixels_of
from playfair.models.video_model import Preprocess
from playfair.shapley.callable_game import CallableGame
from playfair.shapley.game import Game


class CallableVideoModel(nn.Module):
    """A function of pixels, (n, size, 3, height, width) → logits (n, class), as a `VideoModel`.

    With several frames to an element it is given (n, size, frame, 3, height, width).

    Args:
        function: itself, or an nn.Module.
        n_classes: how many classes it tells apart.
        frames_per_element: how many frames go as one.
        removals: what it stands, its own default first: a network of fixed length takes "freeze" or
            "blank", and no "delete".
        preprocess: mean and std are applied here; size and crop when clips are decoded.

    Example:
        >>> import torch
        >>> brightness = lambda pixels: pixels.flatten(1).mean(1, keepdim=True) * torch.ones(2)
        >>> model = CallableVideoModel(brightness, n_classes=2)
        >>> model.units(torch.zeros(1, 4, 8, 8, 3, dtype=torch.uint8)).shape
        torch.Size([1, 4, 3, 8, 8])
    """

    separable = False

    def __init__(
        self,
        function: Callable[[Tensor], Tensor],
        n_classes: int,
        *,
        frames_per_element: int = 1,
        removals: Sequence[str] = ("delete", "freeze", "blank"),
        preprocess: Preprocess | None = None,
    ) -> None:
        super().__init__()
        self.function = function
        self.n_classes = n_classes
        self.frames_per_element = frames_per_element
        self.removals = tuple(removals)
        self.preprocess = preprocess or Preprocess()

    def units(
        self, frames: UInt8[Tensor, "video frame height width 3"]
    ) -> Float[Tensor, "video element *unit"]:
        """Pixels, normalised as the checkpoint wants them."""
        return pixels_of(frames, self.preprocess, self.frames_per_element)

    def game(
        self,
        units: Float[Tensor, "video element *unit"],
        prior: Float[Tensor, " class"],
        *,
        removal: str | None = None,
        batch_size: int | None = None,
    ) -> Game:
        """The function is called for every coalition."""
        removal = self.removals[0] if removal is None else removal
        return CallableGame(self.function, units, prior, removal=removal, batch_size=batch_size)

    def forward(
        self, frames: UInt8[Tensor, "video frame height width 3"]
    ) -> Float[Tensor, "video class"]:
        return self.function(self.units(frames))
