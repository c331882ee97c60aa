"""Video classifiers as Hugging Face's transformers keeps them, as `VideoModel`s.

`load_checkpoint` finds a checkpoint, checks all that is known to go wrong without a word, and
returns a `HuggingFaceModel`. A family (`family.FAMILIES`) is one small file that says how its
tokens are made and what becomes of those that are left; any other class of
`AutoModelForVideoClassification` is explained over runs of frames, frozen or blanked.
"""
