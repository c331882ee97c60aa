"""No file is parsed barely: whoever reads one says in our words what is wrong with it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from playfair.steps.damage import DamageError, read_json
from tests.conftest import ROOT

PARSERS = {
    *("json.load", "json.loads", "np.load", "torch.load", "h5py.File"),
    *("zarr.open", "zarr.open_array", "zarr.open_group", "xr.open_zarr", "xr.open_dataset"),
}
# what says so itself, before: the state of a training is compared with its checksums
LOOKED_AT_BEFORE = {
    ("playfair/training/fit.py", "torch.load"),
    ("playfair/training/chosen_epoch.py", "torch.load"),
    ("playfair/models/weights_file.py", "torch.load"),  # its only caller catches all
    ("playfair/datasets/twins.py", "json.loads"),  # a file of the package
    # messages of a process of our own, no file
    ("playfair/benchmark/peers/pipe.py", "json.loads"),
    ("playfair/benchmark/peers/process.py", "json.loads"),
    ("playfair/datasets/events/feature_file.py", "h5py.File"),  # is written, into memory
}


def bare_readers(source: str) -> Iterator[tuple[int, str]]:
    """Lines with a parser that no `try` surrounds, and its name."""
    if not any(name in source for name in PARSERS):  # most files: nothing of them is parsed
        return
    tree = ast.parse(source)
    guarded: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try):
            guarded |= {inner for statement in node.body for inner in ast.walk(statement)}
    for node in ast.walk(tree):
        # also where it is handed to another function that calls it
        name = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        if name in PARSERS and node not in guarded:
            yield node.lineno, name


def test_every_file_that_is_parsed_is_parsed_where_an_error_becomes_ours() -> None:
    bare = []
    for folder in ("playfair", "experiments"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            place = file.relative_to(ROOT).as_posix()
            bare += [
                f"{place}:{line} {name}"
                for line, name in bare_readers(file.read_text(encoding="utf-8"))
                if (place, name) not in LOOKED_AT_BEFORE
            ]
    # a value made into JSON and back is no file
    assert [word for word in bare if not word.startswith("playfair/steps/step.py:")] == []


def test_a_bare_reader_is_seen_here() -> None:
    source = """
content = json.loads(file.read_bytes())
try:
    content = json.loads(text)
except ValueError:
    content = torch.load(file)
quietly(xr.open_zarr, store)
"""
    assert sorted(bare_readers(source)) == [
        (2, "json.loads"),
        (6, "torch.load"),
        (7, "xr.open_zarr"),
    ]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, None])
def test_what_is_no_json_is_damage_of_its_file(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "metrics.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DamageError, match=f"{file} is damaged: expected numbers .* Type it again"):
        read_json(file, "numbers", "Type it again.")
