"""What each arrow leaves on disk: made once, found by what it was made from."""
