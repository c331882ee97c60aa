"""Heads that learn anew, for measures that retrain: on wrong labels, or without some frames."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playfair.analysis.curves import orders
from playfair.attribution import METHODS
from playfair.experiments.attributor import Attributor, Clips
from playfair.models.multiscale import MultiscaleTRN
from playfair.models.trn import TRN
from playfair.report.look import model_name
from playfair.steps.study import Study
from playfair.training.classifier import logits_of_scales
from playfair.video.sampling import Short

log = logging.getLogger("playfair")
EPOCHS = 20
BATCH = 64
LEARNING_RATE = 1e-3
SHARES = (0.25, 0.5, 0.75)  # of a clip's elements that are removed
SHORT: Short = "repeat"  # as many frames of every training clip


class Retrained:
    """What methods say of heads that learn here, each once for all blocks of clips.

    Args:
        study: whose features and whose kind of head.
        attributed: its methods.
        n_frames: frames of a clip.
    """

    def __init__(self, study: Study, attributed: Attributor, n_frames: int) -> None:
        self.study = study
        self.attributed = attributed
        self.n_frames = n_frames
        self.heads: dict[str, list[nn.Module]] = {}

    def __call__(self, method: str, change: str, clips: Clips) -> np.ndarray | None:
        """What `analysis.registry.CHANGES` says of "labels" and "retrained".

        None of a model that has no features to learn from, and, of "retrained", of a head of fixed
        length, and of a method that needs pictures, of which training clips would have to be
        decoded.
        """
        if self.study.is_pretrained:
            return None
        if change == "labels":
            question = self.attributed.question(method, clips)
            return self.attributed.answer(
                method, replace(question, head=self.of_shuffled_labels, table=None)
            )
        if isinstance(self.attributed.head, TRN) or "pictures" in METHODS[method].all_needs:
            return None
        return self.right_without(method, clips)

    @cached_property
    def training_clips(self) -> tuple[Tensor, Tensor]:
        """Features of the training clips at the frames that are explained, and their classes."""
        from playfair.training.sources import sampled_features

        store = self.study.features("train")
        rows = np.flatnonzero(np.asarray(store.lengths) > 0)
        values, _ = sampled_features(store, rows.tolist(), self.n_frames, SHORT)
        targets = self.study.dataset.opened.split("train").targets[rows]
        return torch.from_numpy(values), torch.as_tensor(np.asarray(targets))

    @cached_property
    def of_shuffled_labels(self) -> nn.Module:
        """A head that has learnt each clip's features with another clip's class."""
        log.info("%s: learning a head on shuffled labels", model_name(self.study.name))
        features, label = self.training_clips
        generator = torch.Generator().manual_seed(self.study.seed)
        shuffled = label[torch.randperm(len(label), generator=generator)]
        head = learnt(self.new_head, features, shuffled, self.study.seed)
        return head.to(self.attributed.device)

    def right_without(self, method: str, clips: Clips) -> np.ndarray:
        """Whether heads that learnt clips without their top elements are right about such clips.

        Returns:
            (video, share) bool.
        """
        if method not in self.heads:
            log.info(
                "%s: learning %d heads without the frames that %s ranks first",
                model_name(self.study.name),
                len(SHARES),
                METHODS[method].title,
            )
            self.heads[method] = self.without(self.of_training(method))
        attribution = clips.esv if method == "esv" else self.attributed(method, clips)
        features = clips.features.cpu()
        with torch.no_grad():
            answers = [
                head(without_top(features, attribution, share)).argmax(1)
                for head, share in zip(self.heads[method], SHARES, strict=True)
            ]
        return np.asarray(torch.stack(answers, 1) == clips.label.cpu()[:, None])

    def without(self, attribution: np.ndarray) -> list[nn.Module]:
        """A head for each of SHARES, which learnt training clips without their top elements.

        Args:
            attribution: (training clip, element).
        """
        features, label = self.training_clips
        return [
            learnt(self.new_head, without_top(features, attribution, share), label, self.study.seed)
            for share in SHARES
        ]

    def of_training(self, method: str) -> np.ndarray:
        """Attributions of the training clips, a few at a time."""
        features, label = self.training_clips
        device = self.attributed.device
        parts = []
        for rows in torch.arange(len(label)).split(BATCH):
            clips = Clips(features[rows].to(device), label[rows], None, np.empty(0), None)
            parts.append(self.attributed(method, clips))
        return np.concatenate(parts)

    def new_head(self) -> nn.Module:
        """A head of the study's kind, as it is first drawn."""
        features, _ = self.training_clips
        n_classes = len(self.study.dataset.opened.class_names)
        make = self.study.workplace.build(self.study.model["head"])
        head: nn.Module = make(feature_dim=features.shape[2], n_classes=n_classes)
        return head


def without_top(features: Tensor, attribution: np.ndarray, share: float) -> Tensor:
    """The clips without the elements that a method ranks first; the others keep their order.

    Args:
        features: (video, element, feature).
        attribution: (video, element).
        share: of the elements, rounded; at least one is left.

    Returns:
        (video, kept, feature).
    """
    n_elements = features.shape[1]
    n_removed = min(round(share * n_elements), n_elements - 1)
    order = orders(attribution, np.random.default_rng(0))
    kept = torch.from_numpy(np.sort(order[:, n_removed:], axis=1))
    return features[torch.arange(len(features))[:, None], kept]


def of_length(head: nn.Module, n_frames: int) -> nn.Module:
    """A multi-scale head without the scales that so few frames do not fill; any other as it is.

    Its logits of so many frames are the same: they are a mean over scales that are filled.

    Example:
        >>> scales = [TRN(s, feature_dim=4, hidden_dim=8, n_classes=3) for s in (1, 2, 3)]
        >>> of_length(MultiscaleTRN(scales), 2).n_max
        2
    """
    if not isinstance(head, MultiscaleTRN) or head.n_max <= n_frames:
        return head
    return MultiscaleTRN(list(head)[:n_frames], head.rectified)


def learnt(make: Callable[[], nn.Module], features: Tensor, label: Tensor, seed: int) -> nn.Module:
    """A new head that has learnt from features, all of its scales at once; in eval mode.

    By Adam and cross-entropy, as the heads of a study learn, in fewer words. torch's own source of
    draws is left as it was.

    Args:
        make: a head as it is first drawn.
        features: (video, element, feature).
        label: (video,).
        seed: of what is drawn.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = of_length(make(), features.shape[1]).train()
        optimizer = torch.optim.Adam(head.parameters(), LEARNING_RATE)
        for _ in range(EPOCHS):
            for rows in torch.randperm(len(label)).split(BATCH):
                logits = logits_of_scales(head, features[rows])
                loss = sum(F.cross_entropy(scale, label[rows]) for scale in logits)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[union-attr]
                optimizer.step()
    return head.eval()
