"""BN-Inception (Ioffe & Szegedy 2015) with the state-dict names of the Caffe ports that TSN's and
TRN's code use.

The paper's backbone of TRN. Its weights expect BGR, 0–255, less the mean; `last_linear` maps to
features.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playfair.models.backbones import hold_norms, per_channel
from playfair.models.weights import LastLayer, load_backbone

MEAN = (104.0, 117.0, 128.0)  # BGR


class Inception(NamedTuple):
    """Output channels of the branches of one module, which are joined; 0 where there is none.

    Modules without a 1×1 branch halve height and width.

    Attributes:
        single: 1×1.
        three: 1×1 then 3×3.
        double: 1×1 then two 3×3.
        pool: 3×3 pooling then 1×1, or pooling alone.
        kind: of the pooling, "mean" or "max".
    """

    single: int
    three: tuple[int, int]
    double: tuple[int, int]
    pool: int
    kind: str


MODULES = {
    "3a": Inception(64, (64, 64), (64, 96), 32, "mean"),
    "3b": Inception(64, (64, 96), (64, 96), 64, "mean"),
    "3c": Inception(0, (128, 160), (64, 96), 0, "max"),
    "4a": Inception(224, (64, 96), (96, 128), 128, "mean"),
    "4b": Inception(192, (96, 128), (96, 128), 128, "mean"),
    "4c": Inception(160, (128, 160), (128, 160), 128, "mean"),
    "4d": Inception(96, (128, 192), (160, 192), 128, "mean"),
    "4e": Inception(0, (128, 192), (192, 256), 0, "max"),
    "5a": Inception(352, (192, 320), (160, 224), 128, "mean"),
    "5b": Inception(352, (192, 320), (192, 224), 128, "max"),
}


class BNInception(nn.Module):
    """(frame, 3, height, width), RGB in [0, 1] → (frame, feature). The options are those of ResNet.

    >>> sum(p.numel() for p in BNInception(feature_dim=1000).parameters())
    11295240
    """

    mean: Tensor

    def __init__(
        self,
        feature_dim: int | None = 256,
        weights: str | None = None,
        last_layer: LastLayer = "new",
        partial_bn: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.partial_bn = partial_bn
        self.register_buffer("mean", per_channel(MEAN), persistent=False)
        self._add("conv1_7x7_s2", 3, 64, 7, 2)
        self._add("conv2_3x3_reduce", 64, 64, 1)
        self._add("conv2_3x3", 64, 192, 3)
        channels = 192
        for name, module in MODULES.items():
            channels = self._add_module(f"inception_{name}_", channels, module)
        self.dropout = nn.Dropout(dropout)
        self.last_map = nn.Identity()  # all branches joined: what Grad-CAM weighs
        self.last_linear = (
            nn.Identity() if feature_dim is None else nn.Linear(channels, feature_dim)
        )
        self.feature_dim = channels if feature_dim is None else feature_dim
        if weights:
            load_backbone(self, weights, "last_linear", last_layer)

    def _add(self, name: str, before: int, after: int, kernel: int, stride: int = 1) -> None:
        self.add_module(name, nn.Conv2d(before, after, kernel, stride, kernel // 2))
        self.add_module(f"{name}_bn", nn.BatchNorm2d(after))

    def _add_module(self, name: str, channels: int, module: Inception) -> int:
        """Adds a module's layers; returns the channels of its output."""
        stride = 1 if module.single else 2
        if module.single:
            self._add(f"{name}1x1", channels, module.single, 1)
        self._add(f"{name}3x3_reduce", channels, module.three[0], 1)
        self._add(f"{name}3x3", *module.three, 3, stride)
        self._add(f"{name}double_3x3_reduce", channels, module.double[0], 1)
        self._add(f"{name}double_3x3_1", *module.double, 3)
        self._add(f"{name}double_3x3_2", module.double[1], module.double[1], 3, stride)
        if module.pool:
            self._add(f"{name}pool_proj", channels, module.pool, 1)
        return module.single + module.three[1] + module.double[1] + (module.pool or channels)

    def _apply_layers(self, x: Tensor, *names: str) -> Tensor:
        for name in names:
            x = getattr(self, f"{name}_bn")(getattr(self, name)(x)).relu_()
        return x

    def _apply_module(self, x: Tensor, name: str, module: Inception) -> Tensor:
        branches = [self._apply_layers(x, f"{name}1x1")] if module.single else []
        branches.append(self._apply_layers(x, f"{name}3x3_reduce", f"{name}3x3"))
        double = (f"{name}double_3x3_reduce", f"{name}double_3x3_1", f"{name}double_3x3_2")
        branches.append(self._apply_layers(x, *double))
        if not module.pool:
            branches.append(F.max_pool2d(x, 3, 2, ceil_mode=True))
        else:
            pooled = F.avg_pool2d(x, 3, 1, 1) if module.kind == "mean" else F.max_pool2d(x, 3, 1, 1)
            branches.append(self._apply_layers(pooled, f"{name}pool_proj"))
        return torch.cat(branches, 1)

    def forward(self, frames: Tensor) -> Tensor:
        height, width = frames.shape[2:]
        # elsewhere pooling rounds up where convolutions do not
        if height % 32 or width % 32:
            raise ValueError(
                "BN-Inception takes frames whose height and width are multiples of 32, got "
                f"{height}×{width}. Type dataset.frame_size=[224,224]."
            )
        x = self._apply_layers(255 * frames.flip(1) - self.mean, "conv1_7x7_s2")
        x = F.max_pool2d(x, 3, 2, ceil_mode=True)
        x = self._apply_layers(x, "conv2_3x3_reduce", "conv2_3x3")
        x = F.max_pool2d(x, 3, 2, ceil_mode=True)
        for name, module in MODULES.items():
            x = self._apply_module(x, f"inception_{name}_", module)
        return self.last_linear(self.dropout(self.last_map(x).mean((2, 3))))

    def train(self, mode: bool = True) -> "BNInception":
        super().train(mode)
        if self.partial_bn:
            hold_norms(self)
        return self
