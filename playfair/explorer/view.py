"""What is looked at, as the URL says it: a link reproduces the view."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from urllib.parse import parse_qs, urlencode

from playfair.explorer.catalogue import Unknown

SORTS = {
    "order": "as in the dataset",
    "wrong": "wrong predictions first",
    "sure": "most confident first",
    "unsure": "least confident first",
    "distracting": "most distracting frame first",
}
PAGES = {"clip": "One clip", "population": "All clips"}


@dataclass(frozen=True)
class View:
    """The state of the page; what is empty is filled in by `shown`.

    >>> View.of("?study=synthetic/trn&uid=612&show=3,7")
    View(study='synthetic/trn', beside='', frames='', page='clip', label=None, sort='order', find='', uid='612', \
show=(3, 7), frame=None, cell=())
    """

    study: str = ""  # dataset/model
    beside: str = ""  # a second model on the same dataset
    frames: str = ""
    page: str = "clip"
    label: int | None = None  # only clips of this class
    sort: str = "order"
    find: str = ""  # only clips whose uid holds this
    uid: str = ""
    show: tuple[
        int, ...
    ] = ()  # classes whose ESVs are drawn, the first as bars; (): what the clip suggests
    frame: int | None = None  # the frame that is pointed at
    cell: tuple[int, ...] = ()  # (class, frame) whose clips are listed

    @classmethod
    def of(cls, query: str) -> "View":
        """The view of a URL's query. Raises Unknown where it cannot be read."""
        given = {name: values[-1] for name, values in parse_qs(query.lstrip("?")).items()}
        text = {
            name: given[name]
            for name in ("study", "beside", "frames", "find", "uid")
            if name in given
        }
        view = cls(
            **text,
            page=_one_of(PAGES, given, "page"),
            sort=_one_of(SORTS, given, "sort"),
            label=next(iter(_numbers(given, "class")), None),
            show=_numbers(given, "show"),
            frame=next(iter(_numbers(given, "frame")), None),
            cell=_numbers(given, "cell"),
        )
        return view if len(view.cell) == 2 else replace(view, cell=())

    def query(self) -> str:
        """The URL's query that says this view.

        >>> View(study="synthetic/trn", uid="612").query()
        '?study=synthetic/trn&uid=612'
        """
        values = {name: value for name, value in asdict(self).items() if value != _DEFAULTS[name]}
        if "label" in values:
            values["class"] = values.pop("label")
        told = {name: _told(value) for name, value in values.items()}
        return "?" + urlencode(told, safe="/,") if told else ""


_DEFAULTS = asdict(View())


def _told(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _one_of(known: Mapping[str, str], given: Mapping[str, str], name: str) -> str:
    value = given.get(name, next(iter(known)))
    if value not in known:
        raise Unknown(f"There is no {name}={value}; there are {', '.join(known)}.")
    return value


def _numbers(given: Mapping[str, str], name: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in given.get(name, "").split(",") if number)
    except ValueError:
        raise Unknown(f"Expected whole numbers in {name}=…, got {given[name]!r}.") from None
