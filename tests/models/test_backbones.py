"""Backbones whose weights others published: names, sizes, and the numbers that other implementations give."""

import sys
import zlib

import pytest
import torch
from torch import nn

from playfair.models.backbones.any_timm import Timm
from playfair.models.backbones.bn_inception import MODULES, BNInception
from playfair.models.backbones.efficientnet_lite0 import EfficientNetLite0
from playfair.models.backbones.resnet import resnet18, resnet50
from playfair.models.weights import read_weights


def filled(model: nn.Module) -> nn.Module:
    """Weights that depend on each one's name alone, so that another implementation can be given the same."""
    for name, weight in model.state_dict().items():
        if weight.is_floating_point():
            drawn = torch.randn(
                weight.shape, generator=torch.Generator().manual_seed(zlib.crc32(name.encode()))
            )
            if weight.ndim > 1:
                weight.copy_(drawn * (2 / weight[0].numel()) ** 0.5)
            else:
                weight.copy_(
                    1 + 0.1 * drawn.abs() if name.endswith(("weight", "var")) else 0.1 * drawn
                )
    return model.eval()


def frames(size: int = 96) -> torch.Tensor:
    return torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0))


# with 1000 classes. Parameters: torchvision's documentation and the port's own count. The last frame's first logits:
# timm 1.0.31 after (x − mean) / std for the ResNets (bitwise equal to ours at 224), pretrainedmodels 0.7.4 after
# 255·BGR − mean for BN-Inception, efficientnet-lite-pytorch 0.1.0 after (255·x − 127) / 128 for EfficientNet-Lite0
# (bitwise equal to ours), each run once with `filled` weights.
KNOWN = {
    resnet18: (11_689_512, 62 + 20 * 3, [22.752, -85.4937, 122.279, 63.2939]),
    resnet50: (25_557_032, 161 + 53 * 3, [1015.2789, -836.4264, 477.4118, -737.999]),
    BNInception: (11_295_240, 485, [138.7458, 430.6829, 82.8526, -19.2597]),
    EfficientNetLite0: (4_652_008, 296, [2.5323, 0.5687, 0.4795, -4.5867]),
}


@pytest.mark.parametrize("make", KNOWN)
def test_parameters_and_logits_are_those_of_other_implementations(make) -> None:
    n_parameters, n_names, logits = KNOWN[make]
    model = filled(make(feature_dim=1000))
    assert sum(parameter.numel() for parameter in model.parameters()) == n_parameters
    assert len(model.state_dict()) == n_names
    with torch.no_grad():
        torch.testing.assert_close(
            model(frames())[1, :4], torch.tensor(logits), rtol=1e-4, atol=1e-3
        )


def test_names_are_torchvisions_and_the_caffe_ports() -> None:
    names = set(resnet50().state_dict())
    assert {
        "conv1.weight",
        "bn1.running_var",
        "layer1.0.downsample.0.weight",
        "layer4.2.conv3.weight",
    } <= names
    assert {"layer1.0.downsample.1.num_batches_tracked", "fc.weight", "fc.bias"} <= names
    assert "layer1.0.downsample.0.weight" not in resnet18().state_dict()  # 64 channels already
    names = set(BNInception().state_dict())
    assert {
        "conv1_7x7_s2.bias",
        "conv1_7x7_s2_bn.weight",
        "inception_3a_1x1.weight",
        "last_linear.weight",
    } <= names
    assert {"inception_4e_double_3x3_2_bn.running_mean", "inception_5b_pool_proj.weight"} <= names
    assert "inception_3c_1x1.weight" not in names


def outputs_of(model: nn.Module, names: list[str], size: int = 224) -> list[tuple[int, ...]]:
    shapes: list[tuple[int, ...]] = []
    for name in names:
        model.get_submodule(name).register_forward_hook(
            lambda *given: shapes.append(tuple(given[2].shape[1:]))
        )
    with torch.no_grad():
        model.eval()(frames(size)[:1])
    return shapes


def test_stages_have_the_shapes_of_the_papers() -> None:
    stages = [f"layer{stage}" for stage in (1, 2, 3, 4)]
    assert outputs_of(resnet50(), stages) == [
        (256, 56, 56),
        (512, 28, 28),
        (1024, 14, 14),
        (2048, 7, 7),
    ]
    assert outputs_of(resnet18(), stages) == [
        (64, 56, 56),
        (128, 28, 28),
        (256, 14, 14),
        (512, 7, 7),
    ]
    inception = BNInception()
    inputs = {
        name: inception.get_submodule(f"inception_{name}_3x3_reduce").in_channels
        for name in MODULES
    }
    assert list(inputs.values()) == [
        192,
        256,
        320,
        576,
        576,
        576,
        608,
        608,
        1056,
        1024,
    ]  # Ioffe & Szegedy 2015, figure 5
    reduced = [f"inception_{name}_3x3" for name in ("3a", "3c", "4e", "5b")]
    assert outputs_of(inception, reduced) == [(64, 28, 28), (160, 14, 14), (192, 7, 7), (320, 7, 7)]


def test_bn_inception_sees_bgr_up_to_255_less_the_mean() -> None:
    backbone, seen = BNInception(feature_dim=4).eval(), []
    backbone.conv1_7x7_s2.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    red = torch.zeros(1, 3, 32, 32)
    red[:, 0] = 1
    backbone(red)
    assert seen[0][0, :, 5, 5].tolist() == [-104, -117, 255 - 128]


def test_a_size_that_bn_inception_cannot_take_is_refused() -> None:
    with pytest.raises(ValueError, match="multiples of 32, got 200×200"):
        BNInception()(torch.rand(1, 3, 200, 200))


@pytest.mark.parametrize("make", KNOWN)
def test_imagenet_weights_load_without_their_classifier(make, tmp_path) -> None:
    published = filled(make(feature_dim=1000)).state_dict()
    old = {
        k: v[None] if v.ndim == 1 and "bn" in k else v
        for k, v in published.items()
        if "num_batches" not in k
    }
    torch.save(
        old, tmp_path / "old.pth"
    )  # as the Caffe ports have them: batch norms (1, channel), nothing counted
    backbone = make(feature_dim=8, weights=str(tmp_path / "old.pth"))
    for name, weight in backbone.state_dict().items():
        if "num_batches" not in name and not name.startswith(("fc.", "last_linear.", "_fc.")):
            assert torch.equal(weight, published[name]), name
    assert backbone(frames(64)).shape == (2, 8)


@pytest.mark.parametrize("last", ["fc", "last_linear", "fc_action"])
def test_a_backbone_trained_on_video_loads_with_its_last_layer(last: str, tmp_path) -> None:
    trained = filled(resnet18(feature_dim=8))
    weights = {
        f"module.{name.replace('fc.', last + '.')}": weight
        for name, weight in trained.state_dict().items()
    }
    torch.save({"epoch": 61, "model": weights}, tmp_path / "tsn.pth")
    loaded = resnet18(feature_dim=8, weights=str(tmp_path / "tsn.pth"), last_layer="loaded").eval()
    torch.testing.assert_close(loaded(frames(64)), trained(frames(64)), rtol=0, atol=0)
    with pytest.raises(ValueError, match=r"shape: fc.weight is \(8, 512\), expected \(16, 512\)"):
        resnet18(feature_dim=16, weights=str(tmp_path / "tsn.pth"), last_layer="loaded")


def test_partial_bn_learns_the_first_norm_only() -> None:
    for backbone in (
        resnet18(feature_dim=4, partial_bn=True),
        BNInception(feature_dim=4, partial_bn=True),
        EfficientNetLite0(feature_dim=4, partial_bn=True),
    ):
        norms = [layer for layer in backbone.train().modules() if isinstance(layer, nn.BatchNorm2d)]
        before = [norm.running_mean.clone() for norm in norms]
        backbone(frames(64))
        changed = [
            not torch.equal(norm.running_mean, mean)
            for norm, mean in zip(norms, before, strict=True)
        ]
        assert changed == [True] + [False] * (len(norms) - 1)
        assert [norm.weight.requires_grad for norm in norms] == changed


@pytest.mark.parametrize("make", KNOWN)
def test_the_pooled_map_itself_is_what_the_last_layer_sees(make) -> None:
    whole = filled(make(feature_dim=8))
    pooled = filled(make(feature_dim=None))
    last = next(name for name in ("fc", "last_linear", "_fc") if hasattr(whole, name))
    with torch.no_grad():
        features = pooled(frames(64))
        assert features.shape == (2, pooled.feature_dim)
        torch.testing.assert_close(getattr(whole, last)(features), whole(frames(64)))


def test_a_missing_file_and_a_missing_network_say_what_to_do(tmp_path, monkeypatch) -> None:
    with pytest.raises(ValueError, match="no file of weights at nowhere.pth"):
        resnet18(weights="nowhere.pth")
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(
        ValueError, match=r"Download it by hand .* put it at .*checkpoints/resnet18-f37072fd.pth"
    ):
        read_weights("http://127.0.0.1:9/models/resnet18-f37072fd.pth")


def test_timm_that_is_not_installed_is_answered_with_what_to_type(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(ValueError, match=r"pip install 'playfair\[timm\]'"):
        Timm("resnet26")
