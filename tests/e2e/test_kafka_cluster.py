"""group.id and config.storage.topic on several workers: they share their connectors, say the same, and make each change once."""

import concurrent.futures

import requests
from harness import footage
from harness.clusters import frames_in, places, started, told, wait_places
from harness.waiting import wait_until


def test_two_workers_share_connectors_and_say_the_same(cluster, kafka, video_source):
    one, two = started(cluster("w1"), cluster("w2"))
    video = footage.pattern(60)
    sources = {f"video-{i}": video_source(video, f"frames-{i}") for i in range(4)}
    for i, (name, config) in enumerate(sources.items()):
        (one, two)[i % 2].rest.put(name, config)
    where = wait_places(one, sources, ("w1", "w2"))
    assert sorted(where.values()) == ["w1", "w1", "w2", "w2"], "both have their share"
    wait_until("both say the same", lambda: places(two, sources) == where)
    assert sorted(one.rest.answer("GET", "/connectors")) == sorted(two.rest.answer("GET", "/connectors"))
    for name in sources:
        for path in (f"/connectors/{name}", f"/connectors/{name}/status", f"/connectors/{name}/config"):
            wait_until(f"{path} is the same at both", lambda path=path: told(one, path) == told(two, path))
    for config in sources.values():
        wait_until("all frames are there", lambda config=config: len(frames_in(kafka, config["topic"])) >= 60)
        assert frames_in(kafka, config["topic"]) == list(range(60)), "each task runs once"
    # A change is carried out wherever it is asked for.
    one.rest.answer("PUT", "/connectors/video-1/pause")
    two.rest.answer("PUT", "/connectors/video-0/stop")
    wait_until("it is paused at both", lambda: two.rest.status("video-1")["tasks"][0]["state"] == "PAUSED")
    assert one.rest.status("video-0")["connector"]["state"] == "STOPPED"
    two.rest.delete("video-1")
    wait_until("it is gone at both", lambda: "video-1" not in one.rest.answer("GET", "/connectors"))


def test_changes_hold_whichever_workers_they_are_asked_of_one_behind_the_other(cluster, kafka, video_source):
    one, two = started(cluster("w1"), cluster("w2"))
    source = video_source(footage.pattern(30), "frames")
    one.rest.put("video", source)

    def said(worker, method, path, **options):
        return requests.request(method, f"{worker.rest.url}/connectors/{path}", timeout=60, **options).status_code

    for workers in [(one, two), (two, one)] * 6:
        assert said(workers[0], "PUT", "video/pause") == 202
        assert said(workers[1], "PUT", "video/resume") == 202
        for worker in workers:  # the first of them has seen the pause
            wait_until("it runs", lambda worker=worker: worker.rest.status("video")["connector"]["state"] == "RUNNING")
    offsets = {"offsets": [{"partition": {"file": source["file"]}, "offset": {"frame": 7}}]}
    assert said(one, "PUT", "video/stop") == 204
    assert said(two, "PATCH", "video/offsets", json=offsets) == 200
    for _ in range(3):
        one.rest.put("short", source)
        assert said(two, "DELETE", "short") == 204
    # The topic by which the workers know each other is none that anybody may delete; who does it all the same is healed.
    kafka.delete_topic("framespool-workers")
    wait_until("it is made again", lambda: "by which the workers of group" in one.log() + two.log())
    for worker in two, one:
        assert said(worker, "PUT", "video/resume") == 202
        assert said(worker, "PUT", "video/pause") == 202
    assert "has given this worker up" not in one.log() + two.log()


def test_changes_are_made_when_the_topic_of_requests_was_deleted_and_is_made_anew(cluster, kafka, video_source):
    workers = dict(zip(("w1", "w2"), started(cluster("w1"), cluster("w2")), strict=True))
    source = video_source(footage.pattern(30), "frames")
    for number in range(5):
        workers["w1"].rest.put("video", source | {"fps": str(number + 1)})

    def change(worker, fps):
        """A change whose sender could not know that the topic is gone is a 503, to be repeated."""
        answer = requests.put(f"{worker.rest.url}/connectors/video/config", json=source | {"fps": fps}, timeout=60)
        assert answer.status_code in (200, 503), answer.text
        return answer.ok

    kafka.delete_topic(f"{cluster.name}-configs-requests")
    for number, worker in enumerate(workers.values()):
        wait_until("it is made", lambda worker=worker, number=number: change(worker, f"1{number}"), 90)
    assert workers["w1"].stop() == 0 and workers["w2"].stop() == 0
    kafka.delete_topic(f"{cluster.name}-configs-requests")
    workers = dict(zip(("w1", "w2"), started(cluster("w1"), cluster("w2")), strict=True))
    for number, worker in enumerate(workers.values()):
        wait_until("it is made", lambda worker=worker, number=number: change(worker, f"2{number}"), 90)


def test_a_name_that_is_created_twice_at_two_workers_is_created_once(cluster, video_source):
    workers = started(cluster("w1"), cluster("w2"))
    video = footage.pattern(30)
    for attempt in range(5):
        body = {"name": f"same-{attempt}", "config": video_source(video, f"frames-{attempt}")}
        with concurrent.futures.ThreadPoolExecutor() as pool:
            codes = list(
                pool.map(lambda worker, body=body: worker.rest.call("POST", "/connectors", body).status_code, workers)
            )
        assert sorted(codes) == [201, 409], codes


def test_of_changes_on_one_config_at_two_workers_one_is_made(cluster, video_source):
    workers = started(cluster("w1"), cluster("w2"))
    source = video_source(footage.pattern(30), "frames")
    body = {"name": "video", "config": source, "initial_state": "STOPPED"}
    assert workers[0].rest.call("POST", "/connectors", body).status_code == 201
    wait_until("both know it", lambda: "video" in workers[1].rest.answer("GET", "/connectors"))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for attempt in range(1, 6):
            seen = workers[0].rest.call("GET", "/connectors/video/config")
            wait_until(
                "both show the same",
                lambda seen=seen: (
                    workers[1].rest.call("GET", "/connectors/video/config").headers["ETag"] == seen.headers["ETag"]
                ),
            )

            def change(number, attempt=attempt, seen=seen):
                return requests.put(
                    f"{workers[number % 2].rest.url}/connectors/video/config",
                    json=source | {"fps": str(attempt * 10 + number)},
                    headers={"If-Match": seen.headers["ETag"]},
                    timeout=60,
                ).status_code

            codes = sorted(pool.map(change, range(4)))
            assert codes == [200, 412, 412, 412], codes
        # Without If-Match each is made, on whatever there is.

        def patch(change):
            number, body = change
            return requests.patch(
                f"{workers[number % 2].rest.url}/connectors/video/config", json=body, timeout=60
            ).status_code

        patches = [(0, {"fps": "7"}), (1, {"loop": "true"}), (2, {"pace": "realtime"}), (3, {"tasks.max": "2"})]
        assert set(pool.map(patch, patches)) == {200}
    wait_until(
        "all of them are there",
        lambda: (
            {"fps": "7", "loop": "true", "pace": "realtime", "tasks.max": "2"}.items()
            <= workers[0].rest.answer("GET", "/connectors/video/config").items()
        ),
    )


def test_a_connector_that_reads_topics_of_a_pattern_is_split_anew_by_whoever_leads(cluster, kafka, topic_named):
    first, second, copies = topic_named("cam-1"), topic_named("cam-2"), topic_named("cam-all")
    sent = []

    def send(topic, partition, count):
        producer = kafka.producer()
        for _ in range(count):
            sent.append(str(len(sent)))
            producer.send(topic, sent[-1].encode(), partition=partition)
        producer.close()

    def copied():
        return sorted(int(record.value) for record in kafka.records(copies))

    kafka.create_topic(first, 2)
    kafka.create_topic(copies)
    send(first, 0, 50)
    send(first, 1, 50)
    one, two = started(cluster("w1"), cluster("w2"))
    # It matches where the records go and what the workers keep for themselves as well.
    pattern = first.replace("cam-1", "cam-.*") + f"|{cluster.name}-.*|framespool-.*|__.*"
    config = {"connector.class": "TopicSource", "source.topics.regex": pattern, "topic": copies, "tasks.max": "2"}
    one.rest.put("copy", config)

    def shares(worker):
        tasks = worker.rest.answer("GET", "/connectors/copy/tasks")
        return sorted(sum((task["config"]["source.partitions"].split(",") for task in tasks), []))

    wait_until("both have their share", lambda: shares(two) == [f"{first}-0", f"{first}-1"])
    wait_until("all is copied", lambda: copied() == list(range(len(sent))))
    kafka.create_topic(second)
    send(second, 0, 50)
    wait_until("the second topic is read", lambda: shares(two) == [f"{first}-0", f"{first}-1", f"{second}-0"])
    wait_until("all of that is copied", lambda: copied() == list(range(len(sent))))
    workers = {"w1": one, "w2": two}
    workers.pop(one.rest.answer("GET", "/cluster")["leader"]).kill()
    (other,) = workers.values()
    send(second, 0, 50)
    kafka.add_partitions(second, 2)
    send(second, 1, 50)
    wait_until("the other follows what comes", lambda: f"{second}-1" in shares(other))
    wait_until("each record is there once", lambda: copied() == list(range(len(sent))))
