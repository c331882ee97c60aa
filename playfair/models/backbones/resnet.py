"""ResNet (He et al. 2016) with the state-dict names of torchvision, so that its weights load.

As there, the stride of a bottleneck sits in its 3×3 convolution ("v1.5"). The classifier `fc` maps
to features.
"""

from functools import partial

from torch import Tensor, nn

from playfair.models.backbones import hold_norms, per_channel
from playfair.models.weights import LastLayer, load_backbone

# of ImageNet, RGB in [0, 1]: what the weights expect
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


class Residual(nn.Module):
    """relu(shortcut(x) + bn_k(conv_k(… relu(bn_1(conv_1(x)))))).

    A basic block has two convolutions, a bottleneck three.

    Args:
        channels: of the input.
        convolutions: (channels out, kernel, stride) of each.
    """

    def __init__(self, channels: int, convolutions: list[tuple[int, int, int]]) -> None:
        super().__init__()
        before = channels
        stride_of_all = 1
        for i, (after, kernel, stride) in enumerate(convolutions, 1):
            convolution = nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False)
            self.add_module(f"conv{i}", convolution)
            self.add_module(f"bn{i}", nn.BatchNorm2d(after))
            before = after
            stride_of_all *= stride
        self.depth = len(convolutions)
        self.downsample = None
        if stride_of_all > 1 or channels != before:
            shortcut = nn.Conv2d(channels, before, 1, stride_of_all, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(before))

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        for i in range(1, self.depth + 1):
            x = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x))
            x = (x + shortcut if i == self.depth else x).relu_()
        return x


class ResNet(nn.Module):
    """(frame, 3, height, width), RGB in [0, 1] → (frame, feature).

    Four stages, of 64, 128, 256 and 512 channels.

    Args:
        depths: blocks of each stage.
        bottleneck: blocks of 1×1, 3×3 and 1×1 to four times the channels (ResNet-50 and deeper),
            or of two 3×3 convolutions (ResNet-18 and 34).
        feature_dim: features of a frame; None for the pooled map itself, without a last layer.
        weights: a file or URL with torchvision's names; None for random ones.
        last_layer: "new", or "loaded" from `weights` where they were trained on video already.
        partial_bn: all batch norms but the first stay as they were loaded.
        dropout: before the last layer, while training.

    Example:
        resnet50(feature_dim=256)(torch.rand(8, 3, 224, 224)).shape   # (8, 256)
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        depths: tuple[int, int, int, int],
        bottleneck: bool,
        feature_dim: int | None = 256,
        weights: str | None = None,
        last_layer: LastLayer = "new",
        partial_bn: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.partial_bn = partial_bn
        self.register_buffer("mean", per_channel(MEAN), persistent=False)
        self.register_buffer("std", per_channel(STD), persistent=False)
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels = 64
        for stage, depth in enumerate(depths):
            width = 64 * 2**stage
            blocks = []
            for i in range(depth):
                stride = 2 if stage and i == 0 else 1
                if bottleneck:
                    convolutions = [(width, 1, 1), (width, 3, stride), (4 * width, 1, 1)]
                else:
                    convolutions = [(width, 3, stride), (width, 3, 1)]
                blocks.append(Residual(channels, convolutions))
                channels = 4 * width if bottleneck else width
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Identity() if feature_dim is None else nn.Linear(channels, feature_dim)
        self.feature_dim = channels if feature_dim is None else feature_dim
        if weights:
            load_backbone(self, weights, "fc", last_layer)

    def forward(self, frames: Tensor) -> Tensor:
        x = self.maxpool(self.bn1(self.conv1((frames - self.mean) / self.std)).relu_())
        for stage in range(1, 5):
            x = getattr(self, f"layer{stage}")(x)
        return self.fc(self.dropout(x.mean((2, 3))))

    def train(self, mode: bool = True) -> "ResNet":
        super().train(mode)
        if self.partial_bn:
            hold_norms(self)
        return self


resnet18 = partial(ResNet, (2, 2, 2, 2), False)  # 11,689,512 parameters with 1000 classes
resnet50 = partial(ResNet, (3, 4, 6, 3), True)  # 25,557,032; the paper's backbone of TSN
