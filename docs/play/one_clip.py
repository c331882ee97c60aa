"""Writes one_clip.js, what the page “What an ESV is” plays with: the scores of all coalitions of a clip.

Type `make demo`, then `python docs/play/one_clip.py` from the project's root: the clip is the one
on which TRN and TSN differ most among those that TRN is right on.
"""

import base64
import io
import json
from pathlib import Path

import numpy as np
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from PIL import Image

from playfair.analysis.blocks import true_class_esvs
from playfair.launch.perform import studies_of
from playfair.shapley.subset_scores import scores_of_subsets
from playfair.steps.esvs import head_of
from playfair.steps.samples import clips_of_store, sampled_frames, sampled_units
from playfair.steps.study import Study

HERE = Path(__file__).parent
N_FRAMES = 8


def studies() -> list[Study]:
    """TSN and TRN of the demo."""
    with initialize_config_dir(str(HERE.parents[1] / "conf"), version_base="1.3"):
        cfg = compose("config", overrides=["model=both", f"n_frames={N_FRAMES}"])
    OmegaConf.resolve(cfg)
    return studies_of(cfg)


def scores(study: Study, clip: int, label: int) -> list[float]:
    """Of the class, for each coalition: bit i of its place says whether frame i is there."""
    head = head_of(study.head_step, study.layout)
    units = sampled_units(study, np.array([clip]), N_FRAMES)
    prior = torch.from_numpy(study.dataset.opened.prior()).float()
    of_subsets = scores_of_subsets(head, units, prior)
    return [round(float(score), 5) for score in of_subsets[:, 0, label]]


def picture(pixels: np.ndarray) -> str:
    """A JPEG as a data URL."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def main() -> None:
    models = {study.name: study for study in studies()}
    stores = {name: study.esvs(N_FRAMES) for name, study in models.items()}
    trn = stores["trn"]
    label = trn["label"].values
    right = trn["score"].values.argmax(1) == label
    apart = np.abs(true_class_esvs(trn) - true_class_esvs(stores["tsn"])).sum(1)
    video = int(np.argmax(np.where(right, apart, 0)))
    clip = int(clips_of_store(models["trn"], trn)[video])
    frames = sampled_frames(models["trn"], np.array([clip]), N_FRAMES)[0].numpy()
    written = {
        "class": str(trn["class_name"].values[label[video]]),
        "clip": str(trn["video"].values[video]),
        "frames": [picture(frame) for frame in frames],
        "scores": {name: scores(study, clip, int(label[video])) for name, study in models.items()},
    }
    (HERE / "one_clip.js").write_text(
        f"// written by one_clip.py\nconst ONE_CLIP = {json.dumps(written)};\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
