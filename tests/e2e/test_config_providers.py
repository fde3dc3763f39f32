"""Config providers in real workers: what they say is used, and shown nowhere that anybody may look."""

import re
import subprocess

import pytest
from harness.waiting import wait_until
from harness.worker import BINARY, PLUGINS, clean_environment

KAFKA = "org.apache.kafka.common.config.provider"
CANARY = "CANARY-7f3a9e41c2d8"


class Door:
    """A worker with all three providers, and the files that they read."""

    def __init__(self, new_worker, folder, monkeypatch):
        monkeypatch.setenv("DOOR_TOPIC", "rings")
        self.secrets = folder / "secrets"
        self.secrets.mkdir()
        self.file = self.secrets / "door.properties"
        self.lines = folder / CANARY / "lines.txt"
        self.lines.parent.mkdir()
        self.write(lines=self.lines, rate=50, password=CANARY)
        (self.secrets / "token").write_text(CANARY + "\n")
        self.worker = new_worker(
            config_providers="file,env,dir",
            config_providers_file_class=f"{KAFKA}.FileConfigProvider",
            config_providers_file_param_allowed_paths=str(self.secrets),
            config_providers_env_class=f"{KAFKA}.EnvVarConfigProvider",
            config_providers_env_param_allowlist_pattern="DOOR_.*",
            config_providers_dir_class=f"{KAFKA}.DirectoryConfigProvider",
            config_providers_dir_param_allowed_paths=str(self.secrets),
        )
        self.rest = self.worker.rest
        self.source = {
            "connector.class": "HeartbeatSource",
            "topic": "${env:DOOR_TOPIC}",
            "rate": self.of("rate"),
        }
        self.sink = {"connector.class": "LineFileSink", "topics": "${env:DOOR_TOPIC}", "file": self.of("lines")}

    def of(self, key):
        return f"${{file:{self.file}:{key}}}"

    def write(self, **values):
        written = self.file.with_suffix(".new")
        written.write_text("".join(f"{key}={value}\n" for key, value in values.items()))
        written.rename(self.file)

    def start(self):
        self.worker.start()
        return self

    def all_that_is_shown(self):
        """Every answer that there is, the log, and what is kept but the topics."""
        shown = self.worker.log()
        paths = [
            "/connectors?expand=info&expand=status",
            "/topics",
            "/events",
            "/logs?limit=4000",
            "/worker",
            "/health",
        ]
        for name in self.rest.answer("GET", "/connectors"):
            paths += [
                f"/connectors/{name}{more}"
                for more in ("", "/config", "/tasks", "/tasks-config", "/status", "/history", "/offsets", "/topics")
            ]
            paths += [f"/connectors/{name}/tasks/0/status", f"/metrics/history?connector={name}"]
        for path in paths:
            answer = self.rest.call("GET", path)
            assert answer.ok, f"{path}: {answer.text}"
            shown += answer.text + str(answer.headers)
        for file in self.worker.data.glob("framespool.db*"):
            shown += file.read_bytes().decode(errors="replace")
        return shown


@pytest.fixture
def door(new_worker, tmp_path, monkeypatch):
    return Door(new_worker, tmp_path, monkeypatch)


def test_configs_are_kept_as_they_are_written_and_run_with_what_providers_say(door):
    rest = door.start().rest
    rest.run("bell", door.source)
    rest.run("lines", door.sink)
    wait_until("the sink writes", lambda: door.lines.exists() and len(door.lines.read_text().splitlines()) > 3)
    config = rest.call("GET", "/connectors/lines/config")
    assert config.json() == door.sink | {"name": "lines"}
    assert rest.answer("GET", "/connectors?expand=info")["lines"]["info"]["config"] == config.json()
    assert rest.answer("GET", "/topics/rings")["sinks"] == ["lines"]
    assert rest.call("DELETE", "/topics/rings").status_code == 409
    assert [
        change["changes"]["file"]["to"] for change in rest.answer("GET", "/connectors/lines/history")["history"]
    ] == [door.of("lines")]
    door.worker.kill()
    before = len(door.lines.read_text().splitlines())
    door.worker.start()
    rest.wait_running("lines")
    assert rest.call("GET", "/connectors/lines/config").headers["ETag"] == config.headers["ETag"]
    wait_until("it goes on after a kill", lambda: len(door.lines.read_text().splitlines()) > before)
    assert rest.answer("PUT", "/connectors?dry_run=true", {"lines": door.sink})["plan"][0]["action"] == "none"
    assert "CANARY" not in door.all_that_is_shown()


def test_no_refusal_tells_what_a_provider_has_said(door):
    rest = door.start().rest
    for key, value in {
        "rate": door.of("password"),
        "tasks.max": "${dir:" + str(door.secrets) + ":token}",
        "topic": door.of("password") + "!",
        "transforms": door.of("password"),
        "errors.tolerance": door.of("password"),
        "topic.creation.default.partitions": door.of("password"),
    }.items():
        config = door.source | {key: value}
        answers = [
            rest.call("POST", "/connectors", {"name": "bell", "config": config}),
            rest.call("POST", "/connectors?validate_only=true", {"name": "bell", "config": config}),
            rest.call("PUT", "/connectors", {"bell": config}),
            rest.call("PUT", "/connector-plugins/HeartbeatSource/probe", config),
        ]
        assert [answer.status_code for answer in answers] == [400] * 4, f"{key}: {answers[0].text}"
        assert "[hidden]" in answers[0].text, answers[0].text
        report = rest.call("PUT", "/connector-plugins/HeartbeatSource/config/validate", config | {"name": "bell"})
        values = {each["value"]["name"]: each["value"]["value"] for each in report.json()["configs"]}
        assert values.get(key, value) == value
        assert "CANARY" not in "".join(answer.text for answer in [*answers, report]), key
    assert "CANARY" not in door.all_that_is_shown()


@pytest.mark.parametrize(
    ("value", "kind", "says"),
    [
        ("${vault:a:b}", "no-such-config-provider", "config.providers"),
        ("${file:/etc/passwd:root}", "config-value-unreadable", "allowed.paths"),
        ("${dir:/etc:passwd}", "config-value-unreadable", "allowed.paths"),
        ("${env:PATH}", "config-value-missing", 'there is no "PATH"'),
        ("${env:DOOR_NONE}", "config-value-missing", 'there is no "DOOR_NONE"'),
    ],
)
def test_what_cannot_be_resolved_is_a_400_at_its_key(door, value, kind, says):
    rest = door.start().rest
    refused = rest.call("POST", "/connectors", {"name": "bell", "config": door.source | {"rate": value}})
    assert refused.status_code == 400
    [problem] = refused.json()["problems"]
    assert (problem["kind"], problem["field"]) == (kind, "rate")
    assert says in problem["message"] and problem["facts"]["variable"] == value
    report = rest.answer(
        "PUT", "/connector-plugins/HeartbeatSource/config/validate", door.source | {"name": "bell", "rate": value}
    )
    assert report["error_count"] == 1


def test_tasks_restart_with_the_new_value_when_the_file_changes(door):
    rest = door.start().rest
    rest.run("bell", door.source)
    rest.run("lines", door.sink)
    rest.run("calm", door.sink | {"config.action.reload": "none"})
    wait_until("the first file is written", door.lines.exists)
    second = door.lines.with_name("second.txt")
    door.write(lines=second, rate=50, password=CANARY)
    wait_until("the second file is written", second.exists)
    events = rest.answer("GET", "/events")["events"]
    assert [e["connector"] for e in events if e["state"] == "RESTARTING"] == ["lines"]
    assert [change["by"] for change in rest.answer("GET", "/connectors/lines/history")["history"]][
        -1
    ] == "config.action.reload"
    assert "CANARY" not in door.all_that_is_shown()


def test_a_workers_own_properties_take_values_and_tell_no_bad_one(door, tmp_path, monkeypatch):
    properties = door.worker.properties_file.read_text()
    monkeypatch.setenv("DOOR_PORT", str(door.worker.port))
    with_port = re.sub("listeners=.*", "listeners=http://127.0.0.1:${env:DOOR_PORT}", properties)
    door.worker.properties_file.write_text(with_port + f"sasl.password={door.of('password')}\n")
    door.start()
    door.worker.stop()
    for line, says in {
        f"num.partitions={door.of('password')}": "num.partitions must be a whole number",
        f"worker.id={door.of('none')}": "worker.id cannot be",
        "config.providers=file,vault": "config.providers.vault.class must be",
        f"plugin.path={PLUGINS},{door.of('password')}": "plugin.path must stand here as it is",
    }.items():
        file = tmp_path / "bad.properties"
        file.write_text(with_port + line + "\n")
        ended = subprocess.run(
            [BINARY, "worker", file], capture_output=True, text=True, timeout=120, env=clean_environment(), check=False
        )
        assert ended.returncode == 1
        assert says in ended.stderr and str(file) in ended.stderr
        assert "CANARY" not in ended.stderr + ended.stdout
    assert "CANARY" not in door.worker.log()
