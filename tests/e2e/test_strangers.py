"""Connectors of strangers, with all the faults that code has: what each of them does costs itself, is said, and never the
worker, its neighbours, its REST API or its end."""

import contextlib
import json

import pytest
import requests
from harness.waiting import wait_until
from harness.worker import BAD_PLUGINS, PLUGINS

PATHS = (
    "/connectors?expand=status&expand=info",
    "/connectors/odd/status",
    "/connectors/odd",
    "/connectors/odd/offsets",
    "/connectors/odd/topics",
    "/health",
    "/metrics",
    "/metrics/history",
    "/events",
    "/admin/loggers",
    "/logs",
)
MOST_BYTES = 4 << 20
THROWN = {
    "throw": "thrown as asked",
    "throw-int": "an exception of type int",
    "throw-null": "which is no std::exception",
    "null-what": "says nothing",
    "huge-what": "bytes more)",
    "no-text": "fake line",
    "odd-problems": "more problems",
}


@pytest.fixture
def strange(new_worker, topic_named, on_kafka):
    """A worker that has one honest source and one honest sink, which must not notice anything."""

    def make(**properties):
        if on_kafka:
            properties["offset_storage_topic"] = topic_named("offsets")
        worker = new_worker(
            plugin_path=f"{PLUGINS},{BAD_PLUGINS}",
            offset_flush_interval_ms="100",
            task_shutdown_graceful_timeout_ms="500",
            **properties,
        ).start()
        worker.beats = topic_named("beats")
        worker.odd_topic = topic_named("odd")
        worker.rest.run("beats", {"connector.class": "HeartbeatSource", "topic": worker.beats, "rate": "20"})
        return worker

    return make


def source(worker, where, does, **more):
    config = {"connector.class": "StrangeSource", "topic": worker.odd_topic}
    return config | {"stranger.where": where, "stranger.does": does} | more


def sink(worker, where, does, **more):
    config = {"connector.class": "StrangeSink", "topics": worker.beats}
    return config | {"stranger.where": where, "stranger.does": does} | more


def put(worker, config):
    """The worker may be gone before it has answered."""
    with contextlib.suppress(requests.ConnectionError):
        return worker.rest.call("PUT", "/connectors/odd/config", config)


def look(worker):
    """All that anybody asks of a worker is answered, and is not without bounds."""
    for path in PATHS:
        answer = worker.rest.call("GET", path)
        assert answer.status_code < 500, (path, answer.status_code, answer.text[:2000])
        assert len(answer.content) < MOST_BYTES, (path, len(answer.content))
        if answer.headers["Content-Type"].startswith("application/json"):
            json.loads(answer.content.decode())


def status(worker):
    with contextlib.suppress(requests.ConnectionError):
        answer = worker.rest.call("GET", "/connectors/odd/status")
        return answer.json() if answer.ok else None


def await_state(worker, state):
    """Of the connector or of its first task; whoever has it."""

    def found():
        known = status(worker)
        each = [known["connector"], *known["tasks"][:1]] if known else []
        return next((one for one in each if one["state"] == state), None)

    return wait_until(f"odd is {state}", found)


def still_beats(worker):
    before = worker.rest.task_metrics("beats").get("records", 0)
    wait_until("the others go on", lambda: worker.rest.task_metrics("beats").get("records", 0) > before)


def answers_to_everything(worker):
    """Whatever it does, it can be paused, resumed, restarted and deleted."""
    for method, verb in ("PUT", "pause"), ("PUT", "resume"), ("POST", "restart"), ("PUT", "stop"):
        answer = worker.rest.call(method, f"/connectors/odd/{verb}")
        assert answer.status_code < 300, (verb, answer.text[:2000])
    assert worker.rest.call("DELETE", "/connectors/odd").status_code == 204


@pytest.mark.parametrize(
    "make, where",
    [
        *[(source, where) for where in ("constructor", "poll", "acknowledge", "task-configs", "watch")],
        *[(sink, where) for where in ("constructor", "open", "put", "flush", "pre-commit")],
    ],
)
def test_what_is_thrown_fails_the_task_and_is_said(strange, make, where):
    worker = strange()
    for does, said in THROWN.items():
        worker.rest.call("PUT", "/connectors/odd/config", make(worker, where, does))
        failed = await_state(worker, "FAILED")
        assert said in json.dumps(failed, ensure_ascii=False), (does, json.dumps(failed)[:2000])
        assert failed["problems"] and len(json.dumps(failed)) < 1 << 20
        look(worker)
        answers_to_everything(worker)
    still_beats(worker)
    assert worker.stop() == 0


@pytest.mark.parametrize("make, where", [(source, "check"), (source, "sample"), (sink, "check")])
def test_what_a_check_throws_is_the_answer(strange, make, where):
    worker = strange()
    for does, said in THROWN.items():
        answer = put(worker, make(worker, where, does))
        assert 400 <= answer.status_code <= 500 and said in json.dumps(answer.json(), ensure_ascii=False), answer.text
        assert len(answer.content) < 1 << 20
    if make is source:
        answer = put(worker, source(worker, "check", "report"))
        assert answer.status_code == 400 and len(answer.content) < 1 << 20, answer.text[:2000]
    assert worker.rest.call("GET", "/connectors/odd").status_code == 404
    still_beats(worker)
    assert worker.stop() == 0


def test_what_is_thrown_at_the_end_of_a_task_does_not_keep_it(strange):
    worker = strange()
    for does in THROWN:
        worker.rest.run("odd", sink(worker, "close", does))
        answers_to_everything(worker)
    still_beats(worker)
    assert worker.stop() == 0


@pytest.mark.parametrize(
    "make, where",
    [
        *[(source, where) for where in ("constructor", "poll", "acknowledge", "destructor")],
        *[(source, where) for where in ("task-configs", "watch", "watch-end")],
        *[(sink, where) for where in ("constructor", "open", "put", "flush", "pre-commit", "close", "destructor")],
    ],
)
def test_what_never_returns_is_left_behind(strange, make, where):
    worker = strange(task_stall_timeout_ms="300")
    worker.rest.call("PUT", "/connectors/odd/config", make(worker, where, "hang"))
    if where not in ("close", "destructor", "watch-end", "task-configs", "watch"):
        wait_until("it is said", lambda: "stalled" in status(worker)["tasks"][0].get("trace", ""))
    look(worker)
    answers_to_everything(worker)
    look(worker)
    worker.rest.call("PUT", "/connectors/odd/config", make(worker, where, "hang"))
    still_beats(worker)
    assert worker.stop() == 0


@pytest.mark.parametrize("make, where", [(source, "check"), (source, "sample"), (sink, "check")])
def test_a_check_that_never_returns_is_an_answer(strange, make, where):
    worker = strange()
    answer = put(worker, make(worker, where, "hang"))
    assert answer.status_code == 500 and "did not finish checking" in answer.text
    still_beats(worker)
    assert worker.stop() == 0


@pytest.mark.parametrize("does", ["exit-0", "exit-1", "quick-exit", "underscore-exit", "pthread-exit"])
@pytest.mark.parametrize(
    "make, where", [(source, "constructor"), (source, "poll"), (source, "task-configs"), (sink, "put")]
)
def test_who_ends_the_process_is_the_guilty_one(strange, make, where, does):
    worker = strange()
    worker.may_crash = True
    put(worker, make(worker, where, does))
    failed = await_state(worker, "FAILED")
    assert [problem["kind"] for problem in failed["problems"]] == ["connector-crashed"]
    if does != "pthread-exit":
        assert "was ended by" in failed["trace"] and "exit()" in failed["trace"], failed["trace"]
    look(worker)
    still_beats(worker)
    worker.rest.delete("odd")  # a restart would be another chance
    assert worker.stop() == 0


def test_who_throws_in_a_destructor_is_the_guilty_one(strange):
    worker = strange()
    worker.may_crash = True
    worker.rest.run("odd", source(worker, "destructor", "throw"))
    put(worker, source(worker, "", "nothing"))
    wait_until("it is said", lambda: "odd has ended the worker" in worker.log())
    assert await_state(worker, "FAILED")["problems"][0]["kind"] == "connector-crashed"
    still_beats(worker)
    assert worker.stop() == 0


@pytest.mark.parametrize("does", ["sigpipe", "alarm"])
def test_a_signal_that_somebody_has_set_back_is_a_crash(strange, does):
    """Nobody knows whose: the worker is started again all the same."""
    worker = strange()
    worker.may_crash = True
    before = worker.pid
    put(worker, source(worker, "constructor", does))
    wait_until("another worker is there", lambda: worker.pid != before)
    with contextlib.suppress(requests.ConnectionError):
        worker.rest.call("DELETE", "/connectors/odd")


@pytest.mark.parametrize("does", ["thread", "at-exit", "static-end"])
def test_a_worker_stops_in_good_order_whatever_a_library_does_at_the_end(strange, does):
    worker = strange()
    worker.rest.run("odd", source(worker, "constructor", does))
    still_beats(worker)
    assert worker.stop() == 0


@pytest.mark.parametrize("does", ["locale", "chdir"])
def test_what_a_library_changes_for_the_whole_process_changes_no_answer(strange, does):
    worker = strange()
    worker.rest.run("odd", source(worker, "constructor", does))
    look(worker)
    for line in worker.rest.call("GET", "/metrics").text.splitlines():
        if not line.startswith("#"):
            float(line.rsplit(" ", 1)[1])
    slow = {"connector.class": "HeartbeatSource", "topic": worker.beats, "rate": "12.5"}
    assert worker.rest.call("PUT", "/connectors/slow/config", slow).ok
    worker.rest.wait_running("slow")
    assert worker.rest.answer("GET", "/connectors/slow/config")["rate"] == "12.5"
    still_beats(worker)
    assert worker.stop() == 0
    worker.start()
    worker.rest.wait_running("slow")


@pytest.mark.parametrize(
    "does",
    "no-topic odd-topic binary-topic negative-partition huge-partition huge-key binary-key huge-header many-headers "
    "before-time after-time odd-offset no-offset many-partitions".split(),
)
def test_a_record_that_cannot_be_costs_its_task_alone(strange, does):
    worker = strange()
    worker.rest.call("PUT", "/connectors/odd/config", source(worker, "record", does))

    def decided():
        tasks = status(worker)["tasks"]
        return tasks and (tasks[0]["state"] == "FAILED" or tasks[0].get("metrics", {}).get("records", 0) > 3)

    wait_until("it is taken, or refused", decided)
    task = status(worker)["tasks"][0]
    print(task["state"], task.get("trace", "")[:500])
    look(worker)
    worker.rest.call("GET", f"/topics/{worker.odd_topic}/records")
    still_beats(worker)
    answers_to_everything(worker)
    assert worker.stop() == 0
    worker.start()
    worker.rest.wait_running("beats")
    still_beats(worker)


@pytest.mark.parametrize("does", ["odd-metrics", "many-metrics"])
def test_metrics_that_are_none_are_shown_as_such_or_not_at_all(strange, does):
    worker = strange()
    worker.rest.run("odd", source(worker, "metrics", does))
    wait_until("it has reported", lambda: worker.rest.task_metrics("odd").get("records", 0))
    wait_until("it reports on", lambda: worker.rest.answer("GET", "/metrics/history")["series"].get("odd"))
    assert len(worker.rest.task_metrics("odd")) < 1100
    look(worker)
    for line in worker.rest.call("GET", "/metrics").text.splitlines():
        if not line.startswith("#"):
            float(line.rsplit(" ", 1)[1])
    still_beats(worker)
    answers_to_everything(worker)
    assert worker.stop() == 0


@pytest.mark.parametrize("does", ["hugely", "huge"])
def test_what_is_logged_without_end_is_a_log_that_can_be_read(strange, does):
    worker = strange()
    worker.rest.call("PUT", "/connectors/odd/config", source(worker, "log", does))
    wait_until("it has logged", lambda: "odd|task-0" in worker.log())
    look(worker)
    answers_to_everything(worker)
    still_beats(worker)
    assert worker.stop() == 0
    assert not [line for line in worker.log().splitlines() if line.startswith("fake line")]


@pytest.mark.parametrize("does", ["no-tasks", "too-many-tasks", "as-many-tasks", "odd-tasks", "raise", "storm"])
def test_a_split_that_cannot_be_is_said(strange, does):
    worker = strange()
    config = source(worker, "", does, **{"tasks.max": "300" if does == "as-many-tasks" else "2"})
    answer = worker.rest.call("PUT", "/connectors/odd/config", config)
    assert answer.status_code < 500
    if does in ("too-many-tasks", "raise"):
        print(await_state(worker, "FAILED")["trace"][:500])
    look(worker)
    still_beats(worker)
    answers_to_everything(worker)
    assert worker.stop() == 0


@pytest.mark.parametrize("does", ["negative-offsets", "future-offsets", "foreign-partitions"])
def test_offsets_that_cannot_be_are_not_committed(strange, does):
    worker = strange()
    worker.rest.run("odd", sink(worker, "", does))
    wait_until("it has had records", lambda: worker.rest.task_metrics("odd").get("records", 0) > 3)
    look(worker)
    for entry in worker.rest.answer("GET", "/connectors/odd/offsets")["offsets"]:
        print(entry)
        assert entry["partition"]["kafka_topic"] == worker.beats
        assert 0 <= entry["offset"]["kafka_offset"] < 1 << 40
    still_beats(worker)
    answers_to_everything(worker)
    assert worker.stop() == 0


def test_a_record_that_is_rejected_with_no_text_is_said(strange):
    worker = strange()
    worker.rest.call("PUT", "/connectors/odd/config", sink(worker, "reject", "nothing"))
    assert "fake line" in await_state(worker, "FAILED")["trace"]
    look(worker)
    answers_to_everything(worker)
    assert worker.stop() == 0
