"""Any file that FFmpeg reads → frames: count, decode and sample them."""
