"""ESVs → tables. Reads xarray datasets as the ESV store opens them; knows no model and no torch."""
