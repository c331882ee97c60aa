from pathlib import Path

import numpy as np
import pytest

from playfair.datasets import something_something, synthetic
from playfair.datasets.candidate import METHODS, VALUES, IncompleteDatasetError, require_dataset
from playfair.datasets.dataset import Dataset, DatasetError, Split, identity_of


class Waves:
    """A dataset of one's own, as small as can be."""

    name = "waves"
    class_names = ("Waving", "Not waving")

    def split(self, name: str) -> Split:
        return Split(name, np.array(["a", "b"]), np.array([0, 1]))

    def prior(self) -> np.ndarray:
        return np.array([0.5, 0.5])

    def clip(self, uid: str) -> Path:
        return Path(f"{uid}.mp4")

    def media_type(self, uid: str) -> str:
        return "video/mp4"

    def evidence(self) -> dict[str, tuple[int, int]]:
        return {}

    def twins(self) -> np.ndarray:
        return np.array([-1, -1])

    def identity(self) -> str:
        return identity_of(self.class_names, [self.split("train")], self.evidence())


@pytest.mark.parametrize(
    ("module", "name"),
    [(something_something, "something_something_v2"), (synthetic, "synthetic")],
    ids=["something_something", "synthetic"],
)
def test_our_datasets_fulfil_the_protocol(dataset_root, module, name):
    for videos in (True, False):
        dataset = require_dataset(module.open_dataset(root=dataset_root, videos=videos))
        assert isinstance(dataset, Dataset) and dataset.name == name
        uid = dataset.split("train").uids[0]
        assert dataset.clip(uid).is_file() and dataset.media_type(uid) == "video/webm"


def test_both_readers_say_the_same_of_one_folder(dataset_root):
    one = something_something.open_dataset(dataset_root)
    other = synthetic.open_dataset(dataset_root)
    assert one.identity() == other.identity() and one.class_names == other.class_names


def test_a_dataset_of_ones_own_fulfils_the_protocol_without_deriving_from_anything():
    waves = Waves()
    assert require_dataset(waves) is waves


@pytest.mark.parametrize("member", [*VALUES, *METHODS])
def test_a_member_that_is_missing_is_named_with_its_shape(member, monkeypatch):
    monkeypatch.delattr(Waves, member)
    with pytest.raises(IncompleteDatasetError) as caught:
        require_dataset(Waves())
    shape = (VALUES | METHODS)[member]
    assert caught.value.faults == {member: "missing"}
    assert str(caught.value) == f"Waves is no Dataset. It needs:\n  {shape}   (missing)"


@pytest.mark.parametrize(
    ("member", "value", "fault"),
    [
        ("prior", np.array([0.5, 0.5]), "a ndarray and no method"),
        ("name", None, "a NoneType and no str"),
        ("class_names", "Waving", "a str and no tuple of str"),
        ("class_names", (1, 2), "a tuple and no tuple of str"),
        ("class_names", lambda self: ("Waving",), "a method and no tuple of str"),
        ("class_names", (), "empty"),
    ],
)
def test_a_member_of_another_kind_is_refused(member, value, fault, monkeypatch):
    monkeypatch.setattr(Waves, member, value)
    with pytest.raises(IncompleteDatasetError) as caught:
        require_dataset(Waves())
    assert caught.value.faults == {member: fault}


def test_the_error_is_a_type_error_and_a_value_error():
    with pytest.raises(
        TypeError, match=r"(?s)str is no Dataset.*prior\(\) -> \(class,\) float64"
    ) as e:
        require_dataset("a folder")
    assert isinstance(e.value, ValueError)


@pytest.mark.parametrize("targets", [np.array([0]), np.array([[0, 1]]), np.array(0)], ids=str)
def test_a_split_has_as_many_targets_as_clips(targets):
    with pytest.raises(DatasetError, match=r"train split's uids and targets must be \(clip,\)"):
        Split("train", np.array(["a", "b"]), targets)


def test_an_identity_is_of_everything_that_is_said_and_of_its_order():
    uids = np.array(["a", "b"])
    split = Split("train", uids, np.array([0, 1]))
    changes = [
        (["x", "y"], split, {}),
        (["y", "x"], split, {}),
        (["x", "y"], Split("validation", uids, np.array([0, 1])), {}),
        (["x", "y"], Split("train", uids[::-1], np.array([0, 1])), {}),
        (["x", "y"], Split("train", uids, np.array([1, 0])), {}),
        (["x", "y"], Split("train", np.array(["ab", ""]), np.array([0, 1])), {}),
        (["x", "y"], split, {"a": (0, 3)}),
        (["x", "y"], split, {"a": (0, 4)}),
        (["x", "y"], split, {"a": (0, 4), "b": (0, 4)}),
    ]
    identities = [identity_of(names, [clips], evidence) for names, clips, evidence in changes]
    assert len(set(identities)) == len(changes)
    narrow = Split("train", uids.astype("<U9"), np.array([0, 1], dtype=np.int32))
    assert (
        identity_of(["x", "y"], [narrow], {}) == identities[0]
    )  # what is said, not how it is kept
    backwards = identity_of(["x", "y"], [split], {"b": (0, 4), "a": (0, 4)})
    assert backwards == identities[-1]
