"""Clients written for Kafka Connect, from PyPI and unchanged, manage this worker."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from harness.waiting import wait_until
from harness.worker import clean_environment, die_with_parent
from kafka_connect import KafkaConnect
from kafka_connect_api.errors import GenericNotFound
from kafka_connect_api.kafka_connect_api import Api, Cluster, Connector
from kafkaconnect.connect import Connect
from requests import HTTPError

TOOLS = Path(sys.executable).parent


def heartbeat(topic="beats", **more):
    return {"connector.class": "HeartbeatSource", "topic": topic, "rate": "50"} | more


def test_kafka_connect_py_manages_connectors(worker):
    client = KafkaConnect(url=worker.rest.url)
    assert client.get_cluster_info()["kafka_cluster_id"]
    assert {"class", "type", "version"} == set(client.list_connector_plugins()[0])
    assert client.validate_connector_config("HeartbeatSource", heartbeat() | {"name": "beat"})["error_count"] == 0

    created = client.create_connector({"name": "beat", "config": heartbeat()})
    assert created["config"] == heartbeat() | {"name": "beat"}
    worker.rest.wait_running("beat")
    assert client.list_connectors(state="RUNNING") == ["beat"]
    assert client.list_connectors(expand="info")["beat"]["info"]["type"] == "source"
    assert client.update_connector("beat", heartbeat(rate=40))["config"]["rate"] == "40"
    assert client.get_connector_config("beat")["rate"] == "40"
    worker.rest.wait_running("beat")

    # It sends includeTasks=True, as Python spells it.
    restarted = client.restart_connector("beat", include_tasks=True)
    assert [task["state"] for task in restarted["tasks"]] == ["RESTARTING"]
    worker.rest.wait_running("beat")
    client.restart_connector_task("beat", 0)
    worker.rest.wait_running("beat")
    assert client.get_connector_task_status("beat", 0)["id"] == 0
    assert client.list_connector_tasks("beat")[0]["id"] == {"connector": "beat", "task": 0}

    wait_until("the topic is known", lambda: client.list_connector_topics("beat") == {"beat": {"topics": ["beats"]}})
    client.pause_connector("beat")
    worker.rest.wait_task("beat", "PAUSED")
    client.reset_connector_topics("beat")
    assert client.list_connector_topics("beat") == {"beat": {"topics": []}}
    client.resume_connector("beat")
    worker.rest.wait_running("beat")
    client.stop_connector("beat")
    assert client.get_connector_status("beat")["connector"]["state"] == "STOPPED"
    client.delete_connector("beat")
    assert client.list_connectors() == []
    with pytest.raises(HTTPError):
        client.get_connector("beat")


def test_the_kc_command_of_kafka_connect_py_works(worker):
    def kc(*arguments):
        ran = subprocess.run(
            [TOOLS / "kc", "--url", worker.rest.url, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            env=clean_environment(),
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    kc("update", "beat", "-d", json.dumps(heartbeat()))
    worker.rest.wait_running("beat")
    assert "beat" in kc("list")
    assert "HeartbeatSource" in kc("list-plugins")


def test_kafka_connect_api_manages_connectors(worker):
    cluster = Cluster(Api(url=worker.rest.url))
    connector = Connector(cluster, "beat")
    with pytest.raises(GenericNotFound):
        connector.exists()
    connector.config = heartbeat()
    worker.rest.wait_running("beat")
    assert connector.exists()
    assert list(cluster.connectors) == ["beat"]
    assert cluster.connectors["beat"].config == heartbeat() | {"name": "beat"}
    assert cluster.version and cluster.kafka_cluster
    (task,) = connector.tasks
    assert task.is_running()
    connector.cycle_connector()
    worker.rest.wait_running("beat")
    cluster.root_logger = "DEBUG"
    assert cluster.root_logger["level"] == "DEBUG"
    assert cluster.set_logger_log_level("worker", "WARN") == ["worker"]
    connector.delete()
    assert cluster.connectors == {}


def test_kafkaconnect_validates_and_creates(worker):
    client = Connect(worker.rest.url)
    assert (
        json.loads(client.validate_and_create("bad", json.dumps(heartbeat() | {"name": "bad", "rate": "often"})))[
            "error_count"
        ]
        == 1
    )
    assert json.loads(client.list()) == []
    made = json.loads(client.validate_and_create("beat", json.dumps(heartbeat() | {"name": "beat"})))
    assert made["name"] == "beat"
    worker.rest.wait_running("beat")
    assert json.loads(client.status("beat"))["connector"]["state"] == "RUNNING"
    assert json.loads(client.config("beat"))["topic"] == "beats"
    assert json.loads(client.tasks("beat"))[0]["config"]["topic"] == "beats"
    assert [plugin for plugin in json.loads(client.plugins()) if plugin["class"] == "HeartbeatSource"]
    for change in (client.pause, client.resume, client.restart):
        assert change("beat") == ""
    assert client.remove("beat") == ""
    assert client.status("beat").endswith("not found.")


def test_kafka_connect_watcher_restarts_a_failed_task(worker, tmp_path):
    folder = tmp_path / "not-yet"
    sink = {"connector.class": "LineFileSink", "topics": "beats", "file": str(folder / "lines.txt")}
    # Running at once, it would be refused: its file cannot be made.
    worker.rest.answer("POST", "/connectors", {"name": "lines", "config": sink, "initial_state": "STOPPED"})
    worker.rest.answer("PUT", "/connectors/lines/resume")
    worker.rest.wait_task("lines", "FAILED")
    folder.mkdir()

    settings = tmp_path / "watcher.json"
    settings.write_text(
        json.dumps(
            {
                "watch_interval": "2s",
                "clusters": [
                    {
                        "hostname": "127.0.0.1",
                        "port": worker.port,
                        "evaluation_rules": [{"include_regex": [".*"], "auto_correct_actions": [{"action": "cycle"}]}],
                    }
                ],
            }
        )
    )
    with (tmp_path / "watcher.log").open("wb") as log:
        watcher = subprocess.Popen(
            [TOOLS / "kafka-connect-watcher", "-c", settings],
            stdout=log,
            stderr=log,
            env=clean_environment(AWS_EMF_DISABLE_METRIC_EXTRACTION="true", AWS_EMF_ENVIRONMENT="local"),
            preexec_fn=die_with_parent,
        )
        try:
            worker.rest.wait_task("lines", "RUNNING")
        finally:
            watcher.kill()
            watcher.wait()
            print((tmp_path / "watcher.log").read_text()[-4000:])
