"""What real training will cost: the arithmetic by hand, and what measuring it leaves behind."""

import dataclasses
import json
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from playfair import TSN
from playfair.analysis import plan as arithmetic
from playfair.analysis.plan import (
    Amount,
    Machine,
    Schedule,
    Speeds,
    explained_whole,
    frames_stage,
    stages,
)
from playfair.benchmark import elapsed, plan_speeds
from playfair.benchmark.plan_learning import at_once_on
from playfair.experiments.plan import machine_of, plan
from playfair.experiments.plan_words import expectation, findings, headline
from playfair.experiments.planned_models import n_watched
from playfair.steps.estimator import Estimator
from playfair.steps.obtain import obtain
from tests.conftest import TINY, stamps, studies
from tests.experiments.test_experiments import newest_run

# whole numbers, so that all can be done by hand
SPEEDS = Speeds(
    decode_whole=0.4,
    decode_sample=0.2,
    learn=0.1,
    watch=0.03,
    feature=0.001,
    heads=0.0001,
    watch_heads=0.00005,
    esvs={2: 0.01, 4: 0.02, 8: 0.08},
    interactions=0.05,
    rivals=0.9,
    count=0.002,
    parameters=1_000_000,
    learn_bytes=3e9,
    esv_bytes=0.5e9,
    batch_bytes=0.05e9,
    process_bytes=1e9,
    worker_bytes=0.1e9,
)
AMOUNT = Amount(
    n_train=36_000,
    n_validation=3_600,
    frames=40.0,
    frame_bytes=12_288,
    feature_bytes=512,
    n_classes=174,
    kept=False,
)
SCHEDULE = Schedule(epochs=50, head_epochs=80, n_frames=8, lengths=[2, 4, 8], n_compared=2000)
TWO_CORES = Machine(ranks=1, workers=2, cores=2, on_gpu=False)
EIGHT_GPUS = Machine(ranks=8, workers=4, cores=16, on_gpu=True)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch) -> None:
    """Without what each stage and epoch takes whatever its size, so that all can be done by hand."""
    monkeypatch.setattr(arithmetic, "STARTING", 0.0)
    monkeypatch.setattr(arithmetic, "EPOCH", 0.0)


def by_stage(column: str, machine: Machine, amount: Amount = AMOUNT) -> dict[str, float]:
    table = stages("trn", amount, SPEEDS, SCHEDULE, machine)
    return dict(zip(table["stage"], table[column], strict=True))


def test_on_a_cpu_decoding_and_computing_share_the_cores() -> None:
    hours = by_stage("hours", TWO_CORES)
    # an epoch: 36,000 · 0.1 + 3,600 · 0.03 = 3,708 s, and 39,600 · 0.2 / 2 = 3,960 s
    assert hours["train from video"] == pytest.approx(50 * (3708 + 3960) / 3600)
    # 39,600 · 40 · 0.001 = 1,584 s, and 39,600 · 0.4 / 2 = 7,920 s
    assert hours["features"] == pytest.approx((1584 + 7920) / 3600)
    assert hours["heads"] == pytest.approx(80 * (36_000 * 0.0001 + 3_600 * 0.00005) / 3600)
    assert hours["ESVs"] == pytest.approx(3600 * 0.08 / 3600)
    assert hours["ESVs of other lengths"] == pytest.approx(3600 * (0.01 + 0.02) / 3600)
    assert hours["interactions"] == pytest.approx(0.05)
    assert hours["comparison"] == pytest.approx(2000 * 0.9 / 3600)


def test_on_gpus_the_slower_of_both_decides() -> None:
    hours = by_stage("hours", EIGHT_GPUS)
    # 3,708 / 8 = 463.5 s; 7,920 s of decoding by 16 cores, though 32 workers are asked for: 495 s
    assert hours["train from video"] == pytest.approx(50 * 495 / 3600)
    assert hours["features"] == pytest.approx(15_840 / 16 / 3600)
    assert hours["ESVs"] == pytest.approx(3600 * 0.08 / 8 / 3600)
    slow = dataclasses.replace(SPEEDS, learn=1.0)
    row = stages("trn", AMOUNT, slow, SCHEDULE, EIGHT_GPUS).iloc[0]
    # 36,000 / 8 = 4,500 s of learning; validation comes after it: 3,600 · 0.2 / 16 = 45 s of decoding
    assert row["hours"] == pytest.approx(50 * (4500 + 45) / 3600)


def test_only_what_is_watched_is_counted_and_only_when(monkeypatch) -> None:
    watched = dataclasses.replace(SCHEDULE, n_watched=720, watched_every=20)
    table = stages("trn", AMOUNT, SPEEDS, watched, TWO_CORES).set_index("stage")
    # an epoch: 36,000 · (0.1 + 0.2 / 2) s; in 50 there are 2 validations, in 80 there are 4
    epochs, validations = 50 * 7200, 2 * 720 * (0.03 + 0.1)
    assert table["hours"]["train from video"] == pytest.approx((epochs + validations) / 3600)
    heads = 80 * 36_000 * 0.0001 + 4 * 720 * 0.00005
    assert table["hours"]["heads"] == pytest.approx(heads / 3600)
    never = dataclasses.replace(SCHEDULE, n_watched=0)
    table = stages("trn", AMOUNT, SPEEDS, never, TWO_CORES).set_index("stage")
    assert table["hours"]["train from video"] == pytest.approx(epochs / 3600)


@pytest.mark.parametrize(
    ("typed", "clips"),
    [
        ((), 600),  # 30,000 / 50
        (("+trainer.limit_val_batches=0.5",), 300),
        (("+trainer.limit_val_batches=0",), 0),
        (("+trainer.limit_val_batches=3", "model.trn.training.batch_size=16"), 48),
        (("+trainer.limit_val_batches=99", "model.trn.training.batch_size=16"), 600),
    ],
)
def test_the_clips_that_are_watched_are_those_of_training(typed, clips: int, monkeypatch) -> None:
    (study,) = studies("model=trn", *typed)
    splits = {"train": range(30_000), "validation": range(6_000)}
    opened = SimpleNamespace(split=lambda name: splits[name])
    monkeypatch.setattr(type(study.dataset), "opened", opened)
    assert n_watched(study) == clips


def test_frames_that_are_kept_are_decoded_once_for_all_models() -> None:
    kept = dataclasses.replace(AMOUNT, kept=True)
    hours = by_stage("hours", TWO_CORES, kept)
    assert hours["train from video"] == pytest.approx(50 * 3708 / 3600)
    assert hours["features"] == pytest.approx(1584 / 3600)
    once = frames_stage(kept, SPEEDS, TWO_CORES).iloc[0]
    assert once["hours"] == pytest.approx(39_600 * 0.4 / 2 / 3600)
    assert once["disk_gb"] == pytest.approx(39_600 * 40 * 12_288 / 1e9)
    assert frames_stage(AMOUNT, SPEEDS, TWO_CORES).empty


def test_disk_is_what_a_stage_leaves_behind() -> None:
    disk = by_stage("disk_gb", TWO_CORES)
    assert disk["train from video"] == pytest.approx(4 * 4e6 / 1e9)  # weights, and its state
    assert disk["features"] == pytest.approx(39_600 * 40 * 512 / 1e9)
    assert disk["ESVs"] == pytest.approx(4 * 3600 * 174 * (8 + 1) / 1e9)  # and the scores
    assert disk["ESVs of other lengths"] == pytest.approx(4 * 3600 * 174 * (2 + 4 + 2) / 1e9)
    assert disk["interactions"] == pytest.approx(4 * 3600 * 64 / 1e9)
    assert disk["comparison"] == 0


def test_memory_is_that_of_all_processes_together() -> None:
    memory = by_stage("memory_gb", EIGHT_GPUS)
    # of each rank: 1 + 3 + 0.012, and a batch and 4 workers that have two more each
    assert memory["train from video"] == pytest.approx(8 * (4.012 + 0.05 + 4 * (0.1 + 0.1)))
    # a block is 32 clips of 40 frames of 12,288 bytes
    block = 32 * 40 * 12_288 / 1e9
    assert memory["features"] == pytest.approx(8 * (1.004 + block + 4 * (0.1 + 2 * block)))
    assert memory["ESVs"] == pytest.approx(8 * 1.5)
    assert memory["comparison"] == pytest.approx(1.5)


def test_small_stages_take_what_starting_takes(monkeypatch) -> None:
    before = by_stage("hours", TWO_CORES)
    monkeypatch.setattr(arithmetic, "STARTING", 36.0)
    monkeypatch.setattr(arithmetic, "EPOCH", 3.6)
    added = {stage: hours - before[stage] for stage, hours in by_stage("hours", TWO_CORES).items()}
    assert added == pytest.approx(
        {
            "train from video": 0.01 + 50 * 0.001,
            "features": 0.01,
            "heads": 0.01 + 80 * 0.001,
            "ESVs": 0.01,
            "ESVs of other lengths": 2 * 0.01,
            "interactions": 0.01,
            "comparison": 0.01,
        }
    )
    kept = dataclasses.replace(AMOUNT, kept=True)
    once = frames_stage(kept, SPEEDS, TWO_CORES).iloc[0]
    assert once["hours"] == pytest.approx((36 + 39_600 * 0.4 / 2) / 3600)


def test_a_checkpoint_is_explained_as_it_is() -> None:
    schedule = dataclasses.replace(SCHEDULE, frames_per_element=2)
    table = explained_whole("videomae", AMOUNT, SPEEDS, schedule, EIGHT_GPUS).set_index("stage")
    hours = table["hours"].to_dict()
    assert hours["clips' lengths"] == pytest.approx(3600 * 0.002 / 16 / 3600)
    # 3,600 · 0.08 / 8 = 36 s of computing, 3,600 · 0.2 / 16 = 45 s of decoding
    assert hours["ESVs"] == pytest.approx(45 / 3600)
    assert hours["interactions"] == pytest.approx(0.05 + 0.2)
    disk = table["disk_gb"].to_dict()
    assert disk["ESVs"] == pytest.approx(4 * 3600 * 174 * (4 + 1) / 1e9)
    assert disk["interactions"] == pytest.approx(4 * 3600 * 16 / 1e9)
    # of each rank: process, weights, a coalition's, a clip, and 4 workers that have two more each
    each = 1 + 0.004 + 0.5 + 0.05 + 4 * (0.1 + 0.1)
    assert table["memory_gb"]["ESVs"] == pytest.approx(8 * each)


def test_no_more_large_pictures_are_measured_together_than_a_cpu_holds() -> None:
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    large = torch.empty(8, 224, 224, 3)
    assert at_once_on(cpu, large, 32) == 5 and at_once_on(cuda, large, 32) == 32
    assert at_once_on(cpu, torch.empty(8, 64, 64, 3), 32) == 32
    assert at_once_on(cpu, torch.empty(64, 384, 384, 3), 32) == 1


@pytest.mark.parametrize("n_frames", [8, 22])
def test_interactions_are_those_of_a_clip_and_of_its_reverse(n_frames, monkeypatch) -> None:
    monkeypatch.setattr(plan_speeds, "seconds_of", lambda run, device: run().ndim)
    study = SimpleNamespace(estimator=Estimator(budget=300))
    features = torch.randn(2, n_frames, 3)
    one = plan_speeds.interactions(study, TSN(3, 2).eval(), features, torch.full((2,), 0.5))
    assert one == 2 * 4 / 2  # of 2 clips, each of which takes as long as its answer has axes


def test_a_checkpoint_is_measured_and_nothing_is_kept(checkpoint, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    study, *_ = studies(
        *("model=huggingface", f"model.huggingface.path={checkpoint('videomae')}"),
        *("dataset.write.n_train=12", "dataset.write.n_validation=12", "n_frames=8"),
    )
    study.dataset.provide()
    before = stamps(tmp_path)
    result = plan([study], n_frames=8, lengths=[8], n_sampled=2)
    assert stamps(tmp_path) == before
    table = result.tables["stages"]
    assert table["stage"].tolist() == ["clips' lengths", "ESVs", "interactions"]
    assert (table["hours"] > 0).all() and (table["memory_gb"] > 0.1).all()
    speeds = result.tables["speeds"].iloc[0]
    assert speeds["interactions"] == pytest.approx(2 * speeds["ESVs"])  # and of its reverse
    assert 1 < speeds["MB of a process that decodes"] < 2000
    assert "the comparison of checkpoints" in result.summary
    assert expectation(study)["source"] == "none known"


def test_a_model_without_heads_or_training_has_no_such_stage() -> None:
    nothing = dataclasses.replace(SCHEDULE, epochs=0, head_epochs=0, lengths=[8])
    names = stages("tsn", AMOUNT, SPEEDS, nothing, TWO_CORES)["stage"].tolist()
    assert names == ["features", "ESVs", "interactions", "comparison"]


def test_the_table_says_what_is_made_and_ends_with_the_sum() -> None:
    table = stages("trn", AMOUNT, SPEEDS, SCHEDULE, TWO_CORES)
    table["made"] = ["yes", *[""] * (len(table) - 1)]
    table.loc[0, "hours"] = 0.0
    rows = headline(table)
    assert rows["time"].iloc[0] == "made" and rows["time"].iloc[1] == "2.6 h"
    assert rows["time"].iloc[-1] == f"{table['hours'].sum():.1f} h"
    assert rows["memory"].iloc[-1] == "4.5 GB" and rows["model"].iloc[0] == "TRN"


def test_what_to_expect_is_said_with_its_source_or_not_at_all() -> None:
    (known,) = studies("model=trn", "dataset=something_something_v2")
    assert expectation(known)["top1"] == 0.477 and "mmaction2" in expectation(known)["source"]
    (unknown,) = studies("model=trn")
    row = expectation(unknown)
    assert np.isnan(row["top1"]) and row["source"] == "none known"


@pytest.mark.parametrize(
    ("options", "ranks"),
    [((), 1), (("trainer.devices=3",), 3), (("trainer.devices=2", "trainer.num_nodes=4"), 8)],
)
def test_as_many_devices_as_are_asked_for(options, ranks: int) -> None:
    (study,) = studies("model=trn", "trainer.accelerator=cpu", "dataset.workers=5", *options)
    machine = machine_of(study)
    assert (machine.ranks, machine.workers, machine.on_gpu) == (ranks, 5, False)


def test_a_plan_leaves_nothing_but_its_answer(tiny) -> None:
    before = stamps(tiny.folder)
    done = tiny("experiment=plan")
    assert done.returncode == 0, done.stderr
    assert stamps(tiny.folder) == before
    run = newest_run(tiny.folder, "plan")
    table = pd.read_csv(run / "stages.csv").set_index(["model", "stage"])
    assert (
        table.loc[("trn", "heads"), "made"] == "yes" and table.loc[("trn", "heads"), "hours"] == 0
    )
    assert table.loc[("trn", "interactions"), "hours"] > 0
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["hours"] == pytest.approx(table["hours"].sum())
    assert metrics["disk_gb"] == pytest.approx(table["disk_gb"].sum())
    assert metrics["memory_gb"] == pytest.approx(table["memory_gb"].max())
    assert "No published accuracy of TSN and TRN on synthetic is known" in done.stdout


def test_what_is_not_trained_here_is_refused_in_a_word() -> None:
    files = ["model.trn_published.features=a.hdf", "model.trn_published.head.files='a_{}.pth'"]
    published = studies("model=trn_published", *files)
    with pytest.raises(ValueError, match="such as model=both or model=huggingface"):
        plan(published, n_frames=8, lengths=[8])


@pytest.mark.slow  # its arithmetic is tested above; here that speeds are those of the stages
def test_the_stages_then_take_as_long_as_was_planned(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (study,) = studies(
        *("model=trn", "dataset.write.n_train=120", "dataset.write.n_validation=48"),
        *("model.trn.training.epochs=4", "model.trn.heads.epochs=4", "dataset.workers=0"),
    )
    study.dataset.provide()
    table = plan([study], n_frames=8, lengths=[8, 12]).tables["stages"]
    planned = dict(zip(table["stage"], 3600 * table["hours"], strict=True))
    steps = {
        "decode once": [study.frames_step("train"), study.frames_step("validation")],
        "train from video": [study.video_step],
        "features": [study.features_step("train"), study.features_step("validation")],
        "heads": [study.head_step],
        "ESVs": [study.esvs_step(8)],
    }
    took = {}
    for stage, needed in steps.items():
        began = time.perf_counter()
        for step in needed:
            obtain(step, study.layout)
        took[stage] = time.perf_counter() - began
    both = {stage: (planned[stage], took[stage]) for stage in steps}
    assert 0.5 < sum(planned[stage] for stage in steps) / sum(took.values()) < 2, both
    longest = max(took, key=took.get)
    assert 0.5 < planned[longest] / took[longest] < 2, both


def test_what_takes_longest_leads(tiny) -> None:
    (study,) = studies("model=trn", *[option for option in TINY if "tsn" not in option])
    table = stages("trn", AMOUNT, SPEEDS, SCHEDULE, TWO_CORES)
    expected = pd.DataFrame([{"model": "trn", "top1": 0.477, "top5": 0.763, "source": "a paper"}])
    said = findings(table, expected, study)
    total = table["hours"].sum()
    assert said[0].startswith(
        f"All of it takes about {total / 24:.1f} days here, of which train from"
    )
    assert said[1] == (
        "Expect TRN to be right on 47.7 % of the clips, 76.3 % among its five highest (a paper)."
    )


def test_what_is_slow_is_run_once(monkeypatch):
    """ResNet-50's training step takes 10 s on two cores: warming up is a small part of it."""
    monkeypatch.setattr(elapsed, "SLOW", 0.005)
    runs = []

    def run():
        runs.append(1)
        time.sleep(0.01)

    assert elapsed.seconds_of(run, torch.device("cpu")) >= 0.01
    assert len(runs) == 1
