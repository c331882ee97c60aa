"""Options of the Trainer that a recipe, or something else, says are refused with its name."""

import sys

import pytest
from hydra import compose, initialize_config_dir
from hydra.errors import ConfigCompositionException

from playfair.launch.owned_options import OF_OTHERS, OF_RECIPE, refuse_owned
from playfair.launch.suggest import instead_of
from tests.conftest import ROOT


def refusal(*typed: str) -> str:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("config", overrides=list(typed))
    with pytest.raises(ValueError) as refused:
        refuse_owned(cfg)
    return str(refused.value)


def test_every_option_is_refused_with_the_recipes_name() -> None:
    told = refusal(
        "model=both",
        "+trainer.max_epochs=1",
        "+trainer.accumulate_grad_batches=4",
        "+trainer.gradient_clip_val=0.001",
    ).splitlines()
    assert told[0] == (
        "trainer.max_epochs=1 is not obeyed: a recipe says it. Type model.tsn.training.epochs=… or "
        "model.trn.training.epochs=… or model.trn.heads.epochs=…"
    )
    assert "model.trn.heads.at_once=… (most clips that a device holds" in told[1]
    assert "model.tsn.training.clip=…" in told[2] and len(told) == 3


def test_what_is_refused_names_an_option_that_can_be_typed() -> None:
    """All at once: to compose options takes 0.2 s."""
    names = [*OF_RECIPE, *sorted(OF_OTHERS.keys() - {"logger"})]
    told = refusal("model=trn", *(f"+trainer.{name}=1" for name in names)).splitlines()
    assert {line.partition(" ")[0] for line in told} == {f"trainer.{name}=1" for name in names}
    assert all("=1 is not obeyed" in line for line in told)
    options = {option for option, *_ in OF_RECIPE.values()}
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        # without a plus: the option is there
        compose(
            "config",
            overrides=[
                f"model.trn.{s}.{option}=1" for s in ("training", "heads") for option in options
            ],
        )


def test_what_is_obeyed_is_not_refused() -> None:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("config", overrides=["trainer.profiler=simple", "trainer=ddp"])
    refuse_owned(cfg)


def test_samplers_of_lightnings_are_refused() -> None:
    assert "samplers here know their rank" in refusal("trainer.use_distributed_sampler=true")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["model=trn", "trainer.max_epochs=1"], "model.trn.training.epochs=… or model.trn.heads"),
        (["model=tsn", "trainer.max_epochs=1"], "Type model.tsn.training.epochs=…"),
        (["model=both", "trainer.gradient_clip_val=1"], "model.tsn.training.clip=… or model.trn"),
        (["trainer.default_root_dir=x"], "Type paths.outputs=FOLDER."),
    ],
)
def test_without_a_plus_the_same_is_said(monkeypatch, typed: list[str], told: str) -> None:
    monkeypatch.setattr(sys, "argv", ["run.py", *typed])
    with (
        initialize_config_dir(str(ROOT / "conf"), version_base="1.3"),
        pytest.raises(ConfigCompositionException) as error,
    ):
        compose("config", overrides=typed)
    said = instead_of(error.value)
    assert said.startswith("There is no option trainer.") and told in said
