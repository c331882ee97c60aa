"""Options are composed once, and a mode that stands somewhere else than in ours is still heeded."""

from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, call_warm

# how often something is composed before `main` is called, and whether that is for a sweep
COUNTING = """
import sys
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.hydra import Hydra

compose = ConfigLoaderImpl.load_configuration
modes = []
def counted(self, *given, run_mode, **more):
    modes.append(run_mode.name)
    return compose(self, *given, run_mode=run_mode, **more)
ConfigLoaderImpl.load_configuration = counted
Hydra.run = lambda self, task_function, **more: print("run", modes)
Hydra.multirun = lambda self, task_function, **more: print("sweep", modes)
from playfair.launch.compose import main
main()
"""
YAML = "# @package _global_\nhydra:\n  mode: MULTIRUN\n"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["experiment=train"], "run []"),
        (["-m", "seed=0,1"], "sweep []"),
        (["seed=0,1", "hydra.mode=MULTIRUN"], "sweep ['MULTIRUN']"),
        (["--config-dir=theirs", "+theirs=swept"], "sweep ['MULTIRUN']"),
        (["hydra.searchpath=[file://theirs]", "+theirs=swept"], "sweep ['MULTIRUN']"),
        (["--config-dir=theirs", "experiment=train"], "run ['MULTIRUN']"),
    ],
)
def test_options_are_composed_for_a_mode_only_where_others_may_say_one(
    tmp_path: Path, typed: list[str], said: str
) -> None:
    (tmp_path / "theirs" / "theirs").mkdir(parents=True)
    (tmp_path / "theirs" / "theirs" / "swept.yaml").write_text(YAML)
    done = call_warm(COUNTING, *typed, cwd=tmp_path)
    assert done.stdout.strip() == said, done.stderr


def test_none_of_our_yamls_has_a_mode() -> None:
    files = sorted((ROOT / "conf").rglob("*.yaml"))
    assert files
    for file in files:
        config = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        assert "mode" not in (config.get("hydra") or {}), file
        assert "hydra.mode" not in file.read_text(encoding="utf-8"), file
