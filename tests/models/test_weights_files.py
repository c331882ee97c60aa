"""Files of weights that somebody else has written: read without running code, mapped, bounded."""

import ast
import collections
import importlib
import json
import os
import pickle
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from playfair.models import placeholders
from playfair.models.weights import read_weights
from playfair.models.weights_file import WeightsFileError
from tests.conftest import ROOT
from tests.models.python2 import save_as_python2

WEIGHTS = {"fc.weight": torch.arange(6.0).reshape(2, 3)}


@pytest.mark.parametrize("new", [True, False], ids=["zip", "former"])
def test_weights_of_both_formats_are_read(tmp_path: Path, new: bool) -> None:
    torch.save({"state_dict": WEIGHTS}, tmp_path / "a.pth", _use_new_zipfile_serialization=new)
    assert torch.equal(read_weights(tmp_path / "a.pth")["fc.weight"], WEIGHTS["fc.weight"])


def test_weights_of_2017_are_read(tmp_path: Path) -> None:
    """Of Python 2 and a GPU: texts are bytes, and batch norms are (1, channel) and count nothing."""
    weights = collections.OrderedDict([("module.bn.weight", torch.ones(1, 2)), *WEIGHTS.items()])
    save_as_python2({"epoch": 50, "state_dict": weights, "best_prec1": 48.8}, tmp_path / "a.pth")
    content = (tmp_path / "a.pth").read_bytes()
    for sign in (b"ctorch.cuda\nFloatStorage", b"_rebuild_tensor\n", b"U\x06cuda:0"):
        assert sign in content
    read = read_weights(tmp_path / "a.pth")
    assert list(read) == list(weights)
    assert all(torch.equal(read[name], weights[name]) for name in weights)


def test_a_file_of_weights_is_mapped_and_not_read(tmp_path: Path, monkeypatch) -> None:
    torch.save(WEIGHTS, tmp_path / "a.pth")
    options = {}
    load = torch.load
    monkeypatch.setattr(
        torch, "load", lambda *file, **more: options.update(more) or load(*file, **more)
    )
    read_weights(tmp_path / "a.pth")
    assert options["weights_only"] is True and options["mmap"] is True


class Runs:
    def __reduce__(self):
        return os.mkdir, ("called",)


@pytest.mark.parametrize("new", [True, False], ids=["zip", "former"])
def test_a_file_that_would_run_code_is_refused(tmp_path: Path, monkeypatch, new: bool) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"a": Runs()}, "a.pth", _use_new_zipfile_serialization=new)
    Path("plain.pth").write_bytes(pickle.dumps(Runs()))
    for name in ("a.pth", "plain.pth"):
        with pytest.raises(ValueError, match="without running code"):
            read_weights(name)
    assert not Path("called").exists()


def test_an_archive_that_unpacks_to_more_than_it_is_is_refused(tmp_path: Path) -> None:
    torch.save(WEIGHTS, tmp_path / "a.pth")
    with (
        zipfile.ZipFile(tmp_path / "a.pth") as theirs,
        zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for part in theirs.infolist():
            large = part.filename.endswith("data/0")
            bomb.writestr(part.filename, b"\0" * 10**7 if large else theirs.read(part))
    with pytest.raises(ValueError, match="it is a packed archive"):
        read_weights(tmp_path / "bomb.pth")


@pytest.mark.parametrize("n_bytes", [0, 1, 100, 700])
def test_a_file_that_was_cut_is_told_with_its_name(tmp_path: Path, n_bytes: int) -> None:
    torch.save(WEIGHTS, tmp_path / "a.pth")
    whole = (tmp_path / "a.pth").read_bytes()
    (tmp_path / "a.pth").write_bytes(whole[:n_bytes])
    with pytest.raises(ValueError, match=r"a\.pth holds no weights that can be read"):
        read_weights(tmp_path / "a.pth")


def test_nothing_is_unpickled_but_weights_and_all_weights_are_mapped() -> None:
    calls = 0
    for file in sorted([*ROOT.glob("playfair/**/*.py"), *ROOT.glob("experiments/*.py")]):
        text = file.read_text(encoding="utf-8")
        if file.name == "reader_process.py":  # what a forked copy of this very process answers
            continue
        if not any(word in text for word in ("pickle", "torch.load", "trust_remote_code")):
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            options = {option.arg: ast.unparse(option.value) for option in node.keywords}
            assert called not in ("pickle.load", "pickle.loads", "pd.read_pickle"), file
            assert options.get("allow_pickle", "False") == "False", file
            assert options.get("trust_remote_code", "False") == "False", file
            if called == "torch.load":
                calls += 1
                assert options["weights_only"] == "True" and "mmap" in options, file
    assert calls > 2


def archive(path: Path, *names: str) -> None:
    with zipfile.ZipFile(path, "w") as opened:
        for name in names:
            opened.writestr(name, b"x")


class Options:
    """Of somebody's program, that is not installed where the file is read."""

    def __init__(self) -> None:
        self.rate = 0.1


class WholeModel(torch.nn.Linear):
    """Saved as it is, with torch.save(model)."""


@pytest.mark.parametrize("new", [True, False], ids=["zip", "former"])
def test_objects_beside_weights_are_read_as_nothing(tmp_path: Path, new: bool, monkeypatch) -> None:
    beside = {
        "options": Options(),
        "best": np.float64(48.8),
        "history": np.arange(3.0),
        "path": Path("a"),
        "counts": collections.Counter("aab"),
    }
    monkeypatch.setattr(Options, "__module__", "somebodys.program")
    module = types.ModuleType("somebodys.program")
    module.Options = Options
    monkeypatch.setitem(sys.modules, "somebodys", types.ModuleType("somebodys"))
    monkeypatch.setitem(sys.modules, "somebodys.program", module)
    torch.save(
        {"state_dict": WEIGHTS, **beside},
        tmp_path / "a.pth",
        _use_new_zipfile_serialization=new,
    )
    monkeypatch.setattr(Options, "__setstate__", None, raising=False)  # not even looked at
    weights = read_weights(tmp_path / "a.pth")
    assert list(weights) == ["fc.weight"]
    assert torch.equal(weights["fc.weight"], WEIGHTS["fc.weight"])
    with pytest.raises(pickle.UnpicklingError):  # as torch itself does, then as before
        torch.load(tmp_path / "a.pth", weights_only=True)


@pytest.mark.parametrize(
    ("called", "name"),
    [
        (os.system, "posix.system"),
        (eval, "builtins.eval"),
        (getattr, "builtins.getattr"),
        (subprocess.check_output, "subprocess.check_output"),
        (importlib.import_module, "importlib.import_module"),
    ],
)
def test_what_would_be_called_is_named(tmp_path: Path, called, name: str) -> None:
    class Calls:
        def __reduce__(self):
            return called, ("x",)

    torch.save({"state_dict": WEIGHTS, "a": Calls()}, tmp_path / "a.pth")
    with pytest.raises(WeightsFileError, match=f"it would call {name}, and files are read without"):
        read_weights(tmp_path / "a.pth")


def test_a_whole_model_is_told_as_one(tmp_path: Path) -> None:
    torch.save(WholeModel(2, 2), tmp_path / "whole.pth")
    torch.save({"model": WholeModel(2, 2), "epoch": 3}, tmp_path / "under.pth")
    for name in ("whole.pth", "under.pth"):
        with pytest.raises(
            WeightsFileError, match=r"an object \(\S*WholeModel\) .*model.state_dict\(\)"
        ):
            read_weights(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", r"it is empty. Fetch it again"),
        (b"\n<!DOCTYPE HTML><title> 404 \x1b[2J</title>", r"a web page \(404 \\x1b\[2J\).*curl -L"),
        (b"<html><head></head>", r"it is a web page. Fetch the file itself: curl -L -o a.pth"),
        (b"version https://git-lfs.github.com/spec/v1\n", r"git lfs pull --include '\*a.pth'"),
        (b"\x1f\x8b\x08\0\0", "it is packed. Unpack it"),
        (bytes(257) + b"ustar\x0000" + bytes(300), "it is a tar archive. Type: tar -xf a.pth"),
        (b"\x89HDF\r\n\x1a\n", "it is an HDF5 file"),
        (b"(not a pickle", "holds no weights that can be read"),
    ],
)
def test_a_file_of_another_kind_is_told_with_what_to_type(
    tmp_path: Path, content: bytes, why: str
) -> None:
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(WeightsFileError, match=why) as caught:
        read_weights(tmp_path / "a.pth")
    assert len(str(caught.value).splitlines()) == 1 and str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["readme.txt", "trn/model.pth.tar"], "of trn/model.pth.tar. Type: unzip a.pth"),
        (["features.npy"], "a zip archive, of features.npy"),
        (["a/code/x.py", "a/constants.pkl", "a/data.pkl"], "a program .TorchScript.*jit.load"),
    ],
)
def test_an_archive_that_is_not_torchs_is_told_as_what_it_is(
    tmp_path: Path, names: list[str], why: str
) -> None:
    archive(tmp_path / "a.pth", *names)
    with pytest.raises(WeightsFileError, match=why):
        read_weights(tmp_path / "a.pth")


def safetensors_file(path: Path, table: dict, content: bytes) -> Path:
    text = json.dumps(table).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + content)
    return path


def test_safetensors_of_all_kinds_of_numbers_are_read(tmp_path: Path) -> None:
    kinds = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32]
    kinds += [torch.int16, torch.int8, torch.uint8, torch.bool]
    weights = {str(kind): torch.tensor([[0, 1], [1, 1]]).to(kind) for kind in kinds}
    weights["scalar"] = torch.tensor(2.5)
    save = pytest.importorskip("safetensors.torch", reason="safetensors is not installed").save_file
    save(weights, tmp_path / "a.safetensors", metadata={"format": "pt"})
    read = read_weights(tmp_path / "a.safetensors")
    assert read.keys() == weights.keys()
    for name, value in weights.items():
        assert read[name].dtype == value.dtype and torch.equal(read[name], value)


def test_numbers_that_lie_anywhere_are_read_and_never_changed(tmp_path: Path) -> None:
    odd = {"a": {"dtype": "F32", "shape": [1], "data_offsets": [1, 5]}}
    file = safetensors_file(tmp_path / "a.st", odd, b"\0" + np.float32(1.5).tobytes())
    for _ in range(2):
        read = read_weights(file)["a"]
        assert read.tolist() == [1.5]
        read.zero_()
    save = pytest.importorskip("safetensors.torch", reason="safetensors is not installed").save_file
    save({"a": torch.ones(2)}, file)  # where they should lie, and are mapped
    read_weights(file)["a"].zero_()
    assert read_weights(file)["a"].tolist() == [1, 1]


def test_what_is_no_array_of_numbers_is_no_weight(tmp_path: Path) -> None:
    torch.save({**WEIGHTS, "graph": torch.eye(2).to_sparse()}, tmp_path / "a.pth")
    assert list(read_weights(tmp_path / "a.pth")) == ["fc.weight"]


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "no 8 bytes for 'a': it was cut"),
        ({"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}, "no 4 bytes for 'a'"),
        ({"dtype": "F32", "shape": [-1], "data_offsets": [4, 0]}, "bytes for 'a'"),
        ({"dtype": "F32", "shape": [1], "data_offsets": [0, 8]}, "no 4 bytes for 'a'"),
        ({"dtype": "F8", "shape": [1], "data_offsets": [0, 1]}, "table is damaged at 'a'"),
        ({"dtype": "F32", "shape": [1]}, "table is damaged at 'a'"),
        ([], "table is damaged at 'a'"),
    ],
)
def test_a_table_that_reaches_beyond_the_file_is_refused(tmp_path: Path, entry, why: str) -> None:
    file = safetensors_file(tmp_path / "a.safetensors", {"a": entry}, bytes(4))
    with pytest.raises(WeightsFileError, match=why):
        read_weights(file)


def test_a_pickle_that_names_too_much_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(placeholders, "MOST_NAMES", 1)
    torch.save({"a": Options(), **WEIGHTS}, tmp_path / "a.pth")
    with pytest.raises(WeightsFileError, match="names more than 1 things"):
        read_weights(tmp_path / "a.pth")
