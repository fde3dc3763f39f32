"""What the REST API has beyond Kafka Connect's, on a real worker with real connectors."""

import requests
from harness.waiting import wait_until

TAG = "ETag"


def heartbeat(topic="beats", **more):
    return {"connector.class": "HeartbeatSource", "topic": topic, "rate": "100"} | more


def position(worker, name):
    offsets = worker.rest.answer("GET", f"/connectors/{name}/offsets")["offsets"]
    return offsets[0]["offset"]["number"] if offsets else None


def test_a_connector_begins_at_its_initial_offsets(worker):
    at = [{"partition": {"connector": "beat"}, "offset": {"number": 5000}}]
    worker.rest.answer(
        "POST", "/connectors", {"name": "beat", "config": heartbeat(count="5010"), "initial_offsets": at}
    )
    wait_until("it goes on from 5000 to its end", lambda: position(worker, "beat") == 5010)
    topic = worker.rest.answer("GET", "/topics/beats")
    assert topic["partitions"][0]["end_offset"] == 10


def test_a_sink_begins_at_its_initial_offsets(worker, tmp_path):
    worker.rest.run("beat", heartbeat(count="20", rate="1000"))
    wait_until("all are in the topic", lambda: position(worker, "beat") == 20)
    lines = tmp_path / "lines.txt"
    worker.rest.answer(
        "POST",
        "/connectors",
        {
            "name": "lines",
            "config": {"connector.class": "LineFileSink", "topics": "beats", "file": str(lines)},
            "initial_offsets": [
                {"partition": {"kafka_topic": "beats", "kafka_partition": 0}, "offset": {"kafka_offset": 17}}
            ],
        },
    )
    wait_until("the last three are written", lambda: lines.exists() and len(lines.read_text().splitlines()) == 3)
    refused = worker.rest.call(
        "POST",
        "/connectors",
        {
            "name": "other",
            "config": {"connector.class": "LineFileSink", "topics": "beats", "file": str(tmp_path / "o.txt")},
            "initial_offsets": [{"partition": {"file": "x"}, "offset": {"kafka_offset": 17}}],
        },
    )
    assert refused.status_code == 400
    assert "kafka_topic" in refused.json()["message"]
    assert worker.rest.call("GET", "/connectors/other").status_code == 404


def test_delete_takes_the_offsets_along_only_when_asked(worker):
    for query, left in (("", 10), ("?offsets=true", None)):
        worker.rest.run("beat", heartbeat(count="10", rate="1000"))
        wait_until("it has counted to ten", lambda: position(worker, "beat") == 10)
        assert worker.rest.call("DELETE", f"/connectors/beat{query}").status_code == 204
        worker.rest.answer("POST", "/connectors", {"name": "beat", "config": heartbeat(), "initial_state": "STOPPED"})
        assert position(worker, "beat") == left
        worker.rest.delete("beat")


def test_offsets_that_were_deleted_stay_deleted_over_a_kill(new_worker):
    worker = new_worker().start()
    worker.rest.run("beat", heartbeat(count="10", rate="1000"))
    wait_until("it has counted to ten", lambda: position(worker, "beat") == 10)
    assert worker.rest.call("DELETE", "/connectors/beat?offsets=true").status_code == 204
    worker.kill()
    worker.start()
    worker.rest.run("beat", heartbeat(count="10", rate="1000"))
    wait_until("it counts again", lambda: position(worker, "beat") == 10)
    assert worker.rest.answer("GET", "/topics/beats")["partitions"][0]["end_offset"] == 20


def test_of_two_editors_the_second_is_told(worker):
    worker.rest.run("beat", heartbeat())
    url = worker.rest.url + "/connectors/beat/config"
    seen = requests.get(url, timeout=60).headers[TAG]
    first = requests.put(url, json=heartbeat(rate="50"), headers={"If-Match": seen}, timeout=60)
    assert first.status_code == 200
    second = requests.put(url, json=heartbeat(rate="200"), headers={"If-Match": seen}, timeout=60)
    assert second.status_code == 412
    assert second.json()["error_code"] == 412
    assert requests.get(url, timeout=60).json()["rate"] == "50"
    assert (
        requests.put(url, json=heartbeat(rate="200"), headers={"If-Match": first.headers[TAG]}, timeout=60).status_code
        == 200
    )


def test_the_etag_of_a_config_is_the_same_after_a_restart(new_worker):
    worker = new_worker().start()
    worker.rest.run("beat", heartbeat())
    before = worker.rest.call("GET", "/connectors/beat/config").headers[TAG]
    worker.stop()
    worker.start()
    assert worker.rest.call("GET", "/connectors/beat/config").headers[TAG] == before


def test_validate_only_asks_the_connector_itself_and_creates_nothing(worker, tmp_path):
    sink = {"connector.class": "LineFileSink", "topics": "beats", "file": str(tmp_path / "no" / "lines.txt")}
    refused = worker.rest.call("POST", "/connectors?validate_only=true", {"name": "lines", "config": sink})
    assert refused.status_code == 400
    assert "must be a file that can be written" in refused.json()["message"]
    good = worker.rest.call(
        "POST",
        "/connectors?validate_only=true",
        {"name": "lines", "config": sink | {"file": str(tmp_path / "lines.txt")}},
    )
    assert good.status_code == 200
    assert good.json()["type"] == "sink"
    assert worker.rest.answer("GET", "/connectors") == []
    assert not (tmp_path / "lines.txt").exists()


def test_a_whole_set_is_planned_then_applied(worker):
    worker.rest.run("stays", heartbeat("a"))
    worker.rest.run("changes", heartbeat("b"))
    worker.rest.run("goes", heartbeat("c"))
    wanted = {"stays": heartbeat("a"), "changes": heartbeat("b", rate=50), "comes": heartbeat("d")}
    actions = {"stays": "none", "changes": "update", "comes": "create", "goes": "delete"}

    plan = worker.rest.answer("PUT", "/connectors?prune=true&dry_run=true", wanted)
    assert plan["dry_run"] is True
    assert {step["name"]: step["action"] for step in plan["plan"]} == actions
    assert [step["changes"] for step in plan["plan"] if step["name"] == "changes"] == [
        {"rate": {"from": "100", "to": "50"}}
    ]
    assert worker.rest.answer("GET", "/connectors") == ["changes", "goes", "stays"]

    bad = worker.rest.call(
        "PUT", "/connectors?prune=true", wanted | {"bad": {"connector.class": "Nothing"}, "worse": {}}
    )
    assert bad.status_code == 400
    assert "bad: " in bad.json()["message"] and "worse: " in bad.json()["message"]
    assert worker.rest.answer("GET", "/connectors") == ["changes", "goes", "stays"]

    kept = worker.rest.answer("PUT", "/connectors", wanted)
    assert {step["name"]: step["action"] for step in kept["plan"]} == {k: v for k, v in actions.items() if k != "goes"}
    assert worker.rest.answer("GET", "/connectors") == ["changes", "comes", "goes", "stays"]
    for name in wanted:
        worker.rest.wait_running(name)
    pruned = worker.rest.answer("PUT", "/connectors?prune=true", wanted)
    assert {step["action"] for step in pruned["plan"]} == {"none", "delete"}
    assert worker.rest.answer("GET", "/connectors") == ["changes", "comes", "stays"]


def test_the_history_tells_who_changed_what_and_outlives_the_connector(new_worker):
    worker = new_worker().start()
    worker.rest.put("beat", heartbeat())
    worker.rest.put("beat", heartbeat(rate="50"))
    worker.rest.put("beat", heartbeat(rate="50"))  # changes nothing
    worker.rest.answer("PUT", "/connectors/beat/stop")
    worker.rest.answer(
        "PATCH",
        "/connectors/beat/offsets",
        {"offsets": [{"partition": {"connector": "beat"}, "offset": {"number": 3}}]},
    )
    worker.rest.answer("DELETE", "/connectors/beat/offsets")
    requests.put(worker.rest.url + "/connectors/beat/resume", headers={"User-Agent": "kcctl/1.0"}, timeout=60)
    worker.rest.answer("POST", "/connectors/beat/restart")
    worker.rest.delete("beat")
    worker.kill()
    worker.start()
    history = worker.rest.answer("GET", "/connectors/beat/history")["history"]
    assert [entry["action"] for entry in history] == [
        "CREATED",
        "CHANGED",
        "STOPPED",
        "OFFSETS_ALTERED",
        "OFFSETS_RESET",
        "RUNNING",
        "RESTARTED",
        "DELETED",
    ]
    assert history[0]["changes"]["topic"] == {"from": None, "to": "beats"}
    assert history[1]["changes"] == {"rate": {"from": "100", "to": "50"}}
    assert history[1]["by"].startswith("127.0.0.1 python-requests/")
    assert history[5]["by"] == "127.0.0.1 kcctl/1.0"
    assert history[7]["changes"]["rate"] == {"from": "50", "to": None}
    assert [entry["time"] for entry in history] == sorted(entry["time"] for entry in history)
    assert len(worker.rest.answer("GET", "/connectors/beat/history?limit=2")["history"]) == 2
    assert worker.rest.call("GET", "/connectors/nobody/history").status_code == 404


def test_active_topics_are_known_after_a_restart(new_worker):
    worker = new_worker().start()
    worker.rest.run("beat", heartbeat())
    wait_until(
        "its topic is known",
        lambda: worker.rest.answer("GET", "/connectors/beat/topics")["beat"]["topics"] == ["beats"],
    )
    worker.rest.answer("PUT", "/connectors/beat/stop")
    worker.stop()
    worker.start()
    assert worker.rest.answer("GET", "/connectors/beat/topics") == {"beat": {"topics": ["beats"]}}


def test_a_thousand_connectors_are_told_in_one_call(worker):
    config = heartbeat(rate="0.001")
    plan = worker.rest.answer(
        "PUT", "/connectors", {f"beat-{i}": config | {"topic": f"t{i % 10}"} for i in range(1000)}
    )
    assert len(plan["plan"]) == 1000
    expanded = worker.rest.answer("GET", "/connectors?expand=status&expand=info")
    assert len(expanded) == 1000
    for name, both in expanded.items():
        assert both["info"]["config"]["name"] == both["status"]["name"] == name
    wait_until(
        "all run",
        lambda: all(
            task["state"] == "RUNNING"
            for each in worker.rest.answer("GET", "/connectors?expand=status").values()
            for task in each["status"]["tasks"]
        ),
        60,
    )


def test_the_description_is_the_one_in_the_repository(worker):
    from harness.worker import ROOT

    served = worker.rest.call("GET", "/openapi.yaml")
    assert served.headers["Content-Type"] == "application/yaml"
    assert served.content == (ROOT / "schemas" / "openapi.yaml").read_bytes()
