"""A study's model for clips that are no dataset's: opened as it was trained, and never trained."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from playfair.datasets.doctor.finding import counted
from playfair.datasets.given import Place, clip_name
from playfair.steps.layout import NotAtHandError
from playfair.steps.naming import with_seed
from playfair.steps.obtain import NotMadeError, obtain
from playfair.steps.study import Study
from playfair.steps.workplace import device_of
from playfair.video.fitted import sample_fitted
from playfair.video.reader import VideoError
from playfair.video.sampling import segment_centres

if TYPE_CHECKING:
    import torch
    from torch import nn


class NoWeightsError(ValueError):
    """A study's model has not been trained here, or has no backbone.

    Attributes:
        trainable: whether training it would help.
    """

    def __init__(self, message: str, *, trainable: bool) -> None:
        self.trainable = trainable
        super().__init__(message)


@dataclass(frozen=True)
class ModelAtHand:
    """What explaining a clip takes of a study.

    Attributes:
        name: the model's, with its seed where that is not 0.
        study: without its dataset's clips.
        model: frames → units → logits.
        head: what is explained; the model itself where it sees clips whole.
        prior: (class,), probability.
        class_names: by class index.
        own_classes: why these are a checkpoint's own and the prior is uniform; "" where both are
            the dataset's.
    """

    name: str
    study: Study
    model: "nn.Module"
    head: "nn.Module"
    prior: np.ndarray
    class_names: tuple[str, ...]
    own_classes: str = ""


def model_at_hand(study: Study) -> ModelAtHand:
    """A study's model; of its dataset only labels are read.

    A checkpoint needs none: where they are not there, or are of other classes, it is asked about
    its own.

    Raises:
        NoWeightsError: it was not trained yet, or has features in the place of a backbone.
        ValueError: the dataset's labels are not there.
    """
    name = with_seed(study.name, study.seed)
    if not study.has_videos:
        raise NoWeightsError(
            f"model={study.name} has features in the place of a backbone, and a clip has none. Type "
            f"model.{study.name}.features=null model.{study.name}.backbone.weights=FILE.",
            trainable=False,
        )
    study = without_clips(study)
    if study.is_pretrained and (reason := lacks_classes(study)):
        return _of_own_classes(name, study, reason)
    if study.is_pretrained:
        model: Any = obtain(study.head_step, study.layout)
        head = model
    else:
        model = _trained(study, study.video_step)
        head = model.head
        if study.head_step is not study.video_step:
            head = _trained(study, study.head_step)
    dataset = study.dataset.opened
    return ModelAtHand(name, study, model, head, dataset.prior(), tuple(dataset.class_names))


def lacks_classes(study: Study) -> str:
    """Why a checkpoint cannot be asked about its dataset's classes; "" where it can."""
    from playfair.models.huggingface.class_names import OtherClassesError, class_order
    from playfair.models.huggingface.folder import folder_of, own_names

    if study.model.get("classes", "by_name") != "by_name":
        return ""
    try:
        names = study.dataset.opened.class_names
    except ValueError:
        return f"the labels of dataset={study.dataset.name} are not there"
    try:
        class_order(own_names(folder_of(study.model["path"])), names)
    except OtherClassesError:
        return f"dataset={study.dataset.name} has other classes"
    return ""


def _of_own_classes(name: str, study: Study, reason: str) -> ModelAtHand:
    from playfair.models.huggingface.checkpoint import load_checkpoint

    model: Any = load_checkpoint(
        study.model["path"],
        frames_per_element=study.model.get("frames_per_element"),
        dtype=study.model.get("dtype", "float32"),
    )
    uniform = np.full(model.n_classes, 1 / model.n_classes)
    return ModelAtHand(name, study, model, model, uniform, tuple(model.class_names), reason)


def without_clips(study: Study) -> Study:
    """The same study; whether its dataset's clips are there, and as they were, is not asked."""
    dataset = replace(study.dataset, videos=False, _paths={}, _looked={})
    return replace(study, dataset=dataset)


def _trained(study: Study, step: Any) -> Any:
    """A step that is there; made only where nothing is to be learnt, of weights that are named."""
    published = study.model.get("training") is None and step is study.video_step
    try:
        return obtain(step, study.layout, build=published)
    except (NotMadeError, NotAtHandError) as error:
        where = study.layout.outputs / study.dataset.name / step.kind
        raise NoWeightsError(
            f"There are no weights of {with_seed(study.name, study.seed)} for "
            f"dataset={study.dataset.name} in {where}, trained with these options, and nothing is "
            "trained for a single clip. paths.outputs=FOLDER names other outputs, model=huggingface "
            "a checkpoint.",
            trainable=True,
        ) from error


class Sampled(NamedTuple):
    """What a model is shown of one clip.

    Attributes:
        units: (1, element, *unit).
        frame_index: (element, part), the frames of the clip that each element holds.
    """

    units: "torch.Tensor"
    frame_index: np.ndarray


def sampled(at_hand: ModelAtHand, clip: Place, n_frames: int) -> Sampled:
    """Frames at the centres of equal segments of a clip, as a model sees them.

    Raises:
        VideoError: the clip cannot be read, or has too few frames.
        ValueError: the model was not made for so many frames.
    """
    import torch

    model: Any = at_hand.model
    require_length = getattr(model, "require_length", None)
    if require_length is not None:
        require_length(n_frames)
    data = at_hand.study.dataset
    chosen: list[np.ndarray] = []

    def choose(n_available: int) -> np.ndarray:
        if n_available < n_frames and data.short_rule == "raise":
            raise VideoError(
                f"{clip_name(clip)}: {at_hand.name} is to be shown {n_frames} frames, and the clip "
                f"has {counted(n_available, 'frame')}. Type n_frames={n_available} or less, or "
                "dataset.short=repeat to show frames more than once."
            )
        chosen.append(segment_centres(n_available, n_frames, data.short_rule))
        return chosen[-1]

    sizes: Any = model.preprocess
    if not at_hand.study.is_pretrained:  # as the frames that it was trained on
        sizes = at_hand.study.video_step.fit
    frames = sample_fitted(
        clip,  # type: ignore[arg-type]
        choose,
        short_side=sizes.short_side,
        size=sizes.size,
        crop=sizes.crop,
    )
    device = device_of(model, at_hand.study.workplace)
    with torch.no_grad():
        shown = torch.from_numpy(np.ascontiguousarray(frames))[None].to(device)
        units = model.to(device).units(shown)
    together = model.frames_per_element
    return Sampled(units, chosen[-1].reshape(-1, together))
