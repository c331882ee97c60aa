"""`logger=wandb` as it is typed: what each model's run holds, where it comes from, what is said."""

import json
import re
import shutil

import pytest
from hydra import compose, initialize_config_dir

from playfair.report.wandb_artifacts import step_artifact
from playfair.report.wandb_workspace import keys_of_run
from playfair.steps.made_from import read_record
from tests.conftest import ROOT, TINY, copy_steps, folder_of, run_warm
from tests.report.wandb_records import Records, places

pytestmark = pytest.mark.whole  # runs of W&B, read back by its own program


@pytest.fixture(scope="module")
def logged(explained, tmp_path_factory):
    """experiment=support of two models, whose ESVs are made and all else is there, logged offline."""
    folder = copy_steps(explained.folder, tmp_path_factory.mktemp("logged"))
    shutil.rmtree(folder / "outputs/synthetic/esvs")
    (folder / "data").symlink_to(explained.folder / "data")
    home = {"HOME": str(folder / "home"), "WANDB_API_KEY": "", "WANDB_TAGS": "mine"}
    typed = ["experiment=support", "model=both", "logger=wandb", *TINY]
    done = run_warm(*typed, cwd=folder, draw="png", **home)
    assert done.returncode == 0, done.stderr
    (run,) = (folder / "outputs/synthetic/runs").glob("support_*")
    return done, run, {Records(place).config["model"]: Records(place) for place in places(run)}


def test_each_model_has_a_run_and_the_line_to_be_typed_is_said(logged) -> None:
    done, run, records = logged
    assert records.keys() == {"tsn", "trn"}
    parts = " ".join(str(place.relative_to(run.parents[3])) for place in places(run))
    assert done.stdout.splitlines()[-1] == f"To have it in W&B, type: wandb sync {parts}"
    metrics = json.loads((run / "metrics.json").read_text())
    for model, own in records.items():
        begins = f"support · {model} · 4 frames · seed 0 · dataset.write.n_train=24"
        assert own.run["display_name"].startswith(begins)
        assert own.run["job_type"] == "support" and own.run["run_group"] == run.name
        assert own.run["tags"] == ["support", "synthetic", model, "exact", "mine"]
        of_model = {key.removeprefix(f"{model}_"): value for key, value in metrics.items()}
        shared = {key: own.summary[key] for key in of_model if key in own.summary}
        assert len(shared) == 4 and shared == {key: of_model[key] for key in shared}
        assert own.axes["supporting"] == "n_frames"


def test_no_frame_of_a_clip_is_logged_unasked(logged) -> None:
    _, run, records = logged
    assert (run / "film_strips.png").exists()
    for own in records.values():
        keys = own.summary.keys()
        assert not any("film_strips" in key or "clips" in key for key in keys if "." in key)
        assert "support._type" in keys
    assert not list((run / "wandb").rglob("*.webm"))


def test_artifacts_name_all_that_an_answer_comes_from_and_hold_nothing_large(logged) -> None:
    _, run, records = logged
    artifacts = records["trn"].artifacts
    kinds = {name: artifact["type"] for name, artifact in artifacts.items()}
    assert kinds == {
        **{"synthetic-dataset": "dataset", "synthetic-video-trn": "model"},
        **{"synthetic-features-trn-train": "features", "synthetic-heads-trn": "model"},
        **{"synthetic-features-trn-validation": "features", "synthetic-esvs-trn-4-frames": "esvs"},
    }
    used = {name for name, artifact in artifacts.items() if artifact.get("use_after_commit")}
    assert used == kinds.keys() - {"synthetic-esvs-trn-4-frames"}, "it was made here"
    metadata = {name: json.loads(artifact["metadata"]) for name, artifact in artifacts.items()}
    chain = ["synthetic-esvs-trn-4-frames:"]
    while True:
        name = chain[-1].partition(":")[0]
        before = metadata[name]["made_from"]
        if not before:
            break
        chain.append(before.get("head") or before.get("features") or before["video"])
    names = [name.partition(":")[0].removeprefix("synthetic-") for name in chain]
    assert names == ["esvs-trn-4-frames", "heads-trn", "features-trn-train", "video-trn"]
    outputs = run.parents[1]
    for name in chain[1:]:
        assert name.partition(":")[2] in artifacts[name.partition(":")[0]]["aliases"]
    esvs = folder_of(outputs.parents[1], "esvs", "trn-4-frames")
    entries = artifacts["synthetic-esvs-trn-4-frames"]["manifest"]["contents"]
    local = {entry["path"] for entry in entries if "local_path" in entry}
    assert local == {"made_from.json"}
    referred = {entry["ref"] for entry in entries if "ref" in entry}
    assert (esvs / "manifest.json").as_uri() in referred
    content = json.loads((esvs / "made_from.json").read_text())["id"]
    assert metadata["synthetic-esvs-trn-4-frames"]["id"] == content
    (own,) = artifacts["synthetic-dataset"]["manifest"]["contents"]
    assert own["path"] == "dataset.json", "no name of a clip"


def test_what_one_run_uses_is_to_wandb_what_another_one_has_made(logged) -> None:
    """Artifacts of one digest are one version: so runs are linked, by what is the same in both."""
    _, run, records = logged
    for kind, label in (("video", "trn"), ("heads", "trn"), ("esvs", "trn-4-frames")):
        folder = folder_of(run.parents[3], kind, label)
        again = step_artifact(folder, read_record(folder))
        assert records["trn"].artifacts[again.name]["digest"] == again.digest


def test_nothing_of_wandbs_is_written_outside_the_run_and_only_its_id_is_kept(logged) -> None:
    _, run, _ = logged
    home = run.parents[3] / "home"
    assert not [path for path in home.rglob("*") if "wandb" in path.name]
    (file, other) = sorted((run.parents[1] / ".wandb").iterdir())
    for record in (file, other):
        assert json.loads(record.read_text())["finished"] is True


def test_a_workspace_and_a_report_say_that_they_need_the_server_and_what_they_would_be(
    logged,
) -> None:
    _, run, _ = logged
    keys = keys_of_run(run)
    assert "supporting" in keys["metrics"] and "support" in keys["figures"]
    refused = run_warm("experiment=wandb_workspace", "model=trn", cwd=run.parents[3])
    assert refused.returncode == 2
    assert "wandb login" in refused.stderr and "Traceback" not in refused.stderr
    outputs = run.parents[1]
    saved = json.loads((outputs / "wandb_workspace.json").read_text())
    sections = {section["name"]: section["panels"] for section in saved["sections"]}
    assert list(sections) == ["sweeps", "training", "support"]
    curves = {panel["x"]: panel["y"] for panel in sections["training"]}
    assert curves.keys() == {"video/epoch", "heads/epoch"}
    assert sections["sweeps"][0]["x"] == "n_frames" and sections["sweeps"][0]["y"] == ["top1"]
    own = json.dumps(sections["support"])
    assert "supporting" in own and "support_table" in own and "trn_" not in own
    assert saved["runset_settings"]["groupby"][0]["name"] == "model"
    report = json.loads((outputs / "wandb_report.json").read_text())
    assert [block["text"] for block in report["blocks"] if "text" in block] == list(sections)


@pytest.mark.parametrize(
    "experiment", sorted(path.stem for path in (ROOT / "conf/experiment").glob("*.yaml"))
)
def test_no_experiment_logs_unasked(experiment: str) -> None:
    text = (ROOT / f"conf/experiment/{experiment}.yaml").read_text()
    assert not re.search(r"override /logger", text)


def test_the_loggers_project_is_the_environments_where_none_is_typed(monkeypatch) -> None:
    monkeypatch.setenv("WANDB_PROJECT", "theirs")
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        assert compose("config", ["logger=wandb"]).logger.project == "theirs"
        typed = compose("config", ["logger=wandb", "logger.project=mine"])
    assert typed.logger.project == "mine" and typed.logger.clips is False


def test_a_sweeps_points_are_grouped_by_launch() -> None:
    from playfair.launch.command_line import _digest_of

    one = ["-m", "experiment=esv", "n_frames=2,3", "logger=wandb"]
    assert _digest_of(one) == _digest_of(
        [*reversed(one[:-1]), "logger=wandb", "logger.mode=offline"]
    )
    assert _digest_of(one) != _digest_of([*one, "seed=0,1"])
