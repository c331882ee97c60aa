"""Files of weights that somebody else has written: read without running code, mapped, bounded."""

import ast
import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch

from playfair.models.weights import read_weights
from tests.conftest import ROOT

WEIGHTS = {"fc.weight": torch.arange(6.0).reshape(2, 3)}


@pytest.mark.parametrize("new", [True, False], ids=["zip", "former"])
def test_weights_of_both_formats_are_read(tmp_path: Path, new: bool) -> None:
    torch.save({"state_dict": WEIGHTS}, tmp_path / "a.pth", _use_new_zipfile_serialization=new)
    assert torch.equal(read_weights(tmp_path / "a.pth")["fc.weight"], WEIGHTS["fc.weight"])


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
