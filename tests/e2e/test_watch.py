"""/watch in a real Chromium: the player, by mouse, by keyboard alone, on a phone, and when the worker goes away."""

import re

import pytest
import requests
from harness import footage
from harness.path_proxy import PathProxy
from harness.player import PlayerPage, chromium
from harness.topic import Topic
from harness.waiting import wait_until

FRAMES = 450


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def sink(worker, new_sink, video_source):
    sink = new_sink("frames")
    worker.rest.run("video", video_source(footage.pattern(FRAMES), "frames", pace="realtime"))
    worker.rest.run("browser", sink.config)
    topic = Topic(sink.url)
    wait_until("60 frames are in the topic", lambda: topic.has(60))
    return sink


class Player(PlayerPage):
    def frame(self):
        """The number of the frame that is shown, or None."""
        found = re.search(r"frame (\d+)$", self.page.get_attribute("#track", "aria-valuetext") or "")
        return int(found.group(1)) if found else None

    def badge(self):
        return self.page.inner_text("#badge")

    def until_frame(self, at_least=0):
        return wait_until(
            f"a frame from {at_least} on is shown",
            lambda: (now := self.frame()) is not None and now >= at_least and (now,),
        )[0]

    def until_state(self, state, seconds=20.0):
        wait_until(f"the badge is {state}", lambda: self.state() == state, seconds)

    def pixels(self):
        return self.page.evaluate(
            "() => { const c = document.getElementById('picture');"
            " return Array.from(c.getContext('2d').getImageData(0, 0, c.width, 40).data).join(); }"
        )


def pixels_of(player, sink, offset):
    """The same part of a frame as the sink has it, drawn by the same browser."""
    return player.page.evaluate(
        "async (url) => { const bitmap = await createImageBitmap(await (await fetch(url)).blob());"
        " const c = new OffscreenCanvas(bitmap.width, bitmap.height); const g = c.getContext('2d');"
        " g.drawImage(bitmap, 0, 0); return Array.from(g.getImageData(0, 0, c.width, 40).data).join(); }",
        f"{sink.url}frames/{offset}",
    )


def test_pause_step_and_reload_keep_the_frame(browser, sink):
    with Player(browser, sink.url + "watch") as player:
        player.until_frame(5)
        player.page.keyboard.press("Space")
        player.until_state("paused")
        paused = player.frame()
        assert player.pixels() == pixels_of(player, sink, paused)
        player.page.keyboard.press("ArrowLeft")
        wait_until("the frame before is shown", lambda: player.frame() == paused - 1)
        assert player.pixels() == pixels_of(player, sink, paused - 1)
        player.page.keyboard.press("ArrowRight")
        player.page.keyboard.press("ArrowRight")
        wait_until("the frame behind is shown", lambda: player.frame() in (paused, paused + 1))
        shown = wait_until(
            "the address has the frame",
            lambda: (now := player.frame()) is not None and f"at={now}" in player.page.url and (now,),
        )[0]
        player.page.reload(wait_until="domcontentloaded")
        wait_until("the same frame is shown again", lambda: player.frame() == shown)
        assert player.state() == "paused"
        player.page.keyboard.press("Space")
        assert player.until_frame(shown + 3) < shown + 100


def test_jumps_to_what_was_typed_and_returns_to_live_only_when_asked(browser, sink):
    with Player(browser, sink.url + "watch") as player:
        player.until_frame(60)
        player.page.keyboard.press("g")
        player.page.keyboard.type("7")
        player.page.keyboard.press("Enter")
        wait_until("the frame is near the one that was typed", lambda: (player.frame() or 999) < 40)
        player.page.keyboard.press("Space")
        player.until_state("paused")
        assert "behind" in player.badge()
        before = player.frame()
        player.page.keyboard.press("g")
        player.page.keyboard.press("Control+a")
        player.page.keyboard.type("-1s")
        player.page.keyboard.press("Enter")
        wait_until("a later frame is shown", lambda: player.frame() != before)
        assert player.state() == "paused"
        player.page.keyboard.press("g")
        player.page.keyboard.press("Control+a")
        player.page.keyboard.type("some day")
        player.page.keyboard.press("Enter")
        wait_until("it says what can be typed", lambda: "14:05:10" in player.page.inner_text("#notice"))
        player.page.keyboard.press("Escape")
        player.page.keyboard.press("l")
        player.until_state("live")
        assert "LIVE" in player.badge() and "at=live" in wait_until(
            "live is in the address", lambda: "at=live" in player.page.url and player.page.url
        )


def test_every_control_is_reached_and_used_with_the_keyboard_alone(browser, sink):
    with Player(browser, sink.url + "watch") as player:
        player.until_frame()
        wanted = {"track", "play", "prev", "next", "live", "speed", "jump", "snapshot", "in", "out", "format", "clip"}
        reached = set()
        # Not further: behind the last one the focus leaves the page, in the browser's own time, and keys are lost.
        for _ in range(40):
            player.page.keyboard.press("Tab")
            reached.add(player.page.evaluate("document.activeElement.id"))
            if wanted <= reached:
                break
        assert wanted <= reached, reached
        player.page.evaluate("document.activeElement.blur()")
        player.page.keyboard.press("+")
        wait_until("the speed is in the address", lambda: "speed=2" in player.page.url)
        player.page.keyboard.press("?")
        assert player.page.is_visible("#keys")
        player.page.keyboard.press("Escape")
        # The next key is for the page, not for the list.
        wait_until("the list of keys is closed", lambda: not player.page.is_visible("#keys"))
        player.page.keyboard.press("Space")
        player.until_state("paused")
        player.page.keyboard.press("Home")
        wait_until("the first frame is shown", lambda: player.frame() == 0)


def test_scrubbing_shows_thumbnails_and_pictures_and_clips_are_saved(browser, sink, tmp_path):
    topic = Topic(sink.url)
    with Player(browser, sink.url + "watch") as player:
        player.until_frame(3)
        box = player.page.locator("#track").bounding_box()
        player.page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
        wait_until(
            "a thumbnail is shown",
            lambda: (
                player.page.evaluate(
                    "() => { const i = document.getElementById('thumbnail'); return i.offsetParent !== null && i.naturalWidth; }"
                )
                == 160
            ),
        )
        player.page.mouse.down()
        player.page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 20)
        player.page.mouse.up()
        player.page.keyboard.press("k")
        player.until_state("paused")
        shown = player.until_frame()
        with player.page.expect_download() as download:
            player.page.click("#snapshot")
        assert download.value.path().read_bytes() == topic.get(player.frame()).content
        assert download.value.suggested_filename.endswith(".jpg")

        player.page.fill("#jump", "10")
        player.page.keyboard.press("Enter")
        wait_until("frame 10 is shown", lambda: player.frame() == 10)
        player.page.keyboard.press("[")
        player.page.fill("#jump", "40")
        player.page.keyboard.press("Enter")
        wait_until("frame 40 is shown", lambda: player.frame() == 40)
        player.page.keyboard.press("]")
        with player.page.expect_download() as download:
            player.page.keyboard.press("d")
        data = download.value.path().read_bytes()
        assert data[:4] == b"RIFF" and data.count(b"00dc") >= 2 * 30
        assert shown is not None


def test_it_says_that_the_worker_is_gone_and_goes_on_where_it_was(browser, worker, sink):
    with Player(browser, sink.url + "watch?at=20&speed=0.5") as player:
        player.until_frame(25)
        worker.kill()
        player.until_state("stalled")
        assert "reconnecting" in player.badge()
        before = player.frame()
        worker.start()
        after = player.until_frame(before + 1)
        # Half a second of frames at half speed, and what passed until this looked; live is frame 449.
        assert before < after < before + 200, "it must not fall back to live by itself"
        wait_until("the badge says how far behind", lambda: "behind" in player.badge())


def test_it_works_on_a_phone(browser, sink, tmp_path):
    with Player(
        browser,
        sink.url + "watch",
        viewport={"width": 390, "height": 780},
        device_scale_factor=2,
        has_touch=True,
        is_mobile=True,
    ) as player:
        player.until_frame(3)
        assert player.page.evaluate("document.documentElement.scrollWidth") <= 390
        small = player.page.evaluate(
            "[...document.querySelectorAll('button, select, input, a.button')].filter((e) => e.offsetParent !== null"
            " && e.getBoundingClientRect().height < 40).map((e) => e.id || e.textContent)"
        )
        assert small == []
        assert player.page.evaluate("document.getElementById('picture').getBoundingClientRect().height") > 120
        player.page.tap("#play")
        player.until_state("paused")
        box = player.page.locator("#track").bounding_box()
        player.page.touchscreen.tap(box["x"] + 2, box["y"] + 20)
        wait_until("the touched frame is shown", lambda: (player.frame() or 0) < 15)


def test_gaps_and_loops_are_marked(browser, worker, new_sink, video_source):
    sink = new_sink("loops")
    worker.rest.run("video", video_source(footage.pattern(30), "loops", loop="true", pace="realtime"))
    worker.rest.run("browser", sink.config)
    topic = Topic(sink.url)
    wait_until("the video has begun twice again", lambda: topic.has(65))
    timeline = requests.get(sink.url + "timeline", timeout=60).json()
    assert [loop["offset"] for loop in timeline["loops"]][:2] == [30, 60]
    with Player(browser, sink.url + "watch") as player:
        wait_until("the page tells the loops", lambda: "loop" in player.page.inner_text("#survey"))


@pytest.mark.parametrize(
    "typed, says",
    [
        ("25:99", "25:99 is no time of a day"),
        ("14:60:00", "14:60:00 is no time of a day"),
        ("2024-02-30 12:00", "2024-02-30 is no day of the calendar"),
        ("2999-01-01 12:00", "is still to come: the newest frame is from"),
        ("2001-01-01 12:00", "the recording begins at"),
        ("-400d", "the recording begins at"),
        ("-99999999999999999999d", "longer ago than any clock"),
        ("999999999", "There is no frame 999999999: the topic holds 0 to"),
        ("99999999999999999999", "There is no frame"),
        ("-5x", "neither a time nor an offset"),
        ("foo 1", "neither a time nor an offset"),
        ("", "Type a time such as"),
    ],
)
def test_where_one_cannot_go_is_said_and_one_stays(browser, sink, typed, says):
    with Player(browser, sink.url + "watch?at=10&paused") as player:
        wait_until("frame 10 is shown", lambda: player.frame() == 10)
        player.page.fill("#jump", typed)
        player.page.click("#jumpform button")
        wait_until(f"it says {says}", lambda: says in player.page.inner_text("#notice"))
        assert player.frame() == 10 and player.state() == "paused" and "at=10" in player.page.url
        player.page.fill("#jump", "12")
        player.page.keyboard.press("Enter")
        wait_until("frame 12 is shown", lambda: player.frame() == 12)


@pytest.mark.parametrize(
    "at, says",
    [
        ("999999999", "There is no frame 999999999"),
        ("24:00:00", "no time of a day"),
        ("25:99", "There is no partition 25"),
        ("2001-01-01T00:00:00Z", "the recording begins at"),
    ],
)
def test_an_address_with_a_place_that_is_none_says_so(browser, sink, at, says):
    with Player(browser, f"{sink.url}watch?at={at}") as player:
        wait_until(f"it says {says}", lambda: says in player.page.inner_text("#notice"))
        player.until_frame()


def test_a_picture_of_a_dead_source_is_not_called_live(browser, worker, new_sink, video_source):
    sink = new_sink("once")
    worker.rest.run("video", video_source(footage.pattern(30), "once"))
    worker.rest.run("browser", sink.config | {"playback": "live"})
    wait_until("the video is in the topic", lambda: Topic(sink.url).has(29), 30)
    last = Topic(sink.url).get(29).headers["X-Framespool-Timestamp"]
    with Player(browser, sink.url + "watch") as player:
        player.until_frame(29)
        # Forty minutes pass, for the page.
        player.page.evaluate(
            "() => { const now = Date.now; Date.now = () => now() + 2400000; const f = fetch; window.fetch = async (...a) => { const r = await f(...a);"
            " if (!String(a[0]).includes('/status')) return r; const s = await r.json();"
            " s.time = new Date(Date.parse(s.time) + 2400000).toISOString();"
            " return new Response(JSON.stringify(s)); }; }"
        )
        wait_until("the badge tells the age", lambda: "40 m" in player.badge(), 20)
        assert player.state() == "quiet"
        clock = player.page.evaluate("(t) => new Date(t).toTimeString().slice(0, 8)", last)
        assert player.badge().startswith(f"last picture at {clock}"), player.badge()


def skewed(player, seconds):
    """As if the sink's clock went on so much later than the camera's."""
    player.page.evaluate(
        "(s) => { const f = fetch; window.fetch = async (...a) => { const r = await f(...a);"
        " if (!String(a[0]).includes('/status')) return r; const j = await r.json();"
        " j.time = new Date(Date.parse(j.time) + s * 1000).toISOString();"
        " return new Response(JSON.stringify(j)); }; }",
        seconds,
    )


@pytest.mark.parametrize("seconds, word", [(-3600, "ahead"), (3600, "behind")])
def test_a_camera_whose_clock_is_off_is_live_while_its_pictures_come(
    browser, worker, new_sink, video_source, seconds, word
):
    sink = new_sink("off")
    worker.rest.run("video", video_source(footage.pattern(60), "off", pace="realtime", loop="true"))
    worker.rest.run("browser", sink.config | {"playback": "live"})
    with Player(browser, sink.url + "watch") as player:
        player.until_frame(5)
        skewed(player, seconds)
        wait_until(
            "the clock's difference is told",
            lambda: f"clock 1 h 0 m {word}" in player.badge() or "clock 59 m" in player.badge(),
            20,
        )
        player.until_state("live")
        worker.rest.call("PUT", "/connectors/video/pause")
        player.until_state("quiet")
        assert player.badge().startswith("last picture at ")


def test_a_phone_held_sideways_has_the_picture_over_its_whole_height(browser, sink):
    with Player(
        browser,
        sink.url + "watch",
        viewport={"width": 844, "height": 390},
        device_scale_factor=2,
        has_touch=True,
        is_mobile=True,
    ) as player:
        player.until_frame(3)
        box = player.page.locator("#picture").bounding_box()
        assert (box["y"], box["height"]) == (0, 390)
        assert player.page.evaluate("document.documentElement.scrollHeight") <= 390
        panel = "getComputedStyle(document.getElementById('panel')).opacity"
        wait_until("the controls are gone", lambda: player.page.evaluate(panel) == "0")
        player.page.touchscreen.tap(422, 100)
        wait_until("a touch brings them", lambda: player.page.evaluate(panel) == "1")
        player.page.tap("#play")
        player.until_state("paused")
        wait_until("they go again", lambda: player.page.evaluate(panel) == "0")


def test_a_clip_shows_its_progress_and_is_cancelled(browser, sink):
    with Player(browser, sink.url + "watch") as player:
        player.until_frame(3)
        player.page.select_option("#format", "mp4")
        # It stands still in the middle, as on a busy machine.
        player.page.route("**/clip?*", lambda route: route.fallback() if route.request.method == "DELETE" else None)
        player.page.keyboard.press("d")
        wait_until("it says that it saves", lambda: "Saving" in player.page.inner_text("#notice"))
        player.page.evaluate("document.getElementById('making').hidden = false")
        with player.page.expect_request(lambda request: request.method == "DELETE"):
            player.page.click("#cancel")
        wait_until("it says that it is cancelled", lambda: "cancelled" in player.page.inner_text("#notice"))
        assert not player.page.is_visible("#making")


def test_a_clip_that_cannot_be_made_says_why(browser, sink):
    with Player(browser, sink.url + "watch") as player:
        player.until_frame(3)
        player.page.route(
            "**/clip?*",
            lambda route: route.fulfill(
                status=503, content_type="application/json", body='{"error": "this sink makes 2 clips at a time"}'
            ),
        )
        player.page.keyboard.press("d")
        wait_until("the reason is shown", lambda: "This sink makes 2 clips" in player.page.inner_text("#notice"))


def test_the_page_runs_no_script_but_its_own_and_is_framed_by_no_other_site(browser, worker, sink, new_sink):
    head = requests.get(sink.url + "watch", timeout=60).headers
    policy = head["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy and "frame-ancestors 'self'" in policy
    assert head["X-Frame-Options"] == "SAMEORIGIN" and head["X-Content-Type-Options"] == "nosniff"
    assert policy != requests.get(sink.url + "watch", timeout=60).headers["Content-Security-Policy"]
    open_sink = new_sink("frames", access_control_allow_origin="https://wall.example.org")
    open_sink.config["topics"] = sink.topic
    worker.rest.run("framed", open_sink.config)
    head = requests.get(open_sink.url + "watch", timeout=60).headers
    assert "frame-ancestors 'self' https://wall.example.org" in head["Content-Security-Policy"]
    assert "X-Frame-Options" not in head
    with Player(browser, sink.url + "watch") as player:
        player.until_frame(3)
        player.page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.hacked = 1';"
            " document.body.append(s); }"
        )
        assert player.page.evaluate("window.hacked") is None


def test_it_works_behind_a_proxy_below_a_path_and_on_another_host(browser, sink):
    with PathProxy(sink.port, "/hall") as proxy, Player(browser, f"{proxy.url}watch") as player:
        player.until_frame(3)
        player.page.keyboard.press("Space")
        player.until_state("paused")
        player.page.fill("#jump", "7")
        player.page.keyboard.press("Enter")
        wait_until("frame 7 is shown", lambda: player.frame() == 7)
        player.page.keyboard.press("ArrowRight")
        wait_until("frame 8 is shown", lambda: player.frame() == 8)
        with player.page.expect_download():
            player.page.click("#snapshot")
        with player.page.expect_download():
            player.page.keyboard.press("d")
        assert proxy.strays == []
