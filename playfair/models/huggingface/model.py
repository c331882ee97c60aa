"""A checkpoint as a `VideoModel`: pixels to logits, in the order of the dataset's classes."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from playfair.models.huggingface.family import Family
from playfair.models.huggingface.games import TokenGame, token_game
from playfair.models.pixels import pixels_of
from playfair.models.video_model import Preprocess
from playfair.shapley.callable_game import CallableGame
from playfair.shapley.errors import WrongScores, WrongUnits
from playfair.shapley.game import at_least_float32
from playfair.shapley.precision import in_precision, models_in_full

# Of a score, where a model is made of two halves: rounding is 1e-6. Of 24 layers in bfloat16 with
# random weights, V-JEPA 2's rotary angles, which are made once here, change up to 0.033.
SAME = {torch.float32: 5e-3, torch.float64: 5e-3}
SAME_IN_HALF = 0.2


class HuggingFaceModel(nn.Module):
    """A video classifier of transformers, explained whole: it has no features of single frames.

    Args:
        model: of a class of `AutoModelForVideoClassification`, in eval mode.
        family: how it is explained.
        preprocess: the checkpoint's.
        order: (class,), of each class of the dataset its place among the model's logits.
        frames_per_element: frames that go as one, a multiple of those that make a token together;
            None: these.
        class_names: in the order of `order`; None where nobody says them.
    """

    separable = False

    def __init__(
        self,
        model: nn.Module,
        family: Family,
        preprocess: Preprocess,
        order: Sequence[int],
        frames_per_element: int | None = None,
        class_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__()
        self.model = model
        self.family = family
        self.preprocess = preprocess
        self.n_classes = len(order)
        self.class_names = None if class_names is None else tuple(class_names)
        config: Any = model.config
        self.n_frames = family.n_frames(config)
        self.any_length = family.any_length
        of_tokens = family.frames_per_element(config)
        self.frames_per_element = frames_per_element or of_tokens
        self.times_per_element = self.frames_per_element // of_tokens
        self.removals = family.removals
        self.order: Int[Tensor, " class"]
        self.register_buffer("order", torch.tensor(list(order)), persistent=False)
        self.pixels_name = str(model.main_input_name)

    @property
    def dtype(self) -> torch.dtype:
        """Of its weights, and so of what they are multiplied with; softmax and sums are in float32."""
        return next(weight.dtype for weight in self.parameters() if weight.is_floating_point())

    @property
    def picture(self) -> tuple[int, int]:
        """Height and width of what it sees."""
        return self.family.picture(self.model.config)

    def units(
        self, frames: UInt8[Tensor, "video frame height width 3"]
    ) -> Float[Tensor, "video element *unit"]:
        """Pixels as the checkpoint wants them, of frames of the right size."""
        return pixels_of(frames, self.preprocess, self.frames_per_element)

    def forward(self, units: Float[Tensor, "video element *unit"]) -> Float[Tensor, "video class"]:
        """The logits of whole clips: the model's own, in the dataset's order.

        Raises:
            ValueError: it has another length than the model is right about.
            WrongScores: it classifies frames.
        """
        pixels = self.as_frames(units)
        self.require_length(pixels.shape[1])
        logits = self.model(**{self.pixels_name: pixels}).logits
        if len(logits) != len(units):
            raise WrongScores(
                f"{type(self.model).__name__} makes {len(logits)} rows of logits of a batch of {len(units)}: "
                "with this configuration it classifies frames, and clips are explained"
            )
        return self.in_order(logits)

    def game(
        self,
        units: Float[Tensor, "video element *unit"],
        prior: Float[Tensor, " class"],
        *,
        removal: str | None = None,
        batch_size: int | None = None,
    ) -> CallableGame | TokenGame:
        """The clips with tokens dropped, or with elements deleted, frozen or blanked."""
        removal = self.removals[0] if removal is None else removal
        if removal == "drop":
            self.require_length(self.as_frames(units[:1]).shape[1])
            self.require_halves(units[:1])
            return token_game(
                self.tokens, in_precision(self.of_tokens, "float32"), units, prior, batch_size
            )
        called = in_precision(self, "float32")
        return CallableGame(called, units, prior, removal=removal, batch_size=batch_size)

    def tokens(
        self, units: Float[Tensor, "n element *unit"]
    ) -> Float[Tensor, "n element place channel"]:
        """What attention sees of each element, its position included."""
        make = self.family.tokens
        assert make is not None
        made: Tensor = in_precision(lambda pixels: make(self.model, pixels), "float32")(
            self.as_frames(units)
        )
        return made.unflatten(1, (-1, self.times_per_element)).flatten(2, 3)

    def of_tokens(
        self, tokens: Float[Tensor, "n size place channel"], elements: Int[Tensor, "n size"]
    ) -> Float[Tensor, "n class"]:
        """The logits of the tokens that are left, of these elements."""
        assert self.family.logits is not None
        n_times = self.times_per_element
        times = elements[..., None] * n_times + torch.arange(n_times, device=elements.device)
        tokens = tokens.unflatten(2, (n_times, -1)).flatten(1, 2)
        logits: Tensor = self.family.logits(self.model, tokens, times.flatten(1))
        return self.in_order(logits)

    def in_order(self, logits: Tensor) -> Float[Tensor, "n class"]:
        """The dataset's classes, in float32 at least: a softmax in bfloat16 is off by a percent."""
        logits = logits.flatten(1)[:, self.order]  # some answer (video, 1, class)
        return logits.to(at_least_float32(logits))

    def require_halves(self, clip: Float[Tensor, "1 element *unit"]) -> None:
        """Raises WrongScores where tokens and what is made of them are not what the model computes.

        It is found so when it is loaded, but may have been changed since.
        """
        elements = torch.arange(clip.shape[1], device=clip.device)[None]
        with models_in_full():
            halves = self.of_tokens(self.tokens(clip), elements)
            itself = self(clip)
        change = (halves.softmax(-1) - itself.softmax(-1)).abs().max().item()
        if change > SAME.get(self.dtype, SAME_IN_HALF):
            raise WrongScores(
                "With all tokens kept, the model and its two halves, between which tokens are "
                f"dropped, differ by up to {change:.2g} of a score: a hook or a forward of one's own "
                'round all of it changes what it computes. Type removal="freeze", which calls it whole'
            )

    def as_frames(
        self, units: Float[Tensor, "video element *unit"]
    ) -> Float[Tensor, "video frame 3 height width"]:
        """Elements as the frames that they hold, in the dtype of the weights.

        Raises:
            WrongUnits: they are no pictures, or not so many to an element.
        """
        together = self.frames_per_element
        part = () if together == 1 else (together,)
        if units.ndim != 5 + len(part) or units.shape[2:-3] != part:
            expected = "(video, element, 3, height, width)"
            if part:
                expected = f"(video, element, {together}, 3, height, width)"
            advice = "model.units(frames) makes it of uint8 (video, frame, height, width, 3)"
            if units.shape[1:-3] == part and len(part):
                advice = "if that is one video, type x[None]"
            elif units.ndim == 5:
                advice = f"type x.unflatten(1, (-1, {together})) to remove {together} frames as one"
            raise WrongUnits(f"expected {expected}, got {tuple(units.shape)}; {advice}")
        return (units.flatten(1, 2) if part else units).to(self.dtype)

    def require_length(self, n_frames: int) -> None:
        """Raises ValueError where the model would be wrong about clips of so many frames."""
        if n_frames != self.n_frames and not self.any_length:
            raise ValueError(
                f"This model was trained on clips of {self.n_frames} frames, and is wrong about "
                f"others, some without a word; got {n_frames}. Type n_frames={self.n_frames}"
            )
        together = self.family.frames_per_element(self.model.config)
        if n_frames % together:
            raise ValueError(
                f"This model takes {together} frames as one, and {n_frames} do not make whole "
                f"ones: it would leave the last out without a word. Type "
                f"n_frames={n_frames - n_frames % together or together}"
            )
