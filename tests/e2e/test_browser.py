"""A real Chromium shows the picture, the right one, and it changes."""

import io

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import sync_playwright

from harness import footage
from harness.topic import Topic
from harness.waiting import wait_until

FRAMES = 300
SIZE = (96, 54)


@pytest.fixture
def page():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 640, "height": 360})
        browser.close()


def thumbnail(image_bytes):
    return Image.open(io.BytesIO(image_bytes)).convert("RGB").resize(SIZE)


def difference(left, right):
    """Mean absolute difference of two thumbnails, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(left, right)).mean) / 3


def frame_shown(page, frames):
    """The number of the frame that a screenshot is nearest to, or None when it shows none of them."""
    shot = thumbnail(page.screenshot())
    nearest = min(range(len(frames)), key=lambda number: difference(shot, frames[number]))
    return nearest if difference(shot, frames[nearest]) < 6 else None


@pytest.mark.parametrize("format_", ["jpeg", "png"])
@pytest.mark.parametrize("open_", ["img", "address"])
def test_the_picture_is_shown_and_moves(worker, new_sink, video_source, page, format_, open_):
    sink = new_sink("frames")
    worker.rest.run("video", video_source(footage.pattern(FRAMES), "frames", format=format_))
    worker.rest.run("browser", sink.config)
    topic = Topic(sink.url)
    wait_until("all frames are in the topic", lambda: topic.has(FRAMES - 1), 60)
    frames = [thumbnail(topic.get(offset).content) for offset in range(FRAMES)]

    if open_ == "img":
        page.set_content(f"<body style='margin:0'><img src='{sink.url}' width=640 height=360></body>",
                         wait_until="commit")
    else:
        page.goto(sink.url, wait_until="commit")
    first = wait_until("a screenshot shows a frame of the video", lambda: frame_shown(page, frames) is not None)
    assert first
    before = frame_shown(page, frames)
    later = wait_until("a later screenshot shows a later frame",
                       lambda: (now := frame_shown(page, frames)) is not None and now > before + 5 and now)
    assert difference(frames[before], frames[later]) > 1


def test_a_single_frame_is_shown(worker, new_sink, video_source, page):
    sink = new_sink("frames")
    worker.rest.run("video", video_source(footage.pattern(1), "frames"))
    worker.rest.run("browser", sink.config)
    topic = Topic(sink.url)
    wait_until("the frame is in the topic", lambda: topic.has(0))
    page.set_content(f"<body style='margin:0'><img src='{sink.url}' width=640 height=360></body>", wait_until="commit")
    frames = [thumbnail(topic.get(0).content)]
    wait_until("the screenshot shows the frame", lambda: frame_shown(page, frames) == 0)
