"""What a browser shows, told by likeness: screenshots are scaled, so they are compared as thumbnails."""

import contextlib
import io

from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import sync_playwright

_SIZE = (96, 54)


@contextlib.contextmanager
def chromium_page():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 640, "height": 360})
        browser.close()


def show(page, url):
    """As an <img> that fills the page."""
    page.set_content(f"<body style='margin:0'><img src='{url}' width=640 height=360></body>", wait_until="commit")


def thumbnail(image_bytes):
    return Image.open(io.BytesIO(image_bytes)).convert("RGB").resize(_SIZE)


def difference(left, right):
    """Mean absolute difference of two thumbnails, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(left, right)).mean) / 3


def frame_shown(page, frames):
    """The number of the frame that a screenshot is nearest to, or None when it shows none of them."""
    shot = thumbnail(page.screenshot())
    nearest = min(range(len(frames)), key=lambda number: difference(shot, frames[number]))
    return nearest if difference(shot, frames[nearest]) < 6 else None
