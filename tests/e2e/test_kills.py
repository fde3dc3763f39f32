"""Kill -9s at random moments, while a source runs at 200 frames a second and viewers watch."""

import random
import time

from harness import footage
from harness.continuity import assert_promises, judge
from harness.mjpeg import Viewer
from harness.topic import Topic, offsets_by_digest
from harness.waiting import wait_until, wait_until_still

FRAMES = 40000  # more than the source gets through in that time, at this rate also on a slow machine
FPS = "200"
SEED = 20


def test_kills_lose_no_frame_and_repeat_none_in_the_topic(new_worker, new_sink, video_source, on_kafka):
    kills = 12 if on_kafka else 50
    chance = random.Random(SEED)
    video = footage.pattern(FRAMES, width=320, height=180)
    worker = new_worker(exactly_once_source_support="enabled").start()
    fast, paced = new_sink("frames"), new_sink("frames")
    worker.rest.run("fast", fast.config)
    worker.rest.run("paced", paced.config)
    worker.rest.run("video", video_source(video, "frames", width="1280", pace="realtime", fps=FPS))
    topic = Topic(fast.url)

    with Viewer(fast.url + "?pace=unpaced") as fast_viewer, Viewer(paced.url) as paced_viewer:
        for number in range(kills):
            seen = [len(viewer.seen) for viewer in (fast_viewer, paced_viewer)]
            # From before the REST API answers until long after frames flow again. However slow the machine, they do before
            # each third kill.
            time.sleep(chance.uniform(0.05, 1.5))  # decides nothing: when the kill comes
            if number % 3 == 0:
                wait_until(
                    "both viewers see frames",
                    lambda: len(fast_viewer.seen) > seen[0] and len(paced_viewer.seen) > seen[1],
                )
            worker.kill()
            worker.start(ready=False)
        wait_until("the worker is healthy after the last kill", worker.rest.is_healthy)
        worker.rest.delete("video")
        wait_until("the fast sink answers", lambda: topic.has(0))
        wait_until_still("the end of the topic", topic.end)
        records = topic.records()
        assert kills < len(records) < FRAMES, "the source should have been at work from the first kill to the last"
        assert [record.frame for record in records] == list(range(len(records))), "the topic misses or repeats frames"
        offsets = offsets_by_digest(records)
        last = records[-1].digest
        wait_until("the fast viewer has seen the last frame", lambda: fast_viewer.digests()[-1] == last, 120)

    for name, viewer in (("fast", fast_viewer), ("paced", paced_viewer)):
        report = judge(viewer.seen, offsets)
        print(f"{name}: {report}")
        assert report.connections > kills // 4, "too many kills hit a worker that showed nothing yet"
        assert_promises(report)
    assert judge(fast_viewer.seen, offsets).frames == len(records)
