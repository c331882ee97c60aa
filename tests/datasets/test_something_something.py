import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from playfair.datasets import labels
from playfair.datasets.dataset import UnknownSplitError
from playfair.datasets.doctor.diagnosis import diagnose
from playfair.datasets.doctor.inventory import take_inventory
from playfair.datasets.label_files import LabelsError, MissingLabelsError, read_json
from playfair.datasets.something_something import (
    VIDEO_FOLDER,
    FolderError,
    MissingClipsError,
    open_dataset,
)


def change(path, edit):
    content = json.loads(path.read_text())
    path.write_text(json.dumps(edit(content)))


def test_clips_come_with_the_class_of_their_template(dataset_root):
    dataset = open_dataset(dataset_root)
    split = dataset.split("validation")
    entries = json.loads((dataset_root / "labels" / "validation.json").read_text())
    assert len(split) == len(entries) == 12
    for uid, target, entry in zip(split.uids, split.targets, entries, strict=True):
        assert uid == entry["id"]
        assert dataset.class_names[target] == entry["template"].replace("[", "").replace("]", "")
        assert dataset.clip(uid).is_file()


def test_classes_stand_in_the_order_of_their_indices(dataset_root):
    labels = json.loads((dataset_root / "labels" / "labels.json").read_text())
    assert all(
        open_dataset(dataset_root).class_names[int(index)] == name for name, index in labels.items()
    )


@pytest.mark.parametrize("folder", ["labels", "."])
def test_the_earlier_file_names_read_the_same(copy_dataset, folder):
    root = copy_dataset()
    before = open_dataset(root)
    splits = [before.split(name) for name in ("train", "validation")]
    identity = before.identity()
    for name in ("labels", "train", "validation", "test"):
        shutil.move(
            root / "labels" / f"{name}.json", root / folder / f"something-something-v2-{name}.json"
        )
    after = open_dataset(root)
    for split in splits:
        np.testing.assert_array_equal(after.split(split.name).uids, split.uids)
        np.testing.assert_array_equal(after.split(split.name).targets, split.targets)
    assert after.class_names == before.class_names
    assert after.identity() == identity


def test_the_prior_is_how_often_each_class_is_trained_on(copy_dataset):
    root = copy_dataset()
    change(root / "labels" / "train.json", lambda entries: [*entries[:3], entries[0] | {"id": "7"}])
    dataset = open_dataset(root)
    targets, prior = dataset.split("train").targets, dataset.prior()
    assert prior.dtype == np.float64 and prior.shape == (12,)
    assert prior.sum() == 1
    assert prior[targets[0]] == 0.5 and prior[targets[1]] == prior[targets[2]] == 0.25


def test_the_prior_needs_the_labels_but_not_the_training_videos(copy_dataset):
    root = copy_dataset()
    (root / VIDEO_FOLDER / "2.webm").unlink()
    assert open_dataset(root).prior().sum() == pytest.approx(1, abs=1e-12)


def test_an_index_may_be_a_number(copy_dataset):
    root = copy_dataset()
    change(
        root / "labels" / "labels.json",
        lambda labels: {name: int(index) for name, index in labels.items()},
    )
    assert len(open_dataset(root).class_names) == 12


def test_test_clips_have_the_answers_published_apart_or_none(copy_dataset):
    root = copy_dataset()
    (root / "labels" / "test.json").write_text(json.dumps([{"id": "5"}, {"id": "4"}]))
    assert open_dataset(root).split("test").targets.tolist() == [-1, -1]
    answers = "\ufeff4;Moving [something] up\r\n5;Uncovering something\r\n\r\n"
    (root / "labels" / "test-answers.csv").write_bytes(answers.encode())
    dataset = open_dataset(root)
    names = [dataset.class_names[target] for target in dataset.split("test").targets]
    assert names == ["Uncovering something", "Moving something up"]
    (root / "labels" / "test-answers.csv").rename(root / "test-answers.csv")
    assert (dataset.split("test").targets >= 0).all()
    (finding,) = [
        finding
        for finding in diagnose(take_inventory(root), None)
        if finding.check == "test answers"
    ]
    assert finding.state == "ok", finding.detail
    (root / "labels" / "test-answers.csv").write_text("")  # the usual place comes first
    assert (dataset.split("test").targets == -1).all()


def test_evidence_is_an_interval_per_clip_or_nothing(copy_dataset):
    root = copy_dataset()
    evidence = open_dataset(root).evidence()
    uids = [uid for name in ("train", "validation") for uid in open_dataset(root).split(name).uids]
    assert sorted(evidence) == sorted(uids)
    assert all(isinstance(stop, int) and 0 < start < stop for start, stop in evidence.values())
    (root / "labels" / "evidence.json").unlink()
    assert open_dataset(root).evidence() == {}


def test_the_identity_is_of_labels_and_evidence_and_never_of_place_time_or_clips(
    dataset_root, copy_dataset
):
    identity = open_dataset(dataset_root).identity()
    assert len(identity) == 64
    root = copy_dataset()
    for path in [*(root / "labels").iterdir(), *(root / VIDEO_FOLDER).iterdir()]:
        os.utime(path, ns=(1, 1))
    with (root / VIDEO_FOLDER / "2.webm").open("ab") as file:
        file.write(b"\0")
    shutil.rmtree(root / VIDEO_FOLDER)
    assert open_dataset(root, videos=False).identity() == identity


@pytest.mark.parametrize("name", ["labels", "train", "validation", "evidence"])
def test_another_label_or_interval_is_another_identity(dataset_root, copy_dataset, name):
    root = copy_dataset()
    dataset = open_dataset(root)
    before = dataset.identity()

    def swapped(content):
        if isinstance(content, list):
            return content[::-1]
        first, second, *others = content.items()
        return dict([(first[0], second[1]), (second[0], first[1]), *others])

    change(root / "labels" / f"{name}.json", swapped)
    assert dataset.identity() != before
    assert open_dataset(root).identity() == dataset.identity()


def test_evidence_that_becomes_known_is_another_identity(copy_dataset):
    root = copy_dataset()
    before = open_dataset(root).identity()
    (root / "labels" / "evidence.json").unlink()
    assert open_dataset(root).identity() != before


def test_test_answers_that_come_later_leave_the_identity_as_it_is(copy_dataset):
    """Nothing is learnt from them: no model has to be trained anew."""
    root = copy_dataset()
    before = open_dataset(root).identity()
    (root / "labels" / "test.json").write_text(json.dumps([{"id": "5"}]))
    (root / "labels" / "test-answers.csv").write_text("5;Uncovering something\n")
    assert open_dataset(root).identity() == before
    assert (
        open_dataset(root).split("test").identity() != open_dataset(root).split("train").identity()
    )


def test_labels_are_parsed_once_however_often_they_are_asked_for(copy_dataset, monkeypatch):
    root = copy_dataset()
    parsed = []

    def counting(path):
        parsed.append(path.name)
        return read_json(path)

    monkeypatch.setattr(labels, "read_json", counting)
    for _ in range(3):
        dataset = open_dataset(root)
        for name in ("train", "validation"):
            dataset.split(name)
        dataset.prior()
        dataset.evidence()
        dataset.identity()
    assert sorted(parsed) == ["evidence.json", "labels.json", "train.json", "validation.json"]


def test_labels_that_change_are_read_again_by_a_dataset_that_is_open(copy_dataset):
    root = copy_dataset()
    dataset = open_dataset(root)
    first = dataset.split("train")
    change(root / "labels" / "train.json", lambda entries: entries[:-1])
    assert len(dataset.split("train")) == len(first) - 1
    assert dataset.prior().max() == 1 / (len(first) - 1)


def test_what_was_parsed_cannot_be_spoilt_by_whoever_asked(dataset_root):
    dataset = open_dataset(dataset_root)
    with pytest.raises(ValueError, match="read-only"):
        dataset.split("train").targets[0] = 3
    dataset.prior()[0] = 7
    dataset.evidence()["1"] = (0, 0)
    assert dataset.prior().sum() == pytest.approx(1)
    assert dataset.evidence()["1"] != (0, 0)


def test_twins_are_found_by_the_words_of_the_class_names(dataset_root):
    dataset = open_dataset(dataset_root)
    twins = dataset.twins()
    assert twins.dtype == np.int64 and twins.shape == (12,)
    up = dataset.class_names.index("Moving something up")
    assert dataset.class_names[twins[up]] == "Moving something down"


@pytest.mark.parametrize("content", ["[1, 2]", '{"1": 5}', '{"1": [1]}', '{"1": ["a", "b"]}'])
def test_evidence_that_makes_no_sense_is_refused_with_its_file(copy_dataset, content):
    root = copy_dataset()
    (root / "labels" / "evidence.json").write_text(content)
    with pytest.raises(LabelsError, match=r"evidence\.json: expected .*got") as caught:
        open_dataset(root).evidence()
    assert caught.value.path == root / "labels" / "evidence.json"


def test_answers_that_are_no_text_are_refused_with_their_file(copy_dataset):
    root = copy_dataset()
    (root / "labels" / "test.json").write_text(json.dumps([{"id": "5"}]))
    (root / "labels" / "test-answers.csv").write_bytes(b"5;\xff\xfe\n")
    with pytest.raises(LabelsError, match=r"test-answers\.csv: not readable"):
        open_dataset(root).split("test")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"ssv2: no such folder.*dataset\.root="):
        open_dataset(tmp_path / "ssv2")


def test_an_empty_folder_says_what_belongs_there(tmp_path):
    with pytest.raises(ValueError, match=rf"the folder is empty; expected {VIDEO_FOLDER}"):
        open_dataset(tmp_path)


def test_labels_without_videos_say_where_to_unpack_them(copy_dataset):
    root = copy_dataset()
    shutil.rmtree(root / VIDEO_FOLDER)
    with pytest.raises(ValueError, match=f"no videos.*Unpack the clips to .*{VIDEO_FOLDER}"):
        open_dataset(root)


def test_videos_without_labels_say_which_file_to_put_where(copy_dataset):
    root = copy_dataset()
    shutil.rmtree(root / "labels")
    with pytest.raises(
        ValueError, match=r"no labels file; put one of these there: labels/labels\.json"
    ):
        open_dataset(root)


def test_a_missing_split_is_named(copy_dataset):
    root = copy_dataset()
    (root / "labels" / "validation.json").unlink()
    with pytest.raises(ValueError, match=r"no validation file.*labels/validation\.json"):
        open_dataset(root).split("validation")


def test_clips_that_were_not_unpacked_are_counted_and_named(copy_dataset):
    root = copy_dataset()
    for uid in (2, 5):
        (root / VIDEO_FOLDER / f"{uid}.webm").unlink()
    assert len(open_dataset(root).split("validation")) == 12
    with pytest.raises(
        MissingClipsError, match=r"2 of the 12 clips in train\.json lack a video \(2, 5\)"
    ) as caught:
        open_dataset(root).split("train")
    assert caught.value.uids == ["2", "5"] and caught.value.n_clips == 12


@pytest.mark.parametrize("name", ["labels", "train"])
def test_a_label_file_that_was_cut_short_is_named(copy_dataset, name):
    root = copy_dataset()
    path = root / "labels" / f"{name}.json"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(ValueError, match=rf"{name}\.json: not readable as JSON"):
        open_dataset(root).split("train")


def test_a_template_that_is_no_class_comes_with_the_nearest_one(copy_dataset):
    root = copy_dataset()
    change(
        root / "labels" / "train.json",
        lambda entries: [entries[0] | {"template": "Moving [something] upp"}],
    )
    with pytest.raises(ValueError, match=r"'Moving something upp'.*nearest.*'Moving something up'"):
        open_dataset(root).split("train")


def test_clips_given_twice_are_refused(copy_dataset):
    root = copy_dataset()
    change(root / "labels" / "train.json", lambda entries: [*entries, entries[3]])
    with pytest.raises(ValueError, match="unique; given more than once: 4"):
        open_dataset(root).split("train")


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (
            lambda labels: labels | {"Moving something up": "12"},
            r"numbered 0 to 11 once each; got \[12\]",
        ),
        (lambda labels: labels | {"Moving something up": "0"}, "an index given twice"),
        (lambda labels: labels | {"Moving something up": "first"}, "must be a whole number"),
        (lambda labels: list(labels), "expected"),
    ],
)
def test_classes_that_are_not_numbered_through_are_refused(copy_dataset, edit, reason):
    root = copy_dataset()
    change(root / "labels" / "labels.json", edit)
    with pytest.raises(ValueError, match=rf"labels\.json: .*{reason}"):
        open_dataset(root)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda entries: {"clips": entries}, "expected a list"),
        (lambda entries: [{"template": "Moving [something] up"}], 'every clip needs an "id"'),
        (lambda entries: [{"id": "1"}], 'every clip needs a "template"'),
    ],
)
def test_a_split_of_another_shape_is_refused(copy_dataset, edit, reason):
    root = copy_dataset()
    change(root / "labels" / "train.json", edit)
    with pytest.raises(ValueError, match=rf"train\.json: {reason}"):
        open_dataset(root).split("train")


def test_an_unknown_split_is_refused(dataset_root):
    with pytest.raises(ValueError, match='"train", "validation" or "test", got \'val\''):
        open_dataset(dataset_root).split("val")


@pytest.mark.parametrize(
    "error",
    [
        LabelsError(Path("labels.json"), "no list"),
        MissingLabelsError(Path("ssv2"), "train"),
        FolderError(Path("ssv2"), "no such folder"),
        UnknownSplitError("val"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_comes_whole_out_of_a_process_that_decodes(error):
    copy = pickle.loads(pickle.dumps(error))
    assert isinstance(copy, ValueError)
    assert vars(copy) == vars(error) and str(copy) == str(error)
