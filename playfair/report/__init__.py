"""Tables → figures, pages, terminal and W&B. Draws and writes; all arithmetic is done before."""
