from pathlib import Path

import h5py
import numpy as np
import pytest

from playfair.datasets.dataset import Split
from playfair.steps.features_file import opened
from playfair.steps.published_features import features_fingerprint, import_features
from playfair.steps.row_store import RowStore

LENGTHS = {"78687": 9, "42326": 30, "100904": 12}


def features_of(uid: str) -> np.ndarray:
    return np.random.default_rng(int(uid)).normal(size=(LENGTHS[uid], 4)).astype(np.float32)


def write_file(
    file: Path, targets: dict[str, int], split: str = "validation", room: int = 0
) -> Path:
    """As the published code's HdfFeatureWriter does; `room` clips were still to come when it was cut short."""
    with h5py.File(file, "w") as root:
        group = root.create_group(split)
        n_clips = len(targets) + room
        features = group.create_dataset(
            "features", (n_clips,), dtype=h5py.vlen_dtype(np.dtype("float32"))
        )
        features.attrs["feature_dim"] = 4
        uids = group.create_dataset("uids", (n_clips,), dtype=h5py.string_dtype())
        actions = group.create_dataset("labels/action", (n_clips,), dtype="int64")
        for i, (uid, target) in enumerate(targets.items()):
            features[i], uids[i], actions[i] = features_of(uid).ravel(), uid, target
    return file


def feature_dim(file: Path) -> int:
    with opened(file) as splits:
        return next(iter(splits.values())).dim


def split(*clips: tuple[str, int]) -> Split:
    return Split(
        "validation", np.array([uid for uid, _ in clips]), np.array([target for _, target in clips])
    )


def imported(file: Path, folder: Path, of: Split) -> RowStore:
    folder.mkdir(exist_ok=True)
    store = RowStore(folder, n_clips=len(of), block=2)
    import_features(file, of, store)
    return store


def test_clips_are_found_by_their_uid_whatever_the_order(tmp_path: Path) -> None:
    file = write_file(tmp_path / "trn.hdf", {"78687": 2, "42326": 0, "100904": 1}, room=1)
    store = imported(file, tmp_path / "rows", split(("100904", 1), ("78687", 2), ("42326", 0)))
    for clip, uid in enumerate(["100904", "78687", "42326"]):
        np.testing.assert_array_equal(store[clip], features_of(uid))
    assert store.skipped() == {} and feature_dim(file) == 4


def test_clips_that_the_file_lacks_are_named(tmp_path: Path) -> None:
    file = write_file(tmp_path / "trn.hdf", {"78687": 2})
    store = imported(file, tmp_path / "rows", split(("78687", 2), ("42326", 0), ("100904", 1)))
    assert store.lengths.tolist() == [9, 0, 0]
    assert store.skipped()[1] == f"clip 42326 is not in {file}"


def test_an_import_that_was_cut_short_writes_the_rest(tmp_path: Path) -> None:
    file = write_file(tmp_path / "trn.hdf", {"78687": 2, "42326": 0, "100904": 1})
    clips = split(("100904", 1), ("78687", 2), ("42326", 0))
    store = imported(file, tmp_path / "rows", clips)
    whole = (tmp_path / "rows" / "00000.npy").stat().st_mtime_ns
    (tmp_path / "rows" / "00001.npy").unlink()
    imported(file, tmp_path / "rows", clips)
    assert store.missing() == [] and (tmp_path / "rows" / "00000.npy").stat().st_mtime_ns == whole


def test_classes_in_another_order_are_refused(tmp_path: Path) -> None:
    file = write_file(tmp_path / "trn.hdf", {"78687": 2, "42326": 5})
    with pytest.raises(ValueError, match="1 of 2 clips .* clip 42326 is class 5 there and 0 here"):
        imported(file, tmp_path / "rows", split(("78687", 2), ("42326", 0)))


def labelled(file: Path, name: str, values: object) -> Path:
    """The published code's file, with other labels."""
    write_file(file, {"78687": 2, "42326": 0})
    with h5py.File(file, "r+") as root:
        del root["validation/labels"]
        root[f"validation/{name}"] = values
    return file


NAMES = ("up", "down", "left")
CLIPS = split(("78687", 2), ("42326", 0))


def checked(file: Path, tmp_path: Path) -> RowStore:
    (tmp_path / "rows").mkdir()
    store = RowStore(tmp_path / "rows", n_clips=2, block=2)
    import_features(file, CLIPS, store, NAMES)
    return store


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("labels/verb_class", [2, 0]),
        ("labels", [2, 0]),
        ("labels/action", ["left", "up"]),
        ("class_names", ["up", "down", "left"]),
    ],
)
def test_classes_are_checked_whatever_labels_are_called(
    name: str, values: list, tmp_path: Path, caplog
) -> None:
    store = checked(labelled(tmp_path / "trn.hdf", name, values), tmp_path)
    assert store.lengths.tolist() == [9, 30]
    assert "not checked" not in caplog.text


@pytest.mark.parametrize(
    ("name", "values", "why"),
    [
        ("labels/verb_class", [2, 1], r"1 of 2 .* \(verb_class\): clip 42326 is class 1 there"),
        ("labels", [1, 0], "clip 78687 is class 1 there and 2 here"),
        ("labels/action", ["up", "up"], "clip 78687 is class up there and left here"),
        ("class_names", ["down", "up", "left"], "class 0 is down there and up here"),
        ("class_names", ["up", "down"], "class 2 is none there and left here"),
    ],
)
def test_classes_in_another_order_are_refused_whatever_labels_are_called(
    name: str, values: list, why: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=f"{why}.*another order"):
        checked(labelled(tmp_path / "trn.hdf", name, values), tmp_path)


def test_of_several_labels_one_has_to_agree(tmp_path: Path) -> None:
    file = labelled(tmp_path / "trn.hdf", "labels/noun_class", [7, 7])
    with h5py.File(file, "r+") as root:
        root["validation/labels/verb_class"] = [2, 0]
        root["validation/labels/seconds"] = [1.5, 2.5]  # which are no classes
    assert checked(file, tmp_path).lengths.tolist() == [9, 30]


def test_without_labels_the_order_of_classes_is_said_to_be_unchecked(
    tmp_path: Path, caplog
) -> None:
    file = labelled(tmp_path / "trn.hdf", "labels/seconds", [1.5, 2.5])
    checked(file, tmp_path)
    assert f"{file} has no labels of the validation split: whether its classes" in caplog.text
    assert "not checked" in caplog.text


def test_a_split_that_the_file_lacks_and_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    file = write_file(tmp_path / "trn.hdf", {"78687": 2}, split="train")
    with pytest.raises(ValueError, match="features of train only"):
        imported(file, tmp_path / "rows", split(("78687", 2)))
    (tmp_path / "text.hdf").write_text("no HDF5")
    with pytest.raises(ValueError, match="not a readable HDF5 file"):
        feature_dim(tmp_path / "text.hdf")
    with h5py.File(write_file(tmp_path / "nameless.hdf", {"78687": 2}), "r+") as root:
        del root["validation/uids"]
    with pytest.raises(ValueError, match="labels and uids"):
        feature_dim(tmp_path / "nameless.hdf")
    with h5py.File(tmp_path / "flat.hdf", "w") as root:
        root["features"] = np.zeros((3, 4))
    with pytest.raises(ValueError, match=r"got \['features'\]"):
        feature_dim(tmp_path / "flat.hdf")
    with h5py.File(tmp_path / "other.hdf", "w") as root:
        root.create_group("weights")
    with pytest.raises(ValueError, match=r"got \['weights'\]"):
        feature_dim(tmp_path / "other.hdf")


def test_a_fingerprint_tells_features_apart(tmp_path: Path) -> None:
    one = features_fingerprint(write_file(tmp_path / "a.hdf", {"78687": 2}))
    assert one == features_fingerprint(write_file(tmp_path / "b.hdf", {"78687": 2}))
    with h5py.File(tmp_path / "b.hdf", "r+") as root:
        root["validation/features"][0] = features_of("78687").ravel() + 1
    assert one != features_fingerprint(tmp_path / "b.hdf")


def test_the_published_codes_labels_are_told_before_others(tmp_path: Path) -> None:
    file = labelled(tmp_path / "trn.hdf", "labels/a_noun", [7, 7])
    with h5py.File(file, "r+") as root:
        root["validation/labels/label"] = [1, 1]
    with pytest.raises(ValueError, match=r"labels \(label\): clip 78687 is class 1 there"):
        checked(file, tmp_path)


def test_names_of_classes_among_the_labels_are_read_too(tmp_path: Path) -> None:
    file = labelled(tmp_path / "trn.hdf", "labels/class_names", ["down", "up", "left"])
    with pytest.raises(ValueError, match="class 0 is down there and up here"):
        checked(file, tmp_path)


def test_clips_without_an_answer_are_compared_with_nothing(tmp_path: Path) -> None:
    file = write_file(tmp_path / "trn.hdf", {"78687": 2, "42326": 0})
    store = imported(file, tmp_path / "rows", split(("78687", 2), ("42326", -1)))
    assert store.lengths.tolist() == [9, 30]
