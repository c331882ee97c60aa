"""Data workers: nobody waits for one without a word, and no batch is lost for want of memory."""

import logging
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.utils.data import default_convert

from playfair.training import workers
from playfair.training.workers import DataWorkerError, HandOver, loader, possible_workers
from tests.conftest import ROOT

LARGE = 3 * workers.SMALL


class Batches:
    """Each with a large tensor, a small one, and words."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, item: int) -> dict[str, Any]:
        large = torch.arange(item, item + LARGE, dtype=torch.int32)
        return {
            "block": item,
            "frames": large,
            "lengths": torch.tensor([item]),
            "skipped": {1: "x"},
        }


def arriving(n_workers: int, dataset: Any = None) -> list[dict[str, Any]]:
    return list(loader(dataset or Batches(), default_convert, n_workers, batch_size=None))


def is_as_sent(batches: list[dict[str, Any]]) -> bool:
    assert [batch["block"] for batch in batches] == [0, 1, 2, 3]
    for item, batch in enumerate(batches):
        sent = Batches()[item]
        assert torch.equal(batch["frames"], sent["frames"])
        assert torch.equal(batch["lengths"], sent["lengths"])
        assert batch["frames"].dtype == torch.int32 and batch["skipped"] == {1: "x"}
        batch["frames"][0] = 7  # it can be written to
    return True


@pytest.mark.parametrize("room", [True, False])
@pytest.mark.parametrize("n_workers", [0, 2])
def test_a_batch_arrives_as_it_was_sent_whichever_way(
    monkeypatch: pytest.MonkeyPatch, n_workers: int, room: bool
) -> None:
    monkeypatch.setattr(workers, "has_room", lambda: room)
    batches = arriving(n_workers)
    assert is_as_sent(batches)
    assert batches[0]["frames"].is_shared() == (room and n_workers > 0)


def _is_of_nobody(name: Path) -> bool:
    """Whether the process that a piece of shared memory is named by is gone."""
    return not Path("/proc", name.name.split("_")[1]).exists()


@pytest.fixture
def small_files() -> Iterator[None]:
    """As after `ulimit -f`: no file, and no piece of shared memory, of more than 64 KB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_worker_that_gets_no_shared_memory_sends_its_batch_through_the_pipe(
    monkeypatch: pytest.MonkeyPatch, small_files: None
) -> None:
    monkeypatch.setattr(workers, "has_room", lambda: True)  # it is used up later
    before = set(Path(workers.SHARED).glob("torch_*"))
    batches = arriving(1)
    assert is_as_sent(batches)
    assert not batches[0]["frames"].is_shared()
    new = set(Path(workers.SHARED).glob("torch_*")) - before
    assert not [name for name in new if name.stat().st_size == 0 and _is_of_nobody(name)]


def test_a_worker_says_once_that_it_got_none(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, small_files: None
) -> None:
    monkeypatch.setattr(workers, "get_worker_info", lambda: "one")
    hand_over = HandOver(default_convert)
    for item in range(2):
        hand_over(Batches()[item])
    (word,) = caplog.messages
    assert word.startswith("no shared memory for a batch of 1 MB (unable to ")


def test_a_small_tensor_takes_no_shared_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "get_worker_info", lambda: "one")
    batch = HandOver(default_convert)(Batches()[0])
    assert batch["frames"].is_shared() and not batch["lengths"].tensor.is_shared()


class Slow(Batches):
    """One that does not answer for a while."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __getitem__(self, item: int) -> dict[str, Any]:
        if item == 1:
            time.sleep(self.seconds)
        return super().__getitem__(item)


def test_a_worker_that_takes_long_is_waited_for_with_a_word(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(workers, "SAY_EVERY", 0.25)
    assert is_as_sent(arriving(1, Slow(0.6)))
    assert "waiting for the data workers (dataset.workers) for 0 min" in caplog.text
    assert 1 <= len(caplog.messages) <= 3


def test_a_worker_that_never_answers_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SAY_EVERY", 0.1)
    monkeypatch.setattr(workers, "MOST_SILENCE", 3)
    with pytest.raises(DataWorkerError, match="No data worker has loaded anything .*workers=0"):
        arriving(1, Slow(1))


def test_where_processes_cannot_share_a_lock_there_are_no_workers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_lock() -> None:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(
        workers.multiprocessing, "get_context", lambda: SimpleNamespace(Lock=no_lock)
    )
    assert possible_workers(8) == 0
    assert "/dev/shm cannot be used (No such file or directory)" in caplog.text
    assert "--shm-size=8g" in caplog.text


@pytest.mark.parametrize(
    ("free", "largest", "word"),
    [
        (
            64 << 20,
            resource.RLIM_INFINITY,
            "67 MB are free in /dev/shm; in Docker, type --shm-size",
        ),
        (8 << 30, 1 << 20, "a file may have 1 MB; type ulimit -f unlimited"),
        (8 << 30, resource.RLIM_INFINITY, ""),
        (8 << 30, 2 << 30, ""),
    ],
)
def test_free_shared_memory_is_looked_at_before_workers_start(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    free: int,
    largest: int,
    word: str,
) -> None:
    caplog.set_level(logging.INFO)
    status = SimpleNamespace(f_bavail=free // 4096, f_frsize=4096)
    monkeypatch.setattr(os, "statvfs", lambda path: status)
    monkeypatch.setattr(resource, "getrlimit", lambda which: (largest, largest))
    assert workers.has_room() == (not word)
    assert word in caplog.text and bool(word) == bool(caplog.messages)


IN_DOCKER = """
import torch
from torch.utils.data import default_convert
from playfair.training import workers

class Blocks:
    def __len__(self): return 4
    def __getitem__(self, item): return {"frames": torch.full((30 << 20,), item, dtype=torch.uint8)}

for room in (False, True):
    workers.has_room = lambda: room
    got = workers.loader(Blocks(), default_convert, 2, batch_size=None)
    assert [int(batch["frames"][-1]) for batch in got] == [0, 1, 2, 3]
print("all came")
"""


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small /dev/shm")
def test_with_dockers_64_mb_of_shared_memory_all_batches_come() -> None:
    mounted = 'mount -t tmpfs -o size=64m tmpfs /dev/shm || exit 9; exec "$@"'
    command = ["unshare", "-m", "bash", "-c", mounted, "bash", sys.executable, "-c", IN_DOCKER]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    if done.returncode in (1, 9) and "all came" not in done.stdout and "mount" in done.stderr:
        pytest.skip("mounting is not allowed here")
    assert done.stdout == "all came\n", done.stderr
