"""A camera that speaks HTTP: Motion JPEG at /mjpeg, a picture at /snapshot.jpg, and the files of a folder (HLS) below
/files/."""

import contextlib
import hashlib
import http.server
import os
import re
import threading
import time
from pathlib import Path

_REALM = "fake camera"


class WebCamera:
    """`pictures` as Jpegs of footage.py. What its streams sent is in `sent` as in RtspCamera's, and the paths of all requests
    in `asked`. No number is sent twice."""

    def __init__(self, pictures, faults, fps=15, folder=None):
        self.pictures, self.faults, self.fps, self.folder = pictures, faults, fps, folder
        self.sent, self.asked = [], []
        self.next_snapshot = 0
        self.nonce = hashlib.md5(os.urandom(8)).hexdigest()
        camera = self

        class Handler(_Handler):
            pass

        Handler.camera = camera
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"
    camera = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        camera, faults = self.camera, self.camera.faults
        camera.asked.append(self.path)
        with contextlib.suppress(OSError):
            if faults.username and not self._knows():
                self.send_response(401)
                self.send_header("WWW-Authenticate", f'Digest realm="{_REALM}", nonce="{camera.nonce}", qop="auth"')
                self.end_headers()
            elif faults.redirect_to and self.path != faults.redirect_to:
                self.send_response(302)
                self.send_header("Location", faults.redirect_to)
                self.end_headers()
            elif self.path == "/mjpeg":
                self._stream()
            elif self.path == "/snapshot.jpg":
                self._picture()
            elif self.path.startswith("/files/") and (file := camera.folder / Path(self.path).name).is_file():
                self._whole(file.read_bytes(), "application/octet-stream")
            else:
                self.send_error(404)

    def _knows(self):
        """RFC 7616's Digest with MD5 and qop=auth."""
        said = self.headers.get("Authorization", "")
        fields = {name: quoted or plain for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^, ]+))', said)}
        faults = self.camera.faults

        def md5(text):
            return hashlib.md5(text.encode()).hexdigest()

        first = md5(f"{faults.username}:{_REALM}:{faults.password}")
        second = md5(f"GET:{fields.get('uri', '')}")
        middle = ":".join([self.camera.nonce, fields.get("nc", ""), fields.get("cnonce", ""), "auth"])
        return said.startswith("Digest ") and fields.get("response") == md5(f"{first}:{middle}:{second}")

    def _whole(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _picture(self):
        camera = self.camera
        number = camera.next_snapshot
        camera.next_snapshot += 1
        self._whole(camera.pictures.picture(number), "image/jpeg")

    def _stream(self):
        camera, faults = self.camera, self.camera.faults
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=part")
        self.end_headers()
        count, began, sent = 0, time.time(), []
        camera.sent.append(sent)
        while not (faults.close_after and count >= faults.close_after):
            time.sleep(max(began + count / camera.fps - time.time(), 0))  # decides nothing: a camera at work
            count += 1
            if faults.stall_after and count > faults.stall_after:
                continue
            number, camera.next_snapshot = camera.next_snapshot, camera.next_snapshot + 1
            picture = camera.pictures.picture(number)
            head = f"--part\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            self.wfile.write(head.encode() + picture + b"\r\n")
            sent.append((number, True))
