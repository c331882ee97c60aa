"""video → frames → features: labels and clips as the dataset ships them, and only the frames asked for."""
