from pathlib import Path

import pytest
import torch

from playfair.shapley import memory

CPU = torch.device("cpu")


def test_more_videos_are_done_together_where_more_memory_is_free(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda device, wanted: 2**34)
    assert memory.videos_together(32, 8, 174, CPU) == 16
    assert (
        memory.videos_together(128, 8, 174, CPU) == 32
        and memory.videos_together(10**6, 8, 174, CPU) == 64
    )
    assert (
        memory.videos_together(8, 12, 174, CPU) == 4
        and memory.videos_together(32, 18, 174, CPU) == 1
    )
    monkeypatch.setattr(memory, "free_bytes", lambda device, wanted: 2**22)
    assert memory.videos_together(32, 8, 174, CPU) < 16


def test_a_video_that_does_not_fit_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda device, wanted: 2**28)
    with pytest.raises(ValueError, match="budget"):
        memory.videos_together(1, 20, 174, CPU)


def test_free_memory_is_told_in_bytes():
    assert 2**20 < memory.free_bytes(CPU, wanted=2**40) < 2**50


def test_little_memory_is_not_looked_for(monkeypatch):
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    assert memory.videos_together(32, 8, 174, CPU) == 16


def test_what_torch_keeps_of_a_gpus_memory_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, answer in (("mem_get_info", (3, 100)), ("memory_reserved", 50)):
        monkeypatch.setattr(torch.cuda, name, lambda device, answer=answer: answer)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 20)
    assert memory.free_bytes(torch.device("cuda"), wanted=1) == 3 + 50 - 20
