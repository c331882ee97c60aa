"""Labels and clips, one file for each dataset."""
