"""What models, elements, measures and columns are called wherever people read of them."""

from collections.abc import Iterable, Sequence

NAMES = {"tsn": "TSN", "trn": "TRN"}


def capital(text: str) -> str:
    """The text with a capital letter, the others as they are.

    Example:
        >>> capital("AUROC of it"), capital("mean")
        ('AUROC of it', 'Mean')
    """
    return f"{text[:1].upper()}{text[1:]}"


LONG_NAME = 10  # letters


def model_name(name: str) -> str:
    """What a model is called wherever people read of it."""
    return NAMES.get(name, name)


def heading(model: str, title: str) -> str:
    """A panel's title; on two lines where a checkpoint's long name would reach into the next.

    Example:
        >>> heading("trn", "error"), heading("videomae-base-finetuned-ssv2", "error")
        ('TRN: error', 'videomae-base-finetuned-ssv2\\nerror')
    """
    name = model_name(model)
    return f"{name}: {title}" if len(name) < LONG_NAME else f"{name}\n{title}"


def element_word(frames_per_element: Iterable[int | None]) -> str:
    """What is removed as one, wherever people read of it: a frame, or an element of several.

    Args:
        frames_per_element: of every model that is spoken of; None where nothing says it.

    Example:
        >>> element_word([1, 1]), element_word([1, 2]), element_word([None])
        ('frame', 'element', 'element')
    """
    return "frame" if all(together == 1 for together in frames_per_element) else "element"


def one(word: str) -> str:
    """A word with its article.

    Example:
        >>> one("frame"), one("element")
        ('a frame', 'an element')
    """
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def named_frames(frames: Sequence[int]) -> str:
    """An element by its frames, as a sentence has it.

    Example:
        >>> named_frames([4]), named_frames([4, 9])
        ('frame 4', 'frames 4, 9')
    """
    return f"{'frame' if len(frames) == 1 else 'frames'} {element_name(frames)}"


def element_name(frames: Sequence[int]) -> str:
    """Which frames of a clip an element holds.

    Example:
        >>> element_name([4]), element_name([4, 9]), element_name([4, 9, 14, 19])
        ('4', '4, 9', '4 … 19')
    """
    if len(frames) < 3:
        return ", ".join(str(int(frame)) for frame in frames)
    return f"{int(frames[0])} … {int(frames[-1])}"


def listed(words: Sequence[str]) -> str:
    """Words in a row, as a sentence has them.

    Example:
        >>> listed(["one"]), listed(["one", "two", "three"])
        ('one', 'one, two and three')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


# Columns whose values are names in code, which are read otherwise.
NAMED = ("model", "measure", "method", "rival", "planted", "estimator", "removal", "metric")
# Names in code of what is measured, where an underscore for a space does not say it.
TERMS = {
    "top1": "top-1",
    "top5": "top-5",
    "pair_top1": "right up to time reversal",
    "within_pair": "direction against the twin",
    "p_holm": "p (Holm)",
    "esv_is": "ESV is",
    "esv": "ESV",
    "esvs": "ESVs",
    "auroc": "AUROC",
    "max_efficiency_gap": "largest efficiency gap",
    "mean_abs_esv": "mean |ESV|",
}


def term(name: str) -> str:
    """How a name in code is read: of a column, a measure, a model or two models' difference.

    Example:
        >>> term("pair_top1"), term("evidence_mass"), term("trn − tsn"), term("trn_esv_mass")
        ('right up to time reversal', 'evidence mass', 'TRN − TSN', 'TRN ESV mass')
    """
    if name in TERMS:
        return TERMS[name]
    words = []
    for word in name.replace("_", " ").split(" "):
        words.append(TERMS.get(word, model_name(word)))
    return " ".join(words)
