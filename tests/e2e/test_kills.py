"""50 kill -9s at random moments, while a source runs as fast as it can and viewers watch."""

import random
import time

from harness import footage
from harness.continuity import SLACK_SECONDS, judge
from harness.mjpeg import Viewer
from harness.topic import Topic, offsets_by_digest
from harness.waiting import wait_until

KILLS = 50
FRAMES = 20000  # more than any source gets through in that time
SEED = 20


def test_fifty_kills_lose_no_frame_and_repeat_none_in_the_topic(new_worker, new_sink, video_source):
    chance = random.Random(SEED)
    video = footage.pattern(FRAMES, width=320, height=180)
    worker = new_worker().start()
    fast, paced = new_sink("frames"), new_sink("frames")
    worker.rest.run("fast", fast.config)
    worker.rest.run("paced", paced.config)
    worker.rest.run("video", video_source(video, "frames", width="1280"))
    topic = Topic(fast.url)

    with Viewer(fast.url + "?pace=unpaced") as fast_viewer, Viewer(paced.url) as paced_viewer:
        for _ in range(KILLS):
            # From before the REST API answers until long after frames flow again.
            time.sleep(chance.uniform(0.05, 1.0))
            worker.kill()
            worker.start(ready=False)
        wait_until("the worker is healthy after the last kill", worker.rest.is_healthy)
        worker.rest.delete("video")
        wait_until("the fast sink answers", lambda: topic.has(0))
        records = topic.records()
        assert 1000 < len(records) < FRAMES, "the source should have been at work from the first kill to the last"
        assert [record.frame for record in records] == list(range(len(records))), "the topic misses or repeats frames"
        offsets = offsets_by_digest(records)
        last = records[-1].digest
        wait_until("the fast viewer has seen the last frame", lambda: fast_viewer.digests()[-1] == last, 120)

    for name, viewer in (("fast", fast_viewer), ("paced", paced_viewer)):
        report = judge(viewer.seen, offsets)
        print(f"{name}: {report}")
        assert report.connections > KILLS // 2, "too many kills hit a worker that showed nothing"
        assert max(report.repeated_seconds) <= 0.25 + SLACK_SECONDS, report
        # A viewer may connect to a worker that is killed or still starting; the rest has its picture in time.
        waits = sorted(report.first_frame_seconds)
        assert waits[len(waits) * 9 // 10] <= 0.5, report
    assert judge(fast_viewer.seen, offsets).frames == len(records)
