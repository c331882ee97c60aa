"""What an answer is good for at once: tables, pictures, a page in a notebook, a store to explore."""
