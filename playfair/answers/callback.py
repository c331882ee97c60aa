"""ESVs of the clips that anybody's Trainer evaluates, while her model learns or when it has."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor
from torch.utils.data import DistributedSampler, SequentialSampler

from playfair.shapley.attribution import Attribution
from playfair.shapley.estimated import why_surrogate
from playfair.shapley.explain import explain, explain_more

AND = " and "  # between the names of estimators that told of one answer's videos


@dataclass(frozen=True)
class Clips:
    """What a batch told of some clips, on the CPU.

    Attributes:
        uids: their names; whole numbers where nobody named them.
        targets: (video,), class indices; -1 where not known.
        answer: their ESVs.
    """

    uids: tuple[Any, ...]
    targets: Tensor
    answer: Attribution


class ESVCallback(Callback):
    """Explains every clip of a validation, test or prediction, and saves a store of all.

    The module and the loader are one's own: functions say which part is explained, what it sees of
    a batch, and what the target is. Ranks explain their own clips; those that a sampler repeats to
    give every rank as many are written once.

    Args:
        folder: of outputs, to which a store is added each time; `playfair.explore_folder` shows it.
        prior: (class,), the score of no elements; None: uniform.
        part: of the module, what is explained: a callable from what is seen to logits.
        sees: of a batch, (video, element, *unit).
        target: of a batch, (video,) class indices; None: there is none.
        uid: of a batch, the clips' names; None: their places in the dataset, for a loader that
            does not shuffle.
        every: epochs of a training from one look at its validation to the next; None: its last
            epoch alone. Evaluations outside a training are explained in any case.
        class_names: of all classes.
        name: what the stores are called.
        options: of `playfair.explain`: removal, budget, estimator, batch_size, precision.

    Example:
        Trainer(callbacks=[ESVCallback("outputs", part=lambda module: module.head)])
    """

    def __init__(
        self,
        folder: str | Path,
        prior: Tensor | None = None,
        *,
        part: Callable[[Any], Any] = lambda module: module,
        sees: Callable[[Any], Tensor] = lambda batch: batch[0],
        target: Callable[[Any], Tensor] | None = lambda batch: batch[1],
        uid: Callable[[Any], Sequence[Any]] | None = None,
        every: int | None = 1,
        class_names: Sequence[str] | None = None,
        name: str = "model",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        if every is not None and (not isinstance(every, int) or every < 1):
            raise ValueError(f"every must be a number of epochs, 1 or more, or None; got {every!r}")
        self.folder = Path(folder)
        self.prior = prior
        self.part = part
        self.sees = sees
        self.target = target
        self.uid = uid
        self.every = every
        self.class_names = class_names
        self.name = name
        self.options = dict(options or {})
        self.batches: list[Clips] = []
        self.places: list[int] = []
        self.looked = False
        self.answer: Attribution | None = None
        """What was saved last; None on all ranks but the first."""

    def is_due(self, trainer: Trainer) -> bool:
        """Whether this evaluation is explained."""
        if trainer.sanity_checking:
            return False
        if trainer.state.fn != "fit":
            return True
        epoch = trainer.current_epoch + 1
        if self.every is None:
            return epoch == trainer.max_epochs
        return epoch % self.every == 0

    def on_validation_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.batches = []
        self.places = []
        self.looked = False  # its weights may be others than at the last look

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        if not self.is_due(trainer):
            return
        x = self.sees(batch)
        answer = self._explained(self.part(pl_module), x)
        targets = torch.full((len(x),), -1) if self.target is None else self.target(batch)
        if self.uid is None:
            if not self.places:
                self.places = places_of(trainer, dataloader_idx)
            done = sum(len(clips.uids) for clips in self.batches)
            uids: tuple[Any, ...] = tuple(self.places[done : done + len(x)])
        else:
            uids = tuple(str(name) for name in self.uid(batch))
        if not len(uids) == len(targets) == len(x):
            raise ValueError(
                f"expected a name and a target for each of {len(x)} clips of a batch, got "
                f"{len(uids)} and {len(targets)}"
            )
        self.batches.append(Clips(uids, targets.cpu(), on_cpu(answer)))

    def _explained(self, part: Callable[[Any], Any], x: Tensor) -> Attribution:
        """ESVs of a batch; the first of an evaluation looks whether the part can be explained."""
        if self.looked:
            return explain_more(part, x, self.prior, **self.options)
        answer = explain(part, x, self.prior, progress=None, **self.options)
        self.looked = True
        return answer

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not self.is_due(trainer):
            return
        gathered: list[Any] = [self.batches]
        if trainer.world_size > 1:
            gathered = [None] * trainer.world_size
            torch.distributed.all_gather_object(gathered, self.batches)
        self.batches = []
        if trainer.is_global_zero:
            answer = joined([clips for of_rank in gathered for clips in of_rank])
            names = None if self.class_names is None else tuple(self.class_names)
            self.answer = replace(answer, class_names=names)
            when = f"-epoch-{trainer.current_epoch + 1}" if trainer.state.fn == "fit" else ""
            self.answer.save(self.folder, model=self.name + when)
        trainer.strategy.barrier()

    on_test_epoch_start = on_predict_epoch_start = on_validation_epoch_start
    on_test_batch_end = on_predict_batch_end = on_validation_batch_end
    on_test_epoch_end = on_predict_epoch_end = on_validation_epoch_end


def places_of(trainer: Trainer, dataloader_idx: int) -> list[int]:
    """The places in the dataset of the clips that this rank is given, in order.

    Raises:
        ValueError: the loader shuffles, so nobody can tell.
    """
    loaders = trainer.val_dataloaders or trainer.test_dataloaders or trainer.predict_dataloaders
    loader: Any = loaders[dataloader_idx] if isinstance(loaders, list | tuple) else loaders
    sampler: Any = getattr(getattr(loader, "batch_sampler", None), "sampler", None)
    if sampler is None:
        sampler = getattr(loader, "sampler", None)
    in_order = isinstance(sampler, SequentialSampler) or (
        isinstance(sampler, DistributedSampler) and not sampler.shuffle
    )
    if not in_order or dataloader_idx > 0:
        raise ValueError(
            "the loader draws clips in an order that cannot be told again; name them: "
            "ESVCallback(..., uid=lambda batch: batch['uid'])"
        )
    return list(sampler)


def on_cpu(answer: Attribution) -> Attribution:
    """The same, so that no batch stays on an accelerator."""
    values = vars(answer).items()
    tensors: dict[str, Any] = {
        name: value.cpu() for name, value in values if isinstance(value, Tensor)
    }
    return replace(answer, **tensors)


def joined(batches: Sequence[Clips]) -> Attribution:
    """One answer for all clips, each once, in the order of their names.

    Batches may have been told by different estimators: all of them are named, as of one call.

    Raises:
        ValueError: there are none, or clips of different numbers of elements.
    """
    if not batches:
        raise ValueError("there was no clip to explain: the loader gave no batch")
    shapes = sorted({tuple(clips.answer.esv.shape[1:]) for clips in batches})
    if len(shapes) > 1:
        raise ValueError(f"clips must have equally many elements and classes, got {shapes}")
    uids = [uid for clips in batches for uid in clips.uids]
    rows = {uid: row for row, uid in reversed(list(enumerate(uids)))}
    chosen = torch.tensor([rows[uid] for uid in sorted(rows)])
    answers = [clips.answer for clips in batches]
    errors = [answer.stderr for answer in answers if answer.stderr is not None]
    plain = [answer.plain for answer in answers if answer.plain is not None]
    of_clips = torch.cat(plain)[chosen] if plain else None
    names = {name for answer in answers for name in answer.estimator.split(AND)}
    return replace(
        answers[0],
        esv=torch.cat([answer.esv for answer in answers])[chosen],
        score=torch.cat([answer.score for answer in answers])[chosen],
        stderr=torch.cat(errors)[chosen] if errors else None,
        estimator=AND.join(sorted(names)),
        why=why_of(answers) if of_clips is None else why_surrogate(of_clips),
        batch_size=max(answer.batch_size or 0 for answer in answers) or None,
        plain=of_clips,
        labels=torch.cat([clips.targets for clips in batches])[chosen].long(),
        videos=tuple(str(uid) for uid in sorted(rows)),
    )


def why_of(answers: Sequence[Attribution]) -> str:
    """Why the batches' estimators were taken: of each, how often, and the words of its first batch."""
    if len({answer.why for answer in answers}) == 1:
        return answers[0].why
    counts = Counter(answer.estimator for answer in answers)
    first = {answer.estimator: answer.why for answer in reversed(answers)}
    return "; ".join(
        f"{name} in {count} of {len(answers)} batches (of the first: {first[name]})"
        for name, count in counts.items()
    )
