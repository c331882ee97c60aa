"""What is wrong with a dataset's folder, and what to type."""
