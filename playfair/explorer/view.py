"""What is looked at, as the URL says it: a link reproduces the view."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode

from playfair.explorer.clip_order import SORTS
from playfair.explorer.errors import NotThereError

PAGES = {"start": "Disagreements", "clip": "One clip", "population": "All clips"}
# What is a word of Python is called otherwise than in the URL.
URL_NAMES = {"label": "class"}
TEXTS = ("esvs", "beside", "find", "uid")


@dataclass(frozen=True)
class View:
    """The state of the page; what is empty is filled in by `scene_of`.

    Args:
        esvs: key of the ESV store: <dataset>/<folder>.
        beside: folder of a second one of the dataset.
        page: one of PAGES.
        label: only clips of this class are listed.
        sort: one of SORTS.
        find: only clips whose uid, or class, holds this are listed.
        uid: the clip.
        classes: whose ESVs are plotted, the first as bars; (): what the clip suggests.
        element: the one that is pointed at.
        off: elements that are switched off.
        cell: (class, element) whose clips are listed on the page of all clips.

    >>> View.of("?esvs=synthetic/trn-8-frames-3f2a91c0&uid=612&classes=3,7").classes
    (3, 7)
    """

    esvs: str = ""
    beside: str = ""
    page: str = "clip"
    label: int | None = None
    sort: str = "order"
    find: str = ""
    uid: str = ""
    classes: tuple[int, ...] = ()
    element: int | None = None
    off: tuple[int, ...] = ()
    cell: tuple[int, ...] = ()

    @classmethod
    def of(cls, query: str) -> "View":
        """The view of a URL's query; one that asks for nothing begins with the start page.

        Raises:
            NotThereError: it cannot be read.
        """
        values = {name: texts[-1] for name, texts in parse_qs(query.lstrip("?")).items()}
        view = cls(
            **{name: values[name] for name in TEXTS if name in values},
            page=_one_of(PAGES, values, "page", "clip" if values else "start"),
            sort=_one_of(SORTS, values, "sort", next(iter(SORTS))),
            label=next(iter(_numbers(values, "class")), None),
            classes=_numbers(values, "classes"),
            element=next(iter(_numbers(values, "element")), None),
            off=_numbers(values, "off"),
            cell=_numbers(values, "cell"),
        )
        return view if len(view.cell) == 2 else replace(view, cell=())

    def query(self) -> str:
        """The URL's query that says this view.

        >>> View(esvs="synthetic/trn-8-frames-3f2a91c0", uid="612").query()
        '?esvs=synthetic/trn-8-frames-3f2a91c0&uid=612'
        """
        texts = {
            URL_NAMES.get(name, name): _text(value)
            for name, value in vars(self).items()
            if value != _DEFAULTS[name]
        }
        # an address that asks for nothing begins with the start page
        return "?" + urlencode(texts or {"page": self.page}, safe="/,")


_DEFAULTS = vars(View())


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _one_of(choices: Mapping[str, str], values: Mapping[str, str], name: str, usual: str) -> str:
    value = values.get(name, usual)
    if value not in choices:
        raise NotThereError(f"There is no {name}={value}; there are {', '.join(choices)}.")
    return value


def _numbers(values: Mapping[str, str], name: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in values.get(name, "").split(",") if number)
    except ValueError:
        raise NotThereError(f"Expected whole numbers in {name}=…, got {values[name]!r}.") from None
