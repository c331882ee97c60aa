"""What is typed with a + is read by something, or refused as a misspelt option is."""

import sys

import pytest
from hydra import compose, initialize_config_dir
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from omegaconf import DictConfig

from playfair.launch.added_options import UnreadOptionError, watch_additions
from playfair.launch.hydra_section import check_composed
from playfair.launch.suggest import instead_of
from tests.conftest import ROOT, run_warm

watch_additions()


def composed(*typed: str) -> DictConfig:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("config", overrides=list(typed))


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("experiment=esv +dummy=1", "There is no option dummy. Type python run.py --help"),
        ("experiment=esv ++n_framse=3", "There is no option n_framse. Did you mean n_frames?"),
        ("experiment=length +experiment.lenghts=[1]", "Did you mean experiment.lengths?"),
        (
            "experiment=esv +experiment.dead_zone=0",
            "it belongs to experiment=paper, experiment=position, experiment=prior and "
            "experiment=support.",
        ),
        ("experiment=esv +clip=a.mp4", "it belongs to experiment=clip."),
        ("+model.trn.training.optimizer.momentum=1", "training.optimizer.momentum. Did you mean"),
        ("+model.trn.heads.clop=1", "Did you mean model.trn.heads.clip?"),
        ("+model.trn.pth=x", "Did you mean model.trn.path?"),
        ("+model.trn.preprocess={shrt_side: 36}", "Did you mean model.trn.preprocess.short_side?"),
        ("+model.trn.training.augment.flip=1", "Did you mean dataset.augment.flip?"),
        ("+logger.mode=offline", "it belongs to logger=wandb."),
        ("+dataset.lable=verb", "Did you mean dataset.label?"),
        ("+dataset.label=verb", "it belongs to dataset=clips and dataset=epic_kitchens."),
        ("+trainer.limit_val_batch=1", "Did you mean trainer.limit_val_batches?"),
        ("+paths.foo=${paths.data}", "There is no option paths.foo."),
        # its root is made of ${model}
        ("dataset=clips +model.trn.foo=1", "There is no option model.trn.foo."),
        ("+seed=2", "seed is there already. Type seed=…, without the +."),
        ("++dataset=clips", "dataset is a group. Type dataset=clips, without the ++."),
        ("+dataset=clips", "dataset is there already. Type dataset=…, without the +."),
        ("+backbone@model.trn.backbone=resnet18", "trn.backbone is there already. Type backbone@"),
    ],
)
def test_an_addition_that_nothing_reads_is_refused_with_the_nearest_option(
    monkeypatch: pytest.MonkeyPatch, typed: str, answer: str
) -> None:
    words = [typed] if typed.startswith("+") else typed.split(" ", 1)
    monkeypatch.setattr(sys, "argv", ["run.py", *words])
    with pytest.raises(Exception) as refused:
        composed(*words)
    said = instead_of(refused.value)  # type: ignore[arg-type]
    assert answer in said
    if "without the +" not in said:
        assert said.endswith(" A + would add it, and nothing would read it.")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("+recipe=trn_synthetic", "Did you mean recipe@model.trn=…?"),
        ("+backbone=resnet18", "Did you mean backbone@model.trn.backbone=…?"),
        ("model=both +recipe=tsn_synthetic", "recipe@model.trn or recipe@model.tsn=…?"),
    ],
)
def test_a_choice_in_a_place_where_nothing_reads_it_is_refused(typed: str, answer: str) -> None:
    words = ["experiment=esv", *typed.split()]
    # where another test had all compositions of this process checked, composing refuses it
    with (
        initialize_config_dir(str(ROOT / "conf"), version_base="1.3"),
        pytest.raises(UnreadOptionError) as refused,
    ):
        check_composed(compose("config", overrides=words, return_hydra_config=True), words)
    assert answer in instead_of(refused.value)


def test_a_choice_in_a_place_where_something_reads_it_is_taken() -> None:
    words = ["+recipe=tsn_synthetic", "model.trn.training=${recipe.training}"]
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        check_composed(compose("config", overrides=words, return_hydra_config=True), words)


def test_an_addition_that_something_reads_is_taken() -> None:
    read = composed(
        "experiment=esv",
        "++seed=2",  # it is there
        "+trainer.limit_val_batches=3",  # an argument of the Trainer
        "+trainer.strategy={_target_: pytorch_lightning.strategies.DDPStrategy, mine: 1}",
        "+model.trn.heads.augment=null",  # of the recipe
        "+model.trn.training.optimizer.betas=[0.9,0.99]",  # of torch's optimiser
        "+model.trn.preprocess.short_side=36",  # of the schema
        "+model.mine={path: folder}",
        "+size=[32,32]",  # quoted below
        "dataset.frame_size=${size}",
        "+own.classes=names.txt",
        "++dataset.groups=${own.classes}",
        "+hydra.job.env_set.MINE=1",
    )
    assert read.seed == 2 and list(read.dataset.frame_size) == [32, 32]
    assert read.dataset.groups == "names.txt" and read.model.mine.path == "folder"


@pytest.mark.parametrize(
    "typed",
    [
        "dataset=kinetics +dataset.list.test=test.csv",  # ${dataset.list} is asked for whole
        "dataset=clips +dataset.list.train=train.csv",
        "dataset=clips +dataset.counts.train=3",
        "model=tsn +model.tsn.heads={_target_:playfair.training.fit.Recipe,epochs:2}",
        "+model.trn.heads.augment={_target_:playfair.training.augmentation.augment,_partial_:true}",
        "trainer.callbacks=[{_target_:pytorch_lightning.callbacks.EarlyStopping,monitor:loss}] "
        "++trainer.callbacks.0.patience=3",
        "++dataset.frame_size.0=32",
        "+own=[3,4] n_frames=${own.0}",
        "+paths.below.size=3 paths.data=${.below.size}",
        "plugins=[mine.py] model.trn.head._target_=mine.head +model.trn.head.names={0:a,1:b}",
        "plugins=[mine.py] model.trn.training._target_=mine.Recipe +model.trn.training.clip.norm=2",
    ],
)
def test_an_addition_that_is_read_as_a_part_of_something_is_taken(typed: str) -> None:
    assert composed("experiment=esv", *typed.split())


def test_a_hydra_that_applies_options_otherwise_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def applied(config: DictConfig, overrides: list[str], strict: bool) -> None: ...

    monkeypatch.delattr(ConfigLoaderImpl, "_apply_overrides_to_config")
    watch_additions()  # it has no such function
    monkeypatch.setattr(
        ConfigLoaderImpl, "_apply_overrides_to_config", staticmethod(applied), raising=False
    )
    watch_additions()  # it asks for something else
    assert ConfigLoaderImpl._apply_overrides_to_config is applied


@pytest.mark.parametrize(("experiment", "is_meant"), [("length", True), ("esv", False)])
def test_an_experiments_own_options_are_meant_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, experiment: str, is_meant: bool
) -> None:
    words = [f"experiment={experiment}", "experiment.lenghts=[1]"]
    monkeypatch.setattr(sys, "argv", ["run.py", *words])
    with pytest.raises(Exception) as refused:
        composed(*words)
    said = instead_of(refused.value)  # type: ignore[arg-type]
    assert ("Did you mean experiment.lengths?" in said) == is_meant


def test_arguments_of_a_plug_ins_own_are_left_to_it() -> None:
    made = composed(
        "plugins=[mine.py]",
        "model.trn.head._target_=mine.head",
        "+model.trn.head.depth=3",
    )
    assert made.model.trn.head.depth == 3


def test_a_run_is_refused_before_anything_is_made(tmp_path) -> None:
    refused = run_warm("experiment=benchmark", "+dummy=1", cwd=tmp_path)
    assert refused.returncode == 2 and "Traceback" not in refused.stderr
    assert "There is no option dummy." in refused.stderr and list(tmp_path.iterdir()) == []
