"""The Hub's own client against a little Hub on the loopback: what is pushed there is pulled again."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import contents
from tests.travel.conftest import Type
from tests.travel.hub_stand_in import TOKEN, StandIn, hub
from tests.travel.test_travel import name_of, paths_in, verified

pytestmark = pytest.mark.whole  # the Hub's client takes seconds to be imported

pytest.importorskip("huggingface_hub", reason="the extra [huggingface] is not installed")


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandIn]:
    """A Hub that this process' client talks to, logged in."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with hub() as there:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", there.url)
        template = there.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "token"))
        yield there


def test_checkpoints_go_to_a_model_and_stores_to_a_dataset(
    outputs: Path, typed: Type, standing: StandIn, tmp_path: Path
) -> None:
    from huggingface_hub import DatasetCard, ModelCard

    said = typed("push", "heads/trn", "esvs/trn-4-frames", "hf://me/esvs", "licence=cc-by-4.0")
    heads = name_of(outputs, "*/heads/trn-*")
    model = standing.files["models/me/esvs"]
    dataset = standing.files["datasets/me/esvs"]
    assert {name.split("/")[1] for name in model if "/" in name} == {"heads"}
    assert {name.split("/")[1] for name in dataset if "/" in name} == {"esvs"}
    assert standing.private == {"models/me/esvs", "datasets/me/esvs"}
    assert "Others type: playfair pull hf://datasets/me/esvs" in said

    card = ModelCard(model["README.md"].decode()).data
    assert card.license == "cc-by-4.0" and card.library_name == "playfair"
    assert [one.metric_type for one in card.eval_results][:1] == ["accuracy"]
    assert "playfair pull hf://me/esvs" in model["README.md"].decode()
    assert DatasetCard(dataset["README.md"].decode()).data.task_categories == [
        "video-classification"
    ]

    there = tmp_path / "there"
    typed("pull", "hf://me/esvs", f"paths.outputs={there}")
    assert paths_in(there) == {heads, name_of(outputs, "*/esvs/trn-4-frames-*")}
    for path in paths_in(there):
        assert contents(there / path) == verified(outputs / path)
    assert not (there / "synthetic" / ".travel").exists()

    n_commits = len(standing.commits)
    assert "there already" in typed("push", "heads/trn", "hf://me/esvs")
    assert len(standing.commits) == n_commits
    typed("push", "video/tsn", "hf://me/esvs", "public=true")
    assert len(json.loads(model["playfair.json"])["artefacts"]) == 2


def test_many_files_come_in_several_commits_with_the_index_last(
    typed: Type, standing: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playfair.travel.hub.OF_COMMIT", 10)
    typed("push", "esvs/trn-4-frames", "hf://me/x", "public=true")
    assert len(standing.commits) > 2 and not standing.private
    assert list(standing.files["datasets/me/x"])[-1] == "playfair.json"


def test_what_the_hub_refuses_is_told_with_what_to_type(
    typed: Type, standing: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    there = f"paths.outputs={tmp_path / 'there'}"
    with pytest.raises(ValueError, match=r"no me/none on the Hub.*or it is private.*hf auth login"):
        typed("pull", "hf://me/none", there)
    with pytest.raises(ValueError, match="Is OWNER you"):
        typed("push", "esvs/trn-4-frames", "hf://others/x")
    with pytest.raises(ValueError, match="belongs into a dataset"):
        typed("push", "esvs/trn-4-frames", "hf://models/me/x")
    with pytest.raises(ValueError, match="Expected hf://OWNER/NAME"):
        typed("pull", "hf://me", there)
    typed("push", "esvs/trn-4-frames", "hf://me/x")
    standing.files["models/me/empty"] = {}
    with pytest.raises(ValueError, match="hf://me/empty holds no parcel"):
        typed("pull", "hf://me/empty", there)
    files = standing.files["datasets/me/x"]
    cut = next(name for name in files if re.search("/esv/c/", name))
    files[cut], whole = files[cut][:-2], files[cut]
    with pytest.raises(ValueError, match=r"expected [\d,]+ bytes, there is [\d,]+ bytes"):
        typed("pull", "hf://me/x", there)
    files[cut] = whole
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(ValueError, match=r"no me/x on the Hub.*or it is private"):
        typed("pull", "hf://me/x", there)
    with pytest.raises(ValueError, match="nobody in without a valid token"):
        typed("push", "esvs/trn-4-frames", "hf://me/y")
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(ValueError, match="Nobody is logged in .*Type: hf auth login"):
        typed("push", "esvs/trn-4-frames", "hf://me/x")
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ValueError, match=r"Hub cannot be reached \(.*refused"):
        typed("pull", "hf://me/x", there)
    assert not paths_in(tmp_path / "there")
