"""How much wider an interval is whose spread was seen in few draws (Student 1908)."""

NORMAL = 1.959964  # of a normal variable, 95 % lie within so many standard deviations


def widening(freedom: float | int) -> float:
    """The 97.5 % quantile of Student's t over that of the normal distribution.

    By the expansion of Abramowitz & Stegun (1964), 26.7.5, good to 1 % from 3 degrees of freedom.

    Args:
        freedom: degrees of freedom of the spread; fewer than 1 count as 1.

    Example:
        >>> [round(NORMAL * widening(n), 2) for n in (3, 10, 10**6)]  # tables have 3.18, 2.23, 1.96
        [3.16, 2.23, 1.96]
    """
    z = NORMAL
    freedom = max(1.0, freedom)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return 1 + sum(term / freedom**power for power, term in enumerate(terms, start=1)) / z
