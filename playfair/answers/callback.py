"""ESVs of the clips that anybody's Trainer evaluates, while her model learns or when it has."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from playfair.answers.places import places_of
from playfair.shapley.attribution import Attribution
from playfair.shapley.checks import check_options, is_count
from playfair.shapley.errors import WrongOption
from playfair.shapley.estimated import why_surrogate
from playfair.shapley.explain import explain, explain_more

log = logging.getLogger("playfair")

OPTIONS = frozenset(("removal", "budget", "estimator", "batch_size", "precision"))
# Of the scores of one clip in two batches: in bfloat16, 24 layers with random weights that were
# summed in another order differed by up to 0.033.
SAME = 0.1
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
        every: epochs of a training from one look at its validation to the next; None: the last of
            `max_epochs` or `max_steps` alone, so not of a training that was stopped before, which
            is logged. Evaluations outside a training are explained in any case.
        class_names: of all classes.
        name: what the stores are called.
        options: of `playfair.explain`: removal, budget, estimator, batch_size, precision.

    Raises:
        ValueError: every or an option means nothing. While it evaluates: what the functions say of
            a batch does not fit its clips. Lightning's sanity check shows it one clip, so that
            this is found before anything is learnt.

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
        if every is not None and not is_count(every):
            raise WrongOption("every", every, "a number of epochs, 1 or more, or None")
        self.options = dict(options or {})
        unknown = sorted(set(self.options) - OPTIONS)
        if unknown:
            raise WrongOption("options", unknown, f"some of {', '.join(sorted(OPTIONS))}")
        precision = self.options.get("precision", "float32")
        batch_size = self.options.get("batch_size")
        check_options(self.options.get("budget"), None, None, precision, batch_size)
        self.folder = Path(folder)
        self.prior = prior
        self.part = part
        self.sees = sees
        self.target = target
        self.uid = uid
        self.every = every
        self.class_names = class_names
        self.name = name
        self.batches: list[Clips] = []
        self.places: list[int] = []
        self.looked = False
        self.has_explained = False
        self.answer: Attribution | None = None
        """What was saved last; None on all ranks but the first."""

    def is_due(self, trainer: Trainer) -> bool:
        """Whether this evaluation is explained."""
        if trainer.sanity_checking:
            return False
        if trainer.state.fn != "fit":
            return True
        epoch = trainer.current_epoch + 1
        to_next = trainer.check_val_every_n_epoch or 1
        if self.every is not None:  # a multiple of it came since the last validation
            return epoch // self.every > (epoch - to_next) // self.every
        if trainer.max_steps != -1 and trainer.global_step >= trainer.max_steps:
            return True
        return trainer.max_epochs is not None and 0 <= trainer.max_epochs < epoch + to_next

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.has_explained = False

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not self.has_explained and trainer.is_global_zero:
            log.warning(
                "no validation of this training was explained, which ended in epoch %d. To explain "
                "its clips now type trainer.validate(module, loader)",
                trainer.current_epoch,
            )

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
        if trainer.sanity_checking and batch_idx == 0:
            self._answered(pl_module, batch, most=1)
        if not self.is_due(trainer):
            return
        targets, answer = self._answered(pl_module, batch)
        uids = self._uids(trainer, batch, len(targets), dataloader_idx)
        if len(uids) != len(targets):
            raise ValueError(
                f"expected a name for each of {len(targets)} clips of a batch, got {len(uids)}"
            )
        self.batches.append(Clips(uids, targets, on_cpu(answer)))

    def _answered(
        self, module: LightningModule, batch: Any, most: int | None = None
    ) -> tuple[Tensor, Attribution]:
        """Class indices of a batch's clips, on the CPU, and ESVs of the first `most` of them.

        Raises:
            ValueError: they do not fit each other.
        """
        x = self.sees(batch)
        if not isinstance(x, Tensor):
            raise ValueError(
                "sees must give a tensor (video, element, *unit) of a batch; it gave "
                f"{type(x).__name__}"
            )
        answer = self._explained(self.part(module), x[:most])
        n_classes = answer.score.shape[1]
        if self.class_names is not None and len(self.class_names) != n_classes:
            raise ValueError(
                f"expected class_names of {n_classes} classes, got {len(self.class_names)}"
            )
        if self.target is None:
            return torch.full((len(x),), -1), answer
        targets = torch.as_tensor(self.target(batch)).cpu()
        if targets.shape != (len(x),) or targets.is_floating_point():
            raise ValueError(
                f"target must give the class index of each of {len(x)} clips of a batch; it gave "
                f"{targets.dtype} of shape {tuple(targets.shape)}"
            )
        if targets.min() < -1 or targets.max() >= n_classes:
            raise ValueError(
                f"target must give class indices from 0 to {n_classes - 1}, or -1 where one is not "
                f"known; it gave {targets.tolist()}"
            )
        return targets, answer

    def _uids(
        self, trainer: Trainer, batch: Any, n_clips: int, dataloader_idx: int
    ) -> tuple[Any, ...]:
        """Names of a batch's clips."""
        if self.uid is not None:
            return tuple(str(name) for name in self.uid(batch))
        if not self.places or dataloader_idx > 0:
            self.places = places_of(trainer, dataloader_idx)
        done = sum(len(clips.uids) for clips in self.batches)
        return tuple(self.places[done : done + n_clips])

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
        self.has_explained = True
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
        ValueError: there are none, clips of different numbers of elements, or different clips of
            one name.
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
    scores = torch.cat([answer.score for answer in answers])
    change = (scores - scores[[rows[uid] for uid in uids]]).abs().amax(1)
    if change.max() > SAME:
        raise ValueError(
            f"clips of different scores are called {uids[int(change.argmax())]!r}: uid must give "
            "every clip a name of its own"
        )
    errors = [answer.stderr for answer in answers if answer.stderr is not None]
    plain = [answer.plain for answer in answers if answer.plain is not None]
    of_clips = torch.cat(plain)[chosen] if plain else None
    names = {name for answer in answers for name in answer.estimator.split(AND)}
    return replace(
        answers[0],
        esv=torch.cat([answer.esv for answer in answers])[chosen],
        score=scores[chosen],
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
