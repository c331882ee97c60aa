"""Killed before any change of the disk, or with a full disk there, a step is finished by the next run."""

from pathlib import Path

import pytest

from playfair.steps.examination import step_folders, verify
from tests.conftest import contents
from tests.steps.disk_changes import full_at, in_fork, killed_before, n_changes
from tests.steps.small_steps import make_all

EVERY = 29  # changes of the disk: the first run of the fast suite is killed after as many

FULL_EVERY = 7  # files that it writes before the disk is full


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outputs = tmp_path_factory.mktemp("undisturbed")
    make_all(outputs)  # here, so that forks find imported what it takes
    return outputs


@pytest.fixture(scope="module")
def n_sites(tmp_path_factory: pytest.TempPathFactory) -> int:
    outputs = tmp_path_factory.mktemp("counted")
    return n_changes(outputs, lambda: make_all(outputs))


def the_same(outputs: Path, other: Path) -> None:
    ours = {name: text for name, text in contents(outputs).items() if ".locks" not in name}
    theirs = {name: text for name, text in contents(other).items() if ".locks" not in name}
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []


def killed_and_finished(k: int, outputs: Path, undisturbed: Path) -> None:
    assert killed_before(k, outputs, lambda: make_all(outputs)), f"there is no change {k}"
    for folder in step_folders(outputs / "toys"):
        assert verify(folder) == [], f"killed before change {k}"
    assert in_fork(lambda: make_all(outputs)) == 0, f"killed before change {k}"
    the_same(outputs, undisturbed)


def full_and_finished(k: int, outputs: Path, undisturbed: Path) -> None:
    said = full_at(k, outputs, lambda: make_all(outputs))
    assert said is None or "The disk is full: no space for" in said, said
    assert in_fork(lambda: make_all(outputs)) == 0, f"full at change {k}"
    the_same(outputs, undisturbed)


def test_killed_again_and_again_the_next_run_goes_on_and_ends_with_the_same_bits(
    tmp_path: Path, undisturbed: Path
) -> None:
    kills = 0
    # later each time: what is put to its place as one begins anew
    while killed_before((kills + 1) * EVERY, tmp_path, lambda: make_all(tmp_path)):
        kills += 1
        for folder in step_folders(tmp_path / "toys"):
            assert verify(folder) == [], f"after kill {kills}"
    assert kills > 2
    the_same(tmp_path, undisturbed)


def test_full_again_and_again_the_disk_is_told_as_full_and_the_next_run_goes_on(
    tmp_path: Path, undisturbed: Path
) -> None:
    told = 0
    for number in range(1, 6):  # later each time, as above
        said = full_at(number * FULL_EVERY, tmp_path, lambda: make_all(tmp_path))
        assert said is None or "The disk is full: no space for" in said
        told += said is not None
    assert told > 2
    assert in_fork(lambda: make_all(tmp_path)) == 0
    the_same(tmp_path, undisturbed)


@pytest.mark.slow
def test_killed_before_every_change_the_next_run_finishes_to_the_same_bits(
    tmp_path: Path, undisturbed: Path, n_sites: int
) -> None:
    assert n_sites > 100
    for k in range(1, n_sites + 1):
        killed_and_finished(k, tmp_path / str(k), undisturbed)


@pytest.mark.slow
def test_a_disk_that_is_full_at_every_change_is_told_and_the_next_run_finishes(
    tmp_path: Path, undisturbed: Path, n_sites: int
) -> None:
    for k in range(1, n_sites + 1):
        full_and_finished(k, tmp_path / str(k), undisturbed)
