"""The readable part of the names of steps' folders."""


def with_seed(name: str, seed: int) -> str:
    """A model's name, with the seed it was trained with where that is not 0.

    >>> with_seed("trn", 0), with_seed("trn", 3)
    ('trn', 'trn-seed-3')
    """
    return f"{name}-seed-{seed}" if seed else name
