"""A history has seconds in it, and is no part of what a step's content is known by."""

from pathlib import Path

from playfair.steps.examination import verify
from playfair.steps.manifest import read_manifest, write_manifest
from playfair.training.history import HISTORY


def test_a_history_is_not_in_the_manifest(tmp_path: Path) -> None:
    (tmp_path / "video.pt").write_bytes(b"weights")
    digests = []
    for seconds in ("1.5", "2.5"):
        (tmp_path / HISTORY).write_text(seconds)
        write_manifest(tmp_path, {})
        manifest = read_manifest(tmp_path)
        assert manifest and set(manifest.files) == {"video.pt"}
        digests.append(manifest.digest)
    assert digests[0] == digests[1]  # what was made from it is as good as before
    (tmp_path / HISTORY).unlink()
    assert all(damage.file.name != HISTORY for damage in verify(tmp_path))
