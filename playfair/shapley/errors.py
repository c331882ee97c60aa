"""What the engine refuses: types with fields, whose messages speak Python and say what to type.

All derive from ValueError, so that callers need to know none of them; who speaks to users of a
command line turns the fields into that language instead of rewriting a message.
"""

from collections.abc import Sequence


def counted(n: int, one: str, several: str = "") -> str:
    """A number of things, as a sentence has it.

    Example:
        >>> counted(1, "class", "classes"), counted(2000, "video")
        ('1 class', '2,000 videos')
    """
    return f"{n:,} {one if n == 1 else several or one + 's'}"


def counted_from_0(videos: Sequence[int]) -> str:
    """Videos by their places, as a sentence has them.

    Example:
        >>> counted_from_0([4]), counted_from_0(range(12))
        ('video 4 (counted from 0)', 'videos 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … (counted from 0)')
    """
    named = ", ".join(map(str, videos[:10])) + (", …" if len(videos) > 10 else "")
    return f"{'video' if len(videos) == 1 else 'videos'} {named} (counted from 0)"


class TooManyElements(ValueError):
    """There are too many coalitions to list all of them."""

    def __init__(self, n: int, most: int) -> None:
        self.n = n
        self.most = most
        super().__init__(
            f"exact values of {n} elements need 2^{n} scores; up to {most} elements (frames) are "
            "done exactly, for more type explain(..., budget=2000)"
        )


class NotEnoughMemory(ValueError):
    """Not even one video's coalitions fit into memory."""

    def __init__(
        self, n_elements: int, n_classes: int, needed: float | int, free: float | int
    ) -> None:
        self.n_elements = n_elements
        self.n_classes = n_classes
        self.needed = needed
        self.free = free
        super().__init__(
            f"exact values of {n_elements} elements and {n_classes} classes take "
            f"{needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free; type "
            "explain(..., budget=2000), or feed fewer elements (frames)"
        )


class BudgetTooSmall(ValueError):
    """The estimator cannot estimate, or cannot state its error, from so few evaluations."""

    def __init__(self, budget: int, least: int, estimator: str, n_elements: int) -> None:
        self.budget = budget
        self.least = least
        self.estimator = estimator
        self.n_elements = n_elements
        super().__init__(
            f"budget is {budget}, but the {estimator} estimator needs at least {least} evaluations "
            f"for {n_elements} frames; type explain(..., budget={least}) or more"
        )


class BudgetTooSmallForPairs(BudgetTooSmall):
    """Interactions, or their errors, cannot be told from so few evaluations."""

    def __init__(self, budget: int, least: int, n_elements: int) -> None:
        super().__init__(budget, least, "interactions", n_elements)
        self.args = (
            f"budget is {budget}, but interactions of {n_elements} elements need at least {least} "
            f"evaluations; type explain_pairs(..., budget={least}) or more",
        )


class BudgetTooLarge(ValueError):
    """What would be evaluated of one video does not fit into memory.

    Attributes:
        budget: that was asked for.
        most: that would fit.
        needed, free: bytes.
    """

    def __init__(self, budget: int, most: int, needed: int, free: int) -> None:
        self.budget = budget
        self.most = most
        self.needed = needed
        self.free = free
        super().__init__(
            f"budget is {budget:,}; so many coalitions and their scores take {needed / 1e9:.1f} GB of "
            f"a video, and {free / 1e9:.1f} GB are free; type explain(..., budget={most}) or less"
        )


class UnknownEstimator(ValueError):
    """No estimator is registered under that name."""

    def __init__(self, name: str, names: Sequence[str]) -> None:
        self.name = name
        self.known = tuple(names)
        super().__init__(
            f"there is no estimator {name!r}, type one of {', '.join(self.known)}; those of your "
            "own are registered with @playfair.shapley.estimator(name)"
        )


class IncompleteEstimator(ValueError, TypeError):
    """What is registered as an estimator lacks some of its functions.

    Attributes:
        name: that it is registered under.
        lacks: the functions that are missing, with arguments and results.
    """

    def __init__(self, name: str, lacks: Sequence[str], came: str) -> None:
        self.name = name
        self.lacks = tuple(lacks)
        lines = "\n  ".join(lacks)
        super().__init__(
            f"@estimator({name!r}) expects a function () -> Estimator(least, plan, estimate), whose "
            f"result is registered; {came}. It lacks:\n  {lines}"
        )


class TellsNoPairs(ValueError):
    """The estimator tells values of single elements alone, or does not fit the model."""

    def __init__(self, name: str, fitting: Sequence[str]) -> None:
        self.name = name
        self.fitting = tuple(fitting)
        super().__init__(
            f"estimator {name!r} tells no interactions of this model; type one of "
            f"{', '.join(self.fitting)}, or leave it out for the best"
        )


class UnfitEstimator(ValueError):
    """The estimator asks for more, or for something else, than this model's game offers."""

    def __init__(self, name: str, fitting: Sequence[str]) -> None:
        self.name = name
        self.fitting = tuple(fitting)
        super().__init__(
            f"estimator {name!r} is not for this model, type one of {', '.join(self.fitting)}; "
            "those for plain callables take a multi-scale model as explain(model.forward, ...)"
        )


class WrongOption(ValueError):
    """An option has a value that means nothing.

    Example:
        >>> WrongOption("removal", "blur", "one of delete, freeze").option
        'removal'
    """

    def __init__(self, option: str, value: object, expected: str) -> None:
        self.option = option
        self.value = value
        self.expected = expected
        super().__init__(f"{option} must be {expected}; got {value!r}")


class InTrainMode(ValueError):
    """Dropout is on, or batch norm takes its statistics from the batch.

    Attributes:
        parts: names and kinds of the parts that are in train mode; empty where it is the model.
    """

    def __init__(self, parts: Sequence[str] = ()) -> None:
        self.parts = tuple(parts)
        listed = ", ".join(self.parts[:5]) + (", …" if len(self.parts) > 5 else "")
        if not self.parts:
            where = "the model is"
            advice = "call model.eval() first"
        elif len(self.parts) == 1:
            where = f"{listed} is"
            advice = "call .eval() on it first, or on what it is a part of"
        else:
            where = f"{listed} are"
            advice = "call .eval() on them first, or on what they are parts of"
        super().__init__(
            f"{where} in train mode, where dropout and batch norm make scores random; {advice}"
        )


class NotAModel(ValueError, TypeError):
    """What should be explained can neither be called nor makes a game of its own."""

    def __init__(self, model: object) -> None:
        self.kind = type(model).__name__
        super().__init__(
            f"expected a model that can be called with units (n, size, *unit), or that has a "
            f"method game(units, prior, *, removal, batch_size); got {self.kind}"
        )


class WrongUnits(ValueError):
    """What the model should see of each element is of no shape or type that can be explained."""


class NotFinite(ValueError):
    """Some videos hold NaN or infinity.

    Attributes:
        videos: their places, counted from 0.
    """

    def __init__(self, videos: Sequence[int]) -> None:
        self.videos = tuple(videos)
        super().__init__(
            f"features of {counted_from_0(videos)} contain NaN or infinity; extract them "
            "again or leave them out: features[features.isfinite().flatten(1).all(1)]"
        )


class WrongPrior(ValueError):
    """The prior is not one probability for each class."""


class WrongScores(ValueError):
    """The model answers with something else than one finite number for each class."""


class NotFiniteScores(WrongScores):
    """The scores of some videos are NaN, or logits on the way to them overflowed.

    Attributes:
        videos: their places, counted from 0.
    """

    def __init__(self, videos: Sequence[int]) -> None:
        self.videos = tuple(videos)
        super().__init__(
            f"the model's logits of {counted_from_0(videos)} are NaN or infinite; check its "
            "weights: [name for name, value in model.state_dict().items() if not "
            "value.isfinite().all()], or their size: logits overflow above 3e38"
        )


class ProbabilitiesForLogits(WrongScores):
    """The model ends in a softmax, which would be taken twice."""

    def __init__(self) -> None:
        super().__init__(
            "the model's answers are probabilities already: each row is 0 or more and sums to 1. "
            "They should be logits, as the softmax is taken here. Leave the model's own softmax "
            "out, or undo it: explain(lambda x: model(x).clamp(min=1e-30).log(), ...)"
        )


class Unsteady(WrongScores):
    """The model answers differently to the same input.

    Attributes:
        change: the largest difference of a score, probability.
        within: "calls" of the same input, or "batches" with other videos or coalitions.
    """

    def __init__(self, change: float, within: str) -> None:
        self.change = change
        self.within = within
        if within == "calls":
            what = "two calls with the same clip"
            why = "something in it is random, or remembers its calls"
        else:
            what = "a clip alone and the same clip among others"
            why = "it takes statistics from the batch, such as batch norm without running ones"
        super().__init__(
            f"the model's scores differ by up to {change:.2g} between {what}: {why}. What it "
            "computes cannot be told from scores that change; make it deterministic, such as by "
            "model.eval()"
        )


class NotWhatIsComputed(WrongScores):
    """Heads that show their layers answer with something else than these layers say.

    Attributes:
        change: the largest difference of a score, probability.
    """

    def __init__(self, kind: str, change: float) -> None:
        self.kind = kind
        self.change = change
        super().__init__(
            f"the layers that {kind} shows (projection, readout) and its own answer differ by up "
            f"to {change:.2g} of a score: a forward of its own, a hook, pruning, weight norm or an "
            f"adapter changes what it computes. Type explain(model.forward, ...), which calls it"
        )


class FixedLength(WrongScores):
    """The model takes whole videos and fails with parts of them.

    Attributes:
        size: elements that it failed with.
        n_elements: of the whole.
    """

    def __init__(self, size: int, n_elements: int, error: Exception) -> None:
        self.size = size
        self.n_elements = n_elements
        elements = counted(size, "element")
        super().__init__(
            f"the model takes all {n_elements} elements and failed with {elements} "
            f"({type(error).__name__}: {error}). If its length is fixed, type explain(..., "
            'removal="freeze"), which puts the nearest kept element in a removed one\'s place, or '
            '"blank", which puts zeros there'
        )
