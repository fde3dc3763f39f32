"""Users of a worker: who listens beyond this machine asks who calls, and the others are let in where they belong."""

import os
import re
import stat
import subprocess
from datetime import datetime

import pytest
import requests
from harness.footage import pattern
from harness.mjpeg import Stream
from harness.waiting import wait_until
from harness.worker import BINARY, clean_environment

PASSWORD = "open sesame"


def user(*words, password=PASSWORD):
    return subprocess.run(
        [BINARY, "user", *map(str, words)],
        input=f"{password}\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def users(tmp_path):
    """ann is an admin, olga an operator, vera a viewer; and a program with a token."""
    file = tmp_path / "users"
    for name, role in ("ann", "admin"), ("olga", "operator"), ("vera", "viewer"):
        done = user("add", file, name, role)
        assert done.returncode == 0, done.stderr
    done = user("add", file, "prometheus", "viewer", "--token")
    file.with_name("token").write_text(done.stdout.strip())
    return file


@pytest.fixture
def token(users):
    return users.with_name("token").read_text()


def start(new_worker, **properties):
    """A worker whose health is asked by ann."""
    worker = new_worker(**properties)
    worker.rest._session.auth = ("ann", PASSWORD)
    return worker.start()


def curl(url, *options):
    """The status that a real curl gets."""
    command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "60", *options, url]
    return int(subprocess.run(command, capture_output=True, text=True, check=False, env=clean_environment()).stdout)


def ends_with(new_worker, **properties):
    worker = new_worker(**properties).start(ready=False)
    wait_until("the worker ends", lambda: worker.process.poll() is not None)
    assert worker.process.poll() == 1
    return worker.log()


@pytest.mark.parametrize("listeners", ["http://0.0.0.0:0", "http://127.0.0.1:0,http://[::]:0", "http://:0"])
def test_a_worker_that_would_be_open_to_all_does_not_start_and_says_what_to_write(new_worker, listeners):
    log = ends_with(new_worker, listeners=listeners)
    for said in "listeners.users.file=FILE", "framespool user add FILE NAME admin", "listeners.insecure=true":
        assert said in log


def test_a_worker_whose_users_cannot_be_read_does_not_start(new_worker, tmp_path):
    assert "framespool user add" in ends_with(new_worker, listeners_users_file=tmp_path / "none")
    (tmp_path / "bad").write_text("ann:admin:in clear\n")
    log = ends_with(new_worker, listeners_users_file=tmp_path / "bad")
    assert "line 1" in log and "in clear" not in log


def test_a_worker_listens_anywhere_where_its_owner_wants_it_so(new_worker):
    worker = new_worker(listeners_insecure="true")
    properties = worker.properties_file.read_text().replace("127.0.0.1", "0.0.0.0")
    worker.properties_file.write_text(properties)
    worker.start()
    assert curl(f"{worker.rest.url}/connectors") == 200


def test_everybody_is_asked_and_let_in_where_he_belongs(new_worker, users, token):
    worker = start(new_worker, listeners_users_file=users)
    url = worker.rest.url
    assert curl(f"{url}/connectors") == 401
    assert curl(f"{url}/connectors", "-u", "vera:wrong one") == 401
    assert curl(f"{url}/connectors", "-u", f"vera:{PASSWORD}") == 200
    assert curl(f"{url}/metrics", "-H", f"Authorization: Bearer {token}") == 200
    assert curl(f"{url}/metrics", "-H", f"Authorization: Bearer {token}x") == 401
    worker.rest.put("clock", {"connector.class": "HeartbeatSource", "topic": "clock"})
    worker.rest.wait_running("clock")
    pause = f"{url}/connectors/clock/pause"
    assert curl(pause, "-X", "PUT", "-u", f"vera:{PASSWORD}") == 403
    assert curl(pause, "-X", "PUT", "-u", f"olga:{PASSWORD}") == 202
    assert curl(f"{url}/connectors/clock", "-X", "DELETE", "-u", f"olga:{PASSWORD}") == 403
    assert curl(f"{url}/connectors/clock", "-X", "DELETE", "-u", f"ann:{PASSWORD}") == 204
    log = worker.log()
    assert "[audit] olga from 127.0.0.1: PUT /connectors/clock/pause: 202" in log
    assert "[audit] ann from 127.0.0.1: DELETE /connectors/clock: 204" in log
    assert PASSWORD not in log and token not in log


@pytest.mark.parametrize(
    "words, said",
    [
        (["add", "FILE", "bö b", "admin"], 'a user\'s name must be 1 to 64 of .*, but has "ö"; framespool --help'),
        (["add", "FILE", "", "admin"], "a user's name must be .*, but is empty"),
        (["add", "FILE", "a:b", "admin", "--token"], 'a user\'s name must be .*, but has ":"'),
        (["add", "FILE", "x" * 65, "admin"], "a user's name must be .*, but has 65"),
        (["add", "FILE", "bob", "Admin"], 'a role must be viewer, operator or admin, but is "Admin"'),
        (["remove", "FILE", "bö b"], 'has no user "bö b"; framespool user ls'),
    ],
)
def test_a_user_that_cannot_be_is_refused_in_a_whole_sentence(users, words, said):
    before = users.read_text()
    done = user(*(users if word == "FILE" else word for word in words))
    assert done.returncode in (1, 2)
    assert re.fullmatch(f"framespool: .*{said}.*\n", done.stderr), done.stderr
    assert users.read_text() == before


def test_a_change_of_the_file_counts_at_once(new_worker, users):
    worker = start(new_worker, listeners_users_file=users)
    vera = ("-u", f"vera:{PASSWORD}")
    assert curl(f"{worker.rest.url}/connectors", *vera) == 200
    assert user("remove", users, "vera").returncode == 0
    wait_until("vera is refused", lambda: curl(f"{worker.rest.url}/connectors", *vera) != 200)
    assert user("add", users, "nina", "viewer").returncode == 0
    wait_until("nina is known", lambda: curl(f"{worker.rest.url}/connectors", "-u", f"nina:{PASSWORD}") == 200)


def test_guessing_slows_down_who_guesses_and_nobody_who_is_known(new_worker, users, token):
    worker = start(new_worker, listeners_users_file=users)
    url = f"{worker.rest.url}/connectors"
    assert [curl(url, "-u", f"ann:guess {i}") for i in range(6)] == [401] * 5 + [429]
    answer = requests.get(url, auth=("vera", PASSWORD), timeout=60)
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) >= 1
    assert curl(url, "-H", f"Authorization: Bearer {token}") == 200
    assert worker.rest.call("GET", "/connectors").status_code == 200  # ann's password was right a moment ago


def test_a_sink_asks_as_the_rest_api_does(new_worker, users, token, new_sink, video_source):
    worker = start(new_worker, listeners_users_file=users)
    sink = new_sink("door", http_host="0.0.0.0")
    worker.rest.run("door", video_source(pattern(30), "door"))
    worker.rest.run("screen", sink.config)
    for page in "", "snapshot", "status", "watch", "frames/0", "mux?streams=screen":
        assert curl(sink.url + page) == 401, page
        assert curl(sink.url + page, "-u", "vera:wrong one") in (401, 429), page
    assert curl(sink.url + "snapshot", "-H", f"Authorization: Bearer {token}") == 200
    assert curl(sink.url + "mux?streams=screen", "-I", "-H", f"Authorization: Bearer {token}") == 200
    # Over a new worker's address book: its slow-down is gone with it.
    worker.stop()
    worker.start()
    worker.rest.wait_running("screen")
    assert curl(sink.url + "snapshot", "-u", f"vera:{PASSWORD}") == 200


def test_a_sink_that_would_be_open_to_all_is_refused(worker, new_sink):
    sink = new_sink("door", http_host="0.0.0.0")
    answer = worker.rest.call("POST", "/connectors", {"name": "screen", "config": sink.config})
    assert answer.status_code == 400
    problem = answer.json()["problems"][0]
    assert (problem["kind"], problem["field"]) == ("open-to-all", "http.host")
    assert "listeners.users.file" in problem["message"] and "http.basic.auth" in problem["message"]
    guarded = sink.config | {"http.basic.auth": "vera:secret"}
    worker.rest.run("screen", guarded)
    assert curl(sink.url + "status") == 401
    assert curl(sink.url + "status", "-u", "vera:secret") == 200


def test_a_sink_of_an_earlier_worker_that_is_open_to_all_fails_and_says_why(new_worker, new_sink):
    worker = new_worker(listeners_insecure="true").start()
    sink = new_sink("door", http_host="0.0.0.0")
    worker.rest.run("screen", sink.config)
    worker.stop()
    worker.properties_file.write_text(worker.properties_file.read_text().replace("insecure=true", "insecure=false"))
    worker.start()
    worker.rest.wait_task("screen", "FAILED")
    assert "listeners.users.file" in worker.rest.task("screen")["trace"]


def test_the_command_makes_a_file_for_its_owner_alone_and_keeps_what_stands_there(tmp_path):
    file = tmp_path / "users"
    assert user("add", file, "ann", "admin").returncode == 0
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    file.write_text("# who may\n" + file.read_text())
    assert user("add", file, "bob", "viewer").returncode == 0
    assert user("add", file, "ann", "operator").returncode == 0
    lines = file.read_text().splitlines()
    assert [line.split(":$")[0] for line in lines] == ["# who may", "ann:operator", "bob:viewer"]
    assert PASSWORD not in file.read_text()
    assert user("ls", file).stdout == "ann operator\nbob viewer\n"
    assert user("remove", file, "ann").returncode == 0
    assert user("ls", file).stdout == "bob viewer\n"


@pytest.mark.parametrize(
    "words, password, code",
    [
        (["add", "FILE", "ann", "root"], PASSWORD, 2),
        (["add", "FILE", "a:b", "admin"], PASSWORD, 2),
        (["add", "FILE", "ann", "admin"], "short", 1),
        (["add", "FILE", "ann", "admin"], "", 1),
        (["add", "FILE", "ann", "admin"], "x" * 300, 1),
        (["add", "FILE", "ann", "admin", PASSWORD], PASSWORD, 2),
        (["add", "FILE/none/users", "ann", "admin"], PASSWORD, 1),
        (["remove", "FILE", "ann"], PASSWORD, 1),
        (["ls", "FILE"], PASSWORD, 1),
        (["ls"], PASSWORD, 2),
        ([], PASSWORD, 2),
    ],
)
def test_the_command_refuses_what_cannot_be(tmp_path, words, password, code):
    done = user(*[word.replace("FILE", str(tmp_path / "users")) for word in words], password=password)
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith("framespool: ")
    assert not list(tmp_path.iterdir())


def log_in(worker, jar, name="vera", password=PASSWORD):
    body = f'{{"user": "{name}", "password": "{password}"}}'
    return curl(f"{worker.rest.url}/session", "-c", jar, "-H", "Content-Type: application/json", "-d", body)


def test_one_log_in_counts_for_rest_and_every_stream_until_the_log_out(
    new_worker, users, new_sink, video_source, tmp_path
):
    worker = start(new_worker, listeners_users_file=users)
    sink = new_sink("door")
    worker.rest.run("door", video_source(pattern(30), "door"))
    worker.rest.run("screen", sink.config)
    jar, places = tmp_path / "jar", [f"{worker.rest.url}/connectors", f"{sink.url}snapshot"]
    assert log_in(worker, jar, password="wrong one") == 401
    assert log_in(worker, jar) == 200
    assert [curl(place, "-b", jar) for place in places] == [200, 200]
    assert curl(f"{worker.rest.url}/connectors/door/pause", "-X", "PUT", "-b", jar) == 403  # she is a viewer
    # A session outlives the worker, also one that is killed, and is never stored as it is.
    wait_until("the session is stored", lambda: "vera" in (worker.data / "sessions").read_text())
    secret = next(line.split()[-1] for line in jar.read_text().splitlines() if "framespool-" in line)
    assert secret not in (worker.data / "sessions").read_text()
    worker.kill()
    worker.start()
    worker.rest.wait_running("screen")
    assert [curl(place, "-b", jar) for place in places] == [200, 200]
    kept = tmp_path / "kept"
    kept.write_text(jar.read_text())
    assert curl(f"{worker.rest.url}/session", "-X", "DELETE", "-b", jar, "-c", jar) == 204
    assert [curl(place, "-b", kept) for place in places] == [401, 401]
    assert "[audit] vera from 127.0.0.1: logged in" in worker.log()


def test_a_page_of_the_same_host_reads_a_sink_with_its_log_in_and_others_do_not(
    new_worker, users, new_sink, video_source, tmp_path
):
    worker = start(new_worker, listeners_users_file=users)
    sink = new_sink("door", access_control_allow_origin="*")
    worker.rest.run("door", video_source(pattern(30), "door"))
    worker.rest.run("screen", sink.config)
    jar = tmp_path / "jar"
    assert log_in(worker, jar) == 200
    cookie = "; ".join("=".join(line.split()[-2:]) for line in jar.read_text().splitlines() if "framespool-" in line)

    def asked_from(origin):
        return requests.get(f"{sink.url}snapshot", headers={"Origin": origin, "Cookie": cookie}, timeout=60).headers

    own = asked_from(worker.rest.url)
    assert own["Access-Control-Allow-Credentials"] == "true"
    assert "X-Framespool-Offset" in own["Access-Control-Expose-Headers"]
    for stranger in "https://stranger.test", "http://localhost:1", "null":
        assert "Access-Control-Allow-Credentials" not in asked_from(stranger)


CAMERA = "rtsp://root:pa55word@127.0.0.1:9/stream"


@pytest.mark.parametrize("name", ["vera", "olga"])
def test_no_password_of_a_config_leaves_to_who_is_no_admin(new_worker, users, new_sink, name):
    worker = start(new_worker, listeners_users_file=users)
    sink = new_sink("door", http_basic_auth="guest:hush hush hush", http_bearer_token="a-token-of-the-sink")
    worker.rest.put("screen", sink.config)
    worker.rest.put("screen", sink.config | {"http.basic.auth": "guest:another secret"})
    unknown = {
        "connector.class": "HeartbeatSource",
        "topic": "clock",
        "note": f"see {CAMERA} and http://only-a-name@host/",
        "producer.override.sasl.jaas.config": 'x required password="jaas-secret";',
    }
    worker.rest.put("clock", unknown)
    worker.rest.delete("clock")
    worker.rest.put("clock", unknown)
    secrets = ["hush hush", "another secret", "a-token-of-the-sink", "pa55word", "jaas-secret", "only-a-name"]
    doors = [
        "/connectors?expand=info&expand=status",
        *[f"/connectors/{each}" for each in ("screen", "clock")],
        *[
            f"/connectors/{each}/{page}"
            for each in ("screen", "clock")
            for page in ("config", "tasks", "tasks-config", "status", "offsets", "history")
        ],
        "/events",
        "/metrics",
        "/health",
        "/topics",
    ]
    admin = worker.rest.call("GET", "/connectors/screen/config")
    assert admin.json()["http.basic.auth"] == "guest:another secret"
    for door in doors:
        # The list is kept as text between two calls: nobody is shown what another has asked for.
        worker.rest.call("GET", door)
        answer = requests.get(worker.rest.url + door, auth=(name, PASSWORD), timeout=60)
        assert answer.status_code == 200, (door, answer.text)
        assert [secret for secret in secrets if secret in answer.text] == [], door
        assert answer.headers.get("ETag") != admin.headers["ETag"]
    shown = requests.get(f"{worker.rest.url}/connectors/clock/config", auth=(name, PASSWORD), timeout=60).json()
    assert shown["note"] == "see rtsp://[hidden]@127.0.0.1:9/stream and http://[hidden]@host/"
    assert shown["topic"] == "clock"
    assert "hush hush" not in worker.rest.call("GET", "/connectors/screen/history").text
    assert [secret for secret in secrets[:3] if secret in worker.log()] == []


def make_link(worker, name="olga", **wish):
    answer = requests.post(f"{worker.rest.url}/links", json=wish, auth=(name, PASSWORD), timeout=60)
    assert answer.status_code == 201, answer.text
    return answer.json()


def milliseconds(text):
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


@pytest.fixture
def watched(new_worker, users, new_sink, video_source):
    """A worker with users and two sinks, on whose topic a looping video goes on."""
    worker = start(new_worker, listeners_users_file=users)
    sinks = {name: new_sink("door") for name in ("screen", "other")}
    worker.rest.run("door", video_source(pattern(60), "door", loop="true", pace="realtime"))
    for name, sink in sinks.items():
        worker.rest.run(name, sink.config)
    return worker, sinks["screen"].url, sinks["other"].url


def status(url):
    answer = requests.get(url, timeout=60, stream=True)
    answer.close()
    return answer.status_code


def test_a_link_opens_one_stream_for_who_has_no_log_in_and_nothing_else(watched, users):
    worker, screen, other = watched
    made = make_link(worker, connector="screen", minutes=60)
    link = made["link"]
    assert len(Stream(f"{screen}?link={link}").take(3)) == 3
    for page in "", "snapshot", "watch", "link":
        assert status(f"{screen}{page}?link={link}") == 200, page
        assert status(f"{screen}{page}?link={link[:-1]}x") == 401, page
    for page in "status", "timeline", "frames/0", "clip", "mux", "nothing":
        answer = requests.get(f"{screen}{page}?link={link}&streams=screen", timeout=60)
        assert (answer.status_code, "this link" in answer.json()["error"]) == (403, True), page
    for choice in "from=earliest", "from=-1s", "group=me", "playback=resume":
        assert status(f"{screen}?link={link}&{choice}") == 403, choice
    assert "for the connector screen" in requests.get(f"{other}snapshot?link={link}", timeout=60).json()["error"]
    for path in "/connectors", "/links", "/session", "/metrics", "/ui/../connectors":
        for proof in {}, {"Authorization": f"Bearer {link}"}, {"Cookie": f"link={link}"}:
            assert requests.get(f"{worker.rest.url}{path}?link={link}", headers=proof, timeout=60).status_code == 401
    # A span is given as milliseconds; what lies beside it stays shut.
    stamp = requests.get(f"{screen}status", auth=("vera", PASSWORD), timeout=60).json()["extent"]["first_time"]
    begin = milliseconds(stamp)
    span = make_link(worker, connector="screen", **{"from": begin, "to": begin + 1000})["link"]
    parts = list(Stream(f"{screen}?link={span}&pace=unpaced"))
    stamps = [int(headers["x-framespool-timestamp"]) for headers, _ in parts]
    assert len(stamps) >= 10 and begin <= min(stamps) and max(stamps) < begin + 1000
    clip = requests.get(f"{screen}clip?link={span}&format=zip", timeout=60)
    assert (clip.status_code, int(clip.headers["X-Framespool-Frames"])) == (200, len(stamps))
    assert status(f"{screen}snapshot?link={span}&at=-0s") == 403
    # It outlives a worker that is killed, and says by nothing that is written what it is.
    worker.kill()
    worker.start()
    worker.rest.wait_running("screen")
    assert status(f"{screen}snapshot?link={link}") == 200
    written = worker.log() + "".join(
        file.read_text(errors="replace")
        for file in worker.data.rglob("*")
        if file.is_file() and file.stat().st_size < 1 << 20
    )
    assert [each for each in (link, span) if each in written] == []
    assert f"[audit] olga made the link {made['id']} to screen" in worker.log()
    assert "[audit] olga from 127.0.0.1: POST /links: 201" in worker.log()
    assert stat.S_IMODE(os.stat(worker.data / "links").st_mode) == 0o600


def test_what_is_under_way_ends_with_its_link_and_its_user_and_all_else_goes_on(watched, users, token):
    worker, screen, _ = watched
    made = {name: make_link(worker, connector="screen", minutes=60) for name in ("taken back", "olgas")}
    anns = make_link(worker, name="ann", connector="screen")
    bearer = {"Authorization": f"Bearer {token}"}
    streams = {name: iter(Stream(f"{screen}?link={each['link']}")) for name, each in (made | {"anns": anns}).items()}
    streams["program"] = requests.get(screen, headers=bearer, stream=True, timeout=60).iter_content(4096)
    streams["mux"] = requests.get(f"{screen}mux?streams=screen", headers=bearer, stream=True, timeout=60).iter_content(
        4096
    )
    for stream in streams.values():
        next(stream)

    def ends(name):
        for _ in streams[name]:
            pass

    gone = requests.delete(f"{worker.rest.url}/links/{made['taken back']['id']}", auth=("olga", PASSWORD), timeout=60)
    assert gone.status_code == 204
    ends("taken back")
    assert status(f"{screen}?link={made['taken back']['link']}") == 401
    next(streams["olgas"])
    next(streams["program"])
    assert user("remove", users, "olga").returncode == 0
    ends("olgas")
    assert status(f"{screen}?link={made['olgas']['link']}") == 401
    next(streams["program"])
    assert user("remove", users, "prometheus").returncode == 0
    ends("program")
    ends("mux")
    next(streams["anns"])  # whose user is who he was
    listed = requests.get(f"{worker.rest.url}/links", auth=("ann", PASSWORD), timeout=60).json()
    assert [each["user"] for each in listed] == ["ann"]


def test_links_are_for_workers_with_users_and_made_by_who_may(watched, worker, users):
    guarded, *_ = watched
    wish = {"connector": "screen"}
    refused = requests.post(f"{guarded.rest.url}/links", json=wish, auth=("vera", PASSWORD), timeout=60)
    assert refused.status_code == 403
    assert worker.rest.call("GET", "/links").json()["problems"][0]["kind"] == "no-users"
    assert worker.rest.call("POST", "/links", wish).json()["problems"][0]["kind"] == "no-users"
