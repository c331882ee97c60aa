import contextlib
import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from pytorch_lightning import Trainer
from rich.console import Console

import playfair
from playfair.models.multiscale import multiscale_trn
from playfair.shapley.errors import NotFiniteScores
from playfair.shapley.threads import one_thread_each
from playfair.steps.esv_creation import create_store
from playfair.steps.esv_store import ESVStore, open_store
from playfair.training.blocks import BlockDataModule
from playfair.training.esv_evaluation import ESVEvaluation, Explained
from playfair.training.progress import BlockProgress
from tests.conftest import ROOT, call_warm, contents

VIDEOS, FRAMES, CLASSES = 11, 6, 5
QUIET = {
    "accelerator": "cpu",
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "logger": False,
}
PRIOR = torch.tensor([0.1, 0.15, 0.2, 0.25, 0.3])


def features() -> torch.Tensor:
    return torch.randn(VIDEOS, FRAMES, 8, generator=torch.Generator().manual_seed(0))


def head():
    torch.manual_seed(0)
    return multiscale_trn(3, 8, 16, CLASSES).eval()


def store(path: Path, videos: int = VIDEOS, with_errors: bool = False) -> ESVStore:
    return create_store(
        path,
        uids=[str(video) for video in range(videos)],
        labels=np.zeros(videos, int),
        prior=PRIOR.numpy(),
        class_names=list("abcde"),
        n_frames=FRAMES,
        block=3,
        with_errors=with_errors,
    )


def loaded(to: ESVStore, block: int, seen: torch.Tensor | None = None) -> dict[str, torch.Tensor]:
    seen = features() if seen is None else seen
    index = torch.arange(FRAMES).expand(len(seen), -1)
    return {"features": seen[to.videos(block)], "frame_index": index[to.videos(block)]}


def evaluate(
    to: ESVStore,
    blocks: list[int],
    seen: torch.Tensor | None = None,
    devices: int = 1,
    strategy: str = "auto",
    verb: str = "predict",
    budget: int | None = None,
) -> None:
    seen = features() if seen is None else seen

    ranks = {"devices": devices, "strategy": strategy, "use_distributed_sampler": True}
    options = {} if budget is None else {"budget": budget}
    evaluation = ESVEvaluation(to, PRIOR, options=options)
    trainer = Trainer(callbacks=[evaluation], **ranks, **QUIET)
    quiet = {"return_predictions": False} if verb == "predict" else {"verbose": False}
    getattr(trainer, verb)(
        Explained(head()),
        BlockDataModule(lambda: blocks, lambda block: loaded(to, block, seen)),
        **quiet,
    )
    trainer.strategy.barrier()


def test_the_callback_writes_what_explain_says_bitwise(tmp_path: Path) -> None:
    to = store(tmp_path / "a.zarr")
    evaluate(to, to.missing())
    written = open_store(to.path)
    for block in range(4):
        with one_thread_each():
            direct = playfair.explain(head(), features()[to.videos(block)], PRIOR)
        np.testing.assert_array_equal(written["esv"].values[to.videos(block)], direct.esv.numpy())
        np.testing.assert_array_equal(
            written["score"].values[to.videos(block)], direct.score.numpy()
        )


class Counted(torch.nn.Module):
    """A model that is called: every pass with the whole of a video is counted."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(8, CLASSES)
        self.whole = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.whole += x.shape[1] == FRAMES
        return self.layer(x.mean(1))


def test_a_called_model_is_looked_at_with_the_first_block_of_an_evaluation_alone(
    tmp_path: Path,
) -> None:
    model = Counted().eval()
    to = store(tmp_path / "a.zarr")
    trainer = Trainer(callbacks=[ESVEvaluation(to, PRIOR)], **QUIET)
    data = BlockDataModule(lambda: [0, 1, 2, 3], lambda block: loaded(to, block))
    for evaluations in (1, 2):  # the weights may be others at the next one
        trainer.predict(Explained(model), data, return_predictions=False)
        # one pass for each of 4 blocks, and the two of the first look
        assert model.whole == evaluations * (4 + 2)
    direct = playfair.explain(model, features()[to.videos(2)], PRIOR)
    written = open_store(to.path)["esv"].values[to.videos(2)]
    np.testing.assert_array_equal(written, direct.esv.numpy())


@pytest.mark.parametrize("verb", ["validate", "test"])
def test_validating_and_testing_write_what_predicting_writes(tmp_path: Path, verb: str) -> None:
    predicted, other = store(tmp_path / "a.zarr"), store(tmp_path / "b.zarr")
    evaluate(predicted, predicted.missing())
    evaluate(other, other.missing(), verb=verb)
    assert contents(predicted.path) == contents(other.path)


def test_a_killed_evaluation_is_finished_to_the_same_bits(tmp_path: Path) -> None:
    whole, parts = store(tmp_path / "a.zarr"), store(tmp_path / "b.zarr")
    evaluate(whole, whole.missing())
    evaluate(parts, [2])
    with pytest.raises(ValueError, match="cut short"):
        open_store(parts.path)
    evaluate(parts, parts.missing())
    for name in ("esv", "score", "frame_index"):
        np.testing.assert_array_equal(open_store(whole.path)[name], open_store(parts.path)[name])


def test_a_video_with_nan_features_costs_the_others_nothing(tmp_path: Path) -> None:
    whole, faulty = store(tmp_path / "a.zarr"), store(tmp_path / "b.zarr")
    evaluate(whole, whole.missing())
    seen = features()
    seen[4, 2, 1] = torch.nan
    evaluate(faulty, faulty.missing(), seen)
    assert np.isnan(xr.open_zarr(faulty.path)["esv"].values[4]).all(), (
        "its rows say that there is nothing"
    )
    answered, others = open_store(faulty.path), np.arange(VIDEOS) != 4
    assert answered.attrs["unexplained"] == ["4"] and "4" not in answered["video"].values
    for name in ("esv", "score", "frame_index"):
        np.testing.assert_array_equal(answered[name], open_store(whole.path)[name][others])


def test_a_video_whose_scores_overflow_costs_the_others_nothing(tmp_path: Path) -> None:
    seen = features()
    seen[4] = 1e38
    for budget in (None, 30):
        whole, faulty = (
            store(tmp_path / f"{n}{budget}", with_errors=budget is not None) for n in "ab"
        )
        evaluate(whole, whole.missing(), budget=budget)
        evaluate(faulty, faulty.missing(), seen, budget=budget)
        answered, others = open_store(faulty.path), np.arange(VIDEOS) != 4
        assert answered.attrs["unexplained"] == ["4"]
        for name in ("esv", "score"):
            expected = open_store(whole.path)[name][others]
            np.testing.assert_array_equal(answered[name], expected)


def test_a_model_with_broken_weights_is_an_error_and_no_store_of_nan(tmp_path: Path) -> None:
    to = store(tmp_path / "a.zarr")
    broken = head()
    broken[1].output.weight.data[0, 0] = torch.nan
    evaluation = ESVEvaluation(to, PRIOR)
    trainer = Trainer(callbacks=[evaluation], **QUIET)
    data = BlockDataModule(lambda: [0], lambda block: loaded(to, block))
    with pytest.raises(NotFiniteScores, match="check its weights"):
        trainer.predict(Explained(broken), data, return_predictions=False)
    assert 0 in to.missing()


# one launch for all: stores of an odd number of videos, of fewer blocks than ranks, of one video, and sampled
RANKS = """
import sys; from pathlib import Path
from playfair.steps.ranks import by_rank_zero, work
from tests.training.test_esv_evaluation import ESVStore, evaluate, features, store
def share():
    for name, videos, budget in (("11", 11, None), ("1", 1, None), ("sampled", 11, 30)):
        to = ESVStore(Path(sys.argv[1]) / f"{name}.zarr", 3)
        by_rank_zero(lambda: store(to.path, videos, budget is not None), done=to.exists)
        evaluate(to, to.missing(), features()[:videos], devices=2, strategy="ddp", budget=budget)
work(share, Path(sys.argv[1]))
"""
SUPERVISOR = """
import sys; from pathlib import Path
from playfair.steps.supervisor import supervise
supervise([sys.executable, "-c", *sys.argv[1:]], 2, Path(sys.argv[2]))
"""


def test_any_number_of_videos_is_shared_by_two_ranks(tmp_path: Path) -> None:
    ranks, alone = tmp_path / "ranks", tmp_path / "alone"
    ranks.mkdir()
    done = call_warm(SUPERVISOR, RANKS, str(ranks), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    for videos in (11, 1):
        to = store(alone / f"{videos}.zarr", videos)
        evaluate(to, to.missing(), features()[:videos])
        assert contents(to.path) == contents(ranks / f"{videos}.zarr")
    to = store(alone / "sampled.zarr", with_errors=True)
    evaluate(to, to.missing(), budget=30)
    assert contents(to.path) == contents(ranks / "sampled.zarr"), (
        "what is drawn does not depend on who draws"
    )
    assert (open_store(to.path)["stderr"] > 0).all()


def test_a_budget_for_exact_values_leaves_no_error(tmp_path: Path) -> None:
    to = store(tmp_path / "a.zarr", with_errors=True)
    seen = features()
    seen[4, 2, 1] = torch.nan
    evaluate(to, to.missing(), seen, budget=1000)
    stderr = xr.open_zarr(to.path)["stderr"].values
    assert np.isnan(stderr[4]).all() and (np.delete(stderr, 4, 0) == 0).all()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 160 kB, which `mount -o remount,size=…` enlarges."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_told_and_the_run_goes_on_once_there_is_space(
    tmp_path: Path, small_disk: Path
) -> None:
    to, elsewhere = store(small_disk / "a.zarr"), store(tmp_path / "b.zarr")
    evaluate(to, to.missing()[:1])
    with contextlib.suppress(OSError), (small_disk / "filling").open("wb", buffering=0) as filling:
        while True:
            filling.write(bytes(4096))
    with pytest.raises(
        ValueError,
        match="The disk is full: no space for block 1 of .*a.zarr.*type the same command",
    ):
        evaluate(to, to.missing())
    assert to.missing() == [1, 2, 3], "what was finished is kept"
    subprocess.run(["mount", "-o", "remount,size=1m", str(small_disk)], check=True)
    evaluate(to, to.missing())
    evaluate(elsewhere, elsewhere.missing())
    assert contents(to.path) == contents(elsewhere.path)


def test_the_bar_counts_the_blocks_of_all_ranks(tmp_path: Path) -> None:
    shown = io.StringIO()
    to = store(tmp_path / "a.zarr")
    bar = BlockProgress(
        "trn: ESVs", lambda: len(to.missing()), Console(file=shown, force_terminal=True, width=99)
    )
    trainer = Trainer(callbacks=[bar], **QUIET)
    bar.on_predict_start(trainer, Explained(head()))
    evaluate(to, [0, 1, 2])  # by whomever
    bar.on_predict_batch_end(trainer)
    bar.teardown(trainer, Explained(head()), "predict")
    assert "3/4" in shown.getvalue()
