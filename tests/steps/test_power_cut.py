"""The power goes while or after a step is made: what was promised to be there is there, whole.

A file system of its own on a loop device: what had not been sent to the device when its image is
copied is lost in the copy, as a power cut loses it. And a small one, that is soon full.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from playfair.steps import durable
from playfair.steps.damage import DamageError
from playfair.steps.examination import step_folders, verify
from playfair.steps.manifest import MANIFEST
from tests.steps.disk_changes import in_fork, killed_before
from tests.steps.small_steps import chain, make_all

TOOLS = ("mount", "umount", "losetup", "mkfs.ext4")
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def may_mount() -> str:
    """Why nothing can be mounted here; "" where it can."""
    if os.geteuid() != 0:
        return "only root may mount"
    if missing := [tool for tool in TOOLS if not shutil.which(tool, path=PATH)]:
        return f"{missing[0]} is not installed"
    return "" if Path("/dev/loop-control").exists() else "there is no loop device here"


pytestmark = pytest.mark.skipif(bool(may_mount()), reason=may_mount())


def run(*command: object) -> None:
    """A tool of the system; where a container refuses it, the test is skipped with its words."""
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, "PATH": PATH},
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        pytest.skip(f"{command[0]}: {done.stderr.strip()}")


def new_image(file: Path) -> Path:
    with file.open("wb") as image:
        image.truncate(24 << 20)
    run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", file)
    return file


@contextmanager
def mounted(source: object, at: Path, *options: str) -> Iterator[Path]:
    at.mkdir(exist_ok=True)
    run("mount", *options, source, at)
    try:
        yield at
    finally:
        run("umount", "-l", at)


def after_power_cut(image: Path, to: Path) -> Path:
    """A copy of what has reached the device, taken while it is mounted and nothing is synced."""
    return Path(shutil.copyfile(image, to))


def finished(outputs: Path) -> list[str]:
    folders = step_folders(outputs / "toys")
    return sorted(folder.parent.name for folder in folders if (folder / MANIFEST).exists())


def test_what_is_finished_outlives_a_power_cut_and_nothing_is_damaged(tmp_path: Path) -> None:
    image = new_image(tmp_path / "image")
    with mounted(image, tmp_path / "disk", "-o", "loop") as disk:
        make_all(disk)
        copy = after_power_cut(image, tmp_path / "copy")
    with mounted(copy, tmp_path / "after", "-o", "loop") as disk:
        assert finished(disk) == sorted(chain())
        for folder in step_folders(disk / "toys"):
            assert verify(folder) == []
        make_all(disk)


@pytest.mark.parametrize(
    "k", [200, *[pytest.param(k, marks=pytest.mark.slow) for k in range(10, 300, 10)]]
)
def test_what_a_power_cut_left_half_made_is_continued(tmp_path: Path, k: int) -> None:
    image = new_image(tmp_path / "image")
    with mounted(image, tmp_path / "disk", "-o", "loop") as disk:
        assert killed_before(k, disk, lambda: make_all(disk))
        before = finished(disk)
        copy = after_power_cut(image, tmp_path / "copy")
    with mounted(copy, tmp_path / "after", "-o", "loop") as disk:
        assert set(before) <= set(finished(disk))
        for folder in step_folders(disk / "toys"):
            assert verify(folder) == []
        make_all(disk)
        assert finished(disk) == sorted(chain())


def test_without_syncing_a_power_cut_is_seen_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the tests above would show nothing."""
    monkeypatch.setattr(durable.os, "fsync", lambda _: None)
    for module in ("manifest", "esv_creation", "interactions"):
        monkeypatch.setattr(f"playfair.steps.{module}.sync_all", lambda _: None)
    image = new_image(tmp_path / "image")
    # on its own, the journal sends what it has to the device every 5 s: a busy machine takes longer
    with mounted(image, tmp_path / "disk", "-o", "loop,commit=300") as disk:
        make_all(disk)
        assert finished(disk) == sorted(chain())
        copy = after_power_cut(image, tmp_path / "copy")
    with mounted(copy, tmp_path / "after", "-o", "loop") as disk:
        assert finished(disk) == []


def test_a_small_disk_that_is_full_is_told_and_with_more_room_it_goes_on(tmp_path: Path) -> None:
    with mounted("tmpfs", tmp_path / "disk", "-t", "tmpfs", "-o", "size=128k") as disk:
        for room in (128, 192, 256, 320):  # each time full somewhere else
            run("mount", "-o", f"remount,size={room}k", disk)
            try:
                make_all(disk)
            except ValueError as error:
                assert not isinstance(error, DamageError), error
                assert "The disk is full: no space for" in str(error)
            for folder in step_folders(disk / "toys"):
                assert verify(folder) == []
        run("mount", "-o", "remount,size=20m", disk)
        assert in_fork(lambda: make_all(disk)) == 0
        assert finished(disk) == sorted(chain())
