"""The answer: what each element added to, or took from, the score of each class."""

from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from playfair.shapley.errors import WrongOption, counted

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def is_whole(value: object) -> bool:
    """Whether it is a whole number; True is none."""
    return isinstance(value, int) and not isinstance(value, bool)


class Ranked(NamedTuple):
    """One of the elements that count most for a class.

    Attributes:
        video, element, label: their places, counted from 0; `label` is the class's.
        name: the class's, where names are known.
        esv: probability.
        stderr: of it; None where it is exact, or not known.
    """

    video: int
    element: int
    label: int
    name: str | None
    esv: float
    stderr: float | None


@dataclass(frozen=True, repr=False)
class Attribution:
    """Element Shapley Values of a batch of videos.

    Attributes:
        esv: (video, element, class), probability; positive supports the class, negative distracts
            from it. Its sum over elements is score - prior.
        score: (video, class), probability of the whole video.
        stderr: (video, element, class), standard error of `esv`, such that 95 % of the exact values
            lie within 1.96 of it; None where values are exact, or the estimator states none; NaN
            for a video that it cannot state one of, as all that was evaluated of it is alike.
        evaluations: model evaluations spent per video (for a multi-scale model: evaluations of one
            scale's head).
        estimator: how they came about; "exact" for exact values.
        why: in a sentence, why that estimator.
        batch_size: the most (coalition, video) rows that a called model saw at once, on which the
            last bits depend; None where no model was called.
        prior: (class,), the score of no elements.
        prior_from: where it is from: "given", "uniform" where none was given, "empty mask" where a
            function of masks said it.
        removal: what became of elements outside a coalition; None for a function of masks.
        class_names, videos: names, where they are known.
        labels: (video,), their classes, likewise; -1 where not known.
        clips: files of the videos, where they are known.
        frame_index: (video, element), the frame of each element in its clip, likewise; (video,
            element, part) where an element holds several.
        plain: (video,), which videos the surrogate told nothing of, so that their values are of
            plain means over what was evaluated; None where there was no surrogate.

    Example:
        >>> from playfair.shapley import explain
        >>> explain(lambda x: x.mean(1), torch.eye(3)[None] * 4)
        Attribution of 1 video × 3 elements × 3 classes: exact, from 7 passes a video; prior uniform
    """

    esv: Float[Tensor, "video element class"]
    score: Float[Tensor, "video class"]
    stderr: Float[Tensor, "video element class"] | None
    evaluations: int
    estimator: str = "exact"
    batch_size: int | None = None
    prior: Float[Tensor, " class"] | None = None
    prior_from: str = "given"
    removal: str | None = None
    class_names: tuple[str, ...] | None = None
    videos: tuple[str, ...] | None = None
    labels: Int[Tensor, " video"] | None = None
    clips: tuple[Path, ...] | None = None
    frame_index: Int[Tensor, "video element *part"] | None = None
    plain: Bool[Tensor, " video"] | None = None
    why: str = ""

    def in_dtype(self, dtype: torch.dtype) -> "Attribution":
        """The same values, rounded."""
        return replace(
            self,
            esv=self.esv.to(dtype),
            score=self.score.to(dtype),
            stderr=None if self.stderr is None else self.stderr.to(dtype),
            prior=None if self.prior is None else self.prior.to(dtype),
        )

    def top(
        self, k: int = 3, *, video: int | None = None, label: int | None = None
    ) -> list[Ranked]:
        """The k elements of each video that support a class most, the most first.

        Args:
            k: how many; fewer where there are fewer.
            video: one of the videos; None: of each.
            label: the class; None: that with the highest score.

        Raises:
            WrongOption: a number that there is none of.

        Example:
            >>> from playfair.shapley import explain
            >>> explain(lambda x: x.sum(1), torch.tensor([[[0.0, 0], [3, 0]]])).top(1)[0].element
            1
        """
        if not (is_whole(k) and k >= 1):
            raise WrongOption("k", k, "a number of elements, 1 or more")
        self.require(video, label)
        ranked = []
        for place in range(len(self.esv)) if video is None else [video]:
            of_class = self.predicted(place) if label is None else label
            esv = self.esv[place, :, of_class]
            for element in esv.argsort(descending=True)[:k].tolist():
                error = None if self.stderr is None else self.stderr[place, element, of_class]
                ranked.append(
                    Ranked(
                        place,
                        element,
                        of_class,
                        None if self.class_names is None else self.class_names[of_class],
                        esv[element].item(),
                        None if error is None else error.item(),
                    )
                )
        return ranked

    def require(self, video: int | None, label: int | None) -> None:
        """Raises WrongOption where there is no such video or class; None is any."""
        for name, place, count in (
            ("video", video, len(self.esv)),
            ("label", label, self.esv.shape[2]),
        ):
            if place is not None and not (is_whole(place) and 0 <= place < count):
                plural = "classes" if name == "label" else "videos"
                there = f"the place of one of {count} {plural}, 0 to {count - 1}, or None"
                raise WrongOption(name, place, "0, as there is one" if count == 1 else there)

    def predicted(self, video: int) -> int:
        """The class with the highest score."""
        return int(self.score[video].argmax())

    def to_dataframe(self) -> "pd.DataFrame":
        """A row for each video, element and class: esv, stderr if there is one, score, prior."""
        return _room("table").dataframe(self)

    def to_xarray(self) -> "xr.Dataset":
        """The arrays by name and axis, as an ESV store on disk has them."""
        return _room("table").dataset(self)

    def plot(
        self, frames: Any = None, *, video: int = 0, label: int | None = None, most: int = 24
    ) -> Any:
        """A figure of matplotlib: a bar for each element, below its picture if there are frames.

        Args:
            frames: (element, height, width, 3), RGB; uint8, or floating in [0, 1]; what was
                normalised is stretched to it, which is logged.
            video: which one.
            label: the class; None: that with the highest score.
            most: pictures at most, equally spaced.
        """
        self.require(video, label)
        return _room("figure").bars(self, frames, video, label, most)

    def save(self, path: str | Path, frames: Any = None, *, model: str = "model") -> Path:
        """Writes an ESV store that the explorer opens, with pictures of the clips.

        Args:
            path: a folder of outputs, new or with others in it.
            frames: (video, element, height, width, 3), RGB, what the elements look like; None:
                the clips themselves, where they are known.
            model: what it is called.

        Returns:
            The store's folder; `xarray.open_zarr` opens it too.
        """
        return _room("folder").save(self, Path(path), frames, model)

    def explore(self, frames: Any = None, *, port: int = 8050, block: bool = False) -> str:
        """Opens it in the explorer; arguments as of `save`.

        Args:
            port: of the address; the next free one where it is taken.
            block: whether to answer until Ctrl-C, instead of as long as Python runs.

        Returns:
            The address, to be opened in a browser.
        """
        return _room("browser").explore(self, frames, port, block)

    def __repr__(self) -> str:
        n_videos, n_elements, n_classes = self.esv.shape
        sizes = sizes_in_words(n_videos, n_elements, n_classes)
        how = "exact" if self.estimator == "exact" else f"estimated ({self.estimator})"
        n_plain = 0 if self.plain is None else int(self.plain.sum())
        if n_plain:
            how += f", {n_plain} by plain means"
        if self.estimator != "exact":
            how += self._unstated()
        passes = counted(self.evaluations, "pass", "passes")
        return f"Attribution of {sizes}: {how}, from {passes} a video; prior {self.prior_from}"

    def _unstated(self) -> str:
        """What is to be said of errors that are not stated."""
        if self.stderr is None:
            return ", no errors stated"
        n_unstated = int(self.stderr.flatten(1).isnan().any(1).sum())
        return f", no errors stated of {n_unstated}" if n_unstated else ""

    def _repr_html_(self) -> str:
        return _room("card").html(self)


def sizes_in_words(n_videos: int, n_elements: int, n_classes: int) -> str:
    """What values are of."""
    elements = counted(n_elements, "element")
    return f"{counted(n_videos, 'video')} × {elements} × {counted(n_classes, 'class', 'classes')}"


def _room(name: str) -> Any:
    """A file of `playfair.answers`, where an answer becomes a table, a picture or a page.

    By name, and when it is asked for: it needs packages that explaining does without.
    """
    return import_module(f"playfair.answers.{name}")
