import argparse
import pickle
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch

import playfair
from playfair.models.published import published_trn, published_tsn
from playfair.models.weights import read_weights
from tests.shapley.oracles import CONFORMANCE


def given(name: str) -> dict[str, torch.Tensor]:
    """Weights and numbers of the published implementation."""
    with np.load(CONFORMANCE / name) as arrays:
        return {key: torch.tensor(arrays[key]) for key in arrays.files}


def files_of(numbers: dict[str, torch.Tensor], folder, key: str) -> str:
    """Writes one file per scale as the published code keeps them, with what its training left beside the weights."""
    scale = 1
    while f"head{scale}.w1" in numbers:
        weights = {
            f"model.{layer}.{name}": numbers[f"head{scale}.{theirs}"]
            for layer, name, theirs in [
                (1, "weight", "w1"),
                (1, "bias", "b1"),
                (3, "weight", "w2"),
                (3, "bias", "b2"),
            ]
        }
        beside = {"epoch": 61, "args": argparse.Namespace(lr=0.01), "optimizer": {"state": {}}}
        torch.save({key: weights, **beside}, folder / f"trn_{scale}_frames.pth")
        scale += 1
    return str(folder / "trn_{}_frames.pth")


@pytest.mark.parametrize("key", ["model", "state_dict"])
@pytest.mark.parametrize(
    ("name", "n_max"), [("trn_frames6_scales4.npz", 4), ("trn_frames5_scales8.npz", 8)]
)
def test_imported_single_scale_trns_have_the_published_esvs(
    name: str, n_max: int, key: str, tmp_path
) -> None:
    numbers = given(name)
    model = published_trn(
        16, 7, files_of(numbers, tmp_path, key), n_max=n_max, hidden_dim=24
    ).eval()
    ours = playfair.explain(model, numbers["features"].float(), numbers["prior"])
    torch.testing.assert_close(ours.esv, numbers["esv"].to(ours.esv), atol=1e-6, rtol=0)
    torch.testing.assert_close(ours.score, numbers["score"].to(ours.score), atol=1e-6, rtol=0)


def test_an_imported_tsn_has_the_published_esvs(tmp_path) -> None:
    numbers = given("tsn_frames7.npz")
    weights = {"classifier.weight": numbers["w"], "classifier.bias": numbers["b"]}
    torch.save({"model": weights, "args": argparse.Namespace(dropout=0.7)}, tmp_path / "tsn.pth")
    ours = playfair.explain(
        published_tsn(16, 7, str(tmp_path / "tsn.pth")).eval(),
        numbers["features"].float(),
        numbers["prior"],
    )
    torch.testing.assert_close(ours.esv, numbers["esv"].to(ours.esv), atol=1e-6, rtol=0)


def test_what_does_not_fit_is_named_key_by_key(tmp_path) -> None:
    weights = {
        "model.1.weight": torch.zeros(24, 16),
        "model.2.weight": torch.zeros(24),
        "model.3.bias": torch.zeros(9),
    }
    torch.save({"model": weights}, tmp_path / "trn_1.pth")
    with pytest.raises(ValueError) as refused:
        published_trn(16, 7, str(tmp_path / "trn_{}.pth"), n_max=1, hidden_dim=24)
    assert str(refused.value).splitlines()[1:] == [
        "  missing: hidden.bias (24,)",
        "  missing: output.weight (7, 24)",
        "  shape: output.bias is (9,), expected (7,)",
        "  unexpected: model.2.weight (24,)",
    ]


def test_the_scale_whose_file_is_missing_is_named(tmp_path) -> None:
    files = files_of({f"head1.{k}": torch.zeros(*s) for k, s in SHAPES.items()}, tmp_path, "model")
    with pytest.raises(ValueError, match=re.escape(f"no file of weights at {files.format(2)}")):
        published_trn(4, 3, files, n_max=2, hidden_dim=5)
    with pytest.raises(ValueError, match=re.escape("no file of weights at trn_{n}_frames.pth")):
        published_trn(4, 3, "trn_{n}_frames.pth", n_max=2, hidden_dim=5)


SHAPES = {"w1": (5, 4), "b1": (5,), "w2": (3, 5), "b2": (3,)}


class Command:
    """What a malicious checkpoint would hold."""

    def __reduce__(self):
        return (open, ("run", "w"))


@pytest.mark.parametrize("content", ["code", "text", "nothing"])
def test_files_that_run_code_or_hold_no_weights_are_refused(
    content: str, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "weights.pth"
    if content == "code":
        torch.save({"model": {"w": torch.zeros(1)}, "args": Command()}, path, pickle_module=pickle)
    elif content == "text":
        path.write_text("<html>404</html>")
    else:
        torch.save({"model": {}}, path)
    with pytest.raises(ValueError, match="holds no"):
        read_weights(path)
    assert not (tmp_path / "run").exists()


def test_a_url_is_downloaded_once(tmp_path, monkeypatch) -> None:
    served, kept = tmp_path / "served", tmp_path / "hub"
    served.mkdir()
    torch.save({"fc.weight": torch.ones(2)}, served / "weights.pth")
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(kept))
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(served))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/weights.pth"
    assert torch.equal(read_weights(url)["fc.weight"], torch.ones(2))
    server.shutdown()
    server.server_close()
    assert torch.equal(read_weights(url)["fc.weight"], torch.ones(2))
