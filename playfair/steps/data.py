"""The dataset that steps are made from: opened, written first where it can be, known by content."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from playfair.datasets.candidate import require_dataset
from playfair.datasets.dataset import Dataset, SplitName
from playfair.steps.clip_stamps import Stamps, looked_at
from playfair.steps.lock import held
from playfair.steps.step import UNKNOWN
from playfair.video.sampling import Short


@dataclass(frozen=True)
class Data:
    """A dataset as it is configured: conf/dataset/.

    Args:
        config: name, root, open, write and how clips are read.
        build: makes an object of its configuration.
        videos: whether the clips must be there too; labels suffice where features are imported.
        lock: the file that whoever writes the dataset holds.
    """

    config: Mapping[str, Any]
    build: Callable[..., Any]
    lock: Path
    videos: bool = True
    _paths: dict[str, list[str] | None] = field(default_factory=dict, repr=False, compare=False)
    _looked: dict[str, Stamps | None] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        choices = {"broken": ("skip", "fail"), "short": ("skip", "repeat")}
        for name, allowed in choices.items():
            if (got := self.option(name)) not in allowed:
                raise ValueError(
                    f"Expected dataset.{name}={' or '.join(allowed)}, got dataset.{name}={got}."
                )

    def option(self, name: str) -> Any:
        """A value of the configuration; conf/config.yaml has the usual ones."""
        return self.config[name]

    @property
    def short_rule(self) -> Short:
        """What sampling does with clips of too few frames: repeats some, or refuses."""
        return "repeat" if self.option("short") == "repeat" else "raise"

    @property
    def name(self) -> str:
        return str(self.config["name"])

    @property
    def root(self) -> Path:
        return Path(self.config["root"])

    @property
    def frame_size(self) -> tuple[int, int] | None:
        """Height and width that frames are squeezed to; None: as the model says."""
        if self.config["frame_size"] is None:
            return None
        height, width = self.config["frame_size"]
        return int(height), int(width)

    def settings(self) -> dict[str, Any]:
        """What steps say of the dataset: its name, what it was written from, and its content."""
        settings: dict[str, Any] = {"name": self.name}
        if self.config.get("write"):
            written = self.config["write"]
            settings["write"] = {key: value for key, value in written.items() if key[0] != "_"}
        settings["content"] = self.content()
        return settings

    def settings_of(self, split: SplitName) -> dict[str, Any]:
        """What steps say of one split: the dataset's identity does not take the test clips in."""
        settings = self.settings()
        if split == "test":
            try:
                settings["test_clips"] = self.opened.split("test").identity()
            except ValueError:
                settings["test_clips"] = UNKNOWN
        return settings

    def content(self) -> str:
        """The dataset's identity, or UNKNOWN where it is not there."""
        try:
            return self.opened.identity()
        except ValueError:
            return UNKNOWN

    def unknown_because(self) -> str:
        """Why the content is not known."""
        try:
            self.opened.identity()
        except ValueError as error:
            return str(error)
        return ""

    def remarks(self) -> tuple[str, ...]:
        """What the dataset says of how it was read, a sentence each; most say nothing."""
        try:
            return tuple(getattr(self.opened, "remarks", ()))
        except ValueError:  # it is not at hand, where ESVs alone are read
            return ()

    def clip_paths(self, split: SplitName) -> list[str] | None:
        """The files of a split's clips, in its order; None where the dataset is not at hand."""
        if split not in self._paths:
            self._paths[split] = self._paths_of(split) if self.videos else None
        return self._paths[split]

    def _paths_of(self, split: SplitName) -> list[str] | None:
        try:
            uids = self.opened.split(split).uids.tolist()
        except ValueError:
            return None
        return [os.fspath(self.opened.clip(uid)) for uid in uids]

    def clips_now(self, split: SplitName) -> Stamps | None:
        """Size and time of change of a split's clips, looked at once; None where not at hand."""
        if split not in self._looked:
            paths = self.clip_paths(split)
            self._looked[split] = None if paths is None else looked_at(paths)
        return self._looked[split]

    def provide(self) -> bool:
        """Writes the dataset, or what is missing of it, if it can be made; says whether it can."""
        if not self.config.get("write"):
            return False
        with held(self.lock, what=self.root):
            self.build(self.config["write"])(self.root)
        # stores that came without their clips were looked at before: what was not there is now
        self._paths.clear()
        self._looked.clear()
        return True

    @cached_property
    def opened(self) -> Dataset:
        """The dataset's labels and clips.

        Raises:
            ValueError: what is missing, and what to type.
        """
        return require_dataset(self.build(self.config["open"])(self.root, videos=self.videos))
