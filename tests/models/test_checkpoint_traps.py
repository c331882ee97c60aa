"""What is known to go wrong with a checkpoint without a word, or in a parser's words: refused, and how."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from playfair.models.huggingface.checkpoint import UnfitCheckpointError, load_checkpoint
from playfair.models.huggingface.class_names import OtherClassesError, class_order
from playfair.models.huggingface.folder import NoCheckpointError, folder_of
from playfair.models.huggingface.preprocess import (
    NoPreprocessError,
    preprocess_of,
    read_preprocess,
    shown_size,
)
from tests.checkpoints import (
    network_of,
    synthetic_classes,
    write_checkpoint,
    write_preprocess,
)

pytest.importorskip("transformers", reason="the extra [huggingface] is not installed")

NAMES = synthetic_classes()


@pytest.fixture
def copied(checkpoint: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    return lambda family: Path(shutil.copytree(checkpoint(family), tmp_path / family))


def weights(folder: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def write_weights(folder: Path, tensors: dict[str, torch.Tensor]) -> None:
    from safetensors.torch import save_file

    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def test_missing_and_unexpected_weights_are_refused_by_name(copied) -> None:
    folder = copied("videomae")
    tensors = weights(folder)
    bias = next(name for name in tensors if name.endswith("intermediate.dense.bias"))
    tensors["of.another.model"] = tensors.pop(bias)
    write_weights(folder, tensors)
    with pytest.raises(ValueError, match="are not those of its model") as refused:
        load_checkpoint(str(folder), NAMES)
    assert f"missing: {bias}" in str(refused.value)
    assert "unexpected: of.another.model" in str(refused.value)


def test_weights_of_another_size_are_refused(copied) -> None:
    folder = copied("vivit")
    tensors = weights(folder)
    tensors["classifier.weight"] = torch.zeros(7, 32)
    write_weights(folder, tensors)
    with pytest.raises(ValueError, match=r"mismatched: classifier\.weight"):
        load_checkpoint(str(folder), NAMES)


def test_weights_that_are_no_numbers_are_refused(copied) -> None:
    folder = copied("vivit")
    tensors = weights(folder)
    tensors["classifier.bias"][3] = torch.nan
    write_weights(folder, tensors)
    with pytest.raises(ValueError, match="hold NaN or infinity, in model.classifier.bias"):
        load_checkpoint(str(folder), NAMES)


def test_half_precision_is_read_as_float32(copied) -> None:
    folder = copied("vivit")
    write_weights(folder, {name: value.half() for name, value in weights(folder).items()})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "dtype": "float16"}))
    model = load_checkpoint(str(folder), NAMES)
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}


def test_a_model_that_ends_in_a_softmax_is_refused(checkpoint, monkeypatch) -> None:
    from transformers import VivitForVideoClassification

    usual = VivitForVideoClassification.forward

    def ends_in_softmax(*given: object, **named: object) -> object:
        answer = usual(*given, **named)
        answer.logits = answer.logits.softmax(-1)
        return answer

    monkeypatch.setattr(VivitForVideoClassification, "forward", ends_in_softmax)
    with pytest.raises(ValueError, match="answers with probabilities"):
        load_checkpoint(str(checkpoint("vivit")), NAMES)


def test_a_release_that_makes_a_model_in_another_way_is_noticed(checkpoint, monkeypatch) -> None:
    from playfair.models.huggingface import checkpoint as loading
    from playfair.models.huggingface import vivit

    changed = vivit.FAMILY._replace(logits=lambda *given: 1.1 * vivit.logits(*given))
    monkeypatch.setattr(loading, "family_of", lambda config: changed)
    with pytest.raises(ValueError, match="With all tokens kept, the vivit .* removal=freeze"):
        load_checkpoint(str(checkpoint("vivit")), NAMES)


def test_classes_are_matched_by_name_whatever_their_brackets_and_case() -> None:
    names = ["Moving something up", "Turning something"]
    assert class_order({0: "TURNING [something]", 1: "moving  [something] up"}, names) == [1, 0]
    assert class_order({0: "LABEL_0", 1: "LABEL_1"}, names, "by_order") == [0, 1]


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        (
            ["Moving something up", "Moving something dwon"],
            "no 'Moving something down'; the nearest is 'Moving something dwon'",
        ),
        (["Moving something up"], "the checkpoint has no 'Moving something down'"),
        (
            ["Moving something up", "Moving something down", "Bowling"],
            "the dataset has no 'Bowling'",
        ),
        (
            ["Moving something up", "Moving something down", "moving [something] up"],
            "more than one class is called 'moving something up'",
        ),
    ],
)
def test_classes_that_do_not_match_one_to_one_are_refused(theirs: list[str], told: str) -> None:
    names = ["Moving something up", "Moving something down"]
    with pytest.raises(OtherClassesError, match="id2label") as refused:
        class_order(dict(enumerate(theirs)), names)
    assert told in str(refused.value)
    with pytest.raises(ValueError, match="by_name or by_order"):
        class_order({}, names, "somehow")


def test_pictures_are_made_as_the_checkpoints_own_file_says(copied) -> None:
    folder = copied("timesformer")
    (folder / "video_preprocessor_config.json").write_text(
        json.dumps(
            {
                "size": {"shortest_edge": 40},
                "crop_size": 32,
                "image_mean": [0.1, 0.2, 0.3],
                "image_std": [0.5, 0.5, 1.0],
            }
        )
    )
    preprocess = read_preprocess(folder)
    assert preprocess.short_side == 40 and preprocess.crop == (32, 32)
    assert preprocess.mean == pytest.approx((0.1, 0.2, 0.3))
    model = load_checkpoint(str(folder), NAMES)
    white = torch.full((1, 4, 32, 32, 3), 255, dtype=torch.uint8)
    assert model.units(white)[0, 0, :, 0, 0].tolist() == pytest.approx([1.8, 1.6, 0.7])


def test_vivits_offset_is_part_of_its_normalisation() -> None:
    config = {
        "size": {"shortest_edge": 256},
        "crop_size": {"height": 224, "width": 224},
        "do_normalize": False,
        "rescale_factor": 1 / 127.5,
        "offset": True,
    }
    preprocess = preprocess_of(config)
    assert preprocess.mean == pytest.approx((0.5, 0.5, 0.5))
    assert preprocess.std == pytest.approx((0.5, 0.5, 0.5))
    assert shown_size(preprocess, (240, 427)) == (224, 224)
    assert shown_size(preprocess._replace(crop=None), (240, 320)) == (256, 341)


def test_without_preprocessing_nothing_is_guessed(copied) -> None:
    folder = copied("vivit")
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(ValueError, match="no preprocessor_config.json, so nothing says how"):
        load_checkpoint(str(folder), NAMES)
    write_preprocess(folder, 32)
    (folder / "preprocessor_config.json").write_text('{"size": 32, "crop_size": 32}')
    with pytest.raises(ValueError, match="it lacks 'image_mean'"):
        load_checkpoint(str(folder), NAMES)
    write_preprocess(folder, 48)
    with pytest.raises(ValueError, match="takes pictures of 32 × 32, and .* makes them 48 × 48"):
        load_checkpoint(str(folder), NAMES)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, r"holds no model: there is no config.json \(nothing is there\)"),
        ({"notes.txt": "x"}, r"\(notes.txt is there\). Name the folder that save_pretrained wrote"),
        ({"config.json": "{"}, "config.json is damaged"),
        ({"config.json": "[]"}, "config.json is no configuration"),
        (
            {"config.json": '{"model_type": "bert", "architectures": ["BertForMaskedLM"]}'},
            "holds a BertForMaskedLM, which is no video classifier",
        ),
        ({"config.json": '{"model_type": "vivit"}'}, "holds no weights"),
        (
            {"config.json": '{"model_type": "vivit"}', "model.safetensors": "no tensors"},
            "The weights in .* cannot be read",
        ),
    ],
)
def test_a_folder_that_holds_no_video_classifier_is_refused(tmp_path, files, told) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(NoCheckpointError, match=told):
        load_checkpoint(str(tmp_path), NAMES)


def test_code_in_a_checkpoint_is_never_run(copied) -> None:
    folder = copied("vivit")
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {
        "AutoConfig": "evil.Config",
        "AutoModelForVideoClassification": "evil.Model",
    }
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "evil"}))
    ran = folder / "ran"
    (folder / "evil.py").write_text(f"open({str(ran)!r}, 'w')")
    with pytest.raises(ValueError, match="Code that lies with a checkpoint is not run"):
        load_checkpoint(str(folder), NAMES)
    (folder / "config.json").write_text(json.dumps(config))
    load_checkpoint(str(folder), NAMES)  # the class of transformers, whatever auto_map says
    assert not ran.exists()


class Evil:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.file), "w")


def test_pickled_weights_are_read_as_weights_alone(copied) -> None:
    folder = copied("vivit")
    tensors = weights(folder)
    (folder / "model.safetensors").unlink()
    torch.save(tensors, folder / "pytorch_model.bin")
    assert load_checkpoint(str(folder), NAMES).n_classes == 12
    torch.save({**tensors, "evil": Evil(folder / "ran")}, folder / "pytorch_model.bin")
    with pytest.raises(NoCheckpointError, match="cannot be read"):
        load_checkpoint(str(folder), NAMES)
    assert not (folder / "ran").exists()


def test_an_id_that_cannot_be_fetched_says_what_to_download_and_where_to(monkeypatch) -> None:
    import huggingface_hub

    def offline(*given: object, **named: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", offline)
    with pytest.raises(NoCheckpointError) as refused:
        folder_of("owner/some-model")
    told = str(refused.value)
    assert "is not on this machine (looked in" in told and "no route to host." in told
    assert "type: hf download owner/some-model --local-dir FOLDER" in told
    with pytest.raises(NoCheckpointError, match="There is no folder /no/such/folder"):
        folder_of("/no/such/folder")


def test_weights_in_parts_are_read_whole(tmp_path) -> None:
    network = network_of("vivit", NAMES)
    network.save_pretrained(tmp_path, max_shard_size="100KB")
    write_preprocess(tmp_path, 32)
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    model = load_checkpoint(str(tmp_path), NAMES)
    for mine, theirs in zip(model.model.parameters(), network.parameters(), strict=True):
        assert torch.equal(mine, theirs)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"problem_type": "multi_label_classification"}, "tells several labels of a clip"),
        ({"problem_type": "regression"}, r"tells a number \(problem_type and id2label"),
    ],
)
def test_scores_that_are_no_softmax_are_refused(copied, config, told) -> None:
    folder = copied("vivit")
    edit(folder / "config.json", **config)
    with pytest.raises(UnfitCheckpointError, match=told):
        load_checkpoint(str(folder), NAMES)


def test_a_model_of_one_class_is_refused(tmp_path) -> None:
    write_checkpoint(tmp_path, "videomae", ["walking"])
    with pytest.raises(UnfitCheckpointError, match="tells a number"):
        load_checkpoint(str(tmp_path))


def test_a_model_that_classifies_single_frames_is_refused(tmp_path) -> None:
    """TimeSformer without attention over time answers with a row for each frame."""
    write_checkpoint(tmp_path, "timesformer", NAMES, attention_type="space_only")
    with pytest.raises(
        ValueError, match="makes 4 rows of logits of a batch of 1: .* it classifies frames"
    ):
        load_checkpoint(str(tmp_path), NAMES)


@pytest.mark.parametrize("beside", [False, True])
def test_an_adapter_is_no_model(copied, tmp_path, beside: bool) -> None:
    """Nor is its model beside it, which would be explained without it."""
    folder = copied("vivit") if beside else tmp_path
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA"}')
    with pytest.raises(NoCheckpointError, match=r"merge_and_unload\(\)\.save_pretrained\(FOLDER\)"):
        load_checkpoint(str(folder))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
            "pointer of Git LFS.*git lfs pull",
        ),
        (b"", "it is empty. Fetch it again"),
        (None, "is not there, a part of the weights. Fetch it again"),
    ],
)
def test_what_lies_in_the_place_of_weights_is_told(
    copied, content: bytes | None, told: str
) -> None:
    """As where a repository was cloned without Git LFS, or a download was cut short."""
    folder = copied("vivit")
    file = folder / "model.safetensors"
    if content is None:
        file.unlink()
        index = {"weight_map": {"classifier.bias": "model-00001-of-00001.safetensors"}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    else:
        file.write_bytes(content)
    with pytest.raises(NoCheckpointError, match=told):
        load_checkpoint(str(folder), NAMES)


@pytest.mark.parametrize("n_frames", [0, -2, 3, 16])
def test_elements_that_do_not_fit_are_refused(checkpoint, n_frames: int) -> None:
    with pytest.raises(
        ValueError, match=f"Elements of {n_frames} frames do not fit: .* 2 to a token"
    ):
        load_checkpoint(str(checkpoint("videomae")), frames_per_element=n_frames)


def test_a_folder_may_be_below_home(checkpoint, monkeypatch) -> None:
    folder = checkpoint("vivit")
    monkeypatch.setenv("HOME", str(folder.parent))
    assert folder_of(f"~/{folder.name}") == folder


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([], "expected names and values, got list"),
        ({"do_flip_channel_order": True}, "asks for BGR"),
        ({"size": None}, "size is None, expected shortest_edge"),
        ({"rescale_factor": 0}, "division by zero"),
        ({"image_mean": [0.5]}, "not enough values"),
    ],
)
def test_preprocessing_that_cannot_be_followed_is_refused(tmp_path, content, told: str) -> None:
    write_preprocess(tmp_path, 32)
    file = tmp_path / "preprocessor_config.json"
    if content:
        edit(file, **content)
    else:
        file.write_text("[]")
    with pytest.raises(
        NoPreprocessError, match=f"preprocessor_config.json cannot be used: .*{told}"
    ):
        read_preprocess(tmp_path)


def edit(file: Path, **values: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))
