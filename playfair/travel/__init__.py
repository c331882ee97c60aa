"""Checkpoints and ESV stores on their way: to the Hugging Face Hub, to any folder, from any URL.

What travels is a parcel: folders of steps, as they lie in outputs, an index of them, and a card.

    playfair.json                            the index (travel/index.py): what is whole, with digests
    README.md                                the card that people and the Hub read (travel/card.py)
    synthetic/heads/trn-8e20b6f3/heads.pt    the files of a step, its manifest among them

A step's manifest says what its folder must hold, to the byte, so a parcel may lie anywhere: it is
verified where it arrives, and nothing of it is run.
"""
