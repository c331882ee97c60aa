"""Any image model of timm as a backbone: `pip install timm`, which brings torchvision along."""

from torch import Tensor, nn

from playfair.models.backbones import per_channel


class Timm(nn.Module):
    """(frame, 3, height, width), RGB in [0, 1] → (frame, feature).

    Frames are brought to the mean and deviation that the weights expect.

    Args:
        name: one of `timm.list_models(pretrained=True)`; its classifier is replaced by a layer to
            `feature_dim`.
        feature_dim: features of a frame.
        pretrained: whether timm fetches the weights.

    Example:
        Timm("convnext_tiny.fb_in1k", feature_dim=256)(torch.rand(8, 3, 224, 224)).shape   # (8,
        256)

    Raises:
        ValueError: timm is not installed.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, name: str, feature_dim: int = 256, pretrained: bool = True) -> None:
        super().__init__()
        try:
            import timm
        except ImportError as error:
            raise ValueError(
                f"backbone=timm needs timm ({error}). Type: pip install 'playfair[timm]'"
            ) from error
        self.feature_dim = feature_dim
        self.net = timm.create_model(name, pretrained=pretrained, num_classes=feature_dim)
        expected = self.net.pretrained_cfg
        self.register_buffer("mean", per_channel(expected["mean"]), persistent=False)
        self.register_buffer("std", per_channel(expected["std"]), persistent=False)

    def forward(self, frames: Tensor) -> Tensor:
        return self.net((frames - self.mean) / self.std)
