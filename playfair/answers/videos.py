"""From files of videos to an answer: sampled, prepared as the model wants them, explained."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8
from numpy.typing import NDArray
from torch import Tensor

from playfair.models.callable import CallableVideoModel
from playfair.models.video_model import Preprocess, in_elements, require_video_model
from playfair.shapley.attribution import Attribution
from playfair.shapley.checks import is_count
from playfair.shapley.entrance import unwrapped
from playfair.shapley.errors import WrongOption
from playfair.shapley.explain import explain
from playfair.shapley.mode import check_mode, modules_within
from playfair.video.fitted import sample_fitted
from playfair.video.reader import VideoError
from playfair.video.sampling import segment_centres


def explain_videos(
    model: Any,
    paths: Sequence[str | Path] | str | Path,
    prior: Tensor | None = None,
    *,
    n_frames: int,
    frames_per_element: int | None = None,
    preprocess: Preprocess | Callable[[Tensor], Tensor] | None = None,
    class_names: Sequence[str] | None = None,
    removal: str | None = None,
    budget: int | None = None,
    batch_size: int | None = None,
    progress: bool = False,
    generator: torch.Generator | None = None,
    estimator: str | None = None,
    device: str | torch.device | None = None,
) -> Attribution:
    """Element Shapley Values of the frames of video files.

    Args:
        model: a `VideoModel`, or any callable from pixels (n, size, 3, height, width), or with
            several frames to an element (n, size, frame, 3, height, width), to logits (n, class).
        paths: of the files; or one.
        prior: as of `playfair.explain`.
        n_frames: how many frames are shown of each, at the centres of equal segments.
        frames_per_element: how many go as one; None: as the model says, or 1.
        preprocess: of a callable's pictures: a `Preprocess`, which says size, crop, mean and std;
            or a function from uint8 (frame, height, width, 3) to (frame, 3, height, width); None:
            pixels in [0, 1], of the clip's own size.
        class_names: of all classes; None: as the model says, if it does.
        removal, budget, batch_size, progress, generator, estimator: as of `playfair.explain`.
        device: where the model computes; None: where its weights are, or the CPU.

    Returns:
        An answer that knows its files: `answer.explore()`, `answer.save(folder)`.

    Raises:
        ValueError: a file is not there or no video, or has fewer frames; as `playfair.explain`.

    Example:
        explain_videos(model, ["a.mp4", "b.mp4"], n_frames=16, removal="freeze").top(3)
    """
    files = [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    if not files:
        raise ValueError("expected at least one file of a video, got none")
    for name, count in (("n_frames", n_frames), ("frames_per_element", frames_per_element)):
        if not (is_count(count) or (count is None and name == "frames_per_element")):
            raise WrongOption(name, count, "a number of frames, 1 or more")
    model = unwrapped(model)
    check_mode(model)
    see, sizes, per_element = eyes_of(model, frames_per_element, preprocess)
    place = device_of(model) if device is None else torch.device(device)
    units = []
    index = []
    for file in files:
        frames, chosen = frames_of(file, n_frames, sizes)
        with torch.no_grad():
            units.append(see(torch.from_numpy(frames)[None].to(place))[0])
        index.append(chosen if per_element == 1 else chosen.reshape(-1, per_element))
    answer = explain(
        model,
        stacked(units, files),
        prior,
        removal=removal,
        budget=budget,
        batch_size=batch_size,
        progress=progress,
        generator=generator,
        estimator=estimator,
    )
    if class_names is None:
        class_names = getattr(model, "class_names", None)
    if class_names is not None and len(class_names) != answer.score.shape[1]:
        raise ValueError(
            f"expected names of {answer.score.shape[1]} classes, got {len(class_names)}"
        )
    return replace(
        answer,
        class_names=None if class_names is None else tuple(class_names),
        videos=names_of(files),
        clips=tuple(files),
        frame_index=torch.from_numpy(np.stack(index)),
    )


See = Callable[[Tensor], Tensor]


def eyes_of(
    model: Any, frames_per_element: int | None, preprocess: Preprocess | See | None
) -> tuple[See, Preprocess, int]:
    """How frames become units: (video, frame, height, width, 3) uint8 → (video, element, *unit).

    Returns:
        The function, the sizes to which clips are decoded, and how many frames go as one.
    """
    if all(hasattr(model, name) for name in ("units", "preprocess", "frames_per_element")):
        own = require_video_model(model)
        if frames_per_element not in (None, own.frames_per_element) or preprocess is not None:
            raise ValueError(
                f"{type(model).__name__} says itself that frames_per_element is "
                f"{own.frames_per_element}, and its preprocess; leave both out"
            )
        return own.units, own.preprocess, own.frames_per_element
    per_element = frames_per_element or 1
    sizes = preprocess if isinstance(preprocess, Preprocess) else Preprocess()
    pixels = CallableVideoModel(model, 1, frames_per_element=per_element, preprocess=sizes).units
    if preprocess is None or isinstance(preprocess, Preprocess):
        return pixels, sizes, per_element
    prepare = preprocess

    def see(frames: UInt8[Tensor, "1 frame height width 3"]) -> Tensor:
        pictures = prepare(frames[0])
        if not isinstance(pictures, Tensor) or len(pictures) != frames.shape[1]:
            raise ValueError(
                "preprocess must turn uint8 (frame, height, width, 3) into (frame, 3, height, "
                f"width); given {tuple(frames[0].shape)} it returned "
                f"{getattr(pictures, 'shape', type(pictures).__name__)}"
            )
        return in_elements(pictures[None], per_element)

    return see, sizes, per_element


def frames_of(
    file: Path, n_frames: int, sizes: Preprocess
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Frames of a clip at the centres of equal segments, and which these are.

    Raises:
        VideoError: it is not there, no video, or has fewer frames.
    """
    chosen = np.empty(0, np.int64)

    def choose(n_available: int) -> NDArray[np.int64]:
        nonlocal chosen
        try:
            chosen = segment_centres(n_available, n_frames)
        except ValueError as error:
            raise VideoError(f"{file}: {error}") from error
        return chosen

    frames = sample_fitted(
        file, choose, short_side=sizes.short_side, size=sizes.size, crop=sizes.crop
    )
    return np.ascontiguousarray(frames), chosen


def stacked(units: Sequence[Tensor], files: Sequence[Path]) -> Tensor:
    """All videos as one tensor.

    Raises:
        ValueError: their pictures are of different sizes.
    """
    shapes = {tuple(unit.shape[1:]): file for unit, file in zip(units, files, strict=True)}
    if len(shapes) > 1:
        listed = ", ".join(f"{shape} of {file}" for shape, file in list(shapes.items())[:3])
        raise ValueError(
            f"the videos' pictures are of different sizes ({listed}); give "
            "preprocess=Preprocess(size=(224, 224)), or explain them one by one"
        )
    return torch.stack(list(units))


def device_of(model: Any) -> torch.device:
    """Where the model's weights are; the CPU where there are none."""
    for _, part in modules_within(model):
        for weight in part.parameters():
            return weight.device
    return torch.device("cpu")


def names_of(files: Sequence[Path]) -> tuple[str, ...]:
    """Their names without suffixes; whole paths where these are not unique."""
    stems = tuple(file.stem for file in files)
    return stems if len(set(stems)) == len(stems) else tuple(map(str, files))
