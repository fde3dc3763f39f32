"""A real Chromium shows the picture, the right one, and it changes."""

import pytest
from harness import footage
from harness.pictures import chromium_page, difference, frame_shown, show, thumbnail
from harness.topic import Topic
from harness.waiting import wait_until

FRAMES = 300


@pytest.fixture
def page():
    with chromium_page() as page:
        yield page


@pytest.mark.parametrize("format_", ["jpeg", "png"])
@pytest.mark.parametrize("open_", ["img", "address"])
def test_the_picture_is_shown_and_moves(worker, new_sink, video_source, page, format_, open_):
    sink = new_sink("frames")
    worker.rest.run("video", video_source(footage.pattern(FRAMES), "frames", format=format_))
    worker.rest.run("browser", sink.config)
    topic = Topic(sink.url)
    wait_until("all frames are in the topic", lambda: topic.has(FRAMES - 1))
    frames = [thumbnail(topic.get(offset).content) for offset in range(FRAMES)]

    if open_ == "img":
        show(page, sink.url)
    else:
        page.goto(sink.url, wait_until="commit")
    first = wait_until("a screenshot shows a frame of the video", lambda: frame_shown(page, frames) is not None)
    assert first
    before = frame_shown(page, frames)
    later = wait_until(
        "a later screenshot shows a later frame",
        lambda: (now := frame_shown(page, frames)) is not None and now > before + 5 and now,
    )
    assert difference(frames[before], frames[later]) > 1


def test_a_single_frame_is_shown(worker, new_sink, video_source, page):
    sink = new_sink("frames")
    worker.rest.run("video", video_source(footage.pattern(1), "frames"))
    worker.rest.run("browser", sink.config)
    topic = Topic(sink.url)
    wait_until("the frame is in the topic", lambda: topic.has(0))
    show(page, sink.url)
    frames = [thumbnail(topic.get(0).content)]
    wait_until("the screenshot shows the frame", lambda: frame_shown(page, frames) == 0)


def test_jpeg_and_png_in_one_topic_are_both_shown(worker, new_sink, video_source, page):
    sink = new_sink("frames")
    topic = Topic(sink.url)
    worker.rest.run("jpegs", video_source(footage.pattern(30), "frames"))
    worker.rest.run("browser", sink.config)
    wait_until("the JPEGs are in the topic", lambda: topic.has(29))
    worker.rest.run("pngs", video_source(footage.natural(), "frames", format="png"))
    last = 30 + footage.frame_count(footage.natural()) - 1
    wait_until("the PNGs are in the topic", lambda: topic.has(last))
    jpegs = [thumbnail(topic.get(offset).content) for offset in range(30)]
    png = thumbnail(topic.get(last).content)
    show(page, sink.url)
    wait_until("a JPEG is shown", lambda: frame_shown(page, jpegs) is not None)
    wait_until("the last PNG is shown", lambda: difference(thumbnail(page.screenshot()), png) < 2)
