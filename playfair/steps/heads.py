"""What maps features to logits: trained on stored features, or as it was published: heads.pt."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from playfair.datasets.dataset import SplitName
from playfair.steps.content import by_content, missing_weights
from playfair.steps.data import Data
from playfair.steps.features import Features, row_size
from playfair.steps.layout import Layout
from playfair.steps.naming import with_seed
from playfair.steps.obtain import obtain
from playfair.steps.step import Step
from playfair.steps.trainer_settings import chooses, said, training_settings
from playfair.steps.video import without_files
from playfair.steps.workplace import Workplace

if TYPE_CHECKING:
    from torch import nn

FILE = "heads.pt"


@dataclass(frozen=True)
class Heads:
    """A head, in eval mode, ready to be explained.

    Args:
        name: the model's name.
        config: head, heads (the recipe; None for a published head) and training of the model.
        data: the dataset.
        features: what it learns from, by split: "train" and "validation".
        seed: of the first weights and of all that is drawn while training.
        workplace: how it is made here.
    """

    kind: ClassVar[str] = "heads"
    version: ClassVar[int] = 1

    name: str
    config: Mapping[str, Any]
    data: Data
    features: Mapping[SplitName, Features]
    seed: int
    workplace: Workplace

    @property
    def label(self) -> str:
        return with_seed(self.name, self.seed)

    def settings(self) -> dict[str, Any]:
        recipe = self.config.get("heads")
        parts = {"head": self.config.get("head"), "heads": said(recipe)}
        return {
            "model": by_content(parts),
            "seed": self.seed,
            "trainer": training_settings(self.workplace.trainer, recipe),
            "dataset": self.data.settings(),
        }

    def unknown_because(self) -> str:
        return missing_weights(self.config["head"]) or self.data.unknown_because()

    def inputs(self) -> dict[str, Step]:
        """Those that decide on the weights: validation features are only watched, unless they choose."""
        split: SplitName = "train" if self.config["heads"] else "validation"
        inputs: dict[str, Step] = {"features": self.features[split]}
        if chooses(self.config["heads"]):
            inputs["validation_features"] = self.features["validation"]
        return inputs

    def whole(self, folder: Path) -> bool:
        return (folder / FILE).exists()

    def open(self, folder: Path) -> "nn.Module":
        from playfair.steps.checkpoints import read_checkpoint

        sizes, weights = read_checkpoint(folder / FILE)
        head: nn.Module = self.workplace.build(without_files(self.config["head"], False))(**sizes)
        head.load_state_dict(weights)
        return head.eval()

    def make(self, folder: Path, layout: Layout) -> None:
        from pytorch_lightning import seed_everything

        from playfair.steps.checkpoints import save_checkpoint
        from playfair.steps.learn import learn
        from playfair.training.classifier import ScalesClassifier

        if self.config["heads"] is None and self.config["training"]:
            raise ValueError(
                f"model={self.name} learns its head from video, not from features: "
                f"model.{self.name}.features has no use for it. Type model={self.name}_published "
                "for a head that was published."
            )
        self._require_weights()
        step = next(iter(self.inputs().values()))
        sizes = {
            "feature_dim": row_size(obtain(step, layout)),
            "n_classes": len(self.data.opened.class_names),
        }
        seed_everything(self.seed, verbose=False)
        head = self.workplace.build(self.config["head"])(**sizes)

        def save() -> None:
            save_checkpoint(folder / FILE, head, sizes)

        if self.config["heads"] is None:  # as it was published
            save()
            return
        recipe = self.workplace.build(self.config["heads"], _convert_="all")
        learn(
            ScalesClassifier(self.name, head, recipe.optimizer, recipe.schedule),
            recipe,
            name=self.label,
            model=self.name,
            stage=self.kind,
            folder=folder,
            data=self.data,
            source=lambda split: obtain(self.features[split], layout),
            seed=self.seed,
            workplace=self.workplace,
            save=save,
        )

    def _require_weights(self) -> None:
        """Raises ValueError where a head is neither trained here nor has a file of weights."""
        for option in ("file", "files"):
            if self.config["heads"] is None and self.config["head"].get(option, "") is None:
                raise ValueError(
                    f"model={self.name} is not trained here: its head needs weights. Type "
                    f"model.{self.name}.head.{option}=FILE"
                )


def require_enough_frames(name: str, model: Mapping[str, Any]) -> None:
    """Raises ValueError where a head needs more frames than its training shows it."""
    n_max = model["head"].get("n_max", 1)
    for part in ("training", "heads"):
        recipe = model.get(part)
        if recipe and recipe["n_frames"] < n_max:
            raise ValueError(
                f"A head of {n_max} frames cannot be trained on {recipe['n_frames']}. Type "
                f"model.{name}.{part}.n_frames={n_max}, or "
                f"model.{name}.head.n_max={recipe['n_frames']}."
            )
