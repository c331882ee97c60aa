from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from pytorch_lightning import Trainer
from pytorch_lightning.loggers.logger import DummyLogger

from playfair import TSN
from playfair.models.backbones.small import SmallConvNet
from playfair.models.multiscale import multiscale_trn
from playfair.models.separable import SeparableVideoModel
from playfair.report.figures.watched import watched_figure
from playfair.training.classifier import VideoClassifier
from playfair.training.sampled_clips import SampledDataModule
from playfair.training.sources import LabelledClips
from playfair.training.watched_esvs import Watch, WatchedESVs


class Clips:
    """Eight clips of noise, 10 frames of 32×32."""

    def __len__(self) -> int:
        return 8

    def sample(self, clip: int, choose, rng=None) -> np.ndarray:
        return np.random.default_rng(clip).integers(0, 256, (10, 32, 32, 3), dtype=np.uint8)[
            choose(10)
        ]


class Notebook(DummyLogger):
    """A logger that keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.metrics: list[dict] = []
        self.images: list[tuple] = []

    def log_metrics(self, metrics, step=None) -> None:
        self.metrics.append(metrics)

    def log_image(self, key, images, step=None) -> None:
        self.images.append((key, images, step))


def trained(
    name: str, watch: Watch | None, folder: Path
) -> tuple[Notebook, dict[str, torch.Tensor]]:
    torch.manual_seed(0)
    head = (
        TSN(feature_dim=16, n_classes=3, dropout=0.5)
        if name == "tsn"
        else multiscale_trn(3, 16, 8, 3)
    )
    model = SeparableVideoModel(SmallConvNet(feature_dim=16), head)
    clips = LabelledClips(Clips(), np.arange(8) % 3, np.arange(8))
    prior, notebook = torch.tensor([0.2, 0.3, 0.5]), Notebook()
    callbacks = [WatchedESVs(watch, clips, 4, prior, ["up", "down", "left"])] if watch else []
    quiet = {
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "enable_checkpointing": False,
    }
    trainer = Trainer(
        max_epochs=4,
        accelerator="cpu",
        logger=notebook,
        callbacks=callbacks,
        default_root_dir=folder,
        **quiet,
    )
    module = VideoClassifier(name, model, partial(torch.optim.SGD, lr=0.1), None, None)
    trainer.fit(module, SampledDataModule(clips, clips, n_frames=4, batch_size=4, seed=0))
    return notebook, model.state_dict()


@pytest.mark.parametrize("name", ["tsn", "trn"])
def test_esvs_are_logged_every_second_epoch_and_training_is_left_alone(
    tmp_path: Path, name: str
) -> None:
    notebook, watched = trained(name, Watch(2, watched_figure, n_videos=3), tmp_path)
    assert [(key, len(images[0].axes)) for key, images, _ in notebook.images] == [
        ("video/watched_esvs", 3),
        ("video/watched_esvs", 3),
    ]
    logged = [metrics for metrics in notebook.metrics if "video/watched_score" in metrics]
    assert [metrics["video/epoch"] for metrics in logged] == [2, 4]
    assert set(logged[0]) == {"video/epoch", "video/watched_mean_abs_esv", "video/watched_score"}
    _, alone = trained(name, None, tmp_path)
    for key, weights in alone.items():
        assert torch.equal(weights, watched[key]), key
