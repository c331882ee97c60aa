from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from playfair.datasets.dataset import Split
from playfair.training.blocks import Blocks
from playfair.training.sampled_clips import EpochShuffle, SampledClips, SampledDataModule
from playfair.training.sources import LabelledClips, Videos
from playfair.video.fitted import Fit
from playfair.video.reader import VideoError
from tests.clips import encoded, moving


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return encoded(tmp_path / "clip.webm", "libvpx", moving(6, 32, 64))


class Counting:
    """A source whose rows are their own indices: clip c has 10 + c rows, row r is [c, r]."""

    def __len__(self) -> int:
        return 7

    def sample(self, clip: int, choose, rng=None) -> np.ndarray:
        return np.stack([[clip, row] for row in choose(10 + clip)]).astype(np.float32)


def module(workers: int = 0) -> SampledDataModule:
    labelled = LabelledClips(Counting(), np.arange(7) * 2, np.array([0, 2, 3, 6]))
    return SampledDataModule(labelled, labelled, n_frames=4, batch_size=2, seed=1, workers=workers)


def epoch(data: SampledDataModule, number: int) -> torch.Tensor:
    loader = data.train_dataloader()
    loader.sampler.set_epoch(number)
    return torch.cat([batch["input"] for batch in loader])


def test_training_sees_each_chosen_clip_once_an_epoch_with_its_target() -> None:
    for batch in module().train_dataloader():
        assert torch.equal(batch["target"], 2 * batch["input"][:, 0, 0].long())
    assert sorted(epoch(module(), 0)[:, 0, 0].tolist()) == [0, 2, 3, 6]


def test_draws_depend_on_seed_epoch_and_clip_and_not_on_workers() -> None:
    assert torch.equal(epoch(module(), 3), epoch(module(workers=2), 3))
    assert not torch.equal(epoch(module(), 3), epoch(module(), 4))


def test_validation_takes_segment_centres_in_order() -> None:
    first = next(iter(module().val_dataloader()))["input"]
    assert first[0].tolist() == [[0, 1], [0, 3], [0, 6], [0, 8]]


class Draws(Counting):
    """A source that shows what is drawn beside its frames: −1 where nothing is."""

    def sample(self, clip: int, choose, rng=None) -> np.ndarray:
        return np.array([[-1 if rng is None else rng.integers(1 << 20)]])


def test_crops_are_drawn_anew_for_each_clip_and_epoch_in_training_alone() -> None:
    labelled = LabelledClips(Draws(), np.arange(7), np.arange(7))
    clips = SampledClips(labelled, 4, seed=1)
    drawn = {int(clips[epoch, clip]["input"]) for epoch in range(2) for clip in range(7)}
    assert len(drawn) == 14 and -1 not in drawn
    assert clips[1, 3]["input"] == clips[1, 3]["input"], "whatever was drawn before"
    assert SampledClips(labelled, 4, None)[0, 3]["input"] == -1


def test_videos_are_cropped_anywhere_while_training_where_their_shorter_side_is_given(
    clip: Path,
) -> None:
    dataset = SimpleNamespace(clip=lambda uid: clip)
    split = Split("train", np.array(["1"]), np.array([0]))
    middle = lambda n_frames: np.array([n_frames // 2])  # noqa: E731
    places = {}
    for name, fit in {
        "cropped": Fit(short_side=32, crop=(28, 28)),
        "squeezed": Fit(size=(28, 28)),
    }.items():
        videos = Videos(dataset, split, fit)
        draws = [videos.sample(0, middle, np.random.default_rng(seed)) for seed in range(8)]
        assert {draw.shape for draw in draws} == {(1, 28, 28, 3)}
        places[name] = len({draw.tobytes() for draw in draws})
        still = videos.sample(0, middle)
        assert np.array_equal(still, videos[0][len(videos[0]) // 2][None]), "as it is explained"
    assert places["cropped"] > 1 and places["squeezed"] == 1


def test_ranks_share_an_epoch_without_overlap() -> None:
    ranks = [list(EpochShuffle(9, seed=0, rank=rank, world_size=2)) for rank in range(2)]
    assert [len(rank) for rank in ranks] == [
        4,
        4,
    ]  # equally many: a rank that stops early would hang the others
    assert not set(ranks[0]) & set(ranks[1])


def test_ranks_own_every_missing_block_exactly_once() -> None:
    missing = [0, 3, 4, 7, 9]
    owned = [Blocks(missing, lambda block: {}, rank, 3).blocks for rank in range(3)]
    assert sorted(block for rank in owned for block in rank) == missing


def test_a_block_is_a_batch() -> None:
    blocks = Blocks([5, 8], lambda block: {"rows": torch.full((3,), block)})
    loader = DataLoader(blocks, batch_size=None)
    assert [(batch["block"], batch["rows"].tolist()) for batch in loader] == [
        (5, [5] * 3),
        (8, [8] * 3),
    ]


class Broken(Counting):
    """Clips 2 and 3 cannot be decoded."""

    def sample(self, clip: int, choose, rng=None) -> np.ndarray:
        if clip in (2, 3):
            raise VideoError(f"{clip}.webm: the file is empty")
        return super().sample(clip, choose)


def fitted(workers: int, on_broken: str) -> tuple[SampledDataModule, list[torch.Tensor]]:
    """Batches as Lightning hands them over, through the hook of the process that trains."""
    labelled = LabelledClips(Broken(), np.arange(7) * 2, np.array([0, 2, 3, 6]))
    settings = {
        "n_frames": 4,
        "batch_size": 2,
        "seed": 1,
        "workers": workers,
        "on_broken": on_broken,
    }
    data = SampledDataModule(labelled, labelled, **settings)
    return data, [data.on_before_batch_transfer(batch, 0) for batch in data.train_dataloader()]


@pytest.mark.parametrize("workers", [0, 2])
def test_the_next_clip_stands_in_for_one_that_cannot_be_decoded_and_it_is_told(
    workers: int, caplog
) -> None:
    data, batches = fitted(workers, "skip")
    assert all(batch.keys() == {"input", "target"} for batch in batches)
    for batch in batches:
        assert torch.equal(batch["target"], 2 * batch["input"][:, 0, 0].long())
    clips = sorted(int(clip) for batch in batches for clip in batch["input"][:, 0, 0])
    assert clips == [0, 6, 6, 6]
    assert data.broken == {"2.webm: the file is empty", "3.webm: the file is empty"}
    assert caplog.text.count("2.webm: the file is empty") == 1


@pytest.mark.parametrize("workers", [0, 2])
def test_broken_fail_stops_with_the_clips_name_and_what_to_type(workers: int) -> None:
    with pytest.raises(VideoError, match=r"^[23]\.webm: the file is empty\n.*dataset\.broken=skip"):
        fitted(workers, "fail")


def test_a_source_of_which_nothing_can_be_decoded_is_an_error_and_no_endless_search() -> None:
    labelled = LabelledClips(Broken(), np.arange(7), np.array([2, 3]))
    with pytest.raises(VideoError, match=r"2 clips in a row .*3\.webm.*experiment=doctor"):
        _ = SampledClips(labelled, 4, seed=0)[0, 0]
