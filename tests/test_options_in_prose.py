"""What a page's sentences name in code is there: options, choices of a group, files of ours."""

import re
import shlex
from collections.abc import Iterator

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf, open_dict

from playfair.launch import clips_options
from tests.conftest import ROOT
from tests.pages import PAGES, prose, text_of

CONF = ROOT / "conf"
OTHERS = {
    # arguments of Python's functions, and options of commands that are not Hydra's
    *("budget", "class_names", "default", "draw", "every", "needs_pictures", "options"),
    *("precision", "stratified"),
    *("public", "licence", "sanity", "shape", "stderr", "unit", "weights_only"),
    # of the pages' examples
    *("gru", "gestures"),
}
MODELS = ("both", "huggingface", "trn_imported", "tsn_imported", "trn_published")
BESIDE = (
    *("dataset=clips", "dataset=something_something_v2", "estimator=sampled", "logger=wandb"),
    *("hydra/launcher=slurm", "hydra/sweeper=optuna"),
)
OPTION = re.compile(r"[a-z][\w.@/]*=")
OURS = re.compile(r"`((?:playfair|conf|experiments|docs|tests)/[\w./-]+)`")


def named(page: str) -> Iterator[str]:
    """The options in the code of a page's sentences: name=value, or with a part of the value."""
    for code in re.findall(r"`([^`\n]+)`", prose(page)):
        try:
            words = shlex.split(code.removeprefix("python run.py ").removeprefix("playfair "))
        except ValueError:  # one quotation mark: no command
            continue
        if words and all(OPTION.match(word) or word == "-m" for word in words):
            yield from (word for word in words if word != "-m" and ".NAME=" not in word)


NAMED = {word: page for page in [*PAGES, "CONTRIBUTING.md", "SECURITY.md"] for word in named(page)}


@pytest.fixture(scope="module")
def trees() -> list[DictConfig]:
    """What can be configured: every experiment, every kind of model, and all else once."""
    clips_options.register()
    experiments = sorted(path.stem for path in (CONF / "experiment").glob("*.yaml"))
    typed = [[f"experiment={name}"] for name in experiments]
    typed += [["experiment=esv", f"model={name}"] for name in MODELS]
    typed += [["experiment=esv", word] for word in BESIDE]
    configs = []
    with initialize_config_dir(str(CONF), version_base="1.3"):
        for words in typed:
            configs.append(compose("config", words, return_hydra_config=True))
    return configs


def is_there(word: str, trees: list[DictConfig]) -> bool:
    """Whether an option is one, or a group has the choice."""
    name, _, value = word.partition("=")
    group = name.partition("@")[0]
    if (CONF / group).is_dir() and "." not in group:
        choice = value.partition(",")[0]
        return not re.fullmatch(r"\w+", choice) or (CONF / group / f"{choice}.yaml").is_file()
    parent, _, last = name.rpartition(".")
    for tree in trees:
        with open_dict(tree):
            section = OmegaConf.select(tree, parent) if parent else tree
        if isinstance(section, DictConfig) and last in list(section):  # also one without a value
            return True
    return False


@pytest.mark.whole  # 4 s to compose them all
def test_every_option_in_a_sentence_is_one(trees: list[DictConfig]) -> None:
    gone = [
        f"{page}: {word}"
        for word, page in NAMED.items()
        if not {word.partition("=")[0], word.partition("=")[2]} & OTHERS
        and not is_there(word, trees)
    ]
    assert len(NAMED) > 100 and not gone, "\n".join(gone)


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md", "SECURITY.md"])
def test_every_file_of_ours_in_a_sentence_is_there(page: str) -> None:
    for name in OURS.findall(text_of(page)):
        assert (ROOT / name).exists() or "NAME" in name, name
