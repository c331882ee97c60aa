"""What there is to explore: the ESV stores in the outputs, and the pair interactions of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from playfair.explorer.clips import Clips
from playfair.explorer.entry import Entry, read_entry
from playfair.explorer.errors import NotThereError, near
from playfair.explorer.media import shape
from playfair.explorer.store_names import names_of, natural
from playfair.explorer.typed import IN_A_CHECKOUT, Typed
from playfair.steps.esvs import ESVs
from playfair.steps.interactions import Interactions
from playfair.steps.layout import Layout, LayoutError
from playfair.steps.made_from import require_version
from playfair.video.reader import VideoError


@dataclass(frozen=True)
class Contents:
    """The outputs as they were at one look.

    Args:
        entries: stores that can be explored, by key, in the order in which they are listed.
        names: what they are called, by key.
        faults: a line for each folder that cannot be explored, and why.
    """

    entries: Mapping[str, Entry]
    names: Mapping[str, str]
    faults: Sequence[str]

    @property
    def datasets(self) -> list[str]:
        return list(dict.fromkeys(entry.dataset for entry in self.entries.values()))

    def title(self, entry: Entry) -> str:
        """A store's name, with its dataset where there are several."""
        name = self.names[entry.key]
        if len(self.datasets) == 1:
            return name
        return f"{entry.dataset.replace('_', ' ')} · {name}"

    def entry(self, key: str) -> Entry:
        """The store of a key.

        Raises:
            NotThereError: there is none; says which there are.
        """
        if key not in self.entries:
            raise NotThereError(
                f"There is no ESV store {key}; there are {', '.join(near(key, self.entries))}."
            )
        return self.entries[key]

    def first(self, among: Sequence[Entry] = ()) -> Entry:
        """The store that is shown where none is asked for: the paper's TRN at 8 frames, if any.

        Args:
            among: some of the stores; none: all.
        """

        def strangeness(entry: Entry) -> tuple[bool, ...]:
            return (
                entry.model != "trn",
                entry.budget is not None,
                entry.split != "validation",
                entry.n_frames != 8,
                entry.seed != 0,
            )

        return min(among or self.entries.values(), key=strangeness)

    def comparable(self, entry: Entry) -> list[Entry]:
        """Stores that can be shown beside one: of the same clips, at as many frames."""
        return [
            other
            for other in self.entries.values()
            if other.key != entry.key
            and (other.dataset, other.split, other.n_frames)
            == (entry.dataset, entry.split, entry.n_frames)
        ]


@dataclass(frozen=True)
class Catalogue:
    """`outputs` as it is now: every look reads the folder again.

    Args:
        layout: where the stores lie.
        clips: the datasets' clips.
        typed: how the explorer was called.

    Example:
        Catalogue(Layout(Path("outputs")), clips).contents().names
    """

    layout: Layout
    clips: Clips
    typed: Typed = IN_A_CHECKOUT

    @property
    def outputs(self) -> Path:
        return self.layout.outputs

    def contents(self) -> Contents:
        """All stores, and what stands in the way of others."""
        entries: list[Entry] = []
        faults: list[str] = []
        for folder in [*self.layout.folders(ESVs.kind), *self.layout.nameless(ESVs.kind)]:
            try:
                entries.append(read_entry(folder, self.typed))
            except (ValueError, OSError) as error:
                faults.append(str(error))
        faults += self._of_first_version()
        names = names_of(entries)
        entries.sort(key=lambda entry: (_listing_order(entry), natural(names[entry.key])))
        listed = {entry.key: entry for entry in entries}
        return Contents(listed, {key: names[key] for key in listed}, faults)

    def interactions(self, entry: Entry) -> Path | None:
        """Where the pair interactions of a store's clips lie, if there are any."""
        for folder in self.layout.folders(Interactions.kind):
            try:
                made_from = require_version(folder, Interactions)
            except LayoutError:
                continue
            if made_from["inputs"].get("esvs", {}).get("id") == entry.id:
                return folder
        return None

    def why_no_picture(self, entry: Entry, uid: str) -> str:
        """Why a clip's frames cannot be shown, and what to type; "" where its file begins as one.

        Further frames may still lack: who asks for them is told.
        """
        try:
            shape(self.clips.file(entry.dataset, entry.split, uid))
        except VideoError as error:
            look_over = self.typed.command("doctor", entry.dataset)
            return f"{error}. Type {look_over} to see which other clips are damaged."
        except (ValueError, OSError) as error:
            return self.typed.as_called(str(error))
        return ""

    def _of_first_version(self) -> list[str]:
        faults = []
        for folder in sorted(self.outputs.glob("*/")):
            try:
                self.layout.refuse_first_version(folder.name)
            except LayoutError as error:
                faults.append(str(error))
        return faults


def _listing_order(entry: Entry) -> tuple[object, ...]:
    """By dataset and model; within a model the usual ones first."""
    return (
        entry.dataset,
        entry.model,
        entry.split != "validation",
        entry.split,
        entry.n_frames,
        entry.budget or 0,
        entry.seed,
    )
