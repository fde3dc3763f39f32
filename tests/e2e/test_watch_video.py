"""/watch of a topic of H.264 or H.265 in a real Chromium: the video as it is where that plays it, pictures where not; exactly
the frame that it says, live and in the past."""

import json

import pytest
import requests
from harness import footage
from harness.footage import number_in
from harness.player import PlayerPage, chromium
from harness.topic import Topic
from harness.waiting import wait_until

FRAMES = 600
ENCODINGS = {
    "h264": ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "30", "-sc_threshold", "0"),
    "h265": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:bframes=3:keyint=30"),
}

# What has been shown, each time the player says another frame: its offset, and the number in the picture.
RECORDER = """
window.seen = [];
addEventListener('DOMContentLoaded', () => {
  const track = document.getElementById('track'), canvas = document.getElementById('picture');
  if (!track) return;  // not the player
  new MutationObserver(() => {
    const found = /frame ([0-9]+)$/.exec(track.getAttribute('aria-valuetext'));
    if (!found || (seen.length && seen[seen.length - 1][0] === Number(found[1]))) return;
    const pixels = canvas.getContext('2d').getImageData(0, 24, canvas.width, 1).data;
    let number = 0;
    for (let bit = 0; bit < 12; ++bit) if (pixels[(bit * 32 + 16) * 4] > 128) number |= 1 << bit;
    seen.push([Number(found[1]), number]);
  }).observe(track, { attributes: true, attributeFilter: ['aria-valuetext'] });
});
"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


class Player(PlayerPage):
    def __init__(self, browser, url):
        super().__init__(browser, url, RECORDER)

    def seen(self, at_least):
        """Offsets and numbers of what has been shown, from so many on."""
        wait_until(f"{at_least} frames are shown", lambda: len(self.page.evaluate("seen")) >= at_least, 60)
        return self.page.evaluate("seen")

    def forget(self):
        self.page.evaluate("seen.length = 0")

    def plays_video(self):
        return self.page.evaluate("document.getElementById('video').src.startsWith('blob:')")


class Recorded:
    def __init__(self, worker, sink, video_source, codec, pace):
        self.url = sink.url
        video = footage.numbered(FRAMES, f"watched-{codec}", ENCODINGS[codec])
        worker.rest.run("video", video_source(video, f"watch-{codec}", format="copy", pace=pace))
        worker.rest.run("browser", sink.config)
        topic = Topic(sink.url)
        wait_until("90 frames are in the topic", lambda: topic.has(90), 60)

    def place(self, offset):
        """The first place with a picture from `offset` on: of Kafka's offsets some are marks of transactions."""
        while requests.get(f"{self.url}frames/{offset}", timeout=60).status_code == 404:
            offset += 1
        return offset

    def check(self, seen):
        """Each picture is the one that the sink has at the offset that the player says."""
        for offset, number in seen:
            assert number_in(requests.get(f"{self.url}frames/{offset}", timeout=60).content) == number, json.dumps(seen)


@pytest.fixture
def recorded(worker, new_sink, video_source):
    return lambda codec, pace="unpaced": Recorded(worker, new_sink(f"watch-{codec}"), video_source, codec, pace)


def test_h264_is_played_as_it_is_live_and_each_frame_is_the_one_it_is_said_to_be(browser, recorded):
    topic = recorded("h264", "realtime")
    with Player(browser, topic.url + "watch?at=live") as player:
        seen = player.seen(60)
        assert player.plays_video()
        assert player.state() == "live"
        topic.check(seen[::7])
        offsets = [offset for offset, _ in seen]
        assert offsets == sorted(offsets)


def test_a_jump_shows_exactly_the_frame_and_plays_on(browser, recorded):
    topic = recorded("h264")
    with Player(browser, topic.url + "watch?at=137") as player:
        seen = player.seen(20)
        assert player.plays_video()
        assert seen[0][0] == topic.place(137)
        topic.check(seen[:20])
        player.page.keyboard.press("Space")
        wait_until("it is paused", lambda: player.state() == "paused")
        player.forget()
        player.page.fill("#jump", "305")
        player.page.keyboard.press("Enter")
        topic.check(player.seen(1))
        player.page.keyboard.press("ArrowLeft")
        topic.check(player.seen(2))
        player.page.keyboard.press("Space")
        topic.check(player.seen(20)[:20])
        assert player.plays_video()


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_a_jump_while_it_is_paused_ends_at_exactly_the_frame(browser, recorded, codec):
    topic = recorded(codec)
    with Player(browser, topic.url + "watch?at=40&paused") as player:
        player.seen(1)
        wanted = topic.place(317)
        player.forget()
        player.page.fill("#jump", str(wanted))
        player.page.keyboard.press("Enter")
        # The key frame before it may be shown for the time being, where that comes sooner.
        wait_until("the frame is shown", lambda: [offset for offset, _ in player.seen(1)][-1] == wanted)
        topic.check(player.seen(1)[-1:])
        assert player.state() == "paused"


def test_fast_forward_has_the_key_frames(browser, recorded):
    topic = recorded("h264")
    with Player(browser, topic.url + "watch?at=0&speed=8") as player:
        seen = player.seen(10)
        assert player.plays_video()
        topic.check(seen)
        assert all(number % 30 == 0 for _, number in seen)


def test_what_the_browser_does_not_play_comes_as_pictures(browser, recorded):
    topic = recorded("h265")
    with Player(browser, topic.url + "watch?at=40") as player:
        seen = player.seen(20)
        assert not player.plays_video()
        topic.check(seen[:20])


def test_who_comes_back_goes_on_with_the_video_where_he_left(browser, recorded):
    topic = recorded("h264")
    with Player(browser, topic.url + "watch") as player:
        seen = player.seen(50)
        assert player.plays_video()
        topic.check(seen[:5])
        player.page.reload(wait_until="domcontentloaded")
        again = player.seen(5)
        topic.check(again)
        assert 20 < again[0][0] <= player.page.evaluate("seen")[-1][0]


def test_who_wants_pictures_gets_pictures(browser, recorded):
    topic = recorded("h264")
    with Player(browser, topic.url + "watch?at=10&as=pictures") as player:
        topic.check(player.seen(5))
        assert not player.plays_video()
        assert "as=pictures" in player.page.url


def test_a_clip_in_a_video_element_is_cut_to_the_frame(browser, recorded):
    topic = recorded("h264")
    first, last = topic.place(47), topic.place(77)
    with Player(browser, topic.url + "status") as player:
        numbers = player.page.evaluate(
            """async (url) => {
              const video = document.createElement('video'), canvas = document.createElement('canvas'), numbers = [];
              video.muted = true;
              video.src = url;
              document.body.append(video);
              const look = () => {
                const picture = new VideoFrame(video);
                canvas.width = picture.displayWidth; canvas.height = picture.displayHeight;
                canvas.getContext('2d').drawImage(picture, 0, 0);
                picture.close();
                const pixels = canvas.getContext('2d').getImageData(0, 24, canvas.width, 1).data;
                let number = 0;
                for (let bit = 0; bit < 12; ++bit) if (pixels[(bit * 32 + 16) * 4] > 128) number |= 1 << bit;
                if (numbers[numbers.length - 1] !== number) numbers.push(number);
                video.requestVideoFrameCallback(look);
              };
              video.requestVideoFrameCallback(look);
              const ended = new Promise((resolve, reject) => { video.onended = resolve; video.onerror = () => reject(video.error.message); });
              await new Promise((resolve) => { video.oncanplay = resolve; });
              await new Promise((resolve) => setTimeout(resolve, 500));  // for the first picture; decides nothing
              video.playbackRate = 0.25;
              await video.play();
              await ended;
              return numbers;
            }""",
            f"{topic.url}clip?format=mp4&from={first}&until={last}",
        )
        shown = [number_in(requests.get(f"{topic.url}frames/{place}", timeout=60).content) for place in (first, last)]
        assert numbers[0] == shown[0]
        assert numbers[-1] == shown[1] - 1
        assert numbers == sorted(numbers)
