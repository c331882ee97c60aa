"""A run that is refused or stopped leaves nothing behind, and says one thing."""

import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from playfair import signals
from playfair.launch import closed_pipe, stopping, sweep
from playfair.launch.terminal import experiments
from tests.conftest import ROOT, call_warm, run_py, run_warm


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["experiment=esv", "n_frames=abc"], "Expected n_frames to be a whole number"),
        (["experiment=esv", "n_frames=30"], "Exact ESVs of 30 frames need 2^30 scores"),
    ],
)
def test_a_mistake_is_answered_in_one_message_and_leaves_no_file(
    tmp_path: Path, typed: list[str], said: str
) -> None:
    (tmp_path / "temporary").mkdir()
    (tmp_path / "here").mkdir()
    refused = run_warm(*typed, cwd=tmp_path / "here", TMPDIR=str(tmp_path / "temporary"))
    assert refused.returncode == 2
    assert said in refused.stderr
    for noise in ("Traceback", "Error executing job", "Where it happened", "HYDRA_FULL_ERROR"):
        assert noise not in refused.stderr
    assert not list((tmp_path / "here").iterdir()), "no empty folders"
    assert not list((tmp_path / "temporary").iterdir())


def test_an_option_with_dashes_is_answered_without_a_word_of_hydras(tmp_path: Path) -> None:
    refused = run_py("--experiment", "esv", cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.strip() == (
        "Options are written name=value, without dashes, got '--experiment'. Type: python run.py "
        "experiment=esv"
    )


def test_folders_above_a_run_go_where_they_were_made_with_it(tmp_path: Path) -> None:
    new = tmp_path / "new"
    old = tmp_path / "old"
    old.mkdir()
    for outputs in (new, old):
        sweep.note_outputs(str(outputs))
        run = outputs / "synthetic" / "runs" / "esv_1"
        (run / ".hydra").mkdir(parents=True)
        sweep.remove_unanswered(run)
    assert not new.exists() and old.exists() and not list(old.iterdir())


def test_what_lies_beside_a_run_stays(tmp_path: Path) -> None:
    runs = tmp_path / "outputs" / "synthetic" / "runs"
    answered = runs / "esv_1"
    stopped = runs / "esv_2"
    for run in (answered, stopped):
        (run / ".hydra").mkdir(parents=True)
    (answered / "metrics.json").touch()
    sweep.note_outputs(str(tmp_path / "outputs"))
    for run in (stopped, answered):
        sweep.remove_unanswered(run)
    assert [run.name for run in runs.iterdir()] == ["esv_1"]
    own = tmp_path / "mine" / "folder"
    own.mkdir(parents=True)
    sweep.remove_unanswered(own)
    assert (tmp_path / "mine").exists(), "hydra.run.dir may be anywhere"


INTERRUPTED = """
import signal, sys, os
module = sys.argv.pop()
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Slow())
sys.argv[0] = {run!r}
sys.path.insert(0, {root!r})
exec(compile(open(sys.argv[0]).read(), sys.argv[0], "exec"))
"""


STARTED = """
import os, signal, sys
class AtOnce:
    def find_spec(self, name, path=None, target=None):
        if name in ("playfair.launch", "playfair.signals"):
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, AtOnce())
sys.path.insert(0, {root!r})
sys.argv[:] = ["playfair"]
{started}
"""
WAYS = {
    "a checkout": 'import runpy; runpy.run_path({run!r}, run_name="__main__")',
    "a module": 'import runpy; runpy.run_module("playfair", run_name="__main__")',
    "installed": "from {module} import {function}; {function}()",
}


@pytest.mark.parametrize("way", WAYS)
def test_ctrl_c_before_anything_of_ours_is_imported_ends_without_a_word(
    tmp_path: Path, way: str
) -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    script = tomllib.loads(text)["project"]["scripts"]["playfair"]
    module, _, function = script.partition(":")
    started = WAYS[way].format(run=str(ROOT / "run.py"), module=module, function=function)
    program = STARTED.format(root=str(ROOT), started=started)
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


# of other modules: tests/experiments/test_stopping.py
@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("playfair.signals", -signal.SIGINT),
        ("xarray", 130),
    ],
)
def test_ctrl_c_while_modules_are_imported_ends_without_a_traceback(
    tmp_path: Path, module: str, code: int
) -> None:
    program = INTERRUPTED.format(run=str(ROOT / "run.py"), root=str(ROOT))
    done = subprocess.run(
        [sys.executable, "-c", program, "experiment=esv", module],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert ("Stopped by SIGINT" in done.stderr) == (code == 130)
    assert not list(tmp_path.iterdir()), "no empty folders"


def test_the_first_line_comes_within_two_seconds_of_computing(tmp_path: Path) -> None:
    before = sum(time_of_children())
    refused = run_py("experiment=esv", "n_frmes=8", cwd=tmp_path)
    assert refused.returncode == 2
    assert sum(time_of_children()) - before < 2


def time_of_children() -> tuple[float, float]:
    import os

    spent = os.times()
    return spent.children_user, spent.children_system


def test_what_is_done_is_said_before_torch_is_there(tmp_path: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from types import SimpleNamespace\n"
        "def perform(cfg, folder): print('with', sorted(set(sys.modules) & {'torch', 'pandas'}))\n"
        "sys.modules['playfair.launch.perform'] = SimpleNamespace(perform=perform)\n"
        "from playfair.launch.main import command\ncommand()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "experiment=position", "n_frames=3"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    lines = " ".join(done.stdout.split())
    assert lines.startswith(
        "position: Ask where in a clip its supporting and distracting frames lie."
    )
    assert "TSN and TRN on the validation clips of synthetic, 3 frames" in lines
    assert "Results go to outputs/synthetic/runs/position_" in lines
    assert lines.endswith("with []"), done.stderr


CLOSED = """
import os, sys
read, write = os.pipe()
os.dup2(write, 1)
os.close(write)
os.close(read)
sys.stdout = open(1, "w", closefd=False)  # it was a file's
from playfair.launch.main import command
command()
"""


@pytest.mark.parametrize(
    "typed",
    [
        [],
        ["--help"],
        ["--version"],
        ["push", "--help"],
        ["--cfg", "job", "experiment=esv"],
    ],
)
def test_what_is_read_by_nobody_ends_without_a_word(tmp_path: Path, typed: list[str]) -> None:
    done = call_warm(CLOSED, *typed, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_run_that_is_read_by_nobody_says_why_it_ends_and_leaves_no_folder(
    tmp_path: Path,
) -> None:
    done = call_warm(CLOSED, "experiment=esv", cwd=tmp_path)
    assert done.returncode == 141 and "Stopped by SIGPIPE." in done.stderr
    assert "Traceback" not in done.stderr and not list(tmp_path.iterdir())


def test_a_pipe_that_somebody_reads_is_not_what_has_broken() -> None:
    assert not closed_pipe.is_closed(BrokenPipeError())  # a worker's


@pytest.mark.parametrize(
    ("experiment", "said"),
    [
        ("esv", "What was finished is kept: steps, blocks, and a training's whole epochs. To"),
        (
            "benchmark",
            "experiment=benchmark keeps nothing of what it has not finished. To begin anew",
        ),
    ],
)
def test_whoever_stops_a_run_is_told_whether_it_goes_on_or_begins_anew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], experiment: str, said: str
) -> None:
    monkeypatch.setattr(signals, "insist_no_more", lambda: None)
    monkeypatch.setattr(sys, "argv", ["run.py", f"experiment={experiment}", "n_frames=4"])
    assert stopping.told(int(signal.SIGINT)) == 130
    told = capsys.readouterr().err
    assert f"Stopped by SIGINT. {said}" in told
    assert "type the same command again:\n  " in told and "n_frames=4" in told


def test_experiments_that_keep_nothing_are_experiments() -> None:
    assert set(stopping.KEEPING_NOTHING) < experiments().keys()
