import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from playfair.signals import Stopped
from playfair.steps import supervisor
from playfair.steps.ranks import n_ranks
from playfair.steps.supervisor import WorkerError, supervise
from tests.conftest import ROOT


def script(folder: Path, body: str) -> list[str]:
    """A rank that does `body` within supervisor.work; `rank` and `folder` are at hand."""
    file = folder / "rank.py"
    file.write_text(
        f"import os, sys, time\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\n"
        "from playfair.steps.ranks import work\n"
        f"rank, folder = int(os.environ['LOCAL_RANK']), Path({str(folder)!r})\n"
        "def share():\n"
        + textwrap.indent(textwrap.dedent(body), "    ")
        + "\nwork(share, folder)\n"
    )
    return [sys.executable, str(file)]


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


def test_every_rank_runs_once_knowing_its_place_and_nothing_of_an_outer_run(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "17")
    monkeypatch.setenv("SLURM_NTASKS", "17")
    body = """
    leaked = [name for name in os.environ if name.startswith("SLURM_") or name == "WORLD_SIZE"]
    (folder / f"{rank}.txt").write_text(os.environ["MASTER_PORT"] + " ".join(leaked))
    """
    supervise(script(tmp_path, body), 3, tmp_path)
    said = [(tmp_path / f"{rank}.txt").read_text() for rank in range(3)]
    assert len(set(said)) == 1 and said[0].isdigit()


def test_what_one_rank_was_given_wrongly_is_raised_and_the_others_are_ended(tmp_path) -> None:
    body = """
    (folder / f"{rank}.pid").write_text(str(os.getpid()))
    if rank == 1:
        raise ValueError("expected a cat, got a dog")
    time.sleep(60)
    """
    began = time.monotonic()
    with pytest.raises(ValueError, match="expected a cat, got a dog"):
        supervise(script(tmp_path, body), 3, tmp_path)
    assert time.monotonic() - began < 40
    pids = [int(file.read_text()) for file in tmp_path.glob("*.pid")]
    assert not [pid for pid in pids if alive(pid)]


@pytest.mark.parametrize(
    "content", ["", '{"message": "x"', "[1]", '{"message": "x", "wrong_input": true, "time": "?"}']
)
def test_a_rank_whose_words_did_not_arrive_whole_has_failed_all_the_same(
    tmp_path, content: str
) -> None:
    body = f"""
    (folder / "rank-0-failed.json").write_text({content!r})
    os._exit(1)
    """
    with pytest.raises(WorkerError, match=r"^rank 0 ended with code 1\.\nWhat was finished"):
        supervise(script(tmp_path, body), 1, tmp_path)


def test_the_first_reason_is_told_and_none_of_an_earlier_run(tmp_path) -> None:
    reason = '{"message": "%s", "wrong_input": true, "time": %d}'
    (tmp_path / "rank-3-failed.json").write_text(reason % ("of yesterday", 0))
    echo = f"echo '{reason % ('what followed', 2)}' > {tmp_path}/rank-0-failed.json"
    cause = f"echo '{reason % ('what was wrong', 1)}' > {tmp_path}/rank-1-failed.json"
    with pytest.raises(ValueError, match="^what was wrong$"):
        supervise(["sh", "-c", f"{echo}; {cause}; exit 1"], 1, tmp_path)
    with pytest.raises(WorkerError, match="rank 0 ended with code 1"):
        supervise(["sh", "-c", "exit 1"], 1, tmp_path)


def test_ranks_of_which_one_failed_were_not_stopped(tmp_path, monkeypatch) -> None:
    def until_all_ended(ranks, *_) -> None:
        for rank in ranks:
            rank.wait()

    monkeypatch.setattr(supervisor, "_watch", until_all_ended)
    with pytest.raises(Stopped):
        supervise(["sh", "-c", "exit 143"], 2, tmp_path)
    with pytest.raises(WorkerError, match="rank 1 ended with code 7"):
        supervise(["sh", "-c", "[ $LOCAL_RANK = 0 ] && exit 143; exit 7"], 2, tmp_path)


def test_a_killed_rank_is_named_and_the_next_run_starts_clean(tmp_path) -> None:
    with pytest.raises(WorkerError, match="rank 1 was killed by SIGKILL"):
        supervise(
            script(tmp_path, "os.kill(os.getpid(), 9) if rank == 1 else time.sleep(60)"),
            2,
            tmp_path,
        )
    supervise(script(tmp_path, "pass"), 2, tmp_path)


def test_a_killed_supervisor_takes_its_ranks_along(tmp_path) -> None:
    command = script(
        tmp_path, "(folder / f'{rank}.pid').write_text(str(os.getpid()))\ntime.sleep(60)"
    )
    imports = "from pathlib import Path; from playfair.steps.supervisor import supervise"
    start = f"{imports}; supervise({command!r}, 2, Path({str(tmp_path)!r}))"
    supervisor = subprocess.Popen([sys.executable, "-c", start])
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("*.pid"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.2)
    pids = [int(file.read_text()) for file in tmp_path.glob("*.pid")]
    assert len(pids) == 2
    os.kill(supervisor.pid, signal.SIGKILL)
    supervisor.wait()
    time.sleep(0.5)
    assert not [pid for pid in pids if alive(pid)]


@pytest.mark.parametrize(("devices", "ranks"), [(1, 1), (3, 3), ("2", 2), ([0, 1], 2), ("auto", 1)])
def test_devices_are_counted(devices, ranks: int) -> None:
    assert n_ranks(devices, "cpu") == ranks


def test_a_wrong_number_of_devices_is_refused() -> None:
    with pytest.raises(ValueError, match=r"trainer\.devices"):
        n_ranks(0, "cpu")


def test_a_rank_that_somebody_else_asks_to_end_stops_the_run_with_its_signal(tmp_path) -> None:
    body = """
    if rank == 1:
        os.kill(os.getpid(), 15)
    time.sleep(60)
    """
    with pytest.raises(Stopped) as stopped:
        supervise(script(tmp_path, body), 2, tmp_path)
    assert stopped.value.code == 143


def test_the_end_of_a_rank_that_was_asked_to_end_takes_the_time_that_it_takes(tmp_path) -> None:
    """Nothing insists any more: what is still to be written is written."""
    body = """
    from playfair import signals
    signals.GRACE = 0.1
    class Slow:
        def flush(self):
            time.sleep(0.5)
            (folder / "flushed").touch()
    sys.stdout = Slow()
    os.kill(os.getpid(), 15)
    """
    with pytest.raises(Stopped):
        supervise(script(tmp_path, body), 1, tmp_path)
    assert (tmp_path / "flushed").exists()


def test_what_a_terminal_or_slurm_sends_to_all_is_left_to_the_supervisor(tmp_path) -> None:
    body = """
    for number in (1, 2, 10, 12):
        os.kill(os.getpid(), number)
    (folder / f"{rank}.txt").touch()
    """
    supervise(script(tmp_path, body), 2, tmp_path)
    assert len(list(tmp_path.glob("?.txt"))) == 2


def test_a_rank_in_a_job_of_submitits_stops_for_its_supervisor_alone(tmp_path, monkeypatch) -> None:
    """Which lives in the process that submitit takes back into the queue, on another signal."""
    monkeypatch.setenv("SUBMITIT_EXECUTOR", "slurm")
    body = """
    os.kill(os.getpid(), 15)
    (folder / f"{rank}.txt").touch()
    if rank == 1:
        raise ValueError("a cat")
    time.sleep(60)
    """
    began = time.monotonic()
    with pytest.raises(ValueError, match="a cat"):
        supervise(script(tmp_path, body), 2, tmp_path)
    assert len(list(tmp_path.glob("?.txt"))) == 2 and time.monotonic() - began < 7


def test_reasons_are_left_as_json(tmp_path) -> None:
    with pytest.raises(WorkerError, match=r"broken \(.*rank-0-error\.txt\)"):
        supervise(script(tmp_path, "raise RuntimeError('broken')"), 1, tmp_path)
    assert json.loads((tmp_path / "rank-0-failed.json").read_text())["wrong_input"] is False
    assert "RuntimeError: broken" in (tmp_path / "rank-0-error.txt").read_text()
