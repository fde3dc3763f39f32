"""What strangers and slips of the hand may send: refused at the field, by validate and by create, and nothing happens."""

import contextlib
import json
import os
import time

import pytest
import requests
from harness.waiting import wait_until
from harness.worker import BAD_PLUGINS, PLUGINS

HEARTBEAT = {"connector.class": "HeartbeatSource", "topic": "beats"}
SINK = {"connector.class": "LineFileSink", "topics": "beats", "file": "/tmp/never-made.txt"}


def errors_of(worker, config):
    """By field, as validate says it."""
    plugin = config["connector.class"]
    report = worker.rest.answer("PUT", f"/connector-plugins/{plugin}/config/validate", {"name": "x"} | config)
    return {each["value"]["name"]: each["value"]["errors"] for each in report["configs"] if each["value"]["errors"]}


def assert_refused(worker, config, field, *words):
    """By validate and by create, at `field` and no other."""
    errors = errors_of(worker, config)
    assert list(errors) == [field], errors
    for word in words:
        assert word in " ".join(errors[field]), errors
    answer = worker.rest.call("POST", "/connectors", {"name": "refused", "config": config})
    assert answer.status_code == 400, answer.text
    assert f"\n{field} " in answer.json()["message"], answer.text
    assert worker.rest.answer("GET", "/connectors") == []


@pytest.mark.parametrize(
    "name",
    ["my topic/ü", "../../x", "x" * 250, ".", "..", "a\x01b", "a/b", "x\n2026-01-01 00:00:00.000 I [herder] forged"],
)
def test_a_topic_that_cannot_be_is_refused_at_its_field(worker, name):
    assert_refused(worker, HEARTBEAT | {"topic": name}, "topic", "must be the name of a topic")
    assert_refused(worker, SINK | {"topics": f"beats,{name}"}, "topics", "must be the name of a topic")
    assert_refused(worker, SINK | {"errors.deadletterqueue.topic.name": name}, "errors.deadletterqueue.topic.name")
    assert not [line for line in worker.log().splitlines() if line.startswith("2026-01-01 00:00:00.000")]


@pytest.mark.parametrize(
    "pattern, why",
    [
        ("(" * 20000, "at most"),
        ("(" * 900, "is none"),
        ("(?!x).*", "lookahead"),
        ("(a)\\1", "backreference"),
        ("((a{100}){100}){100}", "is none"),
    ],
)
def test_a_pattern_that_cannot_be_is_refused_at_its_key(worker, pattern, why):
    for setting in ("include", "exclude"):
        assert_refused(
            worker,
            HEARTBEAT | {"topic.creation.groups": "g", f"topic.creation.g.{setting}": pattern},
            f"topic.creation.g.{setting}",
            why,
        )
    assert why in " ".join(errors_of(worker, SINK | {"topics": "", "topics.regex": pattern})["topics.regex"])


def test_a_pattern_that_would_backtrack_for_ever_matches_at_once(worker):
    worker.rest.run(
        "beat",
        HEARTBEAT
        | {
            "topic": "a" * 40,
            "topic.creation.groups": "g",
            "topic.creation.g.include": "(a*)*b",
            "topic.creation.g.partitions": "3",
        },
    )
    wait_until("the topic is made", lambda: worker.rest.call("GET", "/topics/" + "a" * 40).ok)
    assert len(worker.rest.answer("GET", "/topics/" + "a" * 40)["partitions"]) == 1
    assert worker.stop() == 0


def test_topics_and_their_pattern_exclude_each_other(worker):
    errors = errors_of(worker, SINK | {"topics.regex": "beats"})
    assert "mutually exclusive" in errors["topics"][0] and "mutually exclusive" in errors["topics.regex"][0]
    assert (
        worker.rest.call("POST", "/connectors", {"name": "x", "config": SINK | {"topics.regex": "b"}}).status_code
        == 400
    )
    neither = {key: value for key, value in SINK.items() if key != "topics"}
    assert list(errors_of(worker, neither)) == ["topics"]
    assert errors_of(worker, neither | {"topics.regex": "beats"}) == {}


@pytest.mark.parametrize("key", ["topic", "tasks.max", "never.heard.of"])
def test_nul_is_refused_in_every_value(worker, key):
    assert key in errors_of(worker, HEARTBEAT | {key: "be\0ats"})
    assert (
        worker.rest.call("POST", "/connectors", {"name": "x", "config": HEARTBEAT | {key: "a\0b"}}).status_code == 400
    )


def test_a_file_before_a_nul_is_not_played(worker, tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"x")
    assert_refused(
        worker, {"connector.class": "VideoFileSource", "topic": "t", "file": f"{tmp_path}/a.mp4\0.txt"}, "file"
    )


def test_a_null_value_is_refused_by_name_everywhere_but_in_a_patch(worker):
    config = HEARTBEAT | {"rate": None}
    for method, path, body in (
        ("POST", "/connectors", {"name": "x", "config": config}),
        ("PUT", "/connectors/x/config", config),
        ("PUT", "/connectors", {"x": config}),
        ("PUT", "/connector-plugins/HeartbeatSource/config/validate", config),
    ):
        answer = worker.rest.call(method, path, body)
        assert answer.status_code == 400 and "rate" in answer.json()["message"], (method, path, answer.text)
    worker.rest.run("x", HEARTBEAT | {"rate": "5"})
    assert "rate" not in worker.rest.answer("PATCH", "/connectors/x/config", {"rate": None})["config"]


def test_a_version_of_a_plugin_that_there_is_not_says_which_there_is(worker):
    for method, path, body in (
        ("GET", "/connector-plugins/HeartbeatSource/config", None),
        ("PUT", "/connector-plugins/HeartbeatSource/config/validate", HEARTBEAT),
    ):
        wrong = worker.rest.call(method, path + "?version=9.9.9", body)
        assert wrong.status_code == 404 and "1.0.0" in wrong.json()["message"], wrong.text
        assert worker.rest.call(method, path + "?version=1.0.0", body).status_code == 200


def test_an_unknown_key_is_a_warning_with_the_nearest_in_every_answer(worker):
    config = {
        "connector.class": "MjpegHttpSink",
        "topics": "t",
        "http.prt": "1",
        "http.port": "0",
        "consumer.override.max.poll.records": "5",
        "value.converter.schemas.enable": "false",
    }
    warning = {"field": "http.prt", "suggestion": "http.port"}
    answers = [
        worker.rest.answer("PUT", "/connector-plugins/MjpegHttpSink/config/validate", config | {"name": "s"}),
        worker.rest.answer("POST", "/connectors?validate_only=true", {"name": "s", "config": config}),
        worker.rest.answer("POST", "/connectors", {"name": "s", "config": config}),
        worker.rest.answer("PUT", "/connectors/s/config", config | {"viewers.max": "9"}),
        worker.rest.answer("PATCH", "/connectors/s/config", {"viewers.max": "7"}),
        worker.rest.answer("PUT", "/connectors?dry_run=true", {"s": config})["plan"][0],
    ]
    for answer in answers:
        assert [{key: each[key] for key in warning} for each in answer["warnings"]] == [warning], answer
        assert "http.port" in answer["warnings"][0]["message"]
    assert "http.prt" in worker.log()
    assert "warnings" not in worker.rest.answer("POST", "/connectors", {"name": "b", "config": HEARTBEAT})


DEAD_LETTERS = "errors.deadletterqueue."


def test_dead_letters_to_no_effect_are_a_warning_and_those_that_cannot_be_are_refused(worker, tmp_path):
    sink = SINK | {"file": str(tmp_path / "lines.txt"), DEAD_LETTERS + "topic.name": "dead"}
    config = sink | {DEAD_LETTERS + "threshold": "500"}
    answer = worker.rest.answer("POST", "/connectors", {"name": "l", "config": config})
    assert [each["field"] for each in answer["warnings"]] == [DEAD_LETTERS + "topic.name", DEAD_LETTERS + "threshold"]
    assert "errors.tolerance = all" in answer["warnings"][0]["message"]
    changes = {"errors.tolerance": "all", DEAD_LETTERS + "threshold": "9"}
    assert "warnings" not in worker.rest.answer("PATCH", "/connectors/l/config", changes)
    for key, value in (("topic.name", "  "), ("topic.partitions", "0"), ("topic.replication.factor", "0")):
        refused = worker.rest.call("PUT", "/connectors/l/config", sink | {DEAD_LETTERS + key: value})
        assert refused.status_code == 400 and DEAD_LETTERS + key in refused.json()["message"], refused.text


def test_a_circle_of_connectors_is_a_warning_when_the_last_of_them_is_made(worker, tmp_path):
    def copy(source, target):
        return {"connector.class": "TopicSource", "source.topics": source, "topic": target}

    assert "warnings" not in worker.rest.answer("POST", "/connectors", {"name": "there", "config": copy("a", "b")})
    back = worker.rest.answer("POST", "/connectors", {"name": "back", "config": copy("b", "a")})
    assert [each["field"] for each in back["warnings"]] == ["topic"]
    assert "which there takes to b" in back["warnings"][0]["message"]

    def sink(name, topic, dead):
        file = str(tmp_path / f"{name}.txt")
        config = SINK | {"topics": topic, "file": file, "errors.tolerance": "all", DEAD_LETTERS + "topic.name": dead}
        return worker.rest.answer("POST", "/connectors", {"name": name, "config": config})

    assert "warnings" not in sink("one", "x", "y")
    assert [each["field"] for each in sink("two", "y", "x")["warnings"]] == [DEAD_LETTERS + "topic.name"]


@pytest.fixture
def stopped(worker, tmp_path):
    """A source that has stored an offset, and a sink, both stopped."""
    worker.rest.run("beat", HEARTBEAT | {"rate": "200"})
    worker.rest.run("lines", SINK | {"file": str(tmp_path / "lines.txt")})
    for name in ("beat", "lines"):
        wait_until(f"{name} has offsets", lambda n=name: _stopped_with_offsets(worker, n))
    return worker


def _stopped_with_offsets(worker, name):
    worker.rest.call("PUT", f"/connectors/{name}/stop")
    offsets = worker.rest.answer("GET", f"/connectors/{name}/offsets")["offsets"]
    if not offsets:
        worker.rest.call("PUT", f"/connectors/{name}/resume")
        time.sleep(0.2)  # decides nothing: its next record, for which it is looked again
    return offsets


@pytest.mark.parametrize("number", [-5, "ten", 1.5, 2**63, 2**80, True, "", None, {"a": 1}, [1]])
def test_an_offset_that_cannot_be_is_refused_and_nothing_is_set(stopped, number):
    for name, partition, key in (
        ("beat", {"connector": "beat"}, "number"),
        ("lines", {"kafka_topic": "beats", "kafka_partition": 0}, "kafka_offset"),
    ):
        before = stopped.rest.answer("GET", f"/connectors/{name}/offsets")
        good = {"partition": partition, "offset": {key: 1}}
        bad = {"partition": partition, "offset": {key: number}}
        answer = stopped.rest.call("PATCH", f"/connectors/{name}/offsets", {"offsets": [good, bad]})
        assert answer.status_code == 400, (name, answer.text)
        assert stopped.rest.answer("GET", f"/connectors/{name}/offsets") == before


@pytest.mark.parametrize(
    "name, partition",
    [
        ("beat", {"connector": "other"}),
        ("beat", {"file": "x"}),
        ("beat", {}),
        ("lines", {"kafka_topic": "others", "kafka_partition": 0}),
        ("lines", {"kafka_topic": "beats", "kafka_partition": -1}),
        ("lines", {"kafka_topic": "beats", "kafka_partition": 0.5}),
        ("lines", {"kafka_topic": "beats"}),
        ("lines", {"kafka_topic": 7, "kafka_partition": 0}),
        ("lines", {"kafka_topic": "beats", "kafka_partition": 2**31}),
    ],
)
def test_an_offset_of_a_partition_that_is_none_is_refused(stopped, name, partition):
    key = "number" if name == "beat" else "kafka_offset"
    answer = stopped.rest.call(
        "PATCH", f"/connectors/{name}/offsets", {"offsets": [{"partition": partition, "offset": {key: 1}}]}
    )
    assert answer.status_code == 400 and "offsets[0]" in answer.json()["message"], answer.text


def test_a_strangers_page_changes_nothing_through_a_browser(worker):
    worker.rest.run("beat", HEARTBEAT)
    session = requests.Session()
    session.trust_env = False
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"Host": f"evil.example:{worker.port}"},
    ):
        answer = session.post(
            worker.rest.url + "/connectors/beat/restart?includeTasks=true", headers=headers, timeout=60
        )
        assert answer.status_code == 403, headers
        assert session.put(worker.rest.url + "/connectors/beat/pause", headers=headers, timeout=60).status_code == 403
    rebound = session.get(worker.rest.url + "/connectors", headers={"Host": "evil.example"}, timeout=60)
    assert rebound.status_code == 403 and "listeners.allowed.hosts" in rebound.json()["message"]
    assert worker.rest.status("beat")["connector"]["state"] == "RUNNING"
    own = session.put(worker.rest.url + "/connectors/beat/pause", headers={"Origin": worker.rest.url}, timeout=60)
    assert own.status_code == 202


def test_no_connector_opens_the_workers_own_files(worker, tmp_path):
    database = worker.data / "framespool.db"
    link = tmp_path / "harmless.txt"
    link.symlink_to(database)
    before = database.stat().st_ino
    for path in (
        database,
        worker.data / "new.txt",
        link,
        worker.properties_file,
        f"{worker.data}/../data/framespool.db",
    ):
        assert_refused(worker, SINK | {"file": str(path)}, "file", "worker's own files")
        assert_refused(worker, {"connector.class": "VideoFileSource", "topic": "t", "file": str(path)}, "file")
    assert database.stat().st_ino == before
    worker.rest.run("beat", HEARTBEAT)


def test_connectors_keep_to_file_roots_also_when_a_link_has_changed_since(new_worker, tmp_path):
    allowed, outside = tmp_path / "allowed", tmp_path / "outside"
    allowed.mkdir()
    outside.mkdir()
    worker = new_worker(file_roots=str(allowed)).start()
    for path in (outside / "x", allowed / ".." / "outside" / "x", "relative.txt"):
        assert_refused(worker, SINK | {"file": str(path)}, "file", "file.roots")
    target = allowed / "lines.txt"
    worker.rest.run("lines", SINK | {"file": str(target)})
    worker.rest.answer("PUT", "/connectors/lines/stop")
    wait_until("it has stopped", lambda: not worker.rest.status("lines")["tasks"])
    os.remove(target)
    target.symlink_to(outside / "stolen.txt")
    worker.rest.answer("PUT", "/connectors/lines/resume")
    assert "file.roots" in worker.rest.wait_task("lines", "FAILED")["trace"]
    assert not (outside / "stolen.txt").exists()


def test_the_default_plugins_hold_no_templates():
    default, templates = (connectors_in(folder) for folder in PLUGINS.split(","))
    assert {"VideoFileSource", "MjpegHttpSink"} <= default
    assert templates and not default & templates


def connectors_in(folder):
    return {
        entry["class"]
        for name in os.listdir(folder)
        if name.endswith(".manifest.json")
        for entry in json.load(open(f"{folder}/{name}"))["connectors"]
        if entry["type"] in ("source", "sink", "view")
    }


def test_a_worker_that_a_connector_takes_with_it_starts_safely(new_worker, tmp_path):
    worker = new_worker(plugin_path=f"{PLUGINS},{BAD_PLUGINS}").start()
    worker.rest.run("beat", HEARTBEAT)
    crash = {
        "connector.class": "CrashingSource",
        "topic": "t",
        "crash.at": "0",
        "crash.file": str(tmp_path / "crashed"),
    }
    with contextlib.suppress(requests.ConnectionError):  # it may be gone before it has answered
        worker.rest.call("PUT", "/connectors/bad/config", crash)
    worker.may_crash = True
    wait_until("it has crashed", worker.crashed)
    worker.stop()
    worker.start("--safe", ready=True)
    for name, state, why in (("beat", "UNASSIGNED", "--safe"), ("bad", "FAILED", "SIGSEGV")):
        status = worker.rest.status(name)
        assert status["connector"]["state"] == state and status["tasks"] == [], status
        assert why in status["connector"]["trace"]
    worker.rest.delete("bad")
    worker.rest.answer("PUT", "/connectors/beat/resume")
    worker.rest.wait_running("beat")
    assert worker.stop() == 0
    worker.start()
    worker.rest.wait_running("beat")
    assert worker.rest.answer("GET", "/connectors") == ["beat"]


def test_a_safe_start_keeps_what_each_connector_is_set_to_be(new_worker):
    worker = new_worker().start()
    worker.rest.run("running", HEARTBEAT)
    for name, verb in (("paused", "pause"), ("stopped", "stop")):
        worker.rest.run(name, HEARTBEAT)
        worker.rest.answer("PUT", f"/connectors/{name}/{verb}")
    worker.stop()
    worker.start("--safe")
    states = {name: worker.rest.status(name)["connector"]["state"] for name in ("running", "paused", "stopped")}
    assert states == {"running": "UNASSIGNED", "paused": "UNASSIGNED", "stopped": "STOPPED"}
    worker.stop()
    worker.start()
    worker.rest.wait_running("running")
    assert worker.rest.status("paused")["connector"]["state"] == "PAUSED"
    assert worker.rest.status("stopped")["connector"]["state"] == "STOPPED"
