"""Modules that name their layers as other projects' do, and save them as these do.

Written anew from what their names and shapes are: TRN-pytorch and tsn-pytorch (a TSN with
`base_model`, `new_fc` and `consensus`), and mmaction2 (ConvModule, `backbone` and `cls_head`).
"""

import itertools
import sys
import types

import numpy as np
import torch
from torch import Tensor, nn

from playfair.models.backbones.resnet import MEAN, STD, ResNet

HIDDEN = 12


def relation(n_frames: int, feature_dim: int, n_classes: int) -> nn.Sequential:
    """Of TRN-pytorch and mmaction2: a ReLU before each of two layers."""
    first = nn.Linear(n_frames * feature_dim, HIDDEN)
    return nn.Sequential(nn.ReLU(), first, nn.ReLU(), nn.Linear(HIDDEN, n_classes))


class Relations(nn.Module):
    """The multi-scale consensus: the largest scale first, none of one frame."""

    def __init__(self, n_frames: int, feature_dim: int, n_classes: int) -> None:
        super().__init__()
        self.sizes = list(range(n_frames, 1, -1))
        self.fc_fusion_scales = nn.ModuleList(
            relation(size, feature_dim, n_classes) for size in self.sizes
        )

    def forward(self, features: Tensor) -> Tensor:
        """Added up over sizes, and over at most three subsets of each, drawn at random."""
        total = torch.zeros(())
        for size, fusion in zip(self.sizes, self.fc_fusion_scales, strict=True):
            subsets = list(itertools.combinations(range(features.shape[1]), size))
            for place in torch.randperm(len(subsets))[:3].tolist():
                total = total + fusion(features[:, subsets[place], :].reshape(len(features), -1))
        return total

    def mean_of(self, features: Tensor, size: int) -> Tensor:
        """The mean over all subsets of a size, in the order of the frames."""
        fusion = self.fc_fusion_scales[self.sizes.index(size)]
        subsets = itertools.combinations(range(features.shape[1]), size)
        of_each = [fusion(features[:, subset, :].reshape(len(features), -1)) for subset in subsets]
        return torch.stack(of_each).mean(0)


class SourceTSN(nn.Module):
    """`TSN` of both codes: a backbone whose last layer is outside of it, and a consensus."""

    def __init__(self, base_model: nn.Module, out: int, consensus: nn.Module) -> None:
        super().__init__()
        self.base_model = base_model
        self.new_fc = nn.Linear(base_model.feature_dim, out)
        self.consensus = consensus

    def features(self, frames: Tensor) -> Tensor:
        return self.new_fc(self.base_model(frames))


class ConvModule(nn.Module):
    """mmcv's: a convolution and its norm, by these names."""

    def __init__(self, conv: nn.Conv2d, bn: nn.BatchNorm2d) -> None:
        super().__init__()
        self.conv = conv
        self.bn = bn

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x))


class Block(nn.Module):
    """mmaction2's residual block, made of ours' layers."""

    def __init__(self, ours: nn.Module) -> None:
        super().__init__()
        self.depth = ours.depth
        for i in range(1, ours.depth + 1):
            module = ConvModule(getattr(ours, f"conv{i}"), getattr(ours, f"bn{i}"))
            self.add_module(f"conv{i}", module)
        self.downsample = ConvModule(*ours.downsample) if ours.downsample is not None else None

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        for i in range(1, self.depth + 1):
            x = getattr(self, f"conv{i}")(x)
            x = (x + shortcut if i == self.depth else x).relu()
        return x


class MMResNet(nn.Module):
    """mmaction2's ResNet; takes normalised frames, gives the last map."""

    def __init__(self, ours: ResNet) -> None:
        super().__init__()
        self.conv1 = ConvModule(ours.conv1, ours.bn1)
        self.maxpool = ours.maxpool
        for stage in range(1, 5):
            blocks = [Block(block) for block in getattr(ours, f"layer{stage}")]
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))

    def forward(self, frames: Tensor) -> Tensor:
        x = self.maxpool(self.conv1(frames).relu())
        for stage in range(1, 5):
            x = getattr(self, f"layer{stage}")(x)
        return x


class MMHead(nn.Module):
    """`cls_head` of a TSN, or with a consensus of a TRN."""

    def __init__(self, in_channels: int, out: int, consensus: nn.Module | None = None) -> None:
        super().__init__()
        self.fc_cls = nn.Linear(in_channels, out)
        if consensus is not None:
            self.consensus = consensus


class MMRecognizer(nn.Module):
    """`Recognizer2D`."""

    def __init__(self, ours: ResNet, head: MMHead) -> None:
        super().__init__()
        self.backbone = MMResNet(ours)
        self.cls_head = head

    def pooled(self, frames: Tensor) -> Tensor:
        mean = torch.tensor(MEAN).view(3, 1, 1)
        std = torch.tensor(STD).view(3, 1, 1)
        return self.backbone((frames - mean) / std).mean((2, 3))


def small_resnet(feature_dim: int | None = None) -> ResNet:
    """One block a stage, with norms that are not as they begin."""
    torch.manual_seed(0)
    model = ResNet((1, 1, 1, 1), False, feature_dim=feature_dim)
    for name, value in model.state_dict().items():
        if name.endswith(("running_mean", "bias")):
            value.normal_(std=0.1)
        elif name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
    return model.eval()


def as_trn_pytorch_saves(model: nn.Module) -> dict[str, object]:
    """main.py: DataParallel's names, and what was measured beside them."""
    return {
        "epoch": 50,
        "arch": "resnet18",
        "state_dict": nn.DataParallel(model).state_dict(),
        "best_prec1": torch.tensor(48.8),
    }


def as_mmengine_saves(model: nn.Module, monkeypatch) -> dict[str, object]:
    """Runner.save_checkpoint: a message hub with buffers of its own class, numbers of numpy."""
    module = types.ModuleType("mmengine.logging.history_buffer")

    class HistoryBuffer:
        def __init__(self) -> None:
            self._log_history = np.array([0.5, 0.25])
            self._count_history = np.array([1, 1])

    HistoryBuffer.__module__ = module.__name__
    HistoryBuffer.__qualname__ = "HistoryBuffer"
    module.HistoryBuffer = HistoryBuffer
    for name in ("mmengine", "mmengine.logging"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    scalars = {"train/loss": HistoryBuffer(), "top1": np.float64(0.48), "lr": np.float32(0.1)}
    return {
        "meta": {"epoch": 50, "seed": np.int64(3), "dataset_meta": {}},
        "state_dict": model.state_dict(),
        "message_hub": {"log_scalars": scalars, "runtime_info": {"iter": 100}},
    }
