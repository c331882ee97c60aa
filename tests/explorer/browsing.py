"""A real browser, and the explorer's page in it."""

import re


class Explorer:
    """The page, and what a user does with it."""

    def __init__(self, page, address: str) -> None:
        self.page, self.address, self.elsewhere, self.faults = page, address, [], []
        page.on("request", lambda asked: self._heard(asked.url))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on(
            "console", lambda said: self.faults.append(said.text) if said.type == "error" else None
        )

    def _heard(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.elsewhere.append(url)

    def open(self, path: str = "/") -> "Explorer":
        self.page.goto(self.address + path)
        # what is there at once has no controls yet
        self.page.wait_for_selector("#content .strip, #content .tall svg, #content [role=alert]")
        return self

    def url(self, pattern: str) -> None:
        self.page.wait_for_url(re.compile(pattern))

    def count(self, selector: str, n: int) -> None:
        _expect(self.page.locator(selector)).to_have_count(n)

    def texts(self, selector: str) -> list[str]:
        return self.page.locator(selector).all_inner_texts()

    def current(self) -> list[int]:
        """The frame that is marked in each model's film strip."""
        return [
            int(i)
            for i in self.page.eval_on_selector_all(
                ".frame.current", "all => all.map(f => f.dataset.i)"
            )
        ]

    def time(self) -> float:
        return self.page.eval_on_selector("#video", "video => video.currentTime")


def _expect(locator):
    from playwright.sync_api import expect

    return expect(locator)
