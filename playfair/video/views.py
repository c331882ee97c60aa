"""Which parts of a picture are shown: the centre, or several crops whose answers are averaged."""

from typing import NamedTuple


class Place(NamedTuple):
    """Where a crop lies in the picture that it is cut out of.

    Attributes:
        along: on the longer side: 0 at its beginning (left, or top), 1 in the middle, 2 at its end.
        across: on the shorter side, likewise.
        mirrored: whether left and right are swapped.
    """

    along: int = 1
    across: int = 1
    mirrored: bool = False

    def corner(self, size: tuple[int, int], crop: tuple[int, int]) -> tuple[int, int]:
        """Top and left of the crop, pixels.

        >>> Place(0, 1).corner((256, 340), (224, 224)), Place(2, 1).corner((340, 256), (224, 224))
        ((16, 0), (116, 16))
        """
        height, width = size
        is_wide = width >= height
        down = self.across if is_wide else self.along
        right = self.along if is_wide else self.across
        return (height - crop[0]) * down // 2, (width - crop[1]) * right // 2


CENTRE = Place()
THREE = {"first": Place(0), "last": Place(2)}
CORNERS = {
    "corner-1": Place(0, 0),
    "corner-2": Place(0, 2),
    "corner-3": Place(2, 0),
    "corner-4": Place(2, 2),
}
MIRRORED = {
    f"{name}-mirrored": place._replace(mirrored=True)
    for name, place in {"centre": CENTRE, **CORNERS}.items()
}
# name of a view → the crops beside the centre
VIEWS = {
    "one": {},
    "three_crop": THREE,  # along the longer side
    "five_crop": CORNERS,
    "ten_crop": {**CORNERS, **MIRRORED},
}
