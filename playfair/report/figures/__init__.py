"""Tables → figures, a file for each subject."""
