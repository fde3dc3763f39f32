"""docker/compose*.yaml: what they say is of Compose's schema, and the two workers of the cluster start as it says on a real Kafka."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
import requests
import yaml
from harness.waiting import wait_until
from harness.worker import BUILD, PLUGINS, ROOT, die_with_parent, free_port

DOCKER = ROOT / "docker"
FILES = [["compose.yaml"], ["compose.yaml", "compose.monitoring.yaml"], ["compose.cluster.yaml"]]
# That of docker-compose 1.29.2 (compose/config/compose_spec.json, Apache-2.0, Docker Inc).
SCHEMA = jsonschema.Draft201909Validator(
    json.loads(Path(__file__).with_name("harness").joinpath("compose_spec.json").read_text())
)


def read(name):
    return yaml.safe_load((DOCKER / name).read_text())


def properties_of(file):
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize("files", FILES, ids="+".join)
def test_compose_files_are_of_the_schema_and_name_what_is_there(files):
    services, volumes = {}, {}
    for name in files:
        content = read(name)
        SCHEMA.validate(content)
        services |= content["services"]
        volumes |= content.get("volumes", {})
    for name, service in services.items():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source == "../videos":  # the user's
                continue
            assert source in volumes or (DOCKER / source).is_file(), f"{name} mounts {source}, which is not there"
        for other in service.get("depends_on", []):
            assert other in services
        # Nobody but this machine reaches what asks for no password, and what is fetched has a version.
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        image = service.get("image", "")
        assert "build" in service or re.search(r":[\w.]*\d", image), f"{name} has no version: {image}"
    wrong = {"services": {"framespool": {"prots": ["1:1"]}}}
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate(wrong)


def test_prometheus_of_the_cluster_scrapes_both_workers_by_rules_that_there_are():
    config = read("cluster/prometheus.yml")
    (job,) = config["scrape_configs"]
    (targets,) = job["static_configs"]
    services = read("compose.cluster.yaml")["services"]
    workers = [name for name, service in services.items() if "FRAMESPOOL_WORKER_ID" in service.get("environment", {})]
    assert targets["targets"] == [f"{name}:8083" for name in workers] and len(workers) == 2
    mounted = {mount.split(":")[1] for mount in services["prometheus"]["volumes"]}
    assert all(f"/etc/prometheus/{rules}" in mounted for rules in config["rule_files"])


@pytest.fixture
def front(tmp_path):
    """Starts nginx as the service of that name does."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert program, "nginx is not there: apt-get install nginx-light"
    running = []

    def start(places):
        recipe = (DOCKER / "cluster/nginx.conf").read_text()
        for name, address in places.items():
            assert name in recipe
            recipe = recipe.replace(name, address)
        temporary = "".join(
            f"{kind}_temp_path {tmp_path / kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (tmp_path / "nginx.conf").write_text(
            f"daemon off;\npid {tmp_path / 'nginx.pid'};\nerror_log {tmp_path / 'nginx.log'};\n"
            f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{recipe}}}\n"
        )
        command = [program, "-p", tmp_path, "-e", tmp_path / "nginx.log", "-c", tmp_path / "nginx.conf"]
        running.append(subprocess.Popen(command, preexec_fn=die_with_parent))

    yield start
    for process in running:
        process.terminate()
        process.wait(60)


def test_its_two_workers_share_the_sample_on_a_real_kafka(new_worker, kafka, front, monkeypatch):
    services = read("compose.cluster.yaml")["services"]
    configured = properties_of(DOCKER / "cluster/worker.properties")
    here = configured | {"bootstrap.servers": kafka.plain, "plugin.path": PLUGINS}
    del here["data.dir"], here["listeners"]
    workers = {}
    for name in ("worker-1", "worker-2"):
        for variable, value in services[name]["environment"].items():
            monkeypatch.setenv(variable.replace("FRAMESPOOL_", "TEST_"), value)
        # The tests' workers are given no FRAMESPOOL_* of whoever runs them.
        ours = {key: value.replace("FRAMESPOOL_", "TEST_") for key, value in here.items()}
        workers[name] = new_worker(**ours).start()
    stream, page = free_port(), free_port()
    places = {f"{name}:8083": f"127.0.0.1:{worker.port}" for name, worker in workers.items()}
    # Two containers have two ports 5000; here the second one is of nobody.
    places |= {"worker-1:5000": f"127.0.0.1:{stream}", "worker-2:5000": f"127.0.0.1:{free_port()}"}
    published = free_port()
    places |= {"listen 8083": f"listen 127.0.0.1:{page}", "listen 5000": f"listen 127.0.0.1:{published}"}
    front(places)
    pipeline = json.loads((DOCKER / "cluster/pipeline.json").read_text())
    pipeline["sample"]["file"] = str(BUILD / "share/sample.mp4")
    pipeline["screen"] |= {"http.port": str(stream), "http.advertised.url": f"http://127.0.0.1:{published}"}
    session = requests.Session()
    session.trust_env = False

    def apply():
        try:
            answer = session.put(
                f"http://127.0.0.1:{page}/connectors", json=pipeline, headers={"Host": "front:8083"}, timeout=60
            )
        except requests.ConnectionError:
            return None
        return answer if answer.status_code < 500 else None

    applied = wait_until("the sample is applied, as curl --retry does", apply)
    assert applied.ok, applied.text
    for name, worker in workers.items():
        assert worker.rest.answer("GET", "/")["version"]

        def runs(rest=worker.rest):
            tasks = [task for connector in pipeline for task in rest.status(connector)["tasks"]]
            return tasks if len(tasks) == 2 and all(task["state"] == "RUNNING" for task in tasks) else None

        tasks = wait_until(f"{name} says that the sample runs", runs)
        assert {task["worker_id"] for task in tasks} <= {"worker-1", "worker-2"}
        # As Prometheus calls it.
        metrics = session.get(f"{worker.rest.url}/metrics", headers={"Host": f"{name}:8083"}, timeout=60)
        assert metrics.ok and "kafka_connect" in metrics.text

    def shows():
        picture = session.get(f"http://127.0.0.1:{published}/snapshot", timeout=60)
        return picture.ok and picture.content.startswith(b"\xff\xd8\xff")

    wait_until("the stream shows a picture", shows)
    # The other one goes on when one is stopped.
    workers["worker-1"].stop()

    def all_at_the_other():
        tasks = [task for connector in pipeline for task in workers["worker-2"].rest.status(connector)["tasks"]]
        return len(tasks) == 2 and all(task["state"] == "RUNNING" and task["worker_id"] == "worker-2" for task in tasks)

    wait_until("worker-2 runs all of it", all_at_the_other)
    wait_until("its stream is where it was", shows)
