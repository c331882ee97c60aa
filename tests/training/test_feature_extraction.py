import os
import signal
from functools import partial
from pathlib import Path

import numpy as np
import torch
from pytorch_lightning import Trainer

from playfair.models.backbones.resnet import resnet18
from playfair.models.separable import SeparableVideoModel
from playfair.steps.row_store import RowStore
from playfair.training.classifier import VideoClassifier
from playfair.training.feature_extraction import FeatureWriter
from playfair.training.prediction import predict_blocks
from tests.conftest import call_warm

LENGTHS = [3, 5, 1, 4, 2, 6, 3]


def block_of(
    block: int, store: RowStore, loaded: list[int], fatal: int | None
) -> dict[str, object]:
    """Frames of a block's clips; at block `fatal` the process is killed, as a cluster or a lack of memory would."""
    if block == fatal:
        os.kill(os.getpid(), signal.SIGKILL)
    loaded.append(block)
    lengths = torch.tensor([LENGTHS[clip] for clip in store.clips(block)])
    drawn = torch.Generator().manual_seed(block)
    frames = torch.randint(256, (int(lengths.sum()), 32, 32, 3), dtype=torch.uint8, generator=drawn)
    return {"frames": frames, "lengths": lengths, "skipped": {}}


def extracted(
    folder: Path, fatal: int | None = None, precision: str = "32-true", dtype: str = "float32"
) -> tuple[RowStore, list[int]]:
    torch.manual_seed(0)
    module = VideoClassifier(
        "x",
        SeparableVideoModel(resnet18(feature_dim=8), torch.nn.Identity()),
        torch.optim.SGD,
        None,
        None,
    )
    (folder / "rows").mkdir(parents=True, exist_ok=True)
    store = RowStore(folder / "rows", n_clips=len(LENGTHS), block=2)
    loaded: list[int] = []
    load = partial(block_of, store=store, loaded=loaded, fatal=fatal)
    trainer = partial(
        Trainer, accelerator="cpu", devices=1, enable_model_summary=False, precision=precision
    )
    writer = FeatureWriter(store, dtype=dtype)
    predict_blocks(module, writer, store.missing, load, trainer, what="features")
    return store, loaded


def test_a_killed_extraction_resumes_with_the_missing_blocks_to_the_same_bits(
    tmp_path: Path,
) -> None:
    undisturbed, _ = extracted(tmp_path / "a")
    code = (
        "import sys; from pathlib import Path; from tests.training.test_feature_extraction import *"
    )
    killed = call_warm(
        f"{code}; extracted(Path(sys.argv[1]), 2)", str(tmp_path / "b"), cwd=tmp_path
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    resumed, loaded = extracted(tmp_path / "b")
    assert (
        loaded and loaded[-2:] == [2, 3] and 0 not in loaded
    )  # what was written is not read again
    for clip, length in enumerate(LENGTHS):
        assert resumed[clip].shape == (length, 8)
        np.testing.assert_array_equal(resumed[clip], undisturbed[clip])


def test_features_extracted_in_mixed_precision_and_stored_as_float16_are_near(
    tmp_path: Path,
) -> None:
    exact, _ = extracted(tmp_path / "exact")
    mixed, _ = extracted(tmp_path / "mixed", precision="bf16-mixed", dtype="float16")
    assert mixed[0].dtype == np.float16
    scale = np.abs(exact[5]).max()  # float16 alone would be 5e-4 off at most
    assert 1e-3 < np.abs(mixed[5].astype(np.float32) - exact[5]).max() / scale < 0.05
