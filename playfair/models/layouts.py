"""How others name the weights of what we have: a row for each layout.

A row says by which name a layout is known, and how its names map to ours: of a backbone, and of the
heads. What wrapped a model while it was trained (DataParallel, torch.compile, Lightning) stands in
front of all names of any layout, and is taken off first.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

# in front of names: DataParallel's, torch.compile's, Lightning's, and of models that hold parts
WRAPPERS = ("module.", "_orig_mod.", "model.", "base_model.", "backbone.", "head.")


class Layout(NamedTuple):
    """A row of the table; regular expressions are of names without what wraps them.

    Attributes:
        whose: whose files have it.
        sign: a name by which it is known.
        last: its name of the linear layer behind the pooled map.
        inside: (theirs, ours) of parts of names within a backbone.
        heads: begins names that are no backbone's.
        scales: begins names of a multi-scale TRN's heads; their number follows.
        largest_first: whether number 0 is the largest scale, which leaves out that of one frame.
        single: begins names of a single TRN's layers; None where it has none.
        layers: its names of a TRN's two layers, hidden and output.
        classifier: its names of a TSN's linear layer, the first that a file has.
        rectified: whether a ReLU stands before a TRN's first layer.
        summed: whether the logits of a multi-scale TRN's heads were added up while it learnt.
        refused: why it cannot be loaded.
    """

    whose: str
    sign: str
    last: str = r"fc|last_linear|fc_action|new_fc"
    inside: tuple[tuple[str, str], ...] = ()
    heads: str = r"consensus\.|cls_head\.|heads?\.|classifier\.|scales\.|hidden\.|output\."
    scales: str | None = None
    largest_first: bool = True
    single: str | None = None
    layers: tuple[str, str] = ("1", "3")
    classifier: tuple[str, ...] = ("classifier", "fc")
    rectified: bool = False
    summed: bool = False
    refused: str = ""


LAYOUTS = (
    Layout(
        whose="TSM",
        sign=r".*\.net\.weight$",
        refused="its convolutions mix neighbouring frames, so that there are no features of single "
        "frames. Name a TSN's or a TRN's weights",
    ),
    Layout(
        whose="TRN-pytorch, with a classifier for each scale",
        sign=r"consensus\.classifier_scales\.",
        refused="its relations have two hidden layers, and those of a TRN have one. Train heads "
        "on its features: model.trn.backbone.weights=FILE",
    ),
    Layout(
        whose="TRN-pytorch",
        sign=r"consensus\.(fc_fusion_scales|classifier)\.",
        scales="consensus.fc_fusion_scales.",
        single="consensus.classifier.",
        rectified=True,
        summed=True,
    ),
    Layout(
        whose="mmaction2",
        sign=r"cls_head\.|(.*\.)?conv1?\.conv\.weight$",
        last=r"cls_head\.fc_cls",
        inside=(
            (r"(.*\.)?downsample\.conv\.", r"\1downsample.0."),
            (r"(.*\.)?downsample\.bn\.", r"\1downsample.1."),
            (r"(.*\.)?conv(\d)\.conv\.", r"\1conv\2."),
            (r"(.*\.)?conv(\d)\.bn\.", r"\1bn\2."),
        ),
        scales="cls_head.consensus.fc_fusion_scales.",
        single="cls_head.consensus.classifier.",
        classifier=("cls_head.fc_cls",),
        rectified=True,
        summed=True,
    ),
    Layout(
        whose="tsn-pytorch",
        sign=r"new_fc\.",
        classifier=("new_fc",),
    ),
    Layout(
        whose="Play Fair, as it was published",
        sign=r"\d\.(weight|bias)$",
        single="",
    ),
    Layout(
        whose="Play Fair",
        sign=r"(scales\.\d+\.)?(hidden|output)\.",
        scales="scales.",
        largest_first=False,
        single="",
        layers=("hidden", "output"),
    ),
    Layout(
        whose="EfficientNet-PyTorch",
        sign=r"_conv_stem\.",
        last=r"_fc",
    ),
    Layout(
        whose="torchvision, Cadene's port and the Caffe ports",
        sign=r"",
    ),
)


class Names(NamedTuple):
    """The names of a file's weights, as ours.

    Attributes:
        layout: whose they are.
        ours: theirs → ours, of all that belongs to the part that was asked for.
        others: theirs, of other parts.
    """

    layout: Layout
    ours: dict[str, str]
    others: list[str]


def bare(name: str) -> str:
    """A name without what wraps it.

    >>> bare("model.backbone._orig_mod.layer1.0.conv1.weight")
    'layer1.0.conv1.weight'
    """
    while wrapper := next((wrapper for wrapper in WRAPPERS if name.startswith(wrapper)), None):
        name = name.removeprefix(wrapper)
    return name.replace("._orig_mod.", ".")


def layout_of(names: Iterable[str]) -> Layout:
    """The first layout of the table of which a name has the sign.

    Raises:
        ValueError: it is one that cannot be loaded.

    >>> layout_of(["module.base_model.conv1.weight", "module.new_fc.weight"]).whose
    'tsn-pytorch'
    """
    without = [bare(name) for name in names]
    layout = next(row for row in LAYOUTS if any(re.match(row.sign, name) for name in without))
    if layout.refused:
        raise ValueError(f"they are laid out as {layout.whose}'s: {layout.refused}.")
    return layout


def backbone_names(names: Iterable[str], last: str) -> Names:
    """Of a backbone.

    Args:
        names: of all of a file's weights.
        last: what the backbone calls its last linear layer.

    >>> backbone_names(["module.new_fc.bias", "module.consensus.classifier.1.bias"], "fc").ours
    {'module.new_fc.bias': 'fc.bias'}
    """
    names = list(names)
    layout = layout_of(names)
    ours: dict[str, str] = {}
    others = []
    for name in names:
        without = bare(name)
        if match := re.fullmatch(rf"({layout.last})\.(weight|bias)", without):
            ours[name] = f"{last}.{match[2]}"
        elif re.match(layout.heads, without):
            others.append(name)
        else:
            for theirs, becomes in layout.inside:
                without = re.sub(rf"^{theirs}", becomes, without)
            ours[name] = without
    return Names(layout, _distinct(ours), others)


def scales_names(names: Iterable[str]) -> Names:
    """Of a multi-scale TRN whose heads lie in one file.

    Raises:
        ValueError: there are none in it.

    >>> files = [f"module.consensus.fc_fusion_scales.{i}.1.bias" for i in (0, 1)]
    >>> list(scales_names(files).ours.values())  # relations of three and two frames
    ['scales.2.hidden.bias', 'scales.1.hidden.bias']
    """
    names = list(names)
    layout = layout_of(names)
    if layout.scales is None or not any(bare(name).startswith(layout.scales) for name in names):
        raise ValueError(f"of {layout.whose} has no heads of several scales: name one that has.")
    ours = {}
    others = []
    parts = {name: _part(name, layout.scales) for name in names}
    numbers = [int(part[0]) for part in parts.values() if part is not None]
    for name, part in parts.items():
        if part is None:
            others.append(name)
            continue
        number, layer = part
        # of TRN-pytorch's, number 0 is the largest, and the last is of two frames
        place = max(numbers) + 1 - int(number) if layout.largest_first else int(number)
        ours[name] = f"scales.{place}.{_layer(layer, layout)}"
    return Names(layout, _distinct(ours), others)


def single_names(names: Iterable[str]) -> Names:
    """Of a TRN of one scale, alone in a file.

    >>> single_names(["model.1.weight", "model.3.bias"]).ours
    {'model.1.weight': 'hidden.weight', 'model.3.bias': 'output.bias'}
    """
    names = list(names)
    layout = layout_of(names)
    single = layout.single or ""
    ours = {
        name: _layer(bare(name).removeprefix(single), layout)
        for name in names
        if bare(name).startswith(single)
    }
    return Names(layout, _distinct(ours), [name for name in names if name not in ours])


def classifier_names(names: Iterable[str]) -> Names:
    """Of a TSN's linear layer; where a backbone lies beside it, that is left out.

    >>> classifier_names(["backbone.conv1.conv.weight", "cls_head.fc_cls.bias"]).ours
    {'cls_head.fc_cls.bias': 'classifier.bias'}
    """
    names = list(names)
    layout = layout_of(names)
    ours: dict[str, str] = {}
    for layer in layout.classifier:
        for name in names:
            before, _, parameter = bare(name).rpartition(".")
            if before == layer:
                ours[name] = f"classifier.{parameter}"
        if ours:
            break
    return Names(layout, _distinct(ours), [name for name in names if name not in ours])


def _part(name: str, begins: str) -> tuple[str, str] | None:
    """The number of a scale, and what follows; None for what is no scale's."""
    without = bare(name)
    number, _, layer = without.removeprefix(begins).partition(".")
    return (number, layer) if without.startswith(begins) and number.isdigit() else None


def _layer(name: str, layout: Layout) -> str:
    layer, _, parameter = name.rpartition(".")
    ours = dict(zip(layout.layers, ("hidden", "output"), strict=True))
    return f"{ours.get(layer, layer)}.{parameter}"


def _distinct(ours: dict[str, str]) -> dict[str, str]:
    """Raises ValueError where two of their names become one of ours."""
    theirs: dict[str, str] = {}
    for name, becomes in ours.items():
        if becomes in theirs:
            raise ValueError(f"{theirs[becomes]} and {name} are both {becomes} to us.")
        theirs[becomes] = name
    return ours
