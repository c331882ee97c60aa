"""ESV stores and clips → a page in the browser; reads what is in `outputs/`, writes nothing.

    URL ─▶ View ─▶ Scene (opened stores, clips in order) ─▶ content (components) ─▶ page, or file

No torch: the process stays small whatever is explored.
"""
