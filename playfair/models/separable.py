"""The separable family: a backbone makes features of single frames, a head makes logits of them."""

from collections.abc import Sequence

from jaxtyping import Float, UInt8
from torch import Tensor, nn

from playfair.models.video_model import Preprocess
from playfair.shapley.game import Game, game_of


class SeparableVideoModel(nn.Module):
    """frames → features → logits; TSN and TRN, and any head on features of single frames.

    Frames are uint8 RGB, (video, frame, height, width, 3), as they are decoded.

    Args:
        backbone: (frame, 3, height, width), RGB in [0, 1] → (frame, feature).
        head: (video, frame, feature) → (video, class).
    """

    frames_per_element = 1
    separable = True
    preprocess = Preprocess()  # a backbone itself turns pictures into what its weights expect

    def __init__(self, backbone: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head

    @property
    def n_classes(self) -> int:
        """Classes that the head tells apart."""
        return int(self.head.n_classes)  # type: ignore[arg-type]

    @property
    def removals(self) -> Sequence[str]:
        """The head's own, or what any function of features allows."""
        own = getattr(self.head, "removals", None)
        return ("delete", "freeze", "blank") if own is None else own  # type: ignore[return-value]

    def features(
        self, frames: UInt8[Tensor, "frame height width 3"]
    ) -> Float[Tensor, "frame feature"]:
        """Features of single frames."""
        return self.backbone(as_pictures(frames))

    def units(
        self, frames: UInt8[Tensor, "video frame height width 3"]
    ) -> Float[Tensor, "video frame feature"]:
        """Features of whole clips."""
        return self.features(frames.flatten(0, 1)).unflatten(0, frames.shape[:2])

    def game(
        self,
        units: Float[Tensor, "video frame feature"],
        prior: Float[Tensor, " class"],
        *,
        removal: str = "delete",
        batch_size: int | None = None,
    ) -> Game:
        """The head's."""
        return game_of(self.head, units, prior, removal=removal, batch_size=batch_size)

    def forward(
        self, frames: UInt8[Tensor, "video frame height width 3"]
    ) -> Float[Tensor, "video class"]:
        return self.head(self.units(frames))


def as_pictures(
    frames: UInt8[Tensor, "*frames height width 3"],
) -> Float[Tensor, "*frames 3 height width"]:
    """uint8 → RGB in [0, 1], channels first: what every backbone takes."""
    return frames.movedim(-1, -3).float().div_(255)
