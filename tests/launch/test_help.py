"""--help in words: every question, every option with its meaning and its usual value."""

import re
import sys

import pytest
import yaml

import playfair
from playfair.launch import help as helping
from playfair.launch import main, terminal, travel
from playfair.launch.options import Option, choices, groups, options, own_options, read
from tests.conftest import ROOT

EXPERIMENTS = groups()["experiment"]


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("PLAYFAIR_PROGRAM", "playfair")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_option_of_an_experiment_is_shown_with_its_meaning(name: str, capsys) -> None:
    helping.print_help([f"experiment={name}"])
    shown = capsys.readouterr().out
    assert re.match(rf"experiment={name}: .+[.?]\n", shown)
    plain = yaml.safe_load(read("experiment", name))
    typed = [key for key in plain if key not in ("defaults", "experiment", "hydra")]
    typed += [
        f"experiment.{key}"
        for key, value in plain["experiment"].items()
        if not key.startswith("_") and not str(value).startswith("${")
    ]
    for option in typed:
        # beside it, or below where it is long
        row = rf"^  {re.escape(option)}=\S.*(  +|\n {{4,}})\S"
        assert re.search(row, shown, re.MULTILINE), option
    usual = choices(read("config")) | choices(read("experiment", name))
    assert re.search(rf"^  model={usual['model']} ", shown, re.MULTILINE)
    assert re.search(r"^  n_frames=8 +frames a model is shown", shown, re.MULTILINE)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_question_is_that_of_the_program(name: str) -> None:
    first, rest = helping.question(name, read("experiment", name))
    program = (ROOT / "experiments" / f"{name}.py").read_text(encoding="utf-8")
    assert program.startswith(f'"""{first}\n') and rest.split("\n")[0] in program


def test_every_option_of_all_experiments_has_a_meaning() -> None:
    texts = [read("config"), *(read("experiment", name) for name in EXPERIMENTS)]
    texts += [read("trainer", "single"), read("estimator", "exact")]
    for text in texts:
        for option in options(text):
            value = option.value
            if value and not value.startswith("${") and option.name != "experiment":
                assert option.meaning, option


def test_the_overview_names_every_experiment_and_every_choice(capsys) -> None:
    helping.print_help([])
    shown = capsys.readouterr().out
    for group in ("experiment", *helping.CHOSEN):
        for choice in groups()[group]:
            assert re.search(rf"^  {group}={choice}\s+\S", shown, re.MULTILINE), choice
    assert "playfair experiment=NAME --help" in shown
    assert "Zhou et al. 2018" in shown, "a sentence does not end within a citation"


def test_what_is_chosen_beside_is_explained_too(capsys) -> None:
    helping.print_help(["experiment=esv", "dataset=clips", "--help"])
    shown = capsys.readouterr().out
    assert "dataset=clips: Any clips" in shown
    assert re.search(r"^  dataset\.label=null +of EPIC-Kitchens", shown, re.MULTILINE)
    assert re.search(r"^  dataset=clips +or ", shown, re.MULTILINE)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["experiment=positon"], "There is no experiment=positon. Did you mean position?"),
        (["model=tnr", "experiment=esv"], "There is no model=tnr. Did you mean trn or tsn?"),
    ],
)
def test_help_on_what_is_not_there_is_answered(typed: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        helping.print_help(typed)


def test_an_experiment_of_ones_own_is_explained(tmp_path, capsys) -> None:
    (tmp_path / "experiment").mkdir()
    file = tmp_path / "experiment" / "mine.yaml"
    file.write_text(
        "# @package _global_\n# Ask mine.\nexperiment:\n  _target_: a.b\n  n: 3 # of them\n"
    )
    helping.print_help(["experiment=mine", f"--config-dir={tmp_path}"])
    shown = capsys.readouterr().out
    assert shown.startswith("experiment=mine: Ask mine.")
    assert re.search(r"^  experiment\.n=3 +of them", shown, re.MULTILINE)


def test_help_and_version_come_without_hydra(monkeypatch, capsys) -> None:
    hydra = [name for name in sys.modules if name.partition(".")[0] in ("hydra", "omegaconf")]
    kept = {name: sys.modules.pop(name) for name in hydra}
    try:
        for words in (["--version"], ["experiment=esv", "--help"]):
            monkeypatch.setattr(sys, "argv", ["playfair", *words])
            main._run()
        assert not {"hydra", "omegaconf"} & set(sys.modules)
    finally:
        sys.modules.update(kept)
    assert f"Play Fair {playfair.__version__}\n" in capsys.readouterr().out


def test_options_are_read_out_of_a_yaml_as_hydra_reads_them() -> None:
    for name in EXPERIMENTS:
        text = read("experiment", name)
        plain = yaml.safe_load(text)
        for option in options(text):
            value: object = plain
            for key in option.name.split("."):
                value = value[key]  # type: ignore[index]
            if option.value:
                assert yaml.safe_load(option.value) == value, option


def test_own_options_leave_out_what_is_taken_over() -> None:
    names = [option.name for option in own_options("clip")]
    assert names == ["clip", "start", "stop", "experiment.n_classes"]
    assert Option(
        "experiment.n_classes", "3", "whose ESVs are shown: the highest scores of each model"
    ) in list(own_options("clip"))


def test_a_comment_above_an_option_is_its_meaning_and_that_of_the_file_is_not() -> None:
    first, second = options("# the file\nx: 1\n# said\n# above\ny: 2\n")
    assert (first.meaning, second.meaning) == ("", "said above")


def test_what_is_to_be_typed_can_be_copied_however_narrow_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    helping.print_help(["experiment=train"])
    example = "'[{_target_: pytorch_lightning.callbacks.LearningRateMonitor}]'"
    shown = capsys.readouterr().out
    assert example in shown
    assert all(len(line) <= 80 for line in shown.splitlines() if example not in line)


@pytest.mark.parametrize("show", [lambda: helping.print_help([]), terminal.list_experiments])
def test_what_is_beside_experiments_is_listed_too(show, capsys) -> None:
    show()
    shown = capsys.readouterr().out
    for command in travel.OPTIONS:
        assert re.search(rf"^  playfair {command}\b.* {{2,}}\S", shown, re.MULTILINE)
