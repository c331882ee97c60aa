"""The state of a training that is not finished: whichever a killed process leaves is known."""

import errno
import json
import os
from pathlib import Path

import pytest
import torch

from playfair.steps import repair, training_state
from playfair.steps.damage import DamageError
from playfair.steps.examination import verify
from playfair.steps.layout import Layout
from playfair.steps.manifest import TRAINING, checksum_of
from playfair.steps.obtain import obtain
from playfair.steps.training_state import (
    DurableCheckpoints,
    Summed,
    record_of,
    require_state,
)
from tests.steps.small_steps import Weights


@pytest.fixture
def last(tmp_path: Path) -> Path:
    path = tmp_path / "1-ranks" / "last.ckpt"
    for epoch in (1, 2):
        DurableCheckpoints().save_checkpoint({"epoch": epoch}, path)
    return path


def test_the_state_of_the_last_epoch_is_whole(last: Path) -> None:
    require_state(last)
    assert torch.load(last, weights_only=True) == {"epoch": 2}
    assert {file.name for file in last.parent.iterdir()} == {"last.ckpt", "last.json"}


def test_a_flipped_bit_is_told_with_what_to_remove(last: Path) -> None:
    content = bytearray(last.read_bytes())
    content[len(content) // 2] ^= 1
    last.write_bytes(content)
    with pytest.raises(DamageError, match=rf"{last} is damaged.*Remove {last.parent}: the train"):
        DurableCheckpoints().require_whole(last)


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_without_its_record_it_is_not_continued(last: Path, content: str) -> None:
    record_of(last).write_text(content)
    with pytest.raises(DamageError, match="last.json is damaged"):
        require_state(last)
    record_of(last).unlink()
    with pytest.raises(DamageError, match="last.json is damaged: it is not there"):
        require_state(last)


def test_killed_between_record_and_checkpoint_the_one_before_is_continued(
    last: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def killed(path: Path, to: Path) -> Path:
        if to == last:
            raise KeyboardInterrupt
        return replace(path, to)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        DurableCheckpoints().save_checkpoint({"epoch": 3}, last)
    require_state(last)
    assert torch.load(last, weights_only=True) == {"epoch": 2}


def test_a_process_reads_no_checkpoint_again_that_it_has_written(
    last: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints = DurableCheckpoints()
    checkpoints.save_checkpoint({"epoch": 3, "weights": torch.ones(99_999)}, last)
    monkeypatch.setattr(training_state, "checksum_of", lambda file: pytest.fail("read again"))
    checkpoints.save_checkpoint({"epoch": 4}, last)
    monkeypatch.undo()
    require_state(last)
    written, before = json.loads(record_of(last).read_text())["crc32c"]
    assert written == checksum_of(last) != before


def test_what_another_process_has_written_is_known_too(last: Path) -> None:
    """Continued from the state of a run before, whose checkpoint a killed process may leave."""
    before = checksum_of(last)
    DurableCheckpoints().save_checkpoint({"epoch": 3}, last)
    assert json.loads(record_of(last).read_text())["crc32c"] == [checksum_of(last), before]


def test_a_checkpoint_that_goes_takes_its_record_with_it(last: Path) -> None:
    DurableCheckpoints().remove_checkpoint(last)
    assert list(last.parent.iterdir()) == []


def test_the_checksum_is_crc32c(tmp_path: Path) -> None:
    (tmp_path / "digits").write_bytes(b"123456789")
    assert checksum_of(tmp_path / "digits") == "e3069283"


def test_one_configurations_end_leaves_the_unfinished_training_of_another(tmp_path: Path) -> None:
    own, other = Weights(seed=0), Weights(seed=1)
    layout = Layout(tmp_path)
    states = [layout.folder(step) / TRAINING / "1-ranks" / "last.ckpt" for step in (own, other)]
    obtain(own, layout)
    for state in states:
        DurableCheckpoints().save_checkpoint({"epoch": 1}, state)
    (layout.folder(own) / "manifest.json").unlink()
    layout.opened.clear()
    obtain(own, layout)
    assert not states[0].exists() and states[1].exists()


def test_the_doctor_tells_a_damaged_state_of_a_training(tmp_path: Path) -> None:
    step = Weights()
    layout = Layout(tmp_path)
    obtain(step, layout)
    folder = layout.folder(step)
    (folder / "manifest.json").unlink()
    (folder / "weights.pt").unlink()
    state = folder / TRAINING / "1-ranks" / "last.ckpt"
    DurableCheckpoints().save_checkpoint({"epoch": 1}, state)
    assert verify(folder) == []
    state.write_bytes(b"")
    assert [damage.file for damage in verify(folder)] == [state]


def test_two_damaged_states_of_a_training_are_removed_together(tmp_path: Path) -> None:
    damages = []
    for name in ("last.ckpt", "best.ckpt"):
        state = tmp_path / TRAINING / "1-ranks" / name
        DurableCheckpoints().save_checkpoint({"epoch": 1}, state)
        damages.append(DamageError(state, "its checksum is another"))
    repair._remove(tmp_path, Weights(), damages)
    assert not (tmp_path / TRAINING / "1-ranks").exists()


def test_a_disk_that_is_full_before_the_state_is_written_is_told(
    last: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch hides the disk's error behind one of its own."""
    before = last.read_bytes()
    write = Summed.write

    def write_some(summed: Summed, content: bytes) -> int:
        if summed.file.tell() > 100:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(summed, content)

    monkeypatch.setattr(Summed, "write", write_some)
    with pytest.raises(ValueError, match=r"The disk is full: no space for .*last\.ckpt\."):
        DurableCheckpoints().save_checkpoint({"weights": torch.ones(9999)}, last)
    assert last.read_bytes() == before
    assert not list(last.parent.glob("*.part"))
