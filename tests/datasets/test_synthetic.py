import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter

import av
import numpy as np
import pytest

from playfair.datasets import processes, synthetic
from playfair.datasets.claim import UnwritableError
from playfair.datasets.drawing.actions import TEMPLATES
from playfair.datasets.drawing.clip import draw
from playfair.datasets.drawing.encoding import encode
from playfair.datasets.drawing.plan import class_counts
from playfair.datasets.something_something import VIDEO_FOLDER
from playfair.datasets.synthetic import open_dataset, write
from playfair.video.reader import count_frames

SMALL = {"n_train": 12, "n_validation": 12, "size": 48, "progress": False}


def contents(root):
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_the_folder_is_laid_out_as_the_dataset_ships(dataset_root):
    labels = dataset_root / "labels"
    assert {path.name for path in labels.iterdir()} >= {
        "labels.json",
        "train.json",
        "validation.json",
        "test.json",
    }
    names = json.loads((labels / "labels.json").read_text())
    for split in ("train", "validation"):
        for entry in json.loads((labels / f"{split}.json").read_text()):
            assert list(entry) == ["id", "label", "template", "placeholders"]
            filled = entry["template"].lower()
            for thing in entry["placeholders"]:
                filled = filled.replace("[something]", thing, 1)
            assert entry["label"] == filled and "[" not in filled
            assert re.sub(r"[\[\]]", "", entry["template"]) in names
            assert (dataset_root / VIDEO_FOLDER / f"{entry['id']}.webm").is_file()


def test_clips_are_vp9_at_12_frames_per_second(clip):
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name in ("vp9", "libvpx-vp9") and stream.average_rate == 12
        assert (stream.width, stream.height) == (48, 48)
        times = [frame.time for frame in container.decode(stream)]
    np.testing.assert_allclose(times, np.arange(len(times)) / 12, atol=1e-3)


def test_the_decisive_frames_lie_within_each_clip(dataset_root):
    dataset = open_dataset(dataset_root)
    for uid, (start, stop) in dataset.evidence().items():
        n_frames = count_frames(dataset.clip(uid))
        assert 20 <= n_frames <= 60 and 0 < start < stop < n_frames


def test_decoded_frames_outside_the_interval_do_not_depend_on_the_class():
    """Not even through what the encoder carries from frame to frame."""

    def outside(template, seed):
        clip = draw(template, seed, size=48)
        with av.open(io.BytesIO(encode(clip))) as container:
            frames = np.stack(
                [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
            )
        assert len(frames) == len(clip.frames)
        return np.delete(frames, np.s_[clip.start : clip.stop], axis=0)

    first, *others = [outside(template, np.random.SeedSequence(1)) for template in TEMPLATES]
    for other in others:
        np.testing.assert_array_equal(first, other)


def test_class_counts_have_a_long_tail_and_twins_are_even_in_validation():
    train, validation = class_counts(600, even_twins=False), class_counts(240, even_twins=True)
    assert train.sum() == 600 and validation.sum() == 240
    assert train.max() > 4 * train.min() and np.all(np.diff(train) < 0)
    assert validation.min() >= 10 and np.all(validation[::2] == validation[1::2])


@pytest.mark.parametrize("n_clips", [12, 13, 25, 101])
@pytest.mark.parametrize("even_twins", [True, False])
def test_every_class_has_a_clip_however_few_there_are(n_clips, even_twins):
    counts = class_counts(n_clips, even_twins)
    assert counts.sum() == n_clips and counts.min() >= 1


def test_the_labels_hold_the_planned_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(synthetic, "draw_missing", lambda *_: None)
    write(tmp_path / "a", n_train=40, n_validation=12, size=32, progress=False)
    dataset = open_dataset(tmp_path / "a", videos=False)
    counts = Counter(dataset.class_names[target] for target in dataset.split("train").targets)
    planned = class_counts(40, even_twins=False)
    assert counts == {re.sub(r"[\[\]]", "", t): n for t, n in zip(TEMPLATES, planned, strict=True)}
    assert set(dataset.class_names) == {re.sub(r"[\[\]]", "", t) for t in TEMPLATES}


def test_several_processes_write_the_same_bytes_as_one(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "FEWEST", 2)
    for workers in (1, 2):
        write(tmp_path / str(workers), **SMALL | {"size": 32}, workers=workers)
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_a_finished_folder_is_left_as_it_is(copy_dataset):
    root = copy_dataset()
    before = {path: path.stat().st_mtime_ns for path in (root / VIDEO_FOLDER).iterdir()}
    write(root, **SMALL)
    assert {path: path.stat().st_mtime_ns for path in (root / VIDEO_FOLDER).iterdir()} == before


def test_a_finished_folder_of_another_user_is_only_read(dataset_root, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("playfair.datasets.synthetic.save", refuse)
    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    write(dataset_root, **SMALL)


@pytest.mark.parametrize("content", [b"", b'{"n_tr', b"[1]", b"\xff", b"[" * 100_000])
def test_a_damaged_record_of_what_was_written_is_named(copy_dataset, content):
    root = copy_dataset()
    (root / "synthetic.json").write_bytes(content)
    with pytest.raises(UnwritableError, match=r"synthetic\.json: damaged .*Remove .*copy: it is"):
        write(root, **SMALL)


def test_only_what_is_missing_is_written(copy_dataset, dataset_root):
    root = copy_dataset()
    kept, lost = root / VIDEO_FOLDER / "1.webm", root / VIDEO_FOLDER / "2.webm"
    kept.write_bytes(b"as it was")
    lost.unlink()
    (root / "labels" / "evidence.json").unlink()
    write(root, **SMALL)
    assert kept.read_bytes() == b"as it was"
    kept.write_bytes((dataset_root / VIDEO_FOLDER / "1.webm").read_bytes())
    assert contents(root) == contents(dataset_root)


def test_another_dataset_in_the_folder_is_refused_with_what_differs(copy_dataset, dataset_root):
    root = copy_dataset()
    with pytest.raises(
        ValueError, match=r"with size=48 \(now 64\), seed=0 \(now 1\);.*dataset\.root="
    ):
        write(root, **SMALL | {"size": 64, "seed": 1})
    assert contents(root) == contents(dataset_root)


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(ValueError, match="holds files that are no synthetic dataset"):
        write(tmp_path, **SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"file/data: cannot write .*dataset\.root="):
        write(tmp_path / "file" / "data", **SMALL)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_write_permission_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(
        ValueError, match="cannot write the synthetic dataset there .Permission denied"
    ):
        write(tmp_path / "data", **SMALL)


@pytest.mark.parametrize(
    "odd", [{"n_train": 11}, {"n_validation": 3}, {"size": 16}, {"size": 49}, {"seed": -1}], ids=str
)
def test_impossible_requests_are_refused_before_anything_is_written(tmp_path, odd):
    with pytest.raises(ValueError, match="expected"):
        write(tmp_path / "data", **SMALL | odd)
    assert not (tmp_path / "data").exists()


# Nobody draws more than three clips until the pool is told to hand out no more, however late this
# process comes to send its signal.
DRAW_THREE = """
import sys, time
from pathlib import Path
from playfair.datasets import processes, synthetic
root, told = Path(sys.argv[1]), Path(sys.argv[2])
draw, shutdown = synthetic.draw, processes.ProcessPoolExecutor.shutdown
def draw_three(*given):
    while not told.exists() and len(list(root.glob("*/*.webm"))) > 2:
        time.sleep(0.02)
    return draw(*given)
def shutdown_told(pool, **how):
    told.touch()
    shutdown(pool, **how)
synthetic.draw = draw_three
processes.ProcessPoolExecutor.shutdown = shutdown_told
"""


@pytest.mark.parametrize(
    "signal_number",
    # what a killed process leaves is drawn by the next run every day: test_drawn.py
    [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.whole)],
)
def test_an_interrupted_run_ends_with_its_workers_and_is_continued(tmp_path, signal_number):
    root, options = (
        tmp_path / "data",
        {"n_train": 28, "n_validation": 12, "size": 32, "workers": 2},
    )
    code = f"{DRAW_THREE}synthetic.write(root, **{options})"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(root), str(tmp_path / "told")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    videos = root / VIDEO_FOLDER
    wait_until(lambda: len(list(videos.glob("*.webm"))) > 2, process)
    if signal_number == signal.SIGINT:
        os.killpg(process.pid, signal_number)  # as a terminal does: everyone in the group
    else:
        process.kill()
    _, complaints = process.communicate(timeout=30)
    assert process.returncode != 0
    assert complaints.count("Traceback") == (signal_number == signal.SIGINT)
    wait_until(lambda: not group_is_alive(process.pid))

    finished = {path: path.stat().st_mtime_ns for path in videos.glob("*.webm")}
    assert 2 < len(finished) < 40
    with pytest.raises(ValueError, match="no labels file"):
        open_dataset(root)
    write(root, **options, progress=False)
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    assert len(open_dataset(root).split("train")) == 28


@pytest.mark.whole
def test_a_worker_that_is_killed_is_told_and_the_rest_is_drawn_by_the_next_run(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(processes, "FEWEST", 2)
    root, options = tmp_path / "data", {**SMALL, "size": 32, "workers": 2}
    drawn_by = synthetic.draw

    def draw_until_killed(*given):
        if (tmp_path / "data" / VIDEO_FOLDER / "3.webm").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return drawn_by(*given)

    monkeypatch.setattr(synthetic, "draw", draw_until_killed)
    with pytest.raises(UnwritableError, match="a process that drew clips was killed") as told:
        write(root, **options)
    assert str(root) in str(told.value) and "type the same command again" in str(told.value)
    monkeypatch.setattr(synthetic, "draw", drawn_by)
    finished = {path: path.stat().st_mtime_ns for path in (root / VIDEO_FOLDER).glob("*.webm")}
    assert 0 < len(finished) < 24
    write(root, **options)
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    assert len(open_dataset(root).split("train")) == 12


def wait_until(condition, process=None, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end and (process is None or process.poll() is None)
        time.sleep(0.02)


def group_is_alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
