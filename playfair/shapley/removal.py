"""What a model sees of a coalition: the elements left, or all, the removed ones replaced."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

REMOVALS = ("delete", "freeze", "blank")


def seen(inside: Bool[Tensor, "coalition element"], removal: str) -> Int[Tensor, "coalition place"]:
    """The elements to feed for each coalition (all of one size).

    Args:
        inside: which elements are in each coalition.
        removal: "delete": those of the coalition (the paper). "freeze": every removed element is
            filled by the nearest kept one, the earlier of two equally near, so that networks of a
            fixed length work and content is not confounded with length. "blank": all; `blanked`
            empties the removed ones.

    Example:
        >>> inside = torch.tensor([[False, True, False, False, True]])
        >>> seen(inside, "delete").tolist(), seen(inside, "freeze").tolist()
        ([[1, 4]], [[1, 1, 1, 4, 4]])
    """
    if removal == "delete":
        return inside.nonzero()[:, 1].view(len(inside), -1)
    n_elements = inside.shape[1]
    element = torch.arange(n_elements, device=inside.device).expand_as(inside)
    if removal == "blank":
        return element
    far = 3 * n_elements
    before = torch.where(inside, element, -far).cummax(1).values
    after = torch.where(inside, element, far).flip(1).cummin(1).values.flip(1)
    return torch.where(element - before <= after - element, before, after)


def gathered(
    units: Float[Tensor, "video element *unit"],
    video: Int[Tensor, " row"],
    elements: Int[Tensor, "row place"],
) -> Float[Tensor, "row place *unit"]:
    """What each row is shown: these elements of this video.

    Units that lie one after the other are copied whole, in a third of the time of an index over two
    axes.

    Example:
        >>> units = torch.arange(6.0).view(2, 3, 1)
        >>> gathered(units, torch.tensor([1]), torch.tensor([[0, 2]])).flatten().tolist()
        [3.0, 5.0]
    """
    if not units.is_contiguous():
        return units[video[:, None], elements]
    places = video[:, None] * units.shape[1] + elements
    return units.flatten(0, 1).index_select(0, places.flatten()).unflatten(0, elements.shape)


def blanked(
    units: Float[Tensor, "row element *unit"],
    inside: Bool[Tensor, "row element"],
    blank: Tensor | float,
) -> Float[Tensor, "row element *unit"]:
    """All elements, with a blank one in place of each that is not inside.

    Example:
        >>> inside = torch.tensor([[True, False, True]])
        >>> blanked(torch.ones(1, 3, 1), inside, 0.5).flatten().tolist()
        [1.0, 0.5, 1.0]
    """
    kept = inside.view(*inside.shape, *[1] * (units.ndim - 2))
    return torch.where(kept, units, torch.as_tensor(blank).to(units))
