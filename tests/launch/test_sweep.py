"""finished.json: a point is finished when it says so and all that it made is still there."""

import json
import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from playfair.launch import points, sweep, watched_launcher
from playfair.launch.made import keep_made
from playfair.signals import Stopped
from playfair.steps.damage import DamageError
from playfair.steps.layout import Layout
from playfair.steps.made_from import MADE_FROM
from playfair.steps.run_folder import (
    FAILED,
    IS_FAILED,
    IS_FINISHED,
    IS_RUNNING,
    RUNNING,
    STOPPED,
    SWEEP,
    at_it,
    read_run,
)
from playfair.steps.step import identity


def record(**settings: object) -> dict[str, object]:
    """What a step was made from."""
    made_from = {"step": "esvs", "version": 2, "settings": settings, "inputs": {}}
    return {**made_from, "id": identity(made_from)}


class Point:
    """A point of a sweep whose run makes one artefact and one answer."""

    def __init__(self, root: Path) -> None:
        self.outputs = root / "outputs"
        self.folder = self.outputs / "synthetic/runs/esv_sweep/n_frames=2"
        self.artefact = self.outputs / "synthetic/esvs/trn-2-frames-12345678"
        self.config: dict = {"paths": {"outputs": str(self.outputs)}, "n_frames": 2, "command": "a"}

    def run(self, **more: object) -> bool:
        """Whether it was run, and not skipped."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (
            sweep.reasons_kept(self.folder),
            sweep.point(self.folder, {**self.config, **more}, sweep=True) as new,
        ):
            if new:
                self.artefact.mkdir(parents=True, exist_ok=True)
                (self.artefact / MADE_FROM).write_text(json.dumps(record(n_frames=2)))
                (self.artefact / "chunk").touch()
                (self.folder / "metrics.json").write_text("{}")
                keep_made(self.folder, Layout(self.outputs, opened={str(self.artefact): object()}))
        return new


@pytest.fixture
def point(tmp_path) -> Point:
    made = Point(tmp_path)
    assert made.run()
    return made


def test_a_finished_point_is_skipped_however_it_was_typed_and_run_again_with_other_options(
    point,
) -> None:
    assert not point.run()
    assert not point.run(command="b", rank_timeout=9)
    assert point.run(n_frames=3)


def test_the_marker_names_what_was_made_and_answered(point) -> None:
    finished = json.loads((point.folder / "finished.json").read_text())
    assert finished["artefacts"] == {
        "synthetic/esvs/trn-2-frames-12345678": {"id": record(n_frames=2)["id"], "files": 2}
    }
    assert finished["results"] == ["metrics.json"]


@pytest.mark.parametrize(
    "lose",
    [
        lambda point: shutil.rmtree(point.artefact),
        lambda point: (point.artefact / "chunk").unlink(),
        lambda point: (point.artefact / MADE_FROM).write_text("{"),
        lambda point: (point.artefact / MADE_FROM).write_text(json.dumps(record(n_frames=3))),
        lambda point: (point.folder / "metrics.json").unlink(),
    ],
    ids=["artefact", "chunk", "damaged record", "another artefact", "answer"],
)
def test_a_point_that_has_lost_something_is_run_again(point, capsys, lose) -> None:
    lose(point)
    assert point.run()
    assert "is gone: run again" in capsys.readouterr().out
    assert not point.run()


@pytest.mark.parametrize(
    "text",
    ["", '{"options', "[]", "{}", "17", '{"options": 1, "artefacts": {}, "results": []}',
     '{"options": "x", "artefacts": {"a": {}}, "results": []}',
     '{"options": "x", "artefacts": {}, "results": [1]}', "\x00\x00", "[" * 100_000],
)  # fmt: skip
def test_a_damaged_marker_is_told_as_damage_with_its_name_and_what_to_type(point, text) -> None:
    marker = point.folder / "finished.json"
    marker.write_text(text)
    with pytest.raises(DamageError, match=r"finished\.json is damaged: .* Remove it, and the"):
        point.run()
    assert "finished.json is damaged" in read_run(point.folder).reason
    marker.unlink()
    assert point.run()


def test_a_marker_that_is_no_text_is_damage_and_one_of_before_says_nothing(point) -> None:
    marker = point.folder / "finished.json"
    marker.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DamageError, match="cannot be read"):
        point.run()
    marker.write_text('"0123abcd"')  # a digest alone
    assert point.run()


def test_a_stopped_point_is_not_finished(point, capsys) -> None:
    (point.folder / "finished.json").unlink()
    with (
        pytest.raises(Stopped),
        sweep.reasons_kept(point.folder),
        sweep.point(point.folder, point.config, sweep=True),
    ):
        raise Stopped(15)
    assert "n_frames=2 was stopped" in capsys.readouterr().err
    assert read_run(point.folder).state == STOPPED


def test_a_point_that_fails_says_why_until_it_is_run_again(point) -> None:
    def fail(error: Exception) -> str:
        with (
            pytest.raises(type(error)),
            sweep.reasons_kept(point.folder),
            sweep.point(point.folder, {**point.config, "n_frames": 9}, sweep=True) as new,
        ):
            assert new
            raise error
        run = read_run(point.folder)
        assert run.state == IS_FAILED and not run.metrics
        return run.reason

    assert fail(ValueError("Expected 1 or more.")) == "Expected 1 or more."
    # a fault of ours: its kind, and where it happened
    assert fail(RuntimeError("lost")) == f"RuntimeError: lost ({point.folder / 'error.txt'})"
    assert "in fail" in (point.folder / "error.txt").read_text()
    assert point.run(n_frames=9)
    assert read_run(point.folder).state == IS_FINISHED


def test_who_is_at_a_point_is_named_and_another_waits_until_it_is_finished(
    point, caplog, monkeypatch
) -> None:
    caplog.set_level("INFO", "playfair")
    monkeypatch.setattr("playfair.steps.lock.QUIETLY", 0.0)
    answers = []
    with sweep.point(point.folder, {**point.config, "n_frames": 4}, sweep=True) as new:
        assert new
        run = read_run(point.folder)
        assert run.state == IS_RUNNING and f"process {os.getpid()} on" in run.reason
        other = threading.Thread(target=lambda: answers.append(point.run(n_frames=4)))
        other.start()
        while "waiting for" not in caplog.text:
            time.sleep(0.01)
        assert not answers
    other.join(20)
    assert answers == [False], "it was finished meanwhile"
    assert at_it(point.folder) is None
    assert not (point.folder / RUNNING).exists(), "nobody is at it, and nothing says so"


def test_what_has_answered_is_kept_and_what_has_not_leaves_no_folder(point, tmp_path) -> None:
    sweep.remove_unanswered(point.folder)
    assert point.folder.exists()
    empty = tmp_path / "run"
    (empty / ".hydra").mkdir(parents=True)
    for name in (".hydra/config.yaml", "run.log", "config.yaml", "rank-0-failed.json"):
        (empty / name).touch()
    sweep.remove_unanswered(empty)
    assert not empty.exists()


def listed(point: Point, *typed: str) -> list[points.Point]:
    """The points of a sweep, written down beside each other."""
    folder = point.folder.parent
    beside = [points.Point(folder / f"n_frames={value}", [f"n_frames={value}"]) for value in typed]
    points.Points(folder).add(beside)
    return beside


def test_a_point_that_fails_is_told_at_once_by_what_was_swept(point, capsys) -> None:
    listed(point, "2", "x")
    failing = point.folder.with_name("n_frames=x")
    failing.mkdir()
    with (
        pytest.raises(ValueError),
        sweep.reasons_kept(failing, points.name_of(failing)),
    ):
        raise ValueError("Expected n_frames to be a whole number.")
    said = capsys.readouterr().err
    assert said == "\nn_frames=x has failed: Expected n_frames to be a whole number.\n\n"


def test_a_point_whose_list_is_damaged_is_called_as_its_folder(point) -> None:
    listed(point, "2", "4")
    assert points.name_of(point.folder) == "n_frames=2"
    assert points.name_of(point.folder.with_name("n_frames=9,seed=0")) == "n_frames=9,seed=0"
    (point.folder.parent / SWEEP).write_text("[")
    assert points.name_of(point.folder) == "n_frames=2"


def test_jobs_that_fail_elsewhere_are_told_while_others_are_waited_for(
    point, capsys, monkeypatch
) -> None:
    monkeypatch.setattr(watched_launcher, "LOOK_EVERY", 0.01)
    beside = listed(point, "2", "3", "4")
    for one in beside:
        one.folder.mkdir(exist_ok=True)
    # of a launch before, which is run again
    (beside[1].folder / FAILED).write_text('{"reason": "before"}')
    said = ""
    with watched_launcher.told_when_they_fail(
        points.Points(point.folder.parent, points=beside), beside
    ):
        (beside[2].folder / FAILED).write_text('{"reason": "It was too long."}')
        while not said:
            said += capsys.readouterr().err
    assert said == "\nn_frames=4 has failed: It was too long.\n\n"
    assert capsys.readouterr().err == ""
