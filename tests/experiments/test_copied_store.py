"""ESV stores alone answer what only reads ESVs: no dataset, no weights, and torch is not imported."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import QUICK, ROOT, TINY, Warm, run_py, stamps
from tests.experiments.test_experiments import complete, newest_run

# Python imports it before all else. Who only asks whether torch is installed is told that it is.
SITECUSTOMIZE = """
import sys, traceback
from importlib.machinery import ModuleSpec

class NoTorch:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return ModuleSpec(name, NoTorch) if name == "torch" else None

    @staticmethod
    def create_module(spec):
        with open(r"{wanted}", "a") as file:
            traceback.print_stack(file=file)
        raise ImportError("torch must not be imported here")

    @staticmethod
    def exec_module(module):
        pass

sys.meta_path.insert(0, NoTorch)
"""
# a fork has torch imported, and what imports it
FORGETTING_TORCH = """
import os, runpy, sys
torch = {"torch", "torchmetrics", "pytorch_lightning", "lightning_fabric", "lightning_utilities"}
for name in [name for name in sys.modules if name.partition(".")[0] in torch]:
    del sys.modules[name]
"""
RUN = """
sys.path[0] = os.path.dirname(sys.argv[0])
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def copied(explained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the ESV stores at 1 and at 4 frames, and with nothing else."""
    done = explained("experiment=length")
    assert done.returncode == 0, done.stderr
    folder = tmp_path_factory.mktemp("copied")
    esvs = Path("outputs", "synthetic", "esvs")
    shutil.copytree(explained.folder / esvs, folder / esvs)
    return folder


@pytest.mark.parametrize("experiment", ["position", "support", "classes", "length"])
def test_copied_esvs_answer_without_dataset_and_weights_and_torch(
    explained, copied: Path, tmp_path: Path, experiment: str
) -> None:
    wanted = tmp_path / "torch_is_imported.txt"
    no_torch = SITECUSTOMIZE.format(wanted=wanted)
    (tmp_path / "sitecustomize.py").write_text(no_torch)
    before = stamps(copied)
    options = [f"experiment.{option}" for option in QUICK.get(experiment, [])]
    typed = ["model=both", *TINY, f"experiment={experiment}", *options]
    if experiment == "position":
        done = run_py(*typed, cwd=copied, PYTHONPATH=str(tmp_path))
    else:
        code = FORGETTING_TORCH + no_torch + RUN
        done = Warm([str(ROOT / "run.py"), *typed], copied, code=code).wait()
    assert not wanted.exists(), wanted.read_text()
    complete(done, newest_run(copied, experiment))
    there = {path.name for path in (copied / "outputs" / "synthetic").iterdir()}
    assert there <= {"esvs", "runs", ".locks"} and not (copied / "data").exists()
    assert stamps(copied) == before

    if experiment != "position":
        return
    whole = explained(f"experiment={experiment}")  # with all there is
    assert whole.returncode == 0, whole.stderr
    answers = [
        json.loads((newest_run(folder, experiment) / "metrics.json").read_text())
        for folder in (copied, explained.folder)
    ]
    assert answers[0] == answers[1]
