"""Workers of one group, and what they say of each other."""

from harness import footage
from harness.waiting import wait_until

SESSION = 6.0  # seconds: the shortest that Kafka allows as it is delivered
FRAMES = 20000


def cluster_named(name, new_worker):
    """Makes workers of one group."""

    def make(worker_id, **properties):
        common = {
            "group_id": name,
            "config_storage_topic": f"{name}-configs",
            "offset_storage_topic": f"{name}-offsets",
            "status_storage_topic": f"{name}-status",
            "session_timeout_ms": str(int(SESSION * 1000)),
            "heartbeat_interval_ms": "1000",
            "exactly_once_source_support": "enabled",
        }
        return new_worker(worker_id=worker_id, **(common | properties))

    make.name = name
    return make


def started(*workers):
    """Together, as an orchestrator does."""
    for worker in workers:
        worker.start(ready=False)
    for worker in workers:
        wait_until("the worker is healthy", worker._is_ready)
    return workers


def places(worker, names):
    """Of each connector the worker that its first task runs on, as this worker says."""
    # One that is new comes a moment later here.
    known = set(worker.rest.answer("GET", "/connectors")).intersection(names)
    statuses = {name: worker.rest.status(name)["tasks"] for name in known}
    return {name: tasks[0]["worker_id"] for name, tasks in statuses.items() if tasks and tasks[0]["state"] == "RUNNING"}


def wait_places(worker, names, among, seconds=40):
    """Until all of them run on these."""

    def found():
        where = places(worker, names)
        return where if len(where) == len(names) and set(where.values()) <= set(among) else None

    return wait_until(f"{names} run on {among}", found, seconds)


def frames_in(kafka, topic):
    return [int(dict(record.headers)["framespool.frame"]) for record in kafka.records(topic)]


def played(worker, name):
    """The frame that comes next, as the source offset has it."""
    offsets = worker.rest.answer("GET", f"/connectors/{name}/offsets")["offsets"]
    return offsets[0]["offset"]["frame"] if offsets else 0


def paced_source(video_source, topic):
    """Plays for minutes, in small pictures: the tests read all of them."""
    source = video_source(
        footage.pattern(FRAMES, width=96, height=54),
        topic,
        **{"pace": "realtime", "fps": "40", "transaction.boundary": "interval"},
    )
    return source | {"transaction.boundary.interval.ms": "200"}


def told(worker, path):
    """What does not depend on who is asked."""
    answer = worker.rest.answer("GET", path)
    if "tasks" in answer and path.endswith("/status"):
        for task in answer["tasks"]:
            task.pop("metrics", None)
    return answer


def owners(worker, name):
    """Of each task its worker, by the file that it plays; none unless all of them run, and the worker has read of them."""
    answer = worker.rest.call("GET", f"/connectors/{name}/tasks")
    if answer.status_code == 404:
        return {}
    tasks = answer.json()
    states = worker.rest.status(name)["tasks"]
    if len(states) != len(tasks) or {state["state"] for state in states} != {"RUNNING"}:
        return {}
    return {task["config"]["files"]: state["worker_id"] for task, state in zip(tasks, states, strict=True)}


def cluster_of(worker):
    """What a worker says of all of them, without what depends on when it is asked."""
    answer = worker.rest.answer("GET", "/cluster")
    for each in answer["workers"]:
        each.pop("uptime_ms")
    return answer


def problem_of(worker, name):
    task = worker.rest.status(name)["tasks"][0]
    return task["state"], [problem["kind"] for problem in task.get("problems", [])]
