"""Asked to end, a run stops at the next block or batch, says so, exits 128 + n, and goes on when typed again."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from playfair import signals
from tests.conftest import QUICK, ROOT, call_warm, copy_steps, run_warm
from tests.experiments.test_distributed import RANKS, options, processes_in, same_bits

PLUGIN = f"plugins=[{Path(__file__).with_name('stop_at.py')}]"
TRAINING = "playfair.training.sampled_clips:SampledDataModule.on_before_batch_transfer"
EXTRACTION = "playfair.training.feature_extraction:FeatureWriter.on_predict_batch_end"
ESVS = "playfair.training.esv_evaluation:ESVEvaluation.on_predict_batch_end"
STAGES = [TRAINING, EXTRACTION, ESVS]


def stopped(
    run, *typed: str, at: str, by: signal.Signals, cwd: Path
) -> subprocess.CompletedProcess[str]:
    """A run that is asked to end at a place in it; it ends as it should."""
    (cwd / "listening").unlink(missing_ok=True)
    done = run(*typed, PLUGIN, cwd=cwd, STOP_AT=at, STOP_BY=str(int(by)))
    assert done.returncode == 128 + by, done.stdout + done.stderr
    assert f"Stopped by {by.name}. What was finished is kept" in done.stderr
    assert "type the same command again" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert "Saved to" not in done.stdout
    return done


def runs(folder: Path) -> list[Path]:
    """The folders of runs and sweeps; beside them are the index, and the link to the last."""
    return list((folder / "outputs/synthetic/runs").glob("*_*/"))


def test_a_run_that_is_stopped_at_every_stage_goes_on_to_the_same_bits(
    explained, tmp_path: Path
) -> None:
    folder = copy_steps(explained.folder, tmp_path, "frames")
    typed = [*options(explained), "experiment=esv"]
    for at, by in zip(STAGES, (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1), strict=True):
        done = stopped(run_warm, *typed, at=at, by=by, cwd=folder)
        assert "stopping at the end of this block or batch" in done.stderr
        assert not runs(folder), "a run without an answer leaves no folder"
        trained = list(folder.glob("outputs/synthetic/video/*/video.pt"))
        assert len(trained) == (at != TRAINING), "what is not trained is not saved as trained"
    done = run_warm(*typed, cwd=folder)
    assert done.returncode == 0, done.stderr
    same_bits(explained.folder, folder)


def test_ranks_that_are_stopped_listened_on_the_loopback_and_leave_nobody_behind(
    explained, tmp_path: Path
) -> None:
    folder = copy_steps(explained.folder, tmp_path, "frames", "video", "features", "heads")
    typed = [*options(explained), *RANKS, "trainer.devices=2", "experiment=esv"]
    stopped(run_warm, *typed, at=ESVS, by=signal.SIGTERM, cwd=folder)
    assert not processes_in(folder)
    assert not runs(folder)
    # 127.0.0.1 and ::1, in the kernel's order of bytes
    loopback = {"0100007F", "00000000000000000000000001000000"}
    addresses = (folder / "listening").read_text().split()
    assert addresses and set(addresses) <= loopback


# what the run of each stage is, what is there before it, and where in it it is asked to end
EVERY_STAGE: dict[str, tuple[str, str, list[str]]] = {
    "dataset": ("experiment=esv", "playfair.datasets.synthetic:_write_clip", []),
    "frames": ("experiment=esv", "playfair.steps.row_store:RowStore.write", []),
    "training": ("experiment=esv", TRAINING, ["frames"]),
    "features": ("experiment=esv", EXTRACTION, ["frames", "video", "heads"]),
    "esvs": ("experiment=esv", ESVS, ["frames", "video", "features", "heads"]),
    "sweep": ("experiment=esv", ESVS, ["frames", "video", "features", "heads"]),
    "paper": ("experiment=paper", "playfair.experiments.paper:position", ["all"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("n_ranks", [1, 2])
@pytest.mark.parametrize("by", signals.STOPPING, ids=lambda by: by.name)
@pytest.mark.parametrize("stage", EVERY_STAGE)
def test_every_signal_stops_every_stage_alone_and_among_ranks(
    explained, tmp_path: Path, n_ranks: int, stage: str, by: signal.Signals
) -> None:
    """The fast tests above and below stop some of these."""
    experiment, at, kinds = EVERY_STAGE[stage]
    if kinds:
        copy_steps(explained.folder, tmp_path, *([] if kinds == ["all"] else kinds))
    typed = [*options(explained), experiment]
    if stage == "dataset":
        typed = [word for word in typed if not word.startswith("paths.data")]
    if stage == "sweep":
        typed = ["-m", *[word for word in typed if not word.startswith("n_frames")]]
        typed.append("n_frames=4,3")
    if stage == "paper":
        quick = [f"experiment.{option}" for option in QUICK["paper"]]
        typed += ["logger=none", *quick, "experiment.budgets=[80]"]
    if n_ranks > 1:
        typed += [*RANKS, f"trainer.devices={n_ranks}"]
    stopped(run_warm, *typed, at=at, by=by, cwd=tmp_path)
    assert not processes_in(tmp_path)
    if stage not in ("sweep", "paper"):
        assert not runs(tmp_path), "a run without an answer leaves no folder"
    done = run_warm(*typed, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    # two ranks train by other gradients than one
    if n_ranks == 1 or kinds not in ([], ["frames"]):
        same_bits(explained.folder, tmp_path)


@pytest.mark.whole
def test_a_stopped_sweep_says_which_points_are_left_and_does_not_exit_0(
    explained, tmp_path: Path
) -> None:
    folder = copy_steps(explained.folder, tmp_path)
    shared = [option for option in options(explained) if not option.startswith("n_frames")]
    typed = ["-m", *shared, "experiment=esv", "n_frames=2,3"]
    done = stopped(run_warm, *typed, at=ESVS, by=signal.SIGTERM, cwd=folder)
    assert re.search(r"n_frames=2 was stopped; points after it were not begun", done.stderr)
    assert "Points of the sweep that were finished are skipped then." in done.stderr
    # of no point, but of what was typed, and of the points that there will be
    assert {path.name for path in runs(folder)[0].iterdir()} == {"multirun.yaml", "sweep.json"}
    again = run_warm(*typed, cwd=folder)
    assert again.returncode == 0, again.stderr
    assert len(list(runs(folder)[0].glob("*n_frames=*/finished.json"))) == 2


AT_IMPORT = """
import os, signal, sys
from importlib.abc import MetaPathFinder
sys.path.insert(0, sys.argv.pop(1))
class Interrupting(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == self.at:
            os.kill(os.getpid(), signal.SIGINT)
Interrupting.at = sys.argv.pop(1)
sys.meta_path.insert(0, Interrupting())
signal.signal(signal.SIGINT, signal.default_int_handler)
from playfair.launch.main import command
command()
"""


@pytest.mark.parametrize(
    "module",
    [
        "playfair.launch.errors",  # our own first
        "omegaconf",
        pytest.param("hydra.core.config_store", marks=pytest.mark.slow),
        pytest.param("playfair.launch.perform", marks=pytest.mark.slow),
        pytest.param("numpy.linalg", marks=pytest.mark.slow),
        pytest.param("torch.nn", marks=pytest.mark.slow),
        pytest.param("pytorch_lightning.trainer", marks=pytest.mark.slow),
    ],
)
def test_ctrl_c_while_something_is_imported_is_clean(tmp_path: Path, module: str) -> None:
    command = [sys.executable, "-c", AT_IMPORT, str(ROOT), module, "experiment=esv", "n_frames=3"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 130, done.stderr
    assert "Stopped by SIGINT." in done.stderr and "Traceback" not in done.stderr
    assert not runs(tmp_path)


def test_ctrl_c_while_options_are_looked_at_leaves_no_run_folder(tmp_path: Path) -> None:
    code = (
        "import os, sys, signal; from playfair.launch import check, main\n"
        "check.check_values = lambda cfg: os.kill(os.getpid(), signal.SIGINT)\n"
        "main.command()"
    )
    done = call_warm(code, "experiment=esv", cwd=tmp_path)
    assert done.returncode == 130 and "Traceback" not in done.stderr
    assert not runs(tmp_path)


KILLED_IN_THE_FOURTH_PART = """
import os, signal
import playfair.experiments.paper as paper
from playfair.launch.main import command
paper.position = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
command()
"""


def test_a_killed_paper_leaves_the_report_of_the_parts_that_are_done(
    explained, tmp_path: Path
) -> None:
    folder = copy_steps(explained.folder, tmp_path)
    quick = [f"experiment.{option}" for option in QUICK["paper"]]
    typed = [
        *options(explained),
        "experiment=paper",
        "logger=none",
        *quick,
        "experiment.budgets=[80]",
    ]
    done = call_warm(KILLED_IN_THE_FOURTH_PART, *typed, cwd=folder)
    assert done.returncode == -signal.SIGKILL, done.stderr
    (run,) = runs(folder)
    parts = ["accuracy", "element-shapley-values", "support"]
    assert sorted(path.name for path in run.iterdir() if path.name[0] != "." and path.is_dir()) == (
        parts
    )
    assert "Not finished: position, prior, classes" in (run / "report.html").read_text()
    assert json.loads((run / "metrics.json").read_text())["trn_top1"] >= 0


def test_a_length_that_is_not_done_exactly_is_refused_before_the_first_part(
    tmp_path: Path,
) -> None:
    typed = ["experiment=paper", "logger=none", "experiment.lengths=[1,21]"]
    refused = run_warm(*typed, cwd=tmp_path)
    assert refused.returncode == 2 and "Exact ESVs of 21 frames" in refused.stderr
    assert not (tmp_path / "data").exists() and "making" not in refused.stdout
