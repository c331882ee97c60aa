"""A configuration that somebody else wrote: what it may have called, and what it may not."""

import sys
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from playfair import targets
from playfair.launch import hydra_section, plugins
from playfair.launch.perform import perform
from playfair.targets import TargetError, check_targets, instantiate
from tests.conftest import ROOT, run_py, run_warm

STRANGE = [
    "pandas.read_pickle",
    "os.system",
    "builtins.eval",
    "torch.load",
    "torch.hub.load",
    "torch.package.PackageImporter",
    "torch.nn.modules.linear.torch.load",
    "torch.jit.load",
    "torch.serialization.load",
    "playfair.steps.supervisor.supervise",
    "playfair.launch.main.command",
    "playfair.models.weights.torch.load",
    "playfair.models.tsn.torch.load",
    "playfair.models.weights.read_weights",
    "playfair.experiments.paper.Path",
    "playfair.experiments.paper.dumps",
    "playfair.datasets.labels.json.load",
    "pytorch_lightning.cli.LightningCLI",
    "pytorch_lightning.callbacks.torch.load",
    "pytorch_lightning.Trainer.fit",
    "hydra.utils.instantiate",
    "functools.partial",
    "${oc.env:NAME}",
    "torch.optim. SGD",
    "",
    None,
    3,
]


@pytest.fixture(autouse=True)
def nothing_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "_trusted", set())
    monkeypatch.setattr(sys, "path", list(sys.path))


def hostile(place: str, target: object) -> dict[str, Any]:
    """A configuration that names a target at some depth."""
    bad = {"_target_": target, "_partial_": True, "_args_": ["x"]}
    return {
        "itself": bad,
        "nested": {"_target_": "torch.nn.Linear", "in_features": {"a": bad}},
        "listed": {"a": [1, [bad]]},
        "argument": {"_target_": "torch.nn.Sequential", "_args_": [bad]},
    }[place]


@pytest.mark.parametrize("place", ["itself", "nested", "listed", "argument"])
@pytest.mark.parametrize("target", STRANGE)
def test_what_is_not_listed_is_refused_by_name_before_anything_is_called(place, target) -> None:
    with pytest.raises(TargetError, match="is not called"):
        check_targets(hostile(place, target))
    with pytest.raises(TargetError, match="is not called"):
        instantiate(hostile(place, target))


@pytest.mark.parametrize("name", ["nn", "Tensor"])
def test_what_a_module_of_ours_imports_is_no_way_to_what_it_is_of(name: str) -> None:
    with pytest.raises(TargetError):
        instantiate({"_target_": f"playfair.models.tsn.{name}", "_partial_": True})


def test_functions_among_torchs_classes_are_refused(monkeypatch) -> None:
    import torch

    monkeypatch.setattr(torch.nn, "Load", torch.load, raising=False)
    with pytest.raises(TargetError):
        instantiate({"_target_": "torch.nn.Load", "_partial_": True})


def test_all_that_our_configurations_name_may_be_called() -> None:
    files = sorted((ROOT / "conf").rglob("*.yaml"))
    named = [
        target
        for file in files
        if "hydra" not in file.parts
        for _, target in targets.targets(OmegaConf.load(file))
    ]
    assert len(named) > 30
    for target in named:
        check_targets({"_target_": target})
        assert targets._leads_home(target), target


def test_a_plugin_that_was_named_may_be_called_and_what_it_imports_may_not(tmp_path) -> None:
    (tmp_path / "plugin_with_doors.py").write_text(
        "import os\nfrom os import system\ndef own(): return 5\n"
    )
    with pytest.raises(TargetError):
        instantiate({"_target_": "plugin_with_doors.own"})
    check_targets({"_target_": "plugin_with_doors.own"}, plugins.packages(["plugin_with_doors.py"]))
    plugins.load([str(tmp_path / "plugin_with_doors.py")])
    assert instantiate({"_target_": "plugin_with_doors.own"}) == 5
    for other in ("plugin_with_doors.system", "plugin_with_doors.os.system", "plugin_with_doors"):
        with pytest.raises(TargetError):
            instantiate({"_target_": other, "command": "true"})


@pytest.mark.parametrize(
    "hidden", ["${oc.create:{_target_: os.system}}", "${x}", r"\${oc.decode:'{a: 1}'}"]
)
def test_what_hydra_would_resolve_later_is_refused(hidden: str) -> None:
    with pytest.raises(TargetError):
        instantiate({"_target_": "torch.nn.Linear", "in_features": hidden})


@cache
def ours(*typed: str):
    """conf/ as Hydra composes it, once; only to be read."""
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("config", overrides=list(typed), return_hydra_config=True)


def composed(*typed: str, **section: Any):
    """conf/ with a section of a stranger's in it, as Hydra composes it."""
    config = deepcopy(ours(*typed))
    OmegaConf.set_struct(config, False)
    OmegaConf.set_readonly(config, False)
    OmegaConf.set_readonly(config.hydra, False)
    for name, value in section.items():
        OmegaConf.update(config, name.replace("__", "."), value, force_add=True)
    return config


def test_our_own_composition_passes() -> None:
    hydra_section.check_composed(composed("experiment=paper", "model=both"), [])


@pytest.mark.parametrize(
    "section",
    [
        {"hydra__callbacks__mine": {"_target_": "os.system", "command": "true"}},
        {"hydra__callbacks__mine": {"a": [{"_target_": "playfair.TSN"}]}},
        {"hydra__callbacks__mine": "${oc.create:{_target_: os.system}}"},
        {"hydra__callbacks__mine": "${${name}:{_target_: os.system}}"},
        {"hydra__callbacks__mine": "${elsewhere}", "elsewhere": {"_target_": "os.system"}},
        {"hydra__launcher___target_": "os.system"},
        {"hydra__sweeper___target_": "${elsewhere}"},
        {"hydra__job_logging__handlers__a": {"()": "os.system", "command": "true"}},
        {"hydra__job_logging__handlers__a": {"class": "os.system"}},
        {"hydra__job_logging__handlers__a": {"class": "${elsewhere}"}},
        {"hydra__job_logging__handlers__a": "${elsewhere}", "elsewhere": {"()": "os.system"}},
        {"hydra__hydra_logging__formatters__a": {"()": "os.system"}},
        {"hydra__job_logging__handlers__console__stream": "ext://os.environ"},
        {"hydra__job_logging__handlers__file__filename": "/tmp/elsewhere.sh"},
        {
            "hydra__job_logging__handlers__file__filename": "${hydra.runtime.output_dir}/../../x",
        },
        {"hydra__job__env_set": {"LD_PRELOAD": "/tmp/a.so"}},
        {"hydra__job__env_set": {"PYTHONPATH": "/tmp"}},
        {"hydra__sweeper": {"params": {"+plugins": "[/tmp/theirs.py]"}}},
        {"plugins": ["os"]},
        {"anything": {"_target_": "${oc.env:NAME}"}},
        {"dataset__open": {"_target_": "pandas.read_pickle", "filepath_or_buffer": "x"}},
    ],
    ids=str,
)
def test_what_hydra_would_act_on_before_us_is_refused(section) -> None:
    with pytest.raises((hydra_section.HydraSectionError, TargetError)):
        hydra_section.check_composed(composed("experiment=esv", **section), [])


def test_plugins_are_typed_and_not_named_by_a_configuration() -> None:
    config = composed("experiment=esv", plugins=["theirs.py"])
    with pytest.raises(hydra_section.HydraSectionError, match="typed: plug-ins are programs"):
        hydra_section.check_composed(config, ["experiment=esv"])
    for typed in ("plugins=[theirs.py]", "++plugins=[theirs.py]"):
        hydra_section.check_composed(config, [typed])


def test_a_rank_looks_at_what_another_process_has_written(tmp_path: Path) -> None:
    marker = tmp_path / "called"
    config = composed("experiment=esv")
    del config.hydra  # as config.yaml, without it
    config.experiment = {"_target_": "os.system", "command": f"touch {marker}"}
    with pytest.raises(TargetError, match="experiment._target_='os.system'"):
        perform(config, tmp_path)
    assert not marker.exists()


THEIRS = """
# @package _global_
# Theirs.
experiment:
  _target_: playfair.experiments.esv.esv
  _partial_: true
  n_frames: ${n_frames}
"""
LOGGED = """
hydra:
  job_logging:
    handlers:
      theirs: {"()": os.mkdir, path: called}
"""
CALLED = """
trainer:
  logger: {_target_: os.mkdir, path: called}
"""


@pytest.mark.parametrize("theirs", [LOGGED, CALLED], ids=["logging", "trainer"])
@pytest.mark.parametrize("many", [False, True], ids=["run", "sweep"])
def test_a_strangers_yaml_runs_nothing(tmp_path: Path, theirs: str, many: bool) -> None:
    folder = tmp_path / "theirs" / "experiment"
    folder.mkdir(parents=True)
    (folder / "theirs.yaml").write_text(THEIRS + theirs)
    sweep = ["-m", "seed=0,1"] if many else []
    typed = [*sweep[:1], "--config-dir=theirs", "experiment=theirs", *sweep[1:]]
    refused = run_warm(*typed, cwd=tmp_path)
    assert refused.returncode == 2 and "os.mkdir" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "called").exists() and not (tmp_path / "data").exists()


def test_a_refusal_waits_for_no_import_of_torch(tmp_path: Path) -> None:
    refused = run_py("experiment=esv", "+model.trn.x={_target_: os.system}", cwd=tmp_path)
    assert refused.returncode == 2
    assert "model.trn.x._target_='os.system' is not called." in refused.stderr
    assert "Traceback" not in refused.stderr


names = st.one_of(
    st.sampled_from(["_target_", "_args_", "_partial_", "()", "class", "a", "hydra", "${x}"]),
    st.text(max_size=8),
)
values = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=20), st.sampled_from(STRANGE)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=8,
)


def any_configuration_is_refused_or_free_of_targets(config: Any) -> None:
    try:
        check_targets(config)
    except TargetError:
        return
    for _, target in targets.targets(config):
        assert targets._is_listed(str(target), set())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(values)
def test_any_configuration_is_refused_by_our_error_or_free_of_strange_targets(config) -> None:
    any_configuration_is_refused_or_free_of_targets(config)


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(values)
def test_many_configurations_are_refused_by_our_error_or_free_of_strange_targets(config) -> None:
    any_configuration_is_refused_or_free_of_targets(config)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(["callbacks", "job_logging", "job", "sweeper"]), values))
def test_any_section_of_hydras_is_refused_by_our_error_or_passes(section) -> None:
    config = OmegaConf.create({"hydra": {}}, flags={"allow_objects": True})
    try:
        config.hydra = section
    except Exception:  # OmegaConf's own, where a text is no interpolation
        return
    try:
        hydra_section.check_composed(config, [])
    except ValueError as error:
        assert isinstance(error, hydra_section.HydraSectionError | TargetError)
