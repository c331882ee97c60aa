"""Heads that learn anew, on features of which one frame alone tells the class."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from playfair.experiments.attributor import Clips
from playfair.experiments.retraining import SHARES, Retrained, learnt, of_length, without_top
from playfair.experiments.rivals import evenly, true_values
from playfair.models.multiscale import MultiscaleTRN, multiscale_trn
from playfair.models.trn import TRN
from playfair.models.tsn import TSN

N_FRAMES = 4


def telling(n_videos: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Features that are noise but for frame 1, which is the class's own direction."""
    generator = torch.Generator().manual_seed(seed)
    label = torch.arange(n_videos) % 2
    features = 0.1 * torch.randn(n_videos, N_FRAMES, 4, generator=generator)
    features[:, 1, :2] += 8 * torch.nn.functional.one_hot(label, 2)
    return features, label


class Telling:
    """A method that ranks one frame first."""

    device = torch.device("cpu")
    head: torch.nn.Module | None = None

    def __init__(self, frame: int) -> None:
        self.frame = frame

    def __call__(self, method: str, clips: Clips) -> np.ndarray:
        values = np.zeros((len(clips.label), N_FRAMES))
        values[:, self.frame] = 1
        return values


def right(frame: int, head: Callable[..., torch.nn.Module] = TSN) -> np.ndarray:
    """What ROAR is told of a method that ranks this frame first: (video, share)."""
    study = SimpleNamespace(
        is_pretrained=False,
        seed=0,
        name="tsn",
        dataset=SimpleNamespace(opened=SimpleNamespace(class_names=("a", "b"))),
        workplace=SimpleNamespace(build=lambda config: head),
        model={"head": {}},
    )
    retrained = Retrained(study, Telling(frame), N_FRAMES)
    retrained.training_clips = telling(256, seed=0)
    features, label = telling(100, seed=1)
    clips = Clips(features, label, None, np.empty(0), None)
    answer = retrained("leave_one_out", "retrained", clips)
    assert answer is not None
    again = retrained("leave_one_out", "retrained", clips)
    assert np.array_equal(answer, again) and list(retrained.heads) == ["leave_one_out"]
    assert len(retrained.heads["leave_one_out"]) == len(SHARES)
    return answer


def test_nothing_is_learnt_without_the_frame_that_tells() -> None:
    without_it = right(1)
    assert without_it.shape == (100, len(SHARES))
    assert (np.abs(without_it.mean(0) - 0.5) < 0.2).all()
    assert right(0)[:, 0].mean() > 0.95  # a quarter is one frame, another one


def test_what_is_learnt_are_training_clips_without_their_top_frames(monkeypatch) -> None:
    given: list[list[float]] = []

    def learn(make: object, features: torch.Tensor, label: torch.Tensor, seed: int) -> None:
        given.append(features.flatten().tolist())

    monkeypatch.setattr("playfair.experiments.retraining.learnt", learn)
    retrained = Retrained(SimpleNamespace(is_pretrained=False, seed=0), Telling(0), N_FRAMES)
    retrained.training_clips = torch.arange(4.0).view(1, 4, 1), torch.tensor([0])
    retrained.without(np.array([[1.0, 4.0, 2.0, 3.0]]))
    assert given == [[0, 2, 3], [0, 2], [0]]


def test_a_multi_scale_head_learns_clips_of_fewer_frames_than_it_has_scales() -> None:
    """Of four scales two are filled by the frames that are left of four without a half of them."""

    def head(feature_dim: int, n_classes: int) -> MultiscaleTRN:
        return multiscale_trn(4, feature_dim, 8, n_classes)

    without_it = right(1, head)
    assert (np.abs(without_it.mean(0) - 0.5) < 0.2).all()
    assert right(0, head)[:, 0].mean() > 0.95


def test_without_the_scales_that_are_not_filled_a_head_says_the_same() -> None:
    head = multiscale_trn(4, 6, 8, 3).eval()
    features = torch.randn(5, 2, 6, generator=torch.Generator().manual_seed(0))
    for rectified in (False, True):
        whole = MultiscaleTRN(list(head), rectified).eval()
        short = of_length(whole, 2)
        assert short.n_max == 2 and torch.equal(short(features), whole(features))
    assert of_length(head, 4) is head


def test_a_head_of_fixed_length_is_not_retrained_on_shorter_clips() -> None:
    fixed = Retrained(SimpleNamespace(is_pretrained=False), Telling(0), N_FRAMES)
    fixed.attributed.head = TRN(N_FRAMES, 4, 8, 2)
    assert fixed("esv", "retrained", None) is None


def test_checkpoints_and_methods_of_pictures_are_not_retrained() -> None:
    checkpoint = Retrained(SimpleNamespace(is_pretrained=True), Telling(0), N_FRAMES)
    assert checkpoint("esv", "retrained", None) is None
    heads = Retrained(SimpleNamespace(is_pretrained=False), Telling(0), N_FRAMES)
    assert heads("gradcam", "retrained", None) is None


def test_what_is_left_keeps_its_order_and_is_never_nothing() -> None:
    features = torch.arange(4.0).view(1, 4, 1)
    attribution = np.array([[1.0, 4.0, 2.0, 3.0]])
    assert without_top(features, attribution, 0.5).flatten().tolist() == [0, 2]
    assert without_top(features, attribution, 0.25).flatten().tolist() == [0, 2, 3]
    assert without_top(features, attribution, 1.0).flatten().tolist() == [0]


def test_learning_leaves_torchs_own_source_as_it_was() -> None:
    features, label = telling(64, seed=0)
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    head = learnt(lambda: TSN(4, 2), features, label, seed=0)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not head.training
    assert float((head(features).argmax(1) == label).float().mean()) > 0.95


@pytest.mark.parametrize(("n_videos", "most", "chosen"), [(5, 3, [0, 2, 4]), (2, 5, [0, 1])])
def test_videos_are_chosen_evenly(n_videos, most, chosen) -> None:
    assert np.flatnonzero(evenly(n_videos, most)).tolist() == chosen


def test_true_values_are_those_of_the_class_at_the_frames_that_are_shown() -> None:
    import xarray as xr

    class Truth:
        def scores(self, frame_index: np.ndarray, prior: np.ndarray) -> np.ndarray:
            first, second = frame_index.tolist()
            own = np.array([0.0, first, second, first + second])
            return np.stack([own, -own], axis=1)

    opened = SimpleNamespace(truths=lambda: {"7": Truth()}, prior=lambda: np.ones(2) / 2)
    study = SimpleNamespace(dataset=SimpleNamespace(opened=opened))
    esvs = xr.Dataset(
        {},
        {
            "video": np.array(["7"], dtype=object),
            "label": ("video", [1]),
            "frame_index": (("video", "element"), [[3, 5]]),
        },
    )
    np.testing.assert_allclose(true_values(study, esvs), [[-3.0, -5.0]])
    unknown = SimpleNamespace(dataset=SimpleNamespace(opened=SimpleNamespace()))
    assert true_values(unknown, esvs) is None
