"""Modules of others: imported where something is computed, and told what they lack."""

import sys
from pathlib import Path

import pytest

from playfair.launch import plugins
from tests.conftest import run_warm

EXPERIMENT = """
from playfair.result import Result

def greet(studies, *, word: str) -> Result:
    return Result("Greeting", "Says a word.", metrics={word: float(len(studies))})
"""
YAML = """
# @package _global_
# Say a word.
experiment:
  _target_: greeting_of_mine.greet
  _partial_: true
  word: hello
"""


@pytest.fixture
def clean_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))


def test_a_file_and_a_module_of_the_current_folder_are_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_path: None
) -> None:
    (tmp_path / "in_a_folder").mkdir()
    (tmp_path / "in_a_folder" / "plugin_of_a_file.py").write_text("NAME = 'file'\n")
    (tmp_path / "plugin_of_a_module.py").write_text("NAME = 'module'\n")
    monkeypatch.chdir(tmp_path)
    modules = plugins.load(["in_a_folder/plugin_of_a_file.py", "plugin_of_a_module"])
    assert [module.NAME for module in modules[-2:]] == ["file", "module"]


def test_a_plugin_that_is_installed_is_imported_without_being_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_path: None
) -> None:
    info = tmp_path / "my_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[playfair.plugins]\nmine = plugin_installed\n")
    plugin = tmp_path / "plugin_installed.py"
    plugin.write_text("NAME = 'installed'\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "plugin_installed" in [module.__name__ for module in plugins.load([])]
    plugin.write_text("import nothing_of_this_name\n")
    del sys.modules["plugin_installed"]
    with pytest.raises(plugins.PluginError, match="plugin_installed of the package my-package"):
        plugins.load([])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import nothing_of_this_name\n", "No module named 'nothing_of_this_name'"),
        ("\nspoilt = undefined\n", r"name 'undefined' is not defined .*broken.py, line 2\)"),
        ("def (:\n", "SyntaxError"),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_told_with_the_reason(
    tmp_path: Path, clean_path: None, text: str, reason: str
) -> None:
    (tmp_path / "broken.py").write_text(text)
    with pytest.raises(plugins.PluginError, match=reason) as refused:
        plugins.load([str(tmp_path / "broken.py")])
    assert str(tmp_path / "broken.py") in str(refused.value)


def test_a_plugin_that_is_not_there_or_called_as_another_module_is_refused(
    tmp_path: Path, clean_path: None
) -> None:
    with pytest.raises(plugins.PluginError, match="there is no such file"):
        plugins.load([str(tmp_path / "nowhere.py")])
    (tmp_path / "json.py").write_text("")
    with pytest.raises(plugins.PluginError, match="another module is called json"):
        plugins.load([str(tmp_path / "json.py")])
    (tmp_path / "my-plugin.py").write_text("")
    with pytest.raises(plugins.PluginError, match="Rename it"):
        plugins.load([str(tmp_path / "my-plugin.py")])


@pytest.mark.parametrize("devices", [pytest.param(1, marks=pytest.mark.whole), 2])
def test_an_experiment_of_ones_own_runs_in_every_rank(tmp_path: Path, devices: int) -> None:
    (tmp_path / "greeting_of_mine.py").write_text(EXPERIMENT)
    (tmp_path / "mine" / "experiment").mkdir(parents=True)
    (tmp_path / "mine" / "experiment" / "greet.yaml").write_text(YAML)
    done = run_warm(
        "--config-dir=mine",
        "experiment=greet",
        "model=both",
        "++plugins=[greeting_of_mine.py]",
        f"trainer.devices={devices}",
        "trainer.accelerator=cpu",
        cwd=tmp_path,
        fresh_ranks=True,
    )
    assert done.returncode == 0, done.stderr
    printed = done.stdout.split()
    assert printed[0] == "experiment=greet"  # what will be done comes before what was found
    assert printed.count("Greeting") == 1
    at = printed.index("Greeting")
    assert printed[at : at + 3] == ["Greeting", "hello", "2"]


@pytest.mark.parametrize("named", [[1], [None, "a.py"]])
def test_plugins_of_another_kind_are_names_until_they_are_checked(named: list[object]) -> None:
    assert plugins.packages(named) >= {str(named[0])}  # type: ignore[arg-type]


def test_points_of_a_sweep_load_plugins_and_repeat_how_they_were_typed(tmp_path: Path) -> None:
    (tmp_path / "greeting_of_mine.py").write_text(EXPERIMENT)
    (tmp_path / "mine" / "experiment").mkdir(parents=True)
    (tmp_path / "mine" / "experiment" / "greet.yaml").write_text(YAML)
    words = ["experiment=greet", "model=both", "++plugins=[greeting_of_mine.py]"]
    done = run_warm("-m", "--config-dir", "mine", *words, "experiment.word=one,two", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    pages = sorted((tmp_path / "outputs").rglob("report.html"))
    assert len(pages) == 2
    text = pages[0].read_text(encoding="utf-8")
    assert f"python run.py --config-dir={tmp_path / 'mine'} experiment=greet" in text
    assert "experiment.word=one" in text


def test_a_plugin_that_is_broken_ends_a_run_with_one_message(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import nothing_of_this_name\n")
    refused = run_warm("experiment=esv", "++plugins=[broken.py]", cwd=tmp_path)
    assert refused.returncode == 2
    assert "broken.py cannot be imported: ModuleNotFoundError" in refused.stderr
    assert "Traceback" not in refused.stderr and not (tmp_path / "data").exists()
