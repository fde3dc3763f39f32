"""A worker's metrics as Debian's Prometheus reads them, the alert rules in docker/monitoring and the dashboard beside them."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from harness.footage import pattern
from harness.mjpeg import Stream
from harness.prometheus import MONITORING, Prometheus
from harness.waiting import wait_until
from harness.worker import BAD_PLUGINS, PLUGINS

CLOCK = {"connector.class": "HeartbeatSource", "topic": "clock", "rate": "50"}


@pytest.fixture
def prometheus_of(tmp_path):
    running = []

    def start(worker):
        running.append(Prometheus(tmp_path, worker))
        wait_until("Prometheus has scraped the worker", running[-1].reaches_worker)
        return running[-1]

    yield start
    for prometheus in running:
        prometheus.stop()
        print(f"--- log of Prometheus:\n{prometheus.log()}")


@pytest.fixture
def lines_sink(tmp_path):
    return {"connector.class": "LineFileSink", "topics": "clock", "file": str(tmp_path / "lines")}


def promtool(*arguments, **more):
    return subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False, **more
    )


def expressions_of_rules():
    return re.findall(r"^ +expr: (.*)$", (MONITORING / "alerts.yml").read_text(), re.M)


def expressions_of_dashboard():
    """As Grafana would send them, with all workers and all connectors chosen."""
    dashboard = json.loads((MONITORING / "grafana" / "framespool.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"].replace("$__rate_interval", "1m")
            yield re.sub(r"\$(instance|connector)", ".+", expression)


def test_the_rules_fire_when_they_should():
    checked = promtool("check", "rules", MONITORING / "alerts.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = promtool("test", "rules", Path(__file__).with_name("alerts_test.yml"))
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_prometheus_complains_of_nothing_but_names_of_connect_and_of_connectors(worker, lines_sink):
    worker.rest.run("clock", CLOCK)
    worker.rest.run("lines", lines_sink)
    answer = worker.rest.call("GET", "/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    checked = promtool("check", "metrics", input=answer.text)
    complaints = [
        line for line in checked.stderr.splitlines() if not line.startswith(("kafka_connect_", "framespool_task_"))
    ]
    assert complaints == []


def test_counts_what_a_source_and_a_sink_do(worker, prometheus_of, lines_sink):
    worker.rest.run("clock", CLOCK)
    worker.rest.run("lines", lines_sink)
    prometheus = prometheus_of(worker)
    written = 'kafka_connect_source_task_metrics_source_record_write_total{connector="clock",task="0"}'
    sent = 'kafka_connect_sink_task_metrics_sink_record_send_total{connector="lines",task="0"}'
    wait_until("records went through", lambda: (prometheus.value(written) or 0) > 50 and prometheus.value(sent) > 50)
    rate = 'kafka_connect_source_task_metrics_source_record_write_rate{connector="clock"}'
    wait_until("the rate is that of the config", lambda: 25 < (prometheus.value(rate) or 0) < 75)
    assert prometheus.value('kafka_connect_connector_metrics{connector="lines",connector_type="sink"}') == 1
    for times in ("poll", "append"):
        count = prometheus.value(f'framespool_{times}_seconds_count{{connector="clock"}}')
        assert prometheus.value(f'framespool_{times}_seconds_bucket{{connector="clock",le="+Inf"}}') >= count > 0
    assert prometheus.value('framespool_put_seconds_count{connector="lines"}') > 0
    assert prometheus.value("framespool_fsync_seconds_count") > 0
    assert prometheus.value("framespool_disk_available_bytes < framespool_disk_size_bytes") > 0
    assert prometheus.firing() == []


def histogram_of(text, name):
    """Of one answer: the buckets by their bounds, each with those before it, then sum and count."""
    found = re.findall(rf'^{name}_(bucket|sum|count)\{{[^}}]*?(?:le="([^"]+)")?\}} (\S+)$', text, re.M)
    buckets = {float(bound): float(value) for part, bound, value in found if part == "bucket"}
    rest = {part: float(value) for part, _, value in found if part != "bucket"}
    return buckets, rest.get("sum"), rest.get("count")


def test_the_way_of_frames_to_live_viewers_is_a_histogram(worker, prometheus_of, video_source, new_sink):
    # A frame is taken when it is due.
    worker.rest.run("cam", video_source(pattern(30), "cam", pace="realtime", loop="true"))
    sink = new_sink("cam", playback="live")
    worker.rest.run("view", sink.config)
    prometheus = prometheus_of(worker)
    name = "framespool_task_capture_to_viewer_seconds"
    count = f'{name}_count{{connector="view",task="0"}}'
    assert wait_until("it is there before anybody watches", lambda: prometheus.value(count) is not None)
    assert prometheus.value(count) == 0
    streams = [iter(Stream(sink.url)) for _ in range(2)]
    for _ in range(60):
        for stream in streams:
            next(stream)
    # What was there before a viewer came does not count: one frame for each.
    wait_until("it has been scraped", lambda: prometheus.value(count) >= 2 * 58)
    p99 = prometheus.value(f"histogram_quantile(0.99, sum by (le) ({name}_bucket))")
    assert p99 > 0

    buckets, total, counted = histogram_of(worker.rest.call("GET", "/metrics").text, name)
    values = list(buckets.values())
    assert len(values) == 17 and values == sorted(values) and values[-1] == counted >= 2 * 58
    assert list(buckets)[0] == 0.0001 and list(buckets)[-2:] == [10, float("inf")]
    # The sum is within what the buckets say: seconds, and no other unit.
    bounds = [0, *buckets]
    within = [value - before for value, before in zip(values, [0, *values[:-1]], strict=True)]
    assert total >= sum(low * frames for low, frames in zip(bounds, within, strict=False))
    if within[-1] == 0:
        assert total <= sum(high * frames for high, frames in zip(list(buckets)[:-1], within, strict=False))


def test_an_alert_fires_for_a_task_that_failed_and_ends_with_its_restart(worker, prometheus_of, lines_sink, tmp_path):
    worker.rest.run("clock", CLOCK)
    prometheus = prometheus_of(worker)
    assert prometheus.firing() == []
    # Running at once, it would be refused: its file cannot be made.
    folder = tmp_path / "not-yet"
    sink = lines_sink | {"file": str(folder / "lines")}
    worker.rest.answer("POST", "/connectors", {"name": "lines", "config": sink, "initial_state": "STOPPED"})
    worker.rest.answer("PUT", "/connectors/lines/resume")
    worker.rest.wait_task("lines", "FAILED")
    (alert,) = wait_until("an alert fires", prometheus.firing)
    assert (alert["alertname"], alert["connector"]) == ("FramespoolTaskFailed", "lines")
    folder.mkdir()
    worker.rest.call("POST", "/connectors/lines/tasks/0/restart")
    wait_until("it fires no more", lambda: prometheus.firing() == [])


def test_rules_and_dashboard_ask_for_what_there_is(new_worker, prometheus_of, lines_sink):
    # A library that is refused is a problem, and so there is a metric of that.
    worker = new_worker(plugin_path=f"{PLUGINS},{BAD_PLUGINS}").start()
    worker.rest.run("clock", CLOCK)
    worker.rest.run("lines", lines_sink)
    prometheus = prometheus_of(worker)
    scraped = wait_until(
        "all kinds of calls were made",
        lambda: (
            {"framespool_put_seconds_count", "framespool_poll_seconds_count"} <= (names := prometheus.names()) and names
        ),
    )
    declared = set()
    for plugin in worker.rest.answer("GET", "/connector-plugins"):
        for metric in worker.rest.answer("GET", f"/connector-plugins/{plugin['class']}/metrics"):
            for end in {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(metric["kind"], [""]):
                declared.add(f"framespool_task_{metric['name']}{end}")
    expressions = expressions_of_rules() + list(expressions_of_dashboard())
    assert len(expressions) > 20
    for expression in expressions:
        prometheus.query(expression)
        for name in re.findall(r"\b(?:framespool|kafka_connect|process)_\w+", expression):
            # Sinks commit once a minute.
            assert name in scraped | declared | {"framespool_commit_seconds_bucket"}, f"{name}, of {expression}"
