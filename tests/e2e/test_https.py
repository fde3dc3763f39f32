"""HTTPS, of REST and of every stream, with certificates that openssl makes here."""

import contextlib
import socket
import ssl
import subprocess

import pytest
import requests
from harness.footage import pattern
from harness.mjpeg import Multipart, boundary_of
from harness.waiting import wait_until
from harness.worker import BINARY, clean_environment

KEYS = "listeners.https.ssl.certificate.location", "listeners.https.ssl.key.location"


def certify(folder, name="worker", days=2, key=None, password=None):
    """The files of a certificate for localhost and 127.0.0.1, and of its key."""
    certificate, private = folder / f"{name}.crt", folder / f"{name}.key"
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", private]
    secret = ["-passout", f"pass:{password}"] if password else ["-nodes"]
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            *(["-key", key] if key else [*made, *secret]),
            "-days",
            str(days),
            "-subj",
            f"/CN={name}",
        ]
        + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", certificate],
        check=True,
        capture_output=True,
        timeout=60,
    )
    if not key:
        private.chmod(0o600)
    return certificate, key or private


def overdue(folder):
    """The same, over for years. `x509 -req` of newer OpenSSL makes none that ends before it begins, so `ca` does."""
    certificate, key, request, config = (folder / f"over.{suffix}" for suffix in ("crt", "key", "csr", "cnf"))
    (folder / "over.index").touch()
    config.write_text(
        f"[ca]\ndefault_ca = over\n[over]\ndatabase = {folder}/over.index\nnew_certs_dir = {folder}\n"
        "rand_serial = yes\ndefault_md = sha256\npolicy = names\n[names]\ncommonName = supplied\n"
    )
    make = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=over"]
    days = ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"]
    sign = ["-batch", "-notext", "-selfsign", "-config", config, "-keyfile", key, "-in", request, "-out", certificate]
    for command in (
        ["openssl", "req", "-new", *make, "-keyout", key, "-out", request],
        ["openssl", "ca", *sign, *days],
    ):
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    return certificate, key


@pytest.fixture
def certificate(tmp_path):
    return certify(tmp_path)


def secure_worker(new_worker, certificate, **properties):
    worker = new_worker(**properties)
    worker.rest.url = worker.rest.url.replace("http:", "https:")
    worker.rest._session.verify = str(certificate[0])
    text = worker.properties_file.read_text().replace("listeners=http:", "listeners=https:")
    worker.properties_file.write_text(text + "".join(f"{k}={v}\n" for k, v in zip(KEYS, certificate, strict=True)))
    return worker


def curl(url, *options):
    command = ["curl", "-s", "-S", "--max-time", "60", *map(str, options), url]
    return subprocess.run(command, capture_output=True, check=False, env=clean_environment())


def subject_at(url):
    """Of the certificate that a new connection is answered with."""
    host, port = url.split("/")[2].split(":")
    plain = ssl.create_default_context()
    plain.check_hostname, plain.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((host, int(port)), timeout=60) as raw, plain.wrap_socket(raw) as secure:
        der = secure.getpeercert(binary_form=True)
    text = subprocess.run(
        ["openssl", "x509", "-inform", "der", "-noout", "-subject"],
        input=der,
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout.decode()
    return text.split("CN")[1].strip(" =\n")


def test_rest_and_streams_answer_by_https_and_not_without(new_worker, certificate, new_sink, video_source):
    worker = secure_worker(new_worker, certificate).start()
    video = pattern(120)
    worker.rest.run("door", video_source(video, "door"))
    sink = new_sink("door")
    worker.rest.run("screen", sink.config)
    stream = sink.url.replace("http:", "https:")
    ca = ("--cacert", certificate[0])
    for place in f"{worker.rest.url}/connectors", f"{stream}snapshot", f"{stream}status", f"{stream}watch":
        done = curl(place, *ca, "-f")
        assert done.returncode == 0 and done.stdout, (place, done.stderr)
        assert curl(place).returncode == 60, "a certificate that curl does not know"
        assert curl(place.replace("https:", "http:"), "-f").returncode != 0, "no plain HTTP at that port"
    assert worker.rest.task_metrics("screen")["url"] == stream
    # What comes by TLS is what comes without: each frame of the topic, whole and in its order.
    frames = {offset: curl(f"{stream}frames/{offset}", *ca, "-f").stdout for offset in (0, 1, 60, 119)}
    with requests.get(
        stream,
        params={"from": "earliest", "until": "latest", "pace": "unpaced"},
        verify=certificate[0],
        stream=True,
        timeout=60,
    ) as answer:
        parts = Multipart(boundary_of(answer.headers["Content-Type"]))
        seen = [body for data in answer.iter_content(1 << 16) for _, body in parts.feed(data)]
    assert len(seen) == 120
    assert {offset: seen[offset] for offset in frames} == frames
    worker.rest.run("yard", video_source(video, "yard", format="copy"))
    wait_until("the file is copied", lambda: worker.rest.task_metrics("yard").get("end_of_file"))
    other = new_sink("yard")
    worker.rest.run("yard-screen", other.config)
    as_it_is = curl(f"{other.url.replace('http:', 'https:')}video?from=0&until=latest&pace=unpaced", *ca, "-f")
    assert as_it_is.returncode == 0 and as_it_is.stdout.count(b"moof") == 120, as_it_is.stderr
    clip = curl(f"{stream}clip?from=0&to=119&format=zip", *ca, "-f")
    assert clip.returncode == 0 and clip.stdout.startswith(b"PK"), clip.stderr
    mux = curl(f"{stream}mux?streams=screen", *ca, "-I")
    assert mux.returncode == 0 and b" 200 " in mux.stdout.splitlines()[0]


def test_a_new_certificate_counts_at_once_and_a_wrong_one_never(new_worker, certificate, tmp_path, new_sink):
    worker = secure_worker(new_worker, certificate).start()
    sink = new_sink("door")
    worker.rest.run("screen", sink.config)
    places = worker.rest.url, sink.url.replace("http:", "https:")
    assert [subject_at(place) for place in places] == ["worker", "worker"]
    before = requests.Session()  # its connection goes on
    before.trust_env, before.verify = False, str(certificate[0])
    assert before.get(f"{worker.rest.url}/connectors", timeout=60).status_code == 200
    fresh = certify(tmp_path, "renewed")
    certificate[1].write_bytes(fresh[1].read_bytes())
    wait_until("the worker says that they do not fit", lambda: "is not the one of the certificate" in worker.log())
    assert [subject_at(place) for place in places] == ["worker", "worker"]
    certificate[0].write_bytes(fresh[0].read_bytes())
    wait_until("the new one is there", lambda: [subject_at(place) for place in places] == ["renewed", "renewed"])
    assert before.get(f"{worker.rest.url}/connectors", timeout=60).status_code == 200
    certificate[0].unlink()
    wait_until("the worker says that it is gone", lambda: "cannot be read" in worker.log())
    assert [subject_at(place) for place in places] == ["renewed", "renewed"]
    assert "PRIVATE KEY" not in worker.log()


def kinds_of_certificate(worker):
    problems = worker.rest.answer("GET", "/health")["problems"]
    return [problem["kind"] for problem in problems if problem["subject"] == "certificate"]


def test_streams_go_on_whatever_becomes_of_the_certificate_and_health_says_what(
    new_worker, certificate, tmp_path, new_sink, video_source
):
    worker = secure_worker(new_worker, certificate).start()
    sink = new_sink("door")
    worker.rest.run("door", video_source(pattern(300), "door", pace="realtime", loop="true"))
    worker.rest.run("screen", sink.config)
    url = sink.url.replace("http:", "https:")
    # Each a certificate and a key, as somebody puts them there: none of them is taken.
    misfits = [
        (b"no certificate", certificate[1].read_bytes()),
        (certify(tmp_path, "other")[0].read_bytes(), certificate[1].read_bytes()),
        (certificate[0].read_bytes()[:300], certificate[1].read_bytes()),
        (b"", b""),
        tuple(file.read_bytes() for file in overdue(tmp_path)),
    ]
    good = [file.read_bytes() for file in certificate]
    with contextlib.ExitStack() as stack:
        viewers = []
        for _ in range(50):
            answer = requests.get(url, params={"playback": "live"}, verify=certificate[0], stream=True, timeout=60)
            viewers.append(stack.enter_context(answer).iter_content(1 << 14))
        known = tmp_path / "known.crt"
        known.write_bytes(good[0])
        worker.rest._session.verify = str(known)
        # As said at the beginning: it is over in less than 14 days.
        assert kinds_of_certificate(worker) == ["certificate-ends"]
        for files in misfits:
            before = worker.log().count("still the one that it had before")
            for file, content in zip(certificate, files, strict=True):
                file.with_suffix(".new").write_bytes(content)
                file.with_suffix(".new").replace(file)
            wait_until("the log says it", lambda n=before: worker.log().count("still the one that it had") > n)
            wait_until("health does", lambda: "certificate-unusable" in kinds_of_certificate(worker))
            assert subject_at(url) == subject_at(worker.rest.url) == "worker"
            for viewer in viewers:
                assert next(viewer)
        for file, content in zip(certificate, good, strict=True):
            file.write_bytes(content)
        wait_until("all is well", lambda: kinds_of_certificate(worker) == ["certificate-ends"])
        for viewer in viewers:
            assert next(viewer)
    assert worker.log().count("is over in 4") == 2, "once at the start, and once of the one that was read again"


def test_a_log_in_by_https_is_a_cookie_that_never_leaves_by_http(new_worker, certificate, tmp_path):
    users = tmp_path / "users"
    subprocess.run(
        [BINARY, "user", "add", users, "ann", "admin"], input=b"open sesame\n", check=True, capture_output=True
    )
    worker = secure_worker(new_worker, certificate, listeners_users_file=users)
    worker.rest._session.auth = ("ann", "open sesame")
    worker.start()
    body = {"user": "ann", "password": "open sesame"}
    answer = requests.post(f"{worker.rest.url}/session", json=body, verify=certificate[0], timeout=60)
    assert answer.status_code == 200
    for word in "Secure", "HttpOnly", "SameSite=Strict":
        assert word in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "wrong, said",
    [
        (lambda c, k, d: (None, None), "listeners.https.ssl.certificate.location=FILE"),
        (lambda c, k, d: (d / "none.crt", k), "cannot be read"),
        (lambda c, k, d: (d, k), "is no file"),
        (lambda c, k, d: (k, k), "has no certificate in PEM"),
        (lambda c, k, d: (c, None), "has no private key in PEM"),
        (lambda c, k, d: (c, certify(d, "other")[1]), "is not the one of the certificate"),
        (lambda c, k, d: certify(d, "locked", password="open sesame"), "listeners.https.ssl.key.password"),
        (lambda c, k, d: (c, "/dev/zero"), "is no file"),
    ],
)
def test_a_worker_whose_certificate_cannot_be_used_does_not_start_and_says_why(
    new_worker, certificate, tmp_path, wrong, said
):
    worker = new_worker()
    lines = [f"{key}={file}" for key, file in zip(KEYS, wrong(*certificate, tmp_path), strict=True) if file]
    text = worker.properties_file.read_text().replace("listeners=http:", "listeners=https:")
    worker.properties_file.write_text(text + "\n".join(lines) + "\n")
    worker.start(ready=False)
    wait_until("the worker ends", lambda: worker.process.poll() is not None)
    assert worker.process.poll() == 1
    assert said in worker.log() and "listeners" in worker.log()


def test_a_key_may_stand_with_its_certificate_and_be_encrypted(new_worker, tmp_path):
    certificate, key = certify(tmp_path, "locked", password="open sesame")
    both = tmp_path / "both.pem"
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    both.chmod(0o644)
    worker = new_worker(listeners_https_ssl_key_password="open sesame", listeners_https_ssl_certificate_location=both)
    worker.rest.url = worker.rest.url.replace("http:", "https:")
    worker.rest._session.verify = str(certificate)
    worker.properties_file.write_text(worker.properties_file.read_text().replace("=http:", "=https:"))
    worker.start()
    assert "everybody on this machine can read the private key" in worker.log()
    assert "open sesame" not in worker.log()


def test_clients_that_speak_no_tls_or_end_in_its_middle_cost_nobody_anything(new_worker, certificate, new_sink):
    worker = secure_worker(new_worker, certificate).start()
    sink = new_sink("door")
    worker.rest.run("screen", sink.config)
    hello = bytes.fromhex("16030100050100000100")
    for port in worker.port, sink.port:
        for sent in (
            b"",
            b"GET / HTTP/1.1\r\n\r\n",
            hello,
            b"\x16\x03\x01\xff\xff" + bytes(70000),
            bytes(range(256)) * 64,
        ):
            for _ in range(20):
                with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
                    try:
                        client.sendall(sent)
                    except OSError:
                        pass  # it has been refused by then
    assert worker.rest.call("GET", "/connectors").status_code == 200
    url = sink.url.replace("http:", "https:")
    assert requests.get(f"{url}status", verify=certificate[0], timeout=60).status_code == 200


def test_tls_older_than_1_2_is_refused(new_worker, certificate):
    worker = secure_worker(new_worker, certificate).start()
    for option, answered in ("--tlsv1.2", True), ("--tlsv1.3", True):
        assert (curl(worker.rest.url, "--cacert", certificate[0], option).returncode == 0) == answered
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", worker.port), timeout=60) as raw, pytest.raises(ssl.SSLError):
        old.wrap_socket(raw)
