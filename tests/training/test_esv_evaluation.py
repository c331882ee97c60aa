from pathlib import Path

import numpy as np
import pytest
import torch
from pytorch_lightning import Trainer

import playfair
from playfair.data.datamodules import BlockDataModule
from playfair.esv_store import ESVStore, create_store, open_store
from playfair.models.multiscale import multiscale_trn
from playfair.training.esv_evaluation import ESVEvaluation, Explained

VIDEOS, FRAMES, CLASSES = 11, 4, 5
PRIOR = torch.tensor([0.1, 0.15, 0.2, 0.25, 0.3])


def features() -> torch.Tensor:
    return torch.randn(VIDEOS, FRAMES, 8, generator=torch.Generator().manual_seed(0))


def head():
    torch.manual_seed(0)
    return multiscale_trn(3, 8, 16, CLASSES).eval()


def store(path: Path) -> ESVStore:
    return create_store(
        path,
        {"seed": 0},
        uids=[str(video) for video in range(VIDEOS)],
        labels=np.zeros(VIDEOS, int),
        prior=PRIOR.numpy(),
        class_names=list("abcde"),
        n_frames=FRAMES,
        block=3,
    )


def evaluate(to: ESVStore, blocks: list[int]) -> None:
    def load(block: int) -> dict[str, torch.Tensor]:
        return {
            "features": features()[to.videos(block)],
            "frame_index": torch.arange(FRAMES).expand(VIDEOS, -1)[to.videos(block)],
        }

    evaluation = ESVEvaluation(to, PRIOR)
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
    trainer = Trainer(accelerator="cpu", devices=1, callbacks=[evaluation], **quiet)
    trainer.predict(Explained(head()), BlockDataModule(lambda: blocks, load), return_predictions=False)


def test_the_callback_writes_what_explain_says_bitwise(tmp_path: Path) -> None:
    to = store(tmp_path / "a.zarr")
    evaluate(to, to.missing())
    written = open_store(to.path)
    for block in range(4):
        direct = playfair.explain(head(), features()[to.videos(block)], PRIOR)
        np.testing.assert_array_equal(written["esv"].values[to.videos(block)], direct.esv.numpy())
        np.testing.assert_array_equal(written["score"].values[to.videos(block)], direct.score.numpy())


def test_a_killed_evaluation_is_finished_to_the_same_bits(tmp_path: Path) -> None:
    whole, parts = store(tmp_path / "a.zarr"), store(tmp_path / "b.zarr")
    evaluate(whole, whole.missing())
    evaluate(parts, [2])
    with pytest.raises(ValueError, match="cut short"):
        open_store(parts.path)
    evaluate(parts, parts.missing())
    for name in ("esv", "score", "frame_index"):
        np.testing.assert_array_equal(open_store(whole.path)[name], open_store(parts.path)[name])
