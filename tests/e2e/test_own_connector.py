"""A connector that has nothing to do with video lives in one folder: out of the template, built beside the house, it has its
config, metrics, history, plots, probe, form, problem texts and README tables, and no other file of the house differs."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from harness.pictures import chromium_page
from harness.waiting import wait_until
from harness.worker import BUILD, PLUGINS, ROOT

OWN = Path(__file__).parent / "own_connector"
FOLDER = "connectors/line-file"

LINES = "".join(f"key-{number}\tvalue {number}\n" for number in range(300)) + "no key at all\n" + "key-7\t\n"


def hashes(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and "build" not in path.relative_to(folder).parts
    }


def run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the house, with the connector in it and built. All that it takes from the real one's build is the tool that
    prints manifests."""
    house = tmp_path_factory.mktemp("house")
    for name in ("cmake", "connectors", "tests/fakes"):
        shutil.copytree(ROOT / name, house / name)
    (house / "schemas" / "connectors").mkdir(parents=True)
    for other in (house / "connectors").iterdir():
        if other.is_dir() and other.name != "sdk" and not other.name.startswith("template-"):
            shutil.rmtree(other)
    (house / "CMakeLists.txt").write_text(f"""
cmake_minimum_required(VERSION 3.25)
project(own_connector LANGUAGES CXX)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(cmake/rooms.cmake)
add_executable(framespool-manifest IMPORTED)
set_target_properties(framespool-manifest PROPERTIES IMPORTED_LOCATION {BUILD / "bin" / "framespool-manifest"})
add_subdirectory(connectors/sdk)
add_subdirectory(connectors)
""")
    before = hashes(house)
    run("connectors/new-connector", "source", "line-file", cwd=house)
    (house / FOLDER / "line_file_source_test.cpp").unlink()
    for file in OWN.iterdir():
        shutil.copy(file, house / FOLDER)
    launcher = ["-D", "CMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    run("cmake", "-G", "Ninja", "-S", ".", "-B", "build", "-D", "CMAKE_BUILD_TYPE=Release", *launcher, cwd=house)
    run("cmake", "--build", "build", "--target", "line-file", "line-file.generated", cwd=house)
    after = hashes(house)
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    outside = {name for name in changed if not name.startswith(FOLDER + "/")}
    assert outside == {"schemas/connectors/LineFileSource.schema.json"}, outside
    return house


@pytest.fixture
def own_worker(house, new_worker):
    return new_worker(plugin_path=f"{house / 'build' / 'plugins'},{PLUGINS}").start()


@pytest.fixture
def lines(tmp_path):
    file = tmp_path / "lines.tsv"
    file.write_text(LINES)
    return file


def test_its_readme_has_the_tables_of_its_keys_and_of_its_metrics(house):
    readme = (house / FOLDER / "README.md").read_text()
    assert re.search(
        r"^\| `batch\.lines` \| int, lines, 1–1000 \| `100` \| How many lines are sent at once\. \|$", readme, re.M
    )
    assert re.search(
        r"^\| `tombstones` \| counter, lines \| Of these, lines with a key and no value\. \|$", readme, re.M
    )


def test_rest_lists_describes_and_checks_it(own_worker, lines):
    rest = own_worker.rest
    assert {"class": "LineFileSource", "type": "source", "version": "1.0.0"} in rest.answer("GET", "/connector-plugins")
    keys = {key["name"]: key for key in rest.answer("GET", "/connector-plugins/LineFileSource/config")}
    assert keys["batch.lines"]["default_value"] == "100"
    metrics = {metric["name"]: metric for metric in rest.answer("GET", "/connector-plugins/LineFileSource/metrics")}
    assert metrics["lines_read"] == {
        "name": "lines_read",
        "kind": "counter",
        "unit": "lines",
        "plot": "Lines",
        "label": "read",
        "documentation": "Lines read, also those from before a restart.",
        "series": "lines_read_per_second",
        "role": None,
        "setting": None,
    }
    assert metrics["bytes_left"]["series"] == "bytes_left"
    assert metrics["at_end"]["series"] is None

    wrong = {
        "connector.class": "LineFileSource",
        "name": "x",
        "topic": "lines",
        "file": str(lines),
        "batch.lines": "4000",
    }
    report = rest.answer("PUT", "/connector-plugins/LineFileSource/config/validate", wrong)
    errors = {each["value"]["name"]: each["value"]["errors"] for each in report["configs"] if each["value"]["errors"]}
    assert errors == {"batch.lines": ['must be a whole number between 1 and 1000, but is "4000"']}
    missing = rest.call("PUT", "/connectors/x/config", wrong | {"batch.lines": "4", "file": "/nowhere/lines.tsv"})
    assert missing.status_code == 400
    assert "/nowhere/lines.tsv is none; check its name" in missing.json()["message"]


def test_the_probe_shows_its_first_record(own_worker, lines):
    probe = own_worker.rest.answer(
        "PUT",
        "/connector-plugins/LineFileSource/probe",
        {"connector.class": "LineFileSource", "topic": "lines", "file": str(lines)},
    )
    assert probe["content_type"] == "text/plain"
    assert probe["first_frame"].startswith("data:text/plain;base64,")
    assert probe["facts"] == {"line": 1}
    assert probe["width"] is None and probe["height"] is None


def test_its_records_metrics_and_history_are_there(own_worker, lines, topic_named):
    rest, topic = own_worker.rest, topic_named("lines")
    rest.run("lines", {"connector.class": "LineFileSource", "topic": topic, "file": str(lines), "batch.lines": "50"})
    wait_until("all lines are read", lambda: rest.task_metrics("lines").get("at_end"))
    metrics = rest.task_metrics("lines")
    assert (metrics["lines_read"], metrics["tombstones"], metrics["bytes_left"]) == (302, 1, 0)
    wait_until(
        "all lines are in the topic",
        lambda: rest.answer("GET", f"/topics/{topic}")["partitions"][0]["end_offset"] == 302,
    )

    def series():
        return rest.answer("GET", "/metrics/history?resolution=1s&connector=lines")["series"].get("lines", {})

    wait_until("the history has what is declared", lambda: {"lines_read_per_second", "bytes_left"} <= series().keys())
    assert "at_end" not in series()

    # Goes on where it was, as the template does.
    own_worker.stop()
    with lines.open("a") as file:
        file.write("one more\n")
    own_worker.start()
    wait_until(
        "the new line is in the topic",
        lambda: rest.answer("GET", f"/topics/{topic}")["partitions"][0]["end_offset"] == 303,
    )


def test_the_page_has_its_form_its_preview_and_its_plots(own_worker, lines, topic_named):
    with chromium_page() as page:
        page.set_viewport_size({"width": 1440, "height": 900})
        page.set_default_timeout(120_000)
        page.goto(f"{own_worker.rest.url}/ui/#/connectors?create=configure&plugin=LineFileSource")
        page.get_by_role("textbox", name=re.compile("^Name")).fill("mine")
        page.locator("#f-file").fill(str(lines))
        page.locator("#f-topic").fill(topic_named("mine"))
        page.get_by_label("First record of the source").get_by_text("value 0").wait_for()
        page.get_by_text("line 1", exact=False).first.wait_for()

        batch = page.locator('[id="f-batch.lines"]')
        batch.fill("4000")
        page.locator('[id="f-batch.lines-e"]').get_by_text("between 1 and 1000").wait_for()
        page.get_by_role("button", name="Use 1000").click()
        wait_until("the fix is in the field", lambda: batch.input_value() == "1000")

        page.get_by_role("button", name="Review changes").click()
        page.get_by_role("button", name="Create connector").click()
        page.get_by_role("heading", name="mine", exact=True, level=1).wait_for()
        own_worker.rest.wait_running("mine")
        page.goto(f"{own_worker.rest.url}/ui/#/connectors/mine?tab=metrics")
        lines_plot = page.get_by_role("region", name="Lines, lines/s", exact=True)
        lines_plot.wait_for()
        assert "tombstones" in lines_plot.inner_text()
        page.get_by_role("region", name="Left, bytes", exact=True).wait_for()
        page.goto(f"{own_worker.rest.url}/ui/#/connectors/mine?tab=overview")
        told = page.get_by_text("lines_read", exact=True).first
        told.wait_for()
        assert told.get_attribute("title") == "Lines read, also those from before a restart."
