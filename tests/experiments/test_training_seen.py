"""`experiment=train`, typed: the curves, the history, and what is obeyed of the trainer's options."""

import pandas as pd

from tests.conftest import TINY, copy_steps, folder_of, folders, run_warm

PLUGIN = """
from pytorch_lightning import Callback

class Fragile(Callback):
    changes_weights = False

    def on_train_epoch_end(self, trainer, pl_module):
        raise RuntimeError("no room on the whiteboard")
"""


def test_curves_and_history_of_what_was_trained_before(tiny) -> None:
    """By another run: histories belong to the steps."""
    done = tiny("experiment=train", draw=False)
    assert done.returncode == 0, done.stderr
    run = max((tiny.folder / "outputs/synthetic/runs").glob("train_*"))
    history = pd.read_csv(run / "history.csv")
    stages = history[["model", "seed", "stage", "epoch"]].values.tolist()
    assert stages == [
        ["tsn", 0, "video", 1],
        ["trn", 0, "video", 1],
        ["trn", 0, "heads", 1],
    ]
    own = pd.read_csv(folder_of(tiny.folder, "heads", "trn") / "history.csv")
    assert own["val_loss"].tolist() == history["val_loss"].tolist()[2:]
    assert (run / "training.svg").exists() and (run / "heads.csv").exists()
    report = (run / "report.html").read_text(encoding="utf-8")
    assert "with the heads learnt again on stored features" in report


def test_a_callback_that_raises_is_told_and_left_out_the_training_goes_on(tiny, tmp_path) -> None:
    copy_steps(tiny.folder, tmp_path, "frames", "video", "features")
    (tmp_path / "data").symlink_to(tiny.folder / "data")
    (tmp_path / "fragile.py").write_text(PLUGIN)
    typed = ["experiment=train", "model=both", *TINY, "model.trn.heads.epochs=2"]
    own = ["plugins=[fragile.py]", "trainer.callbacks=[{_target_: fragile.Fragile}]"]
    done = run_warm(*typed, *own, cwd=tmp_path)
    assert done.returncode == 2
    assert "Fragile of trainer.callbacks has raised RuntimeError: no room on the" in done.stderr
    assert "fragile.py, line 8" in done.stderr and "Traceback" not in done.stderr
    done = run_warm(*typed, "trainer.profiler=simple", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(folders(tmp_path, "heads", "trn")) == 1  # the same artefact, watched or not
    run = max((tmp_path / "outputs/synthetic/runs").glob("train_*"))
    assert "FIT Profiler Report" in (run / "fit-profile-trn-heads.txt").read_text()
    assert "trn, heads: epoch 2 of 2: loss" in done.stdout + done.stderr
    assert pd.read_csv(run / "history.csv")["epoch"].tolist() == [1, 1, 1, 2]
