"""One process per device, started and watched from one place, alone or within Hydra's multirun.

Lightning's `ddp` launcher runs the command line again for every rank: under `--multirun` rank 1
repeats the whole sweep in a folder of its own. Here the process that composed the configuration
stays a supervisor and starts all ranks as plain workers (steps/ranks.py); when one fails, or stands
still, it ends the others and raises what that one said. It computes nothing itself: torch and
Lightning are imported where a rank needs them, and the ranks start 4 s sooner.
"""

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playfair import signals
from playfair.steps import heartbeat, meetings
from playfair.steps.damage import UNREADABLE
from playfair.steps.place import MEETING, N_RANKS, PREFIXES, STOP, VARIABLES
from playfair.steps.ranks import Reason
from playfair.steps.rendezvous import LOOPBACK, keep_to_loopback
from playfair.steps.standstill import Standstill

# seconds that ranks have to finish after being asked to end: `docker stop` kills after 10
_GRACE = 8.0
# what a rank leaves to its supervisor: a terminal sends them to both, Slurm to all of a step
_LEFT_TO_SUPERVISOR = (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
KEPT = "What was finished is kept: type the same command again to continue."


class WorkerError(ChildProcessError):
    """A rank failed for a reason that is not the user's."""


def supervise(
    command: Sequence[str], n_ranks: int, folder: Path, *, rank_timeout: float = 300.0
) -> None:
    """Runs `command` as ranks 0 … n_ranks − 1 of one node and returns when all have succeeded.

    Args:
        folder: where a failing rank leaves its reason (see `ranks.work`).
        rank_timeout: seconds without a sign of life after which a rank counts as frozen.

    Raises:
        ValueError: a rank was given something wrong; its message.
        WorkerError: a rank failed otherwise, was killed, or stands still.
        signals.Stopped: a rank was asked to end by somebody else.
    """
    for file in folder.glob("rank-*-failed.json"):
        file.unlink()
    with _meeting(n_ranks) as variables:
        ranks: list[subprocess.Popen[bytes]] = []
        pulses: list[heartbeat.Pulse] = []
        try:
            for rank in range(n_ranks):
                process, pulse = _start(command, variables, rank, rank_timeout)
                ranks.append(process)
                pulses.append(pulse)
            together = Standstill([rank.pid for rank in ranks], Path(variables[MEETING]))
            frozen = _watch(ranks, pulses, together)
            # before the others are asked to end, who then end with a code too
            codes = [(number, code) for number, rank in enumerate(ranks) if (code := rank.poll())]
        finally:
            # a rank failed, or this process is to end: nobody may be left behind
            _end(ranks, Path(variables[MEETING]))
            for pulse in pulses:
                os.close(pulse.pipe)
    if frozen:
        raise WorkerError(f"{frozen}.\n{KEPT}")
    stops = [code - 128 for _, code in codes if code - 128 in signals.STOPPING]
    if codes and len(stops) == len(codes):
        raise signals.Stopped(stops[0])
    if codes:
        _raise(codes, folder)


@contextmanager
def _meeting(n_ranks: int) -> Iterator[dict[str, str]]:
    """The variables of ranks, and among them the folder where they meet, for as long as they run."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in VARIABLES and not name.startswith(PREFIXES)
    }
    meetings.remove_forsaken()
    folder, lock = meetings.new()
    variables |= {
        MEETING: folder,
        N_RANKS: str(n_ranks),
        "NODE_RANK": "0",
        "MASTER_ADDR": LOOPBACK,
        "MASTER_PORT": str(_free_port()),  # the run's name among others; ranks meet in the folder
    }
    keep_to_loopback(variables)
    try:
        yield variables
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _start(
    command: Sequence[str], variables: dict[str, str], rank: int, rank_timeout: float
) -> tuple["subprocess.Popen[bytes]", heartbeat.Pulse]:
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    os.set_blocking(write_end, False)
    place = {"LOCAL_RANK": str(rank), heartbeat.WRITE_END: str(write_end)}
    try:
        process = subprocess.Popen(
            command,
            env={**variables, **place},
            preexec_fn=_follow_supervisor,
            pass_fds=[write_end],
        )
    finally:
        os.close(write_end)
    return process, heartbeat.Pulse(rank, process.pid, read_end, rank_timeout)


def _watch(
    ranks: list["subprocess.Popen[bytes]"], pulses: list[heartbeat.Pulse], together: Standstill
) -> str | None:
    """Returns when all ranks have ended, one has failed, or one stands still: which, and since when."""
    while any(rank.poll() is None for rank in ranks) and not any(rank.poll() for rank in ranks):
        for rank, pulse in zip(ranks, pulses, strict=True):
            if rank.poll() is None and (frozen := pulse.look()):
                rank.kill()
                return frozen
        together.look()
        time.sleep(0.1)
    return None


def _raise(failed: list[tuple[int, int]], folder: Path) -> None:
    """Raises what the first rank that failed said, or else with which codes they ended."""
    files = sorted(folder.glob("rank-*-failed.json"))
    reasons = [(reason, file) for file in files if (reason := _reason(file))]
    first, where = min(reasons, key=lambda pair: pair[0].time, default=(None, None))
    if first and first.wrong_input:
        raise ValueError(first.message)
    codes = ", ".join(
        f"rank {rank} was killed by {signal.Signals(-code).name}"
        if code < 0
        else f"rank {rank} ended with code {code}"
        for rank, code in failed
    )
    if first and where:
        log = where.with_name(where.name.replace("failed.json", "error.txt"))
        codes += f": {first.message} ({log})"
    else:
        codes += "."
    raise WorkerError(f"{codes}\n{KEPT}")


def _reason(file: Path) -> Reason | None:
    """Why a rank failed; None where its words did not arrive whole: that it failed is told all the same."""
    try:
        reason = Reason(**json.loads(file.read_bytes()))
        return Reason(str(reason.message), bool(reason.wrong_input), float(reason.time))
    except UNREADABLE:
        return None


def _end(ranks: list["subprocess.Popen[bytes]"], meeting: Path) -> None:
    """Asks the ranks that run to end, and kills those that have not after a while."""
    running = [rank for rank in ranks if rank.poll() is None]
    if not running:
        return
    (meeting / STOP).touch()
    try:
        signals.no_hurry()
        for rank in running:
            rank.terminate()
        deadline = time.monotonic() + _GRACE
        while any(rank.poll() is None for rank in running) and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:  # a second signal does not wait
        for rank in running:
            if rank.poll() is None:
                rank.kill()
        for rank in running:
            rank.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _follow_supervisor() -> None:
    """In a rank, before it is one: a killed supervisor takes it along, other signals are left to it."""
    for number in _LEFT_TO_SUPERVISOR:
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
