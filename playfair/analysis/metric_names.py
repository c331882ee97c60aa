"""Names of metrics, such as trn_top1: a model's and a measure's."""

from collections.abc import Iterable


def parted(name: str, models: Iterable[str]) -> tuple[str, str]:
    """A metric's model, "" where it names none, and its measure.

    Args:
        name: of the metric.
        models: that there are; of several that it begins with the longest is meant.

    Example:
        >>> parted("trn_large_top1", ["trn", "trn_large"]), parted("gap", ["trn"])
        (('trn_large', 'top1'), ('', 'gap'))
    """
    fitting = [model for model in models if name.startswith(f"{model}_")]
    model = max(fitting, key=len, default="")
    return model, name.removeprefix(f"{model}_") if model else name
