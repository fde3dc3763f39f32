"""What both workers are asked: every endpoint of Kafka Connect, as it should be used and as it should not."""

UNKNOWN = "nobody"
BAD_JSON = b'{"name": '


def run(talk):
    """Steps are named "METHOD path: what"; the names are what differences.py refers to."""
    worker(talk)
    plugins(talk)
    creating(talk)
    connector(talk)
    config(talk)
    status_and_tasks(talk)
    target_states(talk)
    restarts(talk)
    failures(talk)
    source_offsets(talk)
    sink_offsets(talk)
    topics(talk)
    loggers(talk)
    names(talk)
    methods(talk)
    deleting(talk)


def worker(talk):
    talk.say("GET /", "GET", "/")
    talk.say("GET /: any type", "GET", "/", accept=None)
    talk.say("HEAD /", "HEAD", "/")
    talk.say("GET /health", "GET", "/health")
    talk.say("GET unknown path", "GET", "/nothing/here")
    talk.say("GET unknown path below a connector", "GET", "/connectors/x/nothing")
    talk.say("GET /connectors: none", "GET", "/connectors")
    talk.say("GET /connectors/", "GET", "/connectors/")
    talk.say("GET /connectors?expand=status: none", "GET", "/connectors?expand=status")
    talk.say("GET /connectors: Accept text/plain", "GET", "/connectors", accept="text/plain")
    talk.say("GET /connectors: Accept */*", "GET", "/connectors", accept="*/*")
    talk.say(
        "GET /connectors: Accept text/html, application/json;q=0.5",
        "GET",
        "/connectors",
        accept="text/html, application/json;q=0.5",
    )


def plugins(talk):
    mine = talk.dialect
    path = f"/connector-plugins/{mine.source_class}/config"
    talk.say("GET /connector-plugins", "GET", "/connector-plugins")
    talk.say("GET /connector-plugins/", "GET", "/connector-plugins/")
    talk.say("GET /connector-plugins?connectorsOnly=true", "GET", "/connector-plugins?connectorsOnly=true")
    talk.say("GET /connector-plugins?connectorsOnly=false", "GET", "/connector-plugins?connectorsOnly=false")
    talk.say("GET /connector-plugins/{p}/config", "GET", path)
    talk.say("GET /connector-plugins/{p}/config: unknown", "GET", f"/connector-plugins/{UNKNOWN}/config")
    check = path + "/validate"
    talk.say("PUT validate: good", "PUT", check, mine.source | {"name": "x"})
    talk.say(
        "PUT validate: sink", "PUT", f"/connector-plugins/{mine.sink_class}/config/validate", mine.sink | {"name": "x"}
    )
    talk.say(
        "PUT validate: class and topics only",
        "PUT",
        f"/connector-plugins/{mine.sink_class}/config/validate",
        {"connector.class": mine.sink_class, "topics": "t"},
    )
    talk.say("PUT validate: bad value", "PUT", check, mine.source | {"name": "x", "tasks.max": "none"})
    talk.say(
        "PUT validate: numbers", "PUT", check, mine.source | {"name": "x", "tasks.max": 1, "errors.log.enable": True}
    )
    talk.say("PUT validate: empty object", "PUT", check, {})
    talk.say("PUT validate: no class", "PUT", check, {"name": "x"})
    talk.say("PUT validate: other class", "PUT", check, {"name": "x", "connector.class": mine.sink_class})
    talk.say(
        "PUT validate: unknown plugin",
        "PUT",
        f"/connector-plugins/{UNKNOWN}/config/validate",
        {"connector.class": UNKNOWN, "topics": "t"},
    )
    talk.say("PUT validate: malformed", "PUT", check, BAD_JSON)
    talk.say("PUT validate: a list", "PUT", check, [])
    talk.say("PUT validate: no body", "PUT", check)
    talk.say("PUT validate: text", "PUT", check, b"x", content_type="text/plain")


def creating(talk):
    mine = talk.dialect
    create = "/connectors"
    talk.say("POST /connectors: malformed", "POST", create, BAD_JSON)
    talk.say("POST /connectors: a list", "POST", create, [])
    talk.say("POST /connectors: null", "POST", create, b"null")
    talk.say("POST /connectors: empty object", "POST", create, {})
    talk.say("POST /connectors: empty body", "POST", create, b"")
    talk.say("POST /connectors: no body, no type", "POST", create)
    talk.say("POST /connectors: text/plain", "POST", create, b"{}", content_type="text/plain")
    talk.say("POST /connectors: no content type", "POST", create, b"{}", content_type=None)
    talk.say("POST /connectors: no config", "POST", create, {"name": "made"})
    talk.say("POST /connectors: config null", "POST", create, {"name": "made", "config": None})
    talk.say("POST /connectors: config a list", "POST", create, {"name": "made", "config": []})
    talk.say("POST /connectors: no name", "POST", create, {"config": mine.source})
    talk.say("POST /connectors: empty name", "POST", create, {"name": "", "config": mine.source})
    talk.say(
        "POST /connectors: other name in config",
        "POST",
        create,
        {"name": "made", "config": mine.source | {"name": "other"}},
    )
    talk.say(
        "POST /connectors: unknown field", "POST", create, {"name": "made", "config": mine.source, "colour": "red"}
    )
    talk.say(
        "POST /connectors: nested config", "POST", create, {"name": "made", "config": mine.source | {"topic": {"a": 1}}}
    )
    talk.say("POST /connectors: no class", "POST", create, {"name": "made", "config": {"topic": "t"}})
    talk.say(
        "POST /connectors: unknown class", "POST", create, {"name": "made", "config": {"connector.class": UNKNOWN}}
    )
    talk.say(
        "POST /connectors: bad values",
        "POST",
        create,
        {"name": "made", "config": mine.source | {"tasks.max": "0", "errors.tolerance": "some"}},
    )
    talk.say(
        "POST /connectors: bad initial_state",
        "POST",
        create,
        {"name": "made", "config": mine.source, "initial_state": "JUMPING"},
    )
    talk.say(
        "POST /connectors: initial_state null",
        "POST",
        create,
        {"name": "state-null", "config": mine.source | {"topic": "state-null"}, "initial_state": None},
    )
    talk.say("POST /connectors", "POST", create, {"name": "source", "config": mine.source})
    talk.say("POST /connectors: again", "POST", create, {"name": "source", "config": mine.source})
    talk.say("POST /connectors: chunked", "POST", create, {"name": "sink", "config": mine.sink}, chunked=True)
    talk.say(
        "POST /connectors: PAUSED",
        "POST",
        create,
        {"name": "paused", "config": mine.source | {"topic": "paused"}, "initial_state": "PAUSED"},
    )
    talk.say(
        "POST /connectors: stopped",
        "POST",
        create,
        {"name": "stopped", "config": mine.source | {"topic": "stopped"}, "initial_state": "stopped"},
    )
    talk.wait_for("source", "RUNNING")
    talk.wait_for("sink", "RUNNING")
    talk.wait_for("paused", "PAUSED", least_tasks=0)
    talk.wait_for("stopped", "STOPPED", least_tasks=0)
    talk.say("GET status: created PAUSED", "GET", "/connectors/paused/status")
    talk.say("GET status: created STOPPED", "GET", "/connectors/stopped/status")
    talk.say("GET connector: created STOPPED", "GET", "/connectors/stopped")
    talk.say("GET tasks: created STOPPED", "GET", "/connectors/stopped/tasks")
    for name in ("paused", "stopped", "state-null"):
        talk.say(f"DELETE {name}", "DELETE", f"/connectors/{name}")


def connector(talk):
    talk.say("GET /connectors", "GET", "/connectors")
    for query in (
        "expand=status",
        "expand=info",
        "expand=status&expand=info",
        "expand=colour",
        "expand=",
        "expand=STATUS",
        "expand=info,status",
        "other=1",
    ):
        talk.say(f"GET /connectors?{query}", "GET", f"/connectors?{query}")
    talk.say("GET connector", "GET", "/connectors/source")
    talk.say("GET connector: trailing slash", "GET", "/connectors/source/")
    talk.say("GET connector: a sink", "GET", "/connectors/sink")
    talk.say("GET connector: unknown", "GET", f"/connectors/{UNKNOWN}")
    talk.say("HEAD connector", "HEAD", "/connectors/source")
    talk.say("HEAD connector: unknown", "HEAD", f"/connectors/{UNKNOWN}")


def config(talk):
    mine = talk.dialect
    path = "/connectors/source/config"
    talk.say("GET config", "GET", path)
    talk.say("GET config: unknown", "GET", f"/connectors/{UNKNOWN}/config")
    talk.say("PUT config: the same", "PUT", path, mine.source)
    talk.say("PUT config: another", "PUT", path, mine.other_source)
    talk.say("PUT config: numbers", "PUT", path, mine.other_source | {"tasks.max": 1, "errors.log.enable": True})
    talk.say("GET config: numbers as text", "GET", path)
    talk.say("PUT config: creates", "PUT", "/connectors/put/config", mine.source | {"topic": "put"})
    talk.say("PUT config: other name", "PUT", path, mine.source | {"name": "other"})
    talk.say("PUT config: malformed", "PUT", path, BAD_JSON)
    talk.say("PUT config: a list", "PUT", path, [])
    talk.say("PUT config: empty object", "PUT", path, {})
    talk.say("PUT config: no body", "PUT", path)
    talk.say("PUT config: bad values", "PUT", path, mine.source | {"tasks.max": "0"})
    talk.say("PUT config: no class", "PUT", path, {"topic": "t"})
    talk.say("PUT config: unknown class", "PUT", path, {"connector.class": UNKNOWN})
    talk.say("PUT config: text", "PUT", path, b"x", content_type="text/plain")
    talk.say("PATCH config", "PATCH", path, {"errors.tolerance": "all"})
    talk.say("PATCH config: null removes", "PATCH", path, {"errors.tolerance": None})
    talk.say("GET config: patched", "GET", path)
    talk.say("PATCH config: unknown", "PATCH", f"/connectors/{UNKNOWN}/config", {"tasks.max": "1"})
    talk.say("PATCH config: other name", "PATCH", path, {"name": "other"})
    talk.say("PATCH config: bad value", "PATCH", path, {"tasks.max": "0"})
    talk.say("PATCH config: class away", "PATCH", path, {"connector.class": None})
    talk.say("PATCH config: malformed", "PATCH", path, BAD_JSON)
    talk.say("PATCH config: a list", "PATCH", path, [])
    talk.say("PATCH config: empty object", "PATCH", path, {})
    talk.say("DELETE put", "DELETE", "/connectors/put")
    talk.say("PUT config: back", "PUT", path, mine.source)
    talk.wait_for("source", "RUNNING")


def status_and_tasks(talk):
    for name in ("source", "sink"):
        talk.say(f"GET status: {name}", "GET", f"/connectors/{name}/status")
        talk.say(f"GET tasks: {name}", "GET", f"/connectors/{name}/tasks")
        talk.say(f"GET task status: {name}", "GET", f"/connectors/{name}/tasks/0/status")
    talk.say("GET tasks-config", "GET", "/connectors/source/tasks-config")
    for what in ("status", "tasks", "tasks/0/status", "tasks-config"):
        talk.say(f"GET {what}: unknown", "GET", f"/connectors/{UNKNOWN}/{what}")
    talk.say("GET task status: unknown task", "GET", "/connectors/source/tasks/9/status")
    talk.say("GET task status: no number", "GET", "/connectors/source/tasks/x/status")
    talk.say("GET task status: negative", "GET", "/connectors/source/tasks/-1/status")


def target_states(talk):
    for verb, state, tasks in (
        ("pause", "PAUSED", 1),
        ("pause", "PAUSED", 1),
        ("resume", "RUNNING", 1),
        ("stop", "STOPPED", 0),
        ("stop", "STOPPED", 0),
        ("pause", "PAUSED", 0),
        ("resume", "RUNNING", 1),
        ("resume", "RUNNING", 1),
    ):
        number = sum(step.startswith(f"PUT {verb}") for step in talk.answers) + 1
        talk.say(f"PUT {verb}: {number}", "PUT", f"/connectors/source/{verb}")
        talk.wait_for("source", state, tasks)
        talk.say(f"GET status: after {verb} {number}", "GET", "/connectors/source/status")
        talk.say(f"GET connector: after {verb} {number}", "GET", "/connectors/source")
    for verb in ("pause", "resume", "stop"):
        talk.say(f"PUT {verb}: unknown", "PUT", f"/connectors/{UNKNOWN}/{verb}")
        talk.say(f"POST {verb}", "POST", f"/connectors/source/{verb}")


def restarts(talk):
    for query in (
        "",
        "?includeTasks=false",
        "?includeTasks=true",
        "?onlyFailed=true",
        "?includeTasks=True&onlyFailed=TRUE",
        "?includeTasks=true&onlyFailed=false",
        "?includeTasks=maybe",
        "?includeTasks",
    ):
        talk.say(f"POST restart{query}", "POST", f"/connectors/source/restart{query}")
        talk.wait_for("source", "RUNNING")
    talk.say("POST restart: unknown", "POST", f"/connectors/{UNKNOWN}/restart")
    talk.say("POST restart: unknown, with tasks", "POST", f"/connectors/{UNKNOWN}/restart?includeTasks=true")
    talk.say("POST task restart", "POST", "/connectors/source/tasks/0/restart")
    talk.wait_for("source", "RUNNING")
    talk.say("POST task restart: unknown task", "POST", "/connectors/source/tasks/9/restart")
    talk.say("POST task restart: no number", "POST", "/connectors/source/tasks/x/restart")
    talk.say("POST task restart: unknown connector", "POST", f"/connectors/{UNKNOWN}/tasks/0/restart")


def failures(talk):
    talk.say(
        "POST /connectors: one that will fail",
        "POST",
        "/connectors",
        {"name": "broken", "config": talk.dialect.broken_sink, "initial_state": "STOPPED"},
    )
    talk.say("PUT resume: one that fails", "PUT", "/connectors/broken/resume")
    talk.wait_for("broken", "RUNNING", task_state="FAILED")
    talk.say("GET status: FAILED", "GET", "/connectors/broken/status")
    talk.say("GET task status: FAILED", "GET", "/connectors/broken/tasks/0/status")
    talk.say("GET /connectors?expand=status: one FAILED", "GET", "/connectors?expand=status")
    talk.say("POST restart: the failed one", "POST", "/connectors/broken/restart?includeTasks=true&onlyFailed=true")
    talk.wait_for("broken", "RUNNING", task_state="FAILED")
    talk.say("DELETE broken", "DELETE", "/connectors/broken")


def source_offsets(talk):
    path = "/connectors/source/offsets"
    entry = talk.dialect.source_offset
    talk.wait("source has offsets", path, lambda status, body: status == 200 and body["offsets"])
    talk.say("GET offsets: source", "GET", path)
    talk.say("GET offsets: unknown", "GET", f"/connectors/{UNKNOWN}/offsets")
    talk.say("PATCH offsets: RUNNING", "PATCH", path, {"offsets": [entry]})
    talk.say("DELETE offsets: RUNNING", "DELETE", path)
    talk.say("PUT stop: for offsets", "PUT", "/connectors/source/stop")
    talk.wait_for("source", "STOPPED", least_tasks=0)
    talk.say("PATCH offsets: source", "PATCH", path, {"offsets": [entry]})
    talk.say("GET offsets: source, altered", "GET", path)
    talk.say("PATCH offsets: source, null", "PATCH", path, {"offsets": [entry | {"offset": None}]})
    talk.say("GET offsets: source, one reset", "GET", path)
    bad_offsets(talk, "source", path)
    talk.say("DELETE offsets: source", "DELETE", path)
    talk.say("GET offsets: source, reset", "GET", path)
    talk.say("PUT resume: after offsets", "PUT", "/connectors/source/resume")
    talk.wait_for("source", "RUNNING")


def sink_offsets(talk):
    path = "/connectors/sink/offsets"
    entry = {"partition": {"kafka_topic": talk.dialect.topic, "kafka_partition": 0}, "offset": {"kafka_offset": 1}}
    talk.wait("sink has offsets", path, lambda status, body: status == 200 and body["offsets"])
    talk.say("GET offsets: sink", "GET", path)
    talk.say("PATCH offsets: sink, RUNNING", "PATCH", path, {"offsets": [entry]})
    talk.say("PUT stop: the sink, for offsets", "PUT", "/connectors/sink/stop")
    talk.wait_for("sink", "STOPPED", least_tasks=0)
    talk.say("PATCH offsets: sink", "PATCH", path, {"offsets": [entry]})
    talk.say("GET offsets: sink, altered", "GET", path)
    text = {"partition": {"kafka_topic": talk.dialect.topic, "kafka_partition": "0"}, "offset": {"kafka_offset": "2"}}
    talk.say("PATCH offsets: sink, numbers as text", "PATCH", path, {"offsets": [text]})
    talk.say("PATCH offsets: sink, null", "PATCH", path, {"offsets": [entry | {"offset": None}]})
    talk.say("PATCH offsets: sink, wrong partition", "PATCH", path, {"offsets": [entry | {"partition": {"file": "x"}}]})
    talk.say("PATCH offsets: sink, wrong offset", "PATCH", path, {"offsets": [entry | {"offset": {"position": 1}}]})
    talk.say(
        "PATCH offsets: sink, no such number",
        "PATCH",
        path,
        {"offsets": [entry | {"offset": {"kafka_offset": "many"}}]},
    )
    talk.say("PATCH offsets: sink, negative", "PATCH", path, {"offsets": [entry | {"offset": {"kafka_offset": -1}}]})
    bad_offsets(talk, "sink", path)
    talk.say("DELETE offsets: sink", "DELETE", path)
    talk.say("GET offsets: sink, reset", "GET", path)
    talk.say("PUT resume: the sink, after offsets", "PUT", "/connectors/sink/resume")
    talk.wait_for("sink", "RUNNING")


def bad_offsets(talk, name, path):
    for what, body in (
        ("malformed", BAD_JSON),
        ("empty object", {}),
        ("offsets empty", {"offsets": []}),
        ("offsets null", {"offsets": None}),
        ("a list", []),
        ("no partition", {"offsets": [{"offset": {"a": 1}}]}),
        ("no offset", {"offsets": [{"partition": {"a": 1}}]}),
        ("partition a text", {"offsets": [{"partition": "x", "offset": {}}]}),
        ("unknown field", {"offsets": [], "colour": "red"}),
    ):
        talk.say(f"PATCH offsets: {name}, {what}", "PATCH", path, body)
    talk.say(
        f"PATCH offsets: {name}, unknown connector",
        "PATCH",
        f"/connectors/{UNKNOWN}/offsets",
        {"offsets": [{"partition": {"a": 1}, "offset": {"b": 2}}]},
    )
    talk.say(f"DELETE offsets: {name}, unknown connector", "DELETE", f"/connectors/{UNKNOWN}/offsets")


def topics(talk):
    for name in ("source", "sink"):
        talk.wait(
            f"{name} has a topic",
            f"/connectors/{name}/topics",
            lambda status, body: status == 200 and body[name]["topics"],
        )
        talk.say(f"GET topics: {name}", "GET", f"/connectors/{name}/topics")
    talk.say("GET topics: unknown", "GET", f"/connectors/{UNKNOWN}/topics")
    talk.say("PUT topics/reset: unknown", "PUT", f"/connectors/{UNKNOWN}/topics/reset")
    talk.say("PUT pause: before topics/reset", "PUT", "/connectors/source/pause")
    talk.wait_for("source", "PAUSED")
    talk.say("PUT topics/reset", "PUT", "/connectors/source/topics/reset")

    def is_reset(status, body):
        if status == 200 and not body["source"]["topics"]:
            return True
        # A record that was on its way when the source was paused has named its topic again.
        talk.say(None, "PUT", "/connectors/source/topics/reset", record=False)
        return False

    talk.wait("source has no topic", "/connectors/source/topics", is_reset)
    talk.say("GET topics: reset", "GET", "/connectors/source/topics")
    talk.say("PUT resume: after topics/reset", "PUT", "/connectors/source/resume")
    talk.wait_for("source", "RUNNING")


def loggers(talk):
    logger = f"/admin/loggers/{talk.dialect.logger}"
    talk.say("GET /admin/loggers", "GET", "/admin/loggers")
    talk.say("GET logger: root", "GET", "/admin/loggers/root")
    talk.say("GET logger: unknown", "GET", "/admin/loggers/no.such.logger")
    talk.say("PUT logger", "PUT", logger, {"level": "DEBUG"})
    talk.say("GET logger: changed", "GET", logger)
    talk.say("PUT logger: lower case", "PUT", logger, {"level": "warn"})
    talk.say("GET logger: changed in lower case", "GET", logger)
    talk.say("PUT logger: bad level", "PUT", logger, {"level": "LOUD"})
    talk.say("PUT logger: no level", "PUT", logger, {})
    talk.say("PUT logger: level null", "PUT", logger, {"level": None})
    talk.say("PUT logger: level a number", "PUT", logger, {"level": 3})
    talk.say("PUT logger: malformed", "PUT", logger, BAD_JSON)
    talk.say("PUT logger: a list", "PUT", logger, [])
    talk.say("PUT logger: no body", "PUT", logger)
    talk.say("PUT logger: unknown logger", "PUT", "/admin/loggers/no.such.logger", {"level": "INFO"})
    for scope in ("worker", "cluster", "Cluster", "planet", ""):
        talk.say(f"PUT logger?scope={scope}", "PUT", f"{logger}?scope={scope}", {"level": "INFO"})
    talk.say("PUT logger?scope=cluster: bad level", "PUT", f"{logger}?scope=cluster", {"level": "LOUD"})


def names(talk):
    mine = talk.dialect
    for what, name, path in (
        ("space and umlaut", "a b \u00fc", "a%20b%20%C3%BC"),
        ("percent", "50%", "50%25"),
        ("plus", "a+b", "a+b"),
        ("dots", "a..b", "a..b"),
        ("lower-case escape", "\u00e9", "%c3%a9"),
    ):
        talk.say(f"PUT config: {what}", "PUT", f"/connectors/{path}/config", mine.source | {"topic": "names"})
        talk.say(f"GET connector: {what}", "GET", f"/connectors/{path}")
        talk.say(f"DELETE: {what}", "DELETE", f"/connectors/{path}")
        talk.say(
            f"POST /connectors: {what}",
            "POST",
            "/connectors",
            {"name": name, "config": mine.source | {"topic": "names"}},
        )
        talk.say(f"DELETE: {what}, posted", "DELETE", f"/connectors/{path}")
    talk.say("GET connector: encoded slash", "GET", "/connectors/a%2Fb")
    talk.say("GET connector: broken escape", "GET", "/connectors/a%zz")
    talk.say("POST /connectors: control character", "POST", "/connectors", {"name": "a\u0001b", "config": mine.source})
    talk.say(
        "POST /connectors: white space around the name",
        "POST",
        "/connectors",
        {"name": " spaced ", "config": mine.source | {"topic": "names"}},
    )
    talk.say("DELETE: white space around the name", "DELETE", "/connectors/spaced")


READ = ("GET", "HEAD")
# What Connect takes where.
PATHS = {
    "/": READ,
    "/health": READ,
    "/connectors": (*READ, "POST"),
    "/connectors/source": (*READ, "DELETE"),
    "/connectors/source/config": (*READ, "PUT", "PATCH"),
    "/connectors/source/status": READ,
    "/connectors/source/tasks": (*READ, "POST"),
    "/connectors/source/tasks/0/status": READ,
    "/connectors/source/tasks/0/restart": ("POST",),
    "/connectors/source/tasks-config": (),
    "/connectors/source/pause": ("PUT",),
    "/connectors/source/resume": ("PUT",),
    "/connectors/source/stop": ("PUT",),
    "/connectors/source/restart": ("POST",),
    "/connectors/source/offsets": (*READ, "PATCH", "DELETE"),
    "/connectors/source/topics": READ,
    "/connectors/source/topics/reset": ("PUT",),
    "/connector-plugins": READ,
    "/connector-plugins/x/config": READ,
    "/connector-plugins/x/config/validate": ("PUT",),
    "/admin/loggers": READ,
    "/admin/loggers/root": (*READ, "PUT"),
}


def methods(talk):
    """OPTIONS everywhere, and each method where Connect does not take it."""
    for path, taken in PATHS.items():
        talk.say(f"OPTIONS {path}", "OPTIONS", path, accept="*/*")
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
            if method not in taken:
                talk.say(f"{method} {path}: not taken", method, path)


def deleting(talk):
    for name in ("source", "sink"):
        talk.say(f"DELETE {name}", "DELETE", f"/connectors/{name}")
        talk.wait(f"{name} is gone", f"/connectors/{name}/status", lambda status, body: status == 404)
        talk.say(f"GET status: {name}, deleted", "GET", f"/connectors/{name}/status")
    talk.say("DELETE: again", "DELETE", "/connectors/source")
    talk.say("GET topics: deleted", "GET", "/connectors/source/topics")
