"""Any attribution method on the clips of one study, asked once, or anew with something changed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from playfair.attribution import METHODS, Asked, attribute
from playfair.attribution.changes import of_another_class, with_layers_anew, with_noise
from playfair.attribution.registry import gives
from playfair.steps.esvs import head_of
from playfair.steps.obtain import obtain
from playfair.steps.study import Study
from playfair.steps.workplace import device_of


class Clips(NamedTuple):
    """Some videos as the methods see them."""

    features: Tensor  # (video, element, *unit)
    label: Tensor  # (video,)
    pictures: Tensor | None  # (video, element, 3, height, width), where a method asks for them
    esv: np.ndarray  # (video, element), of the store
    inside: np.ndarray | None  # (video, element) bool, which are known to decide
    values: np.ndarray | None = None  # (video, element), the true ones, where they are known
    table: Tensor | None = None  # (subset, video, class), scores of all coalitions


class Attributor:
    """Attributes the true class of some clips by any method, with one study's model.

    Args:
        study: whose model.
        background: units of clips that stand for the data, (clip, element, *unit), or None.
        evaluations: coalitions that sampling methods may ask for; None: their own number.
    """

    def __init__(
        self, study: Study, background: Tensor | None = None, evaluations: int | None = None
    ) -> None:
        self.study = study
        self.head = head_of(study.head_step, study.layout)
        self.device = device_of(self.head, study.workplace)
        self.head.to(self.device)
        self.removal = study.estimator.removal
        self.prior = torch.from_numpy(study.dataset.opened.prior())
        self.generator = torch.Generator().manual_seed(study.seed)
        self.background = background
        self.evaluations = evaluations

    @cached_property
    def backbone(self) -> Any:
        """What made the features."""
        return obtain(self.study.video_step, self.study.layout).backbone

    @property
    def is_quick(self) -> bool:
        """Whether all coalitions may be scored anew: a model that sees clips whole takes hours."""
        return gives(self.head, "features", pictures=False)

    @cached_property
    def heads_anew(self) -> Sequence[tuple[str, nn.Module]]:
        """The head with more and more layers drawn anew; nothing of a model that sees clips whole.

        Its attributions take minutes for each of dozens of layers.
        """
        if not self.is_quick:
            return []
        return list(with_layers_anew(self.head, self.study.seed))

    def __call__(self, method: str, clips: Clips) -> np.ndarray:
        """(video, element), in the method's unit."""
        return self.answer(method, self.question(method, clips))

    def question(self, method: str, clips: Clips) -> Asked:
        """What a method is asked of some clips."""
        needs_pictures = METHODS[method].needs_pictures
        return Asked(
            self.head,
            clips.features,
            clips.label,
            self.prior,
            self.backbone if needs_pictures else None,
            clips.pictures if needs_pictures else None,
            self.generator,
            self.removal,
            self.background,
            self.evaluations,
            clips.table,
        )

    def answer(self, method: str, question: Asked) -> np.ndarray:
        """(video, element), in the method's unit."""
        attribution = attribute(
            method,
            question.head,
            question.features,
            question.label,
            question.prior,
            backbone=question.backbone,
            pictures=question.pictures,
            generator=question.generator,
            removal=question.removal,
            background=question.background,
            evaluations=question.evaluations,
            table=question.table,
        )
        return attribution.cpu().numpy()

    def anew(self, clips: Clips, checked: np.ndarray) -> Callable[[str, str], Any]:
        """Of a method and a word of `analysis.registry.CHANGES`: what it says of the clips then.

        Every method meets the same noise and is asked for the same classes.

        Args:
            clips: some videos.
            checked: (video,) bool, of which it is asked; NaN of all others.
        """
        rows = torch.from_numpy(np.flatnonzero(checked))

        def whole(values: np.ndarray) -> np.ndarray:
            filled = np.full(clips.features.shape[:2], np.nan)
            if len(rows):
                filled[rows.numpy()] = values
            return filled

        def again(method: str, change: str) -> Any:
            question = some(self.question(method, clips), rows)
            draws = torch.Generator().manual_seed(self.study.seed)
            if change == "noise" and not self.is_quick:
                return None
            if change == "class" and len(self.prior) < 2:
                return None
            if not len(rows):
                return self.nothing(change, whole)
            if change == "noise":
                return whole(self.answer(method, with_noise(question, draws)))
            if change == "class":
                return whole(self.answer(method, of_another_class(question, draws)))
            if change == "layers":
                return {
                    names: whole(self.answer(method, replace(question, head=head, table=None)))
                    for names, head in self.heads_anew
                }
            return None

        return again

    def nothing(self, change: str, whole: Callable[[np.ndarray], np.ndarray]) -> Any:
        """What is said of no video: NaN of each."""
        empty = whole(np.empty(0))
        return {names: empty for names, _ in self.heads_anew} if change == "layers" else empty


def some(question: Asked, rows: Tensor) -> Asked:
    """The question of some of its videos. rows: (video,), which."""
    pictures = None if question.pictures is None else question.pictures[rows]
    return replace(
        question,
        features=question.features[rows.to(question.features.device)],
        label=question.label[rows.to(question.label.device)],
        table=None if question.table is None else question.table[:, rows.to(question.table.device)],
        pictures=pictures,
    )
