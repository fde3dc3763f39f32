"""The player, /watch, in a real Chromium."""

import contextlib

from playwright.sync_api import sync_playwright


@contextlib.contextmanager
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


class PlayerPage:
    """One page of the player, for a `with`: at its end nothing may have been thrown in it. `script` runs before the page's own."""

    def __init__(self, browser, url, script="", **context):
        self.context = browser.new_context(accept_downloads=True, **context)
        self.page = self.context.new_page()
        self.errors = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        if script:
            self.page.add_init_script(script)
        self.page.goto(url, wait_until="domcontentloaded")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()
        assert not self.errors, self.errors

    def state(self):
        return self.page.get_attribute("#badge", "data-state")
