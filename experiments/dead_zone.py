"""The dead zone around 0, in which an ESV says neither for nor against."""


def require_dead_zone(dead_zone: float) -> None:
    """Raises ValueError for what cannot be one.

    Example:
        >>> require_dead_zone(0.01)
    """
    if not 0 <= dead_zone < 1:
        raise ValueError(
            "A dead zone is the |ESV| up to which a frame neither supports nor distracts, a "
            f"probability from 0 up to, not including, 1; got {dead_zone}. Type "
            "experiment.dead_zone=0.01, say, or leave it out."
        )


def within(dead_zone: float) -> str:
    """What a summary says of it; nothing where there is none.

    Example:
        >>> within(0), within(0.01)
        ('', '; up to an |ESV| of 0.01 it is neither')
    """
    return f"; up to an |ESV| of {dead_zone:g} it is neither" if dead_zone else ""
