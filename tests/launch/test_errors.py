"""Errors → what to type, by their types alone."""

import errno
import sys
from pathlib import Path

import pytest

from playfair.launch import errors
from playfair.launch.suggest import instead_of
from tests.conftest import run_py


@pytest.fixture
def engine_errors() -> dict[str, type[ValueError]]:
    """Types that are called as the engine's are, with their fields."""
    values = {
        "TooManyElements": {"n": 24, "most": 20},
        "BudgetTooSmall": {"budget": 3, "least": 17},
        "BudgetTooLarge": {"budget": 9, "most": 4, "needed": 2e9, "free": 1e9},
    }
    engine = {"__module__": "playfair.shapley.errors"}
    return {name: type(name, (ValueError,), {**engine, **own}) for name, own in values.items()}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("TooManyElements", "Type estimator=sampled to estimate them, or n_frames=20 or less."),
        ("BudgetTooLarge", "takes 2.0 GB of a video, and 1.0 GB are free. Type estimator.budget=4"),
        ("BudgetTooSmall", "at least 17 here, got 3. Type estimator=sampled estimator.budget=17"),
    ],
)
def test_an_error_of_the_engine_is_answered_with_what_to_type(
    engine_errors: dict[str, type[ValueError]], name: str, answer: str
) -> None:
    assert answer in errors.advice(engine_errors[name]("explain(…) said it in Python"))

    class Derived(engine_errors[name]):  # type: ignore[misc, name-defined]
        pass

    assert answer in errors.advice(Derived())


def test_a_ranks_error_is_sent_with_what_to_type(
    engine_errors: dict[str, type[ValueError]],
) -> None:
    def share() -> None:
        raise engine_errors["BudgetTooSmall"]("in Python")

    with pytest.raises(ValueError, match="estimator.budget=17"):
        errors.spoken(share)


def test_an_error_of_ours_keeps_its_traceback() -> None:
    def main() -> None:
        raise RuntimeError("ours")

    with pytest.raises(RuntimeError, match="ours"):
        errors.teaching(main)


@pytest.mark.parametrize(
    ("module", "extra"),
    [("transformers", "huggingface"), ("timm.models", "timm"), ("submitit", "cluster")],
)
def test_a_missing_optional_package_is_answered_with_what_to_type(module: str, extra: str) -> None:
    missing = ModuleNotFoundError(f"No module named {module!r}", name=module)
    assert errors.advice(missing) == (
        f"{module} is not installed. Type: pip install 'playfair[{extra}]'"
    )
    assert errors.advice(ModuleNotFoundError("No module named 'mine'", name="mine")) == ""


def test_what_lightning_says_of_the_trainers_options_is_told() -> None:
    from lightning_fabric.utilities.exceptions import MisconfigurationException

    refused = MisconfigurationException("`MPSAccelerator` can not run")
    assert errors.advice(refused) == (
        "Lightning refuses an option of trainer: `MPSAccelerator` can not run"
    )
    assert errors.advice(ModuleNotFoundError("Requirement 'torch_xla' not met")) == (
        "Requirement 'torch_xla' not met"
    )


HIDDEN = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("hydra_plugins", "joblib", "submitit")):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""


@pytest.mark.parametrize("launcher", ["joblib", "slurm"])
def test_a_launcher_that_is_not_installed_is_answered_with_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, launcher: str
) -> None:
    (tmp_path / "usercustomize.py").write_text(HIDDEN)
    (tmp_path / "sitecustomize.py").write_text(HIDDEN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    refused = run_py("-m", f"hydra/launcher={launcher}", "experiment=esv", cwd=tmp_path)
    assert refused.returncode == 2, refused.stderr
    assert "Type: pip install 'playfair[cluster]'" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_mistake_is_answered_with_the_command_that_was_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def main() -> None:
        raise ValueError("There is nothing. Type: python run.py experiment=esv")

    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/playfair", "experiment=x"])
    monkeypatch.delenv("PLAYFAIR_PROGRAM", raising=False)
    assert errors.teaching(main) == 2
    assert "Type: playfair experiment=esv" in capsys.readouterr().err


def test_a_folder_that_cannot_be_used_is_told_in_words(tmp_path: Path) -> None:
    locked = PermissionError(errno.EACCES, "Permission denied", "/theirs/outputs")
    what_to_type = "Name other folders with paths.data=FOLDER and paths.outputs=FOLDER."
    said = f"/theirs/outputs cannot be used: permission denied. {what_to_type}"
    assert errors.advice(locked) == said
    file = tmp_path / "outputs"
    file.touch()
    with pytest.raises(NotADirectoryError) as met:
        (file / "synthetic").mkdir()
    said = f"{file} is a file where a folder was expected. {what_to_type}"
    assert errors.advice(met.value) == said


def test_a_full_disk_is_told_wherever_it_is_met(monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(
        errno.ENOSPC, "No space left on device", "outputs/synthetic/runs/esv/report.html"
    )
    assert "no space for outputs/synthetic/runs/esv/report.html. What was" in errors.advice(full)

    def nowhere(**_: object) -> None:
        raise full

    monkeypatch.setattr("tempfile.mkstemp", nowhere)
    monkeypatch.setattr(sys, "argv", ["run.py"])
    assert errors._answer(full).endswith("type paths.outputs=FOLDER.")


@pytest.mark.parametrize(
    ("option", "meant"),
    [
        ("clip", "There is no option clip here: it belongs to experiment=clip."),
        ("clps", "There is no option clps. Did you mean clip?"),
        ("zzzz", "There is no option zzzz. Type python run.py --help for all of them."),
        (
            "lr",
            "There is no option lr. Did you mean model.trn.heads.optimizer.lr or "
            "model.trn.training.optimizer.lr?",
        ),
        (
            "keep",
            "There is no option keep. Did you mean model.trn.heads.keep or "
            "model.trn.training.keep?",
        ),
    ],
)
def test_an_option_of_one_experiment_is_known_to_be_its(option: str, meant: str) -> None:
    assert instead_of(ValueError(f"Could not override '{option}'.")) == meant


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A run's folder, and no other place to write to."""
    (tmp_path / "temporary").mkdir()
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def told(error: Exception) -> str:
    """What is said about an error."""
    try:
        raise error
    except Exception as raised:
        return errors._answer(raised)


def test_what_is_refused_writes_no_file(
    begun: Path, monkeypatch: pytest.MonkeyPatch, engine_errors: dict[str, type[ValueError]]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(begun.parent / "temporary"))
    monkeypatch.setattr(sys, "argv", ["run.py"])
    refused: list[Exception] = [
        engine_errors["BudgetTooSmall"]("x"),
        FileNotFoundError(2, "none", "a"),
    ]
    try:
        require_paths()
    except ValueError as ours:
        refused.append(ours)
    for error in refused:
        if error.__traceback__ is None:
            with pytest.raises(type(error)):
                raise error
        assert not errors.keep_traceback(begun, error)
        assert "Where it happened" not in told(error)
    assert not list(begun.iterdir()) and not list((begun.parent / "temporary").iterdir())


def require_paths() -> None:
    from playfair.launch.quoting import quoted

    quoted(["paths.data="])


def test_a_librarys_error_keeps_where_it_happened_in_the_runs_folder(begun: Path) -> None:
    import json

    try:
        json.loads("{")
    except ValueError as error:
        assert errors.keep_traceback(begun, error)
        assert errors._answer(error).endswith(f"\n(Where it happened: {begun / 'error.txt'})")
    assert "JSONDecodeError" in (begun / "error.txt").read_text()


def test_a_traceback_is_shown_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Traceback" not in told(ValueError("wrong"))
    monkeypatch.setenv("PLAYFAIR_TRACEBACK", "1")
    assert told(ValueError("wrong")).startswith("wrong\nTraceback")
