"""docs/models.md says what is: presets, removals, lengths, commands."""

import importlib
import re
import shlex
import shutil
from pathlib import Path

import pytest
import xarray as xr

from tests.conftest import ROOT, studies

PAGE = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line)[2:]
    for block in re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]


@pytest.mark.parametrize("typed", COMMANDS, ids=lambda typed: typed[-1])
def test_the_commands_name_a_study(typed: list[str]) -> None:
    study = studies(*typed)[0]
    assert study.is_pretrained
    assert study.name == str(study.model["path"]).rpartition("/")[2]


def rows_of(heading: str) -> list[list[str]]:
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_the_presets_are_those_of_the_page() -> None:
    _, *rows = rows_of("Presets")
    listed = {row[0].strip("`"): row for row in rows if not row[0].startswith("-")}
    files = {path.stem for path in (ROOT / "conf" / "model").glob("*_ssv2.yaml")}
    assert set(listed) == files
    for preset, (_, path, frames, published, licence) in listed.items():
        model = studies(f"model={preset}")[0].model
        assert model["path"] == path and model["licence"] == licence
        assert f"{100 * model['published_top1']:.1f} %" in published
        n_frames = re.search(
            r"^n_frames: (\d+)", (ROOT / f"conf/model/{preset}.yaml").read_text(), re.M
        )
        assert n_frames and n_frames[1] == frames.partition(",")[0]


def test_the_removals_are_those_of_the_families() -> None:
    pytest.importorskip("transformers", reason="the extra [huggingface] is not installed")
    names = {"VideoMAE": "videomae", "ViViT": "vivit", "TimeSformer": "timesformer"}
    names |= {"V-JEPA 2": "vjepa2", "any other": "fixed"}
    _, *rows = rows_of("Elements and removal")
    told = {name.strip(): row for row in rows for name in row[0].split(",")}
    assert set(told) - {"---"} >= set(names)
    for name, module in names.items():
        family = importlib.import_module(f"playfair.models.huggingface.{module}").FAMILY
        assert tuple(re.findall(r"`(\w+)`", told[name][2])) == family.removals
        assert ("any" in told[name][1]) == family.any_length


def test_the_checkpoint_of_the_page_is_explained_in_python(
    checkpoint, dataset_root: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    pytest.importorskip("transformers", reason="the extra [huggingface] is not installed")
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    clips = sorted(dataset_root.rglob("*.webm"))[:2]
    for name, clip in zip(("a.mp4", "b.mp4"), clips, strict=True):
        shutil.copy(clip, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    path = "MCG-NJU/videomae-base-finetuned-ssv2"
    exec(code.replace(path, str(checkpoint("videomae"))), {})
    printed = capsys.readouterr().out
    assert "Attribution of 2 videos × 4 elements × 12 classes: exact" in printed
    assert re.search(r"a, frames \[\d+, \d+\]: \+0\.\d+ for \S.*\[SOMETHING\]", printed), printed
    [store] = (tmp_path / "outputs").glob("*/esvs/model-8-frames-*")
    esvs = xr.open_zarr(store)
    assert esvs["element_frames"].shape == (2, 4, 2) and esvs.attrs["frames_per_element"] == 2
    assert (esvs["element_frames"].values[..., 0] == esvs["frame_index"].values).all()
