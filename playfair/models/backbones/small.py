"""A backbone that a laptop can train: four convolutions, and a layer that sees where things are."""

from itertools import pairwise

from torch import Tensor, nn


class SmallConvNet(nn.Module):
    """(frame, 3, height, width), RGB in [0, 1] → (frame, feature).

    Convolutions, a grid, one linear layer. That reads the whole grid × grid map instead of its
    mean: what tells "left to right" from "right to left" is *where* the object is in each frame,
    and averaging the map throws that away (with global pooling the same net stays at chance on
    motion classes).

    Example:
        SmallConvNet(feature_dim=256)(torch.rand(8, 3, 64, 64)).shape   # (8, 256)
    """

    def __init__(self, feature_dim: int = 256, width: int = 16, grid: int = 4) -> None:
        super().__init__()
        self.feature_dim = feature_dim
        channels = [3, width, 2 * width, 2 * width, 4 * width]
        layers: list[nn.Module] = []
        for before, after in pairwise(channels):
            layers += [
                nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            ]
        self.map = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(grid))
        self.project = nn.Linear(channels[-1] * grid * grid, feature_dim)

    def forward(self, frames: Tensor) -> Tensor:
        # to about zero mean, unit variance
        normal = 4 * frames - 1.8
        return self.project(self.map(normal).flatten(1))
