"""Backbone and head, trained from video end to end, or as they were published: video.pt."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from playfair.datasets.dataset import SplitName
from playfair.steps.content import by_content, missing_weights
from playfair.steps.data import Data
from playfair.steps.fit import fit_of, settings_of
from playfair.steps.layout import Layout
from playfair.steps.naming import with_seed
from playfair.steps.obtain import obtain
from playfair.steps.step import Step
from playfair.steps.trainer_settings import said, training_settings
from playfair.steps.workplace import Workplace
from playfair.video.fitted import Fit
from playfair.video.views import Place

if TYPE_CHECKING:  # torch and Lightning: the analyses of ESVs name this step and do without them
    from playfair.models.separable import SeparableVideoModel
    from playfair.training.classifier import VideoClassifier

FILE = "video.pt"


@dataclass(frozen=True)
class Video:
    """A `SeparableVideoModel`, in eval mode.

    Args:
        name: the model's name.
        config: backbone, head and training of the model, as plain values.
        data: what it is trained on.
        frames: what its clips' frames are read from: step by split, or None to decode when asked.
        seed: of the first weights and of all that is drawn while training.
        workplace: how it is made here.
    """

    kind: ClassVar[str] = "video"
    version: ClassVar[int] = 1

    name: str
    config: Mapping[str, Any]
    data: Data
    frames: Mapping[SplitName, Step] | None
    seed: int
    workplace: Workplace

    @property
    def label(self) -> str:
        return with_seed(self.name, self.seed)

    @property
    def fit(self) -> Fit:
        """How frames are resized and cropped."""
        return fit_of(self.name, self.config, self.data)

    def settings(self) -> dict[str, Any]:
        recipe = self.config.get("training")
        parts = {name: self.config.get(name) for name in ("backbone", "head")}
        parts["training"] = said(recipe)
        return {
            "model": by_content(parts),
            "seed": self.seed,
            "trainer": training_settings(self.workplace.trainer, recipe),
            **settings_of(self.fit),
            "dataset": self.data.settings(),
        }

    def unknown_because(self) -> str:
        return missing_weights(self.config) or self.data.unknown_because()

    def inputs(self) -> dict[str, Step]:
        return {}

    def whole(self, folder: Path) -> bool:
        return (folder / FILE).exists()

    def open(self, folder: Path) -> "SeparableVideoModel":
        from playfair.steps.checkpoints import read_checkpoint

        sizes, weights = read_checkpoint(folder / FILE)
        model = self._model(sizes["n_classes"], with_weights=False)
        model.load_state_dict(weights)
        return model.eval()

    def make(self, folder: Path, layout: Layout) -> None:
        from pytorch_lightning import seed_everything

        from playfair.steps.checkpoints import save_checkpoint
        from playfair.steps.learn import learn

        dataset = self.data.opened  # first, so that nothing is downloaded for one that is not there
        self._require_weights()
        sizes = {"n_classes": len(dataset.class_names)}
        seed_everything(self.seed, verbose=False)
        model = self._model(sizes["n_classes"], with_weights=True)

        def save() -> None:
            save_checkpoint(folder / FILE, model, sizes)

        if self.config["training"] is None:  # as it was published
            save()
            return
        learn(
            self.classifier(model),
            self.workplace.build(self.config["training"], _convert_="all"),
            name=self.label,
            model=self.name,
            stage=self.kind,
            folder=folder,
            data=self.data,
            source=lambda split: self.source(split, layout),
            seed=self.seed,
            workplace=self.workplace,
            save=save,
        )

    def source(self, split: SplitName, layout: Layout, place: Place | None = None) -> Any:
        """The frames of a split's clips: decoded when asked for, or once and kept.

        Args:
            split: whose clips.
            layout: where they may be kept.
            place: of a crop beside the centre, which is always decoded when asked for.
        """
        if self.frames is not None and place is None:
            return obtain(self.frames[split], layout)
        from playfair.training.sources import Videos

        dataset = self.data.opened
        fit = self.fit if place is None else self.fit._replace(place=place)
        return Videos(dataset, dataset.split(split), fit)

    def classifier(self, model: "SeparableVideoModel") -> "VideoClassifier":
        """The model as Lightning trains it, or extracts its features."""
        import torch

        from playfair.datasets.mirror import mirrored_classes
        from playfair.training.classifier import VideoClassifier

        if self.config["training"] is None:
            return VideoClassifier(self.name, model, torch.optim.SGD, None, None)
        recipe = self.workplace.build(self.config["training"], _convert_="all")
        augment = None
        if recipe.augment is not None:
            mirrored = torch.from_numpy(mirrored_classes(self.data.opened.class_names))
            augment = lambda frames, targets: recipe.augment(frames, targets, mirrored)  # noqa: E731
        return VideoClassifier(self.name, model, recipe.optimizer, recipe.schedule, augment)

    def _model(self, n_classes: int, *, with_weights: bool) -> "SeparableVideoModel":
        """The model with its first weights; without them where its own are loaded next."""
        from playfair.models.separable import SeparableVideoModel  # no Lightning

        backbone = self.workplace.build(without_files(self.config["backbone"], with_weights))()
        head = self.workplace.build(without_files(self.config["head"], with_weights))
        feature_dim = int(backbone.feature_dim)
        return SeparableVideoModel(backbone, head(feature_dim=feature_dim, n_classes=n_classes))

    def _require_weights(self) -> None:
        backbone = self.config["backbone"]
        if self.config["training"] is None and backbone.get("weights", "") is None:
            raise ValueError(
                f"model={self.name} is not trained here: its backbone needs weights. Type "
                f"model.{self.name}.backbone.weights=FILE, or model.{self.name}.features=FILE for "
                "features that are stored already."
            )


def without_files(config: Mapping[str, Any], with_weights: bool) -> dict[str, Any]:
    """The configuration of a part; with no files of weights, which may not be at hand any more."""
    names = ("weights", "file", "files")
    if with_weights:
        return dict(config)
    return {name: None if name in names else value for name, value in config.items()}
