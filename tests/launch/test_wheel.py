"""The package as a stranger gets it: built here, unpacked beside nothing of ours, run in a folder of their own."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest
from setuptools import build_meta

import playfair
from tests.conftest import ROOT, TINY, Warm
from tests.extend.conftest import COMMAND

# only what the engine says it needs, and what torch itself imports
ENGINE_ALONE = """
import sys

class Absent:
    names = {names!r}
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
import playfair, torch
assert "torch" in sys.modules and playfair.__file__.startswith({folder!r}), playfair.__file__
model = playfair.TSN(feature_dim=4, n_classes=3).eval()
units = torch.randn(2, 5, 4)
attribution = playfair.explain(model, units, prior=torch.full((3,), 1 / 3))
print(attribution.esv.shape)
"""


def typed(
    installed: Path, *words: str, cwd: Path, timeout: float = 240
) -> "subprocess.CompletedProcess[str]":
    """Runs the installed command `playfair`, or python with `words` where they begin with one of its options."""
    program = [sys.executable] if words[:1] == ("-c",) else [str(installed / "bin" / "playfair")]
    env = {**os.environ, "PYTHONPATH": str(installed), "COLUMNS": "200", "WANDB_MODE": "offline"}
    return subprocess.run(
        [*program, *words], cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout
    )


def test_the_wheel_holds_all_that_a_run_reads_and_nothing_at_the_top_but_playfair(
    wheel: Path,
) -> None:
    names = set(ZipFile(wheel).namelist())
    at_the_top = {name.partition("/")[0] for name in names}
    assert at_the_top == {"playfair", f"playfair-{playfair.__version__}.dist-info"}
    for folder in ("conf", "experiments"):
        ours = {
            f"playfair/{path.relative_to(ROOT).as_posix()}"
            for path in (ROOT / folder).rglob("*")
            if path.suffix in (".yaml", ".py")
        }
        assert ours and ours <= names
    packaged = {"playfair/py.typed", "playfair/explorer/assets/explorer.js"}
    assert packaged <= names


@pytest.mark.whole  # what is to be in it is asked of the wheel, every day
def test_the_source_distribution_builds_the_same_wheel(
    sources: Path, wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sources)
    archive = tmp_path / build_meta.build_sdist(str(tmp_path))
    with tarfile.open(archive) as unpacked:
        unpacked.extractall(tmp_path, filter="data")
    folder = tmp_path / f"playfair-{playfair.__version__}"
    assert not (folder / "playfair" / "conf").is_symlink()
    monkeypatch.chdir(folder)
    again = tmp_path / build_meta.build_wheel(str(tmp_path))
    assert set(ZipFile(again).namelist()) == set(ZipFile(wheel).namelist())


def test_the_command_lists_the_experiments_in_an_empty_folder(
    installed: Path, tmp_path: Path
) -> None:
    done = typed(installed, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for path in (ROOT / "conf" / "experiment").glob("*.yaml"):
        assert f"experiment={path.stem}" in done.stdout
    assert "Type: playfair experiment=NAME" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_folders_of_ones_own_neither_shadow_ours_nor_are_shadowed(
    installed: Path, tmp_path: Path
) -> None:
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    (tmp_path / "conf" / "experiment" / "position.yaml").write_text("spoilt: [")
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "__init__.py").write_text("MINE = 1\n")
    words = ["experiment=position", "--cfg", "job"]
    argv = [str(installed / "bin" / "playfair"), *words]
    composed = Warm(argv, tmp_path, code=COMMAND, PYTHONPATH=str(installed)).wait()
    assert "_target_: playfair.experiments.position.position" in composed.stdout, composed.stderr
    both = "import experiments, playfair.experiments.position as ours; print(experiments.MINE, ours.__file__)"
    done = typed(installed, "-c", both, cwd=tmp_path)
    assert done.stdout.startswith(f"1 {installed}"), done.stderr


def test_the_engine_works_where_torch_numpy_and_jaxtyping_alone_are_installed(
    installed: Path, tmp_path: Path
) -> None:
    absent = {"av", "captum", "dash", "flask", "h5py", "hydra", "matplotlib"}
    absent |= {"omegaconf", "pandas", "PIL", "plotly", "pytorch_lightning", "rich", "scipy"}
    absent |= {"torchmetrics", "wandb", "wandb_workspaces", "xarray", "zarr", "beartype"}
    program = ENGINE_ALONE.format(names=absent, folder=str(installed))
    done = typed(installed, "-c", program, cwd=tmp_path)
    assert done.stdout.strip() == "torch.Size([2, 5, 3])", done.stderr


def test_importing_playfair_imports_nothing_that_is_not_pythons_own(
    installed: Path, tmp_path: Path
) -> None:
    program = (
        "import sys, sysconfig; import playfair; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'torch', 'numpy', 'hydra'}))"
    )
    assert typed(installed, "-c", program, cwd=tmp_path).stdout.strip() == "[]"


@pytest.mark.whole  # in small by tests/experiments/test_clip.py: here that nothing of the checkout is needed
def test_clips_are_explained_in_an_empty_folder(
    installed: Path, tiny, dataset_root: Path, tmp_path: Path
) -> None:
    for name in ("it's (1).webm", "b.webm"):
        shutil.copy(dataset_root / "20bn-something-something-v2" / "3.webm", tmp_path / name)
    asked = ["experiment=clip", "clip=*.webm", "model=both", *TINY]
    refused = typed(installed, *asked, cwd=tmp_path)
    assert refused.returncode == 2
    assert "There are no weights of tsn for dataset=synthetic in outputs/" in refused.stderr
    assert "Type: playfair experiment=train model=both dataset.write.n_train=24" in refused.stderr
    for name in ("outputs", "data"):
        shutil.copytree(tiny.folder / name, tmp_path / name, symlinks=True, dirs_exist_ok=True)
    done = typed(installed, *asked, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = max((tmp_path / "outputs" / "synthetic" / "runs").glob("clip_*"))
    written = {file.name for file in run.iterdir()}
    assert {"film_strip_b.png", "film_strip_it-s-1.png", "report.html"} <= written
