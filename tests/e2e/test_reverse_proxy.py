"""The recipe of docs/nginx in a real nginx: log-in, page and streams through it, and nothing that a client only claims."""

import shutil
import subprocess

import pytest
import requests
from harness.footage import pattern
from harness.mjpeg import Multipart, boundary_of
from harness.waiting import wait_until
from harness.worker import BINARY, ROOT, die_with_parent, free_port

NAME = "video.example.org"
PASSWORD = "open sesame"


@pytest.fixture
def nginx(tmp_path):
    """Starts nginx with the recipe, for the worker at `rest` and the sinks at `sinks`; returns its base URL."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert program, "nginx is not there: apt-get install nginx-light"
    processes = []

    def start(rest, sinks):
        port = free_port()
        certificate, key = tmp_path / "proxy.crt", tmp_path / "proxy.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
            + ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", key, "-out", certificate],
            check=True,
            capture_output=True,
            timeout=60,
        )
        recipe = (ROOT / "docs/nginx/framespool.conf").read_text()
        for here, there in {
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "/etc/nginx/video.example.org.crt": certificate,
            "/etc/nginx/video.example.org.key": key,
            "127.0.0.1:8083": f"127.0.0.1:{rest}",
            "127.0.0.1:5000": f"127.0.0.1:{sinks}",
        }.items():
            assert here in recipe
            recipe = recipe.replace(here, str(there))
        temporary = "".join(
            f"{what}_temp_path {tmp_path}/{what};\n" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (tmp_path / "nginx.conf").write_text(
            f"daemon off;\nmaster_process off;\npid {tmp_path}/nginx.pid;\nerror_log {tmp_path}/nginx.log;\n"
            f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{recipe}}}\n"
        )
        processes.append(
            subprocess.Popen([program, "-p", tmp_path, "-c", tmp_path / "nginx.conf"], preexec_fn=die_with_parent)
        )
        return port, certificate

    yield start
    for process in processes:
        process.kill()
        process.wait()


class Browser(requests.Session):
    """Knows the proxy by its name, which leads to this machine."""

    def __init__(self, port, certificate):
        super().__init__()
        self.trust_env = False
        self.base = f"https://127.0.0.1:{port}"
        self.headers["Host"] = f"{NAME}:{port}"
        self.verify = str(certificate)
        adapter = requests.adapters.HTTPAdapter()
        adapter.init_poolmanager(2, 2, server_hostname=NAME, assert_hostname=NAME)
        self.mount("https://", adapter)

    def at(self, path, method="GET", **more):
        return self.request(method, self.base + path, timeout=60, **more)


def is_up(browser):
    try:
        return browser.at("/health").status_code == 401
    except requests.ConnectionError:
        return False


def test_the_recipe_brings_log_in_page_and_streams_and_believes_no_client(
    new_worker, new_sink, video_source, nginx, tmp_path
):
    users = tmp_path / "users"
    for name, role in ("ann", "admin"), ("vera", "viewer"):
        subprocess.run(
            [BINARY, "user", "add", users, name, role], input=PASSWORD.encode(), check=True, capture_output=True
        )
    worker = new_worker(listeners_users_file=users, listeners_trust_forwarded="true", listeners_allowed_hosts=NAME)
    worker.rest._session.auth = ("ann", PASSWORD)
    worker.start()
    worker.rest.run("door", video_source(pattern(60), "door", pace="realtime", loop="true"))
    sink = new_sink("door")
    port, certificate = nginx(worker.port, sink.port)
    base = f"https://{NAME}:{port}"
    worker.rest.run("screen", sink.config | {"http.advertised.url": f"{base}/streams/5000"})
    browser = Browser(port, certificate)
    wait_until("nginx answers", lambda: is_up(browser))

    stream = "/streams/5000/"
    assert [browser.at(path).status_code for path in ("/connectors", stream, f"{stream}snapshot")] == [401] * 3
    page = browser.at("/ui/")
    assert page.status_code == 200 and "text/html" in page.headers["Content-Type"]
    liar = {"X-Forwarded-For": "10.9.8.7", "Forwarded": "for=10.9.8.7", "X-Forwarded-Proto": "http", "Origin": base}
    logged_in = browser.at("/session", "POST", json={"user": "vera", "password": PASSWORD}, headers=liar)
    assert logged_in.status_code == 200, logged_in.text
    cookie = logged_in.headers["Set-Cookie"]
    assert "Secure" in cookie and "HttpOnly" in cookie
    assert "[audit] vera from 127.0.0.1: logged in" in worker.log() and "10.9.8.7" not in worker.log()

    with_cookie = {"Cookie": cookie.split(";")[0]}
    assert browser.at("/connectors", headers=with_cookie).json() == ["door", "screen"]
    assert browser.at("/connectors/door/pause", "PUT", headers=with_cookie).status_code == 403
    # Of a page of another origin nothing is taken, though the cookie is there.
    stranger = with_cookie | {"Origin": "https://stranger.test"}
    assert browser.at("/session", "DELETE", headers=stranger).status_code == 403
    assert browser.at("/connectors", headers=with_cookie | {"Host": "stranger.test"}).status_code == 403

    def metrics():
        return browser.at("/connectors/screen/status", headers=with_cookie).json()["tasks"][0].get("metrics")

    url = wait_until("it says where it is", metrics)["url"]
    assert url == f"{base}{stream}"
    # Pictures come while the stream goes on.
    with browser.at(stream, headers=with_cookie, stream=True) as answer:
        assert answer.status_code == 200
        parts, seen = Multipart(boundary_of(answer.headers["Content-Type"])), []
        for data in answer.iter_content(None):
            seen += [body for _, body in parts.feed(data)]
            if len(seen) >= 10:
                break
    assert all(frame.startswith(b"\xff\xd8") for frame in seen)
    # What is cut off behind nginx does not look whole in front of it.
    with browser.at(f"{stream}?from=0&until=2100-01-01T00:00:00Z", headers=with_cookie, stream=True) as answer:
        assert answer.status_code == 200
        data = answer.iter_content(None)
        assert next(data)
        worker.rest.answer("PUT", "/connectors/screen/stop")
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            for _ in data:
                pass
