"""From the drawing of a picture to the screen of a real Chromium, through an encoder, a camera and a worker: that the clock in
the picture is read rightly. How long it takes is bench_latency's."""

import pytest
from harness import clock_bar
from harness.camera.faults import Faults
from harness.camera.live import LiveH264
from harness.camera.rtsp import RtspCamera
from harness.player import PlayerPage, chromium
from harness.waiting import wait_until


@pytest.fixture
def camera():
    footage = LiveH264(width=clock_bar.WIDTH, height=96, fps=15)
    camera = RtspCamera(footage, Faults(), fps=15)
    footage.begin(camera.begun)
    yield camera
    camera.close()
    footage.close()


def test_the_clock_in_each_picture_is_one_that_was_drawn(worker, new_sink, camera):
    sink = new_sink("clock")
    # On a busy machine the encoder may be late, and the camera waits for it.
    source = {"connector.class": "CameraSource", "url": camera.url, "topic": "clock", "timeout.ms": "60000"}
    worker.rest.run("camera", source)
    worker.rest.run("browser", sink.config)
    wait_until("there is video", lambda: worker.rest.task_metrics("camera").get("frames_stored", 0) > 15)
    with chromium() as browser:
        for query in ("", "&as=pictures"):
            with PlayerPage(browser, f"{sink.url}watch?at=live{query}", clock_bar.RECORDER) as player:
                wait_until("30 pictures are shown", lambda page=player.page: page.evaluate("bars.length") >= 30)
                bars = player.page.evaluate("bars")
                assert player.page.evaluate("document.getElementById('video').src !== ''") is (query == "")
            values = [value for _, value, _ in bars]
            assert values == sorted(values)
            assert set(values) <= set(camera.footage.drawn)
            # Nothing is shown before it was drawn; four hours before is the bar's way to say so.
            assert all(clock_bar.milliseconds_since(value, shown / 1000) < 3600_000 for _, value, shown in bars)
