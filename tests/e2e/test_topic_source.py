"""Topics read into other topics: TopicSource in real workers, also over kill -9."""

import re

from harness.killing import killed_again_and_again
from harness.waiting import wait_until

COUNT = 3000

# Texts that are numbers up to 127.
SMALL_NUMBERS = {
    "value.converter": "StringConverter",
    "transforms": "small,text",
    "transforms.small.type": "Cast$Value",
    "transforms.small.spec": "int8",
    "transforms.text.type": "Cast$Value",
    "transforms.text.spec": "string",
    "errors.tolerance": "all",
    "errors.deadletterqueue.context.headers.enable": "true",
}
ERROR_HEADERS = ",".join(
    f"__connect.errors.{part}"
    for part in (
        "topic",
        "partition",
        "offset",
        "connector.name",
        "task.id",
        "stage",
        "class.name",
        "exception.class.name",
        "exception.message",
        "exception.stacktrace",
    )
)


def numbers_into(worker, topic, count, rate="500"):
    worker.rest.run("beats", {"connector.class": "HeartbeatSource", "topic": topic, "rate": rate, "count": str(count)})


def lines_of(worker, topic, file, name="lines", **more):
    worker.rest.run(name, {"connector.class": "LineFileSink", "topics": topic, "file": str(file)} | more)


def read(file):
    return file.read_text().split() if file.exists() else []


def test_kills_lose_and_repeat_no_record_between_two_topics(new_worker, topic_named, tmp_path, on_kafka):
    numbers, copies, lines = topic_named("numbers"), topic_named("copies"), tmp_path / "lines.txt"
    worker = new_worker(exactly_once_source_support="enabled", offset_flush_interval_ms="200").start()
    numbers_into(worker, numbers, COUNT)
    worker.rest.run("copy", {"connector.class": "TopicSource", "source.topics": numbers, "topic": copies})
    wait_until("records are copied", lambda: worker.rest.task_metrics("copy").get("records", 0) > 0)
    killed_again_and_again(worker, 4 if on_kafka else 10)
    lines_of(worker, copies, lines)
    wanted = [str(number) for number in range(COUNT)]
    wait_until("the last number has been copied", lambda: read(lines)[-1:] == wanted[-1:])
    worker.stop()
    assert read(lines) == wanted


def test_dead_letters_are_sent_back(new_worker, topic_named, tmp_path):
    numbers, dead = topic_named("numbers"), topic_named("dead")
    worker = new_worker().start()
    small, again = tmp_path / "small.txt", tmp_path / "again.txt"
    numbers_into(worker, numbers, 200)
    lines_of(worker, numbers, small, **SMALL_NUMBERS, **{"errors.deadletterqueue.topic.name": dead})
    wait_until("the small numbers have arrived", lambda: len(read(small)) == 128)
    back = topic_named("again")
    worker.rest.run(
        "back",
        {
            "connector.class": "TopicSource",
            "source.topics": dead,
            "topic": back,
            "transforms": "clean",
            "transforms.clean.type": "DropHeaders",
            "transforms.clean.headers": ERROR_HEADERS,
        },
    )
    lines_of(worker, back, again, name="again")
    wanted = [str(number) for number in range(128, 200)]
    wait_until("each dead letter has come back", lambda: read(again) == wanted)


def test_dead_letters_are_told_by_their_reason(new_worker, topic_named, tmp_path):
    numbers, dead = topic_named("numbers"), topic_named("dead")
    worker = new_worker().start()
    numbers_into(worker, numbers, 200)
    named = SMALL_NUMBERS | {"errors.deadletterqueue.topic.name": dead}
    lines_of(worker, numbers, tmp_path / "small.txt", **named)
    lines_of(worker, numbers, tmp_path / "others.txt", "others", **named)
    wait_until(
        "both have sent their letters",
        lambda: (
            (told := worker.rest.answer("GET", "/connectors/lines/dead-letters"))["complete"]
            and (told["own"], told["others"]) == (72, 72)
        ),
    )
    told = worker.rest.answer("GET", "/connectors/lines/dead-letters")
    assert told["records"] == told["looked_at"] == 144, told
    (reason,) = told["reasons"]
    assert (reason["topic"], reason["stage"], reason["letters"]) == (numbers, "TRANSFORMATION", 72), reason
    assert len(told["letters"]) == 20
    lines_of(worker, numbers, tmp_path / "without.txt", "without")
    assert worker.rest.call("GET", "/connectors/without/dead-letters").status_code == 404


def test_a_topic_that_comes_later_is_waited_for_and_named(worker, topic_named, tmp_path):
    later, copies, lines = topic_named("later"), topic_named("copies"), tmp_path / "lines.txt"
    worker.rest.run("copy", {"connector.class": "TopicSource", "source.topics": later, "topic": copies})
    wait_until(
        "the task says what it waits for", lambda: later in worker.rest.task_metrics("copy").get("waiting_for", "")
    )
    numbers_into(worker, later, 3)
    lines_of(worker, copies, lines)
    wait_until("the records have been copied", lambda: read(lines) == ["0", "1", "2"])


def partitions_of(worker, name):
    """What each task reads, by its number."""
    tasks = worker.rest.answer("GET", f"/connectors/{name}/tasks")
    return [task["config"]["source.partitions"].split(",") for task in tasks]


def beginnings_of(worker, name):
    """How often each task has been taken up since the worker's start."""
    events = worker.rest.answer("GET", "/events")["events"]
    numbers = [event["task"] for event in events if event["connector"] == name and event["state"] == "RUNNING"]
    return {number: numbers.count(number) for number in set(numbers) - {None, -1}}


def test_topics_of_a_pattern_are_shared_out_and_followed_as_they_come_and_go(new_worker, topic_named, tmp_path):
    cams = [topic_named(f"cam-{number}") for number in range(4)]
    copies, lines, whole = topic_named("cam-all"), tmp_path / "lines.txt", tmp_path / "whole.txt"
    worker = new_worker(exactly_once_source_support="enabled", offset_flush_interval_ms="200").start()

    def film(number, count, rate="500"):
        topic = cams[number]
        config = {"connector.class": "HeartbeatSource", "topic": topic, "rate": rate, "count": str(count)}
        worker.rest.run(f"to-{topic}", config)

    def tasks():
        return worker.rest.status("copy")["tasks"]

    film(0, 50)
    film(1, 50)
    numbers_into(worker, topic_named("not-cam-9"), 50)
    topics = [*cams[:2], topic_named("not-cam-9")]
    wait_until("they are there", lambda: all(worker.rest.call("GET", f"/topics/{t}").ok for t in topics))
    pattern = cams[0].replace("cam-0", "cam-([0-9]|all)")
    assert re.fullmatch(pattern, copies), "its own topic matches as well"
    config = {"connector.class": "TopicSource", "source.topics.regex": pattern, "topic": copies, "tasks.max": "2"}
    worker.rest.run("copy", config)
    lines_of(worker, copies, lines)
    wait_until("all of both is copied", lambda: len(read(lines)) == 100)
    assert partitions_of(worker, "copy") == [[f"{cams[0]}-0"], [f"{cams[1]}-0"]]

    film(2, COUNT, "1000")
    wait_until("the third is copied", lambda: len(read(lines)) > 100)
    shares = partitions_of(worker, "copy")
    assert sorted(sum(shares, [])) == [f"{cam}-0" for cam in cams[:3]]
    assert sorted(beginnings_of(worker, "copy").values()) == [1, 2], "one task goes on"
    killed_again_and_again(worker, 2)
    film(3, 50)
    lines_of(worker, copies, whole, "whole")  # a sink that is killed may write a line again
    wanted = sorted([*map(str, range(50))] * 3 + [*map(str, range(COUNT))])
    wait_until("each record is copied once", lambda: sorted(read(whole)) == wanted)

    stays = {task["id"]: beginnings_of(worker, "copy")[task["id"]] for task in tasks()}
    worker.rest.delete(f"to-{cams[3]}")
    had = next(number for number, share in enumerate(partitions_of(worker, "copy")) if f"{cams[3]}-0" in share)
    worker.rest.answer("DELETE", f"/topics/{cams[3]}")
    wait_until("nobody has it", lambda: f"{cams[3]}-0" not in sum(partitions_of(worker, "copy"), []))
    wait_until("all run", lambda: [task["state"] for task in tasks()] == ["RUNNING"] * 2)
    assert beginnings_of(worker, "copy")[1 - had] == stays[1 - had], "the other has gone on"
    worker.stop()
    assert sorted(read(whole)) == wanted


def test_topics_are_named_or_of_a_pattern_and_not_both(worker, topic_named):
    def refused(**keys):
        config = {"connector.class": "TopicSource", "topic": "out"} | {k.replace("_", "."): v for k, v in keys.items()}
        answer = worker.rest.call("PUT", "/connectors/copy/config", config)
        assert answer.status_code == 400, answer.text
        return {problem["field"]: problem["message"] for problem in answer.json()["problems"]}

    assert "or source.topics.regex a pattern" in refused()["source.topics"]
    both = refused(source_topics="a", source_topics_regex="b.*")
    assert sorted(both) == ["source.topics", "source.topics.regex"], both
    assert "has a lookahead" in refused(source_topics_regex="(?=a)b")["source.topics.regex"]
    assert "must be partitions" in refused(source_topics="a", source_partitions="b-0")["source.partitions"]


def test_a_circle_is_refused_at_its_key(worker):
    answer = worker.rest.call(
        "PUT",
        "/connectors/circle/config",
        {"connector.class": "TopicSource", "source.topics": "a,b", "topic": "b"},
    )
    assert answer.status_code == 400
    assert "topic must be another topic than those of source.topics" in answer.json()["message"]


def test_a_probe_shows_the_first_record_of_the_topics(worker, topic_named):
    numbers = topic_named("numbers")
    numbers_into(worker, numbers, 5)
    wait_until("a record is there", lambda: worker.rest.task_metrics("beats").get("records", 0) > 0)
    answer = worker.rest.answer(
        "PUT",
        "/connector-plugins/TopicSource/probe",
        {"connector.class": "TopicSource", "name": "look", "source.topics": numbers, "topic": "elsewhere"},
    )
    assert answer["facts"]["topic"] == numbers, answer


def test_transforms_of_fields_stand_between_two_topics(worker, topic_named, tmp_path):
    numbers, named = topic_named("numbers"), topic_named("named")
    lines = tmp_path / "lines.txt"
    numbers_into(worker, numbers, 3)
    worker.rest.run(
        "copy",
        {
            "connector.class": "TopicSource",
            "source.topics": numbers,
            "topic": named,
            "value.converter": "JsonConverter",
            "value.converter.schemas.enable": "false",
            "transforms": "in,from",
            "transforms.in.type": "HoistField$Value",
            "transforms.in.field": "n",
            "transforms.from.type": "InsertField$Value",
            "transforms.from.static.field": "by",
            "transforms.from.static.value": "me",
        },
    )
    lines_of(worker, named, lines)
    wait_until("three lines", lambda: read(lines) == [f'{{"n":{n},"by":"me"}}' for n in range(3)])


def test_a_transform_that_leads_back_to_where_it_reads_fails_at_the_first_record(new_worker, topic_named, tmp_path):
    worker = new_worker().start()
    numbers = topic_named("numbers")
    numbers_into(worker, numbers, 5)
    back = {
        "transforms": "back",
        "transforms.back.type": "RegexRouter",
        "transforms.back.regex": ".*",
        "transforms.back.replacement": numbers,
    }
    worker.rest.put("copy", {"connector.class": "TopicSource", "source.topics": numbers, "topic": "copies"} | back)
    trace = worker.rest.wait_task("copy", "FAILED")["trace"]
    assert f'must be none that the connector reads, but is "{numbers}"' in trace
    partitions = worker.rest.answer("GET", f"/topics/{numbers}")["partitions"]
    assert sum(each["end_offset"] for each in partitions) < 20
