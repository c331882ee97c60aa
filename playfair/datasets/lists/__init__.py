"""Lists of clips, one file for each format."""
