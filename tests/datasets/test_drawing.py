import numpy as np
import pytest

from playfair.datasets.drawing import clip as drawing
from playfair.datasets.drawing.actions import TEMPLATES, TWINS, path_of
from playfair.datasets.drawing.clip import draw, interval, phase_of

SEEDS = [np.random.SeedSequence([0, 0, i]) for i in range(4)]


@pytest.mark.parametrize("seed", SEEDS)
def test_outside_the_interval_a_clip_is_the_same_whatever_its_class(seed):
    clips = [draw(template, seed, size=32) for template in TEMPLATES]
    start, stop = clips[0].start, clips[0].stop
    for clip in clips[1:]:
        assert (clip.start, clip.stop) == (start, stop)
        np.testing.assert_array_equal(clip.frames[:start], clips[0].frames[:start])
        np.testing.assert_array_equal(clip.frames[stop:], clips[0].frames[stop:])


@pytest.mark.parametrize("seed", SEEDS)
def test_every_frame_of_the_interval_shows_the_actors(seed, monkeypatch):
    clips = [draw(template, seed, size=32) for template in TEMPLATES]
    monkeypatch.setattr(drawing, "opacity", lambda phase: 0.0)
    empty = draw(TEMPLATES[0], seed, size=32).frames
    for clip in clips:
        changed = (clip.frames != empty).any(axis=(1, 2, 3))
        assert np.flatnonzero(changed).tolist() == list(range(clip.start, clip.stop))


@pytest.mark.parametrize("twins", TWINS)
@pytest.mark.parametrize("seed", SEEDS)
def test_twins_are_each_other_run_backwards_when_the_camera_is_still(twins, seed, monkeypatch):
    monkeypatch.setattr(
        drawing, "random_camera", lambda rng, n_frames, size: np.zeros((n_frames, 2))
    )
    one = draw(twins.forwards, seed, size=32)
    other = draw(twins.backwards, seed, size=32)
    forwards = one.frames[one.start : one.stop]
    backwards = other.frames[other.start : other.stop][::-1]
    assert np.abs(forwards.astype(int) - backwards).max() <= 1  # 1 - u rounds
    assert (
        np.abs(forwards.astype(int) - backwards[::-1]).max() > 50
    )  # and it is not the same both ways


@pytest.mark.parametrize(
    ("template", "measure"),
    [
        ("Moving [something] from left to right", lambda poses: [p.x for (p,) in poses]),
        ("Moving [something] down", lambda poses: [p.y for (p,) in poses]),
        ("Moving [something] towards the camera", lambda poses: [p.radius for (p,) in poses]),
        (
            "Turning [something] clockwise",
            lambda poses: [p.angle for (p,) in poses],
        ),  # y points down
        (
            "Uncovering [something]",
            lambda poses: [np.hypot(b.x - a.x, b.y - a.y) for a, b in poses],
        ),
        (
            "Moving [something] and [something] away from each other",
            lambda poses: [np.hypot(b.x - a.x, b.y - a.y) for a, b in poses],
        ),
    ],
)
def test_each_action_goes_the_way_its_name_says(template, measure):
    for seed in range(5):
        path = path_of(template, np.random.default_rng(seed))
        poses = [path(phase_of(i, 20)) for i in range(20)]
        assert np.all(np.diff(measure(poses)) > 0)


def test_lengths_and_intervals_spread_over_their_whole_range():
    clips = np.array([interval(np.random.SeedSequence([1, 0, i])) for i in range(2000)])
    n_frames, start, stop = clips.T
    assert n_frames.min() == 20 and n_frames.max() == 60
    assert (start >= 1).all() and (stop < n_frames).all()  # stillness on either side
    share = (stop - start) / n_frames
    assert 0.37 < share.min() < 0.43 and 0.77 < share.max() < 0.83
    assert abs((start + stop).mean() / n_frames.mean() - 1) < 0.02  # in the middle, on average


def test_the_same_seed_draws_the_same_pixels_however_often_it_was_used():
    seed = np.random.SeedSequence(3)
    frames = [draw("Moving [something] up", seed, size=32).frames for _ in range(2)]
    np.testing.assert_array_equal(*frames)
    assert len(frames[0]) == interval(seed)[0]


@pytest.mark.parametrize(
    "still", [("random_camera",), ("random_scene",), ("random_scene", "random_camera")]
)
def test_another_seed_draws_another_scene_camera_and_action(still, monkeypatch):
    """What is held alike leaves the other two to differ; the first frame shows no action."""
    monkeypatch.setattr(drawing, "interval", lambda seed: (20, 5, 15))
    for name in still:
        sizes = (20, 32) if name == "random_camera" else (32,)
        constant = getattr(drawing, name)(np.random.default_rng(0), *sizes)
        monkeypatch.setattr(drawing, name, lambda *_, constant=constant: constant)
    seeds = [np.random.SeedSequence([0, 0, i]) for i in range(8)]
    clips = [draw("Moving [something] up", seed, size=32).frames for seed in seeds]
    assert len({(frames if len(still) == 2 else frames[0]).tobytes() for frames in clips}) == 8
