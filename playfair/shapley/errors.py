"""What the engine refuses: types with fields, whose messages speak Python and say what to type.

All derive from ValueError, so that callers need to know none of them; who speaks to users of a
command line turns the fields into that language instead of rewriting a message.
"""

from collections.abc import Sequence


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
    """The model's dropout is on."""

    def __init__(self) -> None:
        super().__init__(
            "the model is in train mode, where dropout makes its scores random; call model.eval() "
            "first"
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
        first = ", ".join(map(str, self.videos[:10]))
        super().__init__(
            f"features of video {first} (counted from 0) contain NaN or infinity; extract them "
            "again or leave them out: features[features.isfinite().flatten(1).all(1)]"
        )


class WrongPrior(ValueError):
    """The prior is not one probability for each class."""


class WrongScores(ValueError):
    """The model answers with something else than one finite number for each class."""
