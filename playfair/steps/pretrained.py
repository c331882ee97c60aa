"""A checkpoint that was trained elsewhere, checked against the dataset: checked.json."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from playfair.steps.content import digest_of
from playfair.steps.damage import UNREADABLE, DamageError
from playfair.steps.data import Data
from playfair.steps.durable import write_json
from playfair.steps.layout import Layout
from playfair.steps.ranks import by_rank_zero
from playfair.steps.step import UNKNOWN, Step
from playfair.steps.workplace import Workplace

if TYPE_CHECKING:
    from playfair.models.huggingface.model import HuggingFaceModel

FILE = "checked.json"
CONFIGURATIONS = ("config.json", "preprocessor_config.json", "video_preprocessor_config.json")


@dataclass(frozen=True)
class Pretrained:
    """A model of transformers, in eval mode; nothing of it is copied.

    Args:
        name: the model's name.
        config: path, classes, frames_per_element and dtype of the model, as plain values.
        data: the dataset whose classes it tells apart.
        workplace: how it is made here.
    """

    kind: ClassVar[str] = "pretrained"
    version: ClassVar[int] = 1

    name: str
    config: Mapping[str, Any]
    data: Data
    workplace: Workplace

    @property
    def label(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        return str(self.config["path"])

    @property
    def frames_per_element(self) -> int | None:
        """Frames that go as one, as the checkpoint says; None where it is not at hand."""
        from playfair.models.huggingface.folder import cached_folder, own_lengths

        folder = cached_folder(self.path)
        if self.config.get("frames_per_element") or folder is None:
            return self.config.get("frames_per_element")
        return own_lengths(folder).frames_per_element

    def settings(self) -> dict[str, Any]:
        """By content: a checkpoint may be moved, or fetched by its id or to a folder."""
        settings: dict[str, Any] = {"files": self._digests()}
        if self.config.get("frames_per_element"):
            settings["frames_per_element"] = self.config["frames_per_element"]
        if self.config.get("classes", "by_name") != "by_name":
            settings["classes"] = self.config["classes"]
        if self.config.get("dtype", "float32") != "float32":
            settings["dtype"] = self.config["dtype"]
        settings["dataset"] = self.data.settings()
        return settings

    def _digests(self) -> Any:
        from playfair.models.huggingface.folder import cached_folder, weights_in

        folder = cached_folder(self.path)
        weights = weights_in(folder) if folder else []
        if folder is None or not weights:
            return UNKNOWN
        named = [folder / name for name in CONFIGURATIONS if (folder / name).is_file()]
        return {file.name: digest_of(file)[:16] for file in [*named, *weights]}

    def unknown_because(self) -> str:
        if self._digests() == UNKNOWN:
            return f"There is no checkpoint at {self.path}."
        return self.data.unknown_because()

    def provide(self) -> bool:
        """Fetches a checkpoint that is named by its id; says whether that was needed."""
        from playfair.models.huggingface.folder import folder_of, read_config, require_weights

        needed = self._digests() == UNKNOWN
        if needed:
            folder = folder_of(self.path)
            read_config(folder)
            require_weights(folder)
        return needed

    def inputs(self) -> dict[str, Step]:
        return {}

    def whole(self, folder: Path) -> bool:
        return (folder / FILE).is_file()

    def open(self, folder: Path) -> "HuggingFaceModel":
        file = folder / FILE
        try:
            checked = json.loads(file.read_text(encoding="utf-8"))
            by = checked["transformers"]
        except UNREADABLE as error:
            raise DamageError(file, f"expected what was checked ({error})") from error
        return self._load(checked=by == _release())

    def make(self, folder: Path, layout: Layout) -> None:
        by_rank_zero(lambda: self._check(folder), done=lambda: self.whole(folder))

    def _check(self, folder: Path) -> None:
        model = self._load(checked=False)
        checked = {
            "transformers": _release(),
            "model": type(model.model).__name__,
            "parameters": sum(weight.numel() for weight in model.parameters()),
            "n_frames": model.n_frames,
            "frames_per_element": model.frames_per_element,
            "removals": list(model.removals),
            "preprocess": model.preprocess._asdict(),
            "places_of_classes": model.order.tolist(),
        }
        write_json(folder / FILE, checked)

    def _load(self, *, checked: bool) -> "HuggingFaceModel":
        from playfair.models.huggingface.checkpoint import load_checkpoint

        return load_checkpoint(
            self.path,
            self.data.opened.class_names,
            classes=self.config.get("classes", "by_name"),
            frames_per_element=self.config.get("frames_per_element"),
            dtype=self.config.get("dtype", "float32"),
            checked=checked,
        )


def _release() -> str:
    import transformers

    return str(transformers.__version__)
