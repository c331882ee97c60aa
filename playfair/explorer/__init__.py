"""ESV stores and clips → a page in the browser: reads what is in `outputs/`, writes nothing, asks nobody else.

    URL ─▶ View ─▶ Shown (opened stores, clips in order) ─▶ content (components) ─▶ page, or one file to take away

No torch: the process stays small whatever is explored.
"""
