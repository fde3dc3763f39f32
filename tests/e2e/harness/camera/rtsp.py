"""A camera that speaks RTSP (RFC 2326) over TCP and UDP, live: frame 0 was taken when it began, and who connects gets the
frames from then on."""

import base64
import contextlib
import hashlib
import os
import re
import socket
import struct
import threading
import time

from harness.camera.rtp import Packets

_REALM = "fake camera"


class Refused(Exception):
    def __init__(self, status, headers=""):
        super().__init__(status)
        self.status = status
        self.headers = headers


class RtspCamera:
    """`footage` and `other` (what is sent from other_size_after on) as in footage.py. What it sent is in `sent`, a list
    for each connection that played; `asked` are the methods of all requests."""

    def __init__(self, footage, faults, fps=15, other=None, port=0):
        self.footage, self.other, self.faults, self.fps = footage, other or footage, faults, fps
        self.sent, self.asked, self.authorizations = [], [], []
        self.begun = time.time()
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port = self._socket.getsockname()[1]
        self.url = f"rtsp://127.0.0.1:{self.port}/stream"
        self._connections = set()
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """Also more than once."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.drop_connections()

    def drop_connections(self):
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while not self._closed:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            if self.faults.refuse_connections:
                connection.close()
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        self._connections.add(connection)
        try:
            _Connection(self, connection).run()
        except OSError:
            pass  # the other side is gone
        finally:
            self._connections.discard(connection)
            connection.close()

    def sdp(self):
        footage = self.footage
        sets = [base64.b64encode(nal).decode() for nal in footage.parameters]
        form = "packetization-mode=1"
        if self.faults.parameters_in_sdp:
            if footage.name == "H265":
                form += "".join(f";sprop-{n}={s}" for n, s in zip(("vps", "sps", "pps"), sets, strict=True))
            else:
                form += ";sprop-parameter-sets=" + ",".join(sets)
        return (
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=fake\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
            f"m=video 0 RTP/AVP 96\r\na=rtpmap:96 {footage.name}/90000\r\na=fmtp:96 {form}\r\na=control:track1\r\n"
        )


class _Connection:
    def __init__(self, camera, connection):
        self.camera, self.connection = camera, connection
        self._lock = threading.Lock()  # for what is sent
        self._nonce = hashlib.md5(os.urandom(8)).hexdigest()
        self._udp = None
        self._playing = False

    def run(self):
        buffer = b""
        while True:
            while b"\r\n\r\n" not in buffer:
                if buffer[:1] == b"$" and len(buffer) >= 4:  # a receiver report
                    size = struct.unpack(">H", buffer[2:4])[0]
                    if len(buffer) >= 4 + size:
                        buffer = buffer[4 + size :]
                        continue
                data = self.connection.recv(65536)
                if not data:
                    return
                buffer += data
            if buffer[:1] == b"$":
                size = struct.unpack(">H", buffer[2:4])[0]
                buffer = buffer[4 + size :]
                continue
            head, buffer = buffer.split(b"\r\n\r\n", 1)
            self._answer(head.decode("latin1"))

    def _answer(self, request):
        method, url, _ = request.split("\r\n")[0].split(" ", 2)
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in request.split("\r\n")[1:])
        }
        self.camera.asked.append(method)
        body = ""
        try:
            more, body = self._reply(method, url, headers)
            status = "200 OK"
        except Refused as refused:
            status, more = refused.status, refused.headers
        if body:
            more += f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
        answer = f"RTSP/1.0 {status}\r\nCSeq: {headers.get('cseq', '0')}\r\n{more}\r\n{body}"
        with self._lock:
            self.connection.sendall(answer.encode())
        if method == "PLAY" and status == "200 OK" and not self._playing:
            self._playing = True
            threading.Thread(target=self._play, daemon=True).start()

    def _reply(self, method, url, headers):
        faults = self.camera.faults
        if method == "OPTIONS":
            return "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n", ""
        if faults.username:
            self._authorize(method, headers.get("authorization", ""))
        if faults.redirect_to:
            raise Refused("302 Moved", f"Location: {faults.redirect_to}\r\n")
        if method == "DESCRIBE":
            return f"Content-Base: {url}/\r\n", self.camera.sdp()
        session = "Session: 1;timeout=60\r\n"
        if method == "SETUP":
            wanted = headers.get("transport", "")
            if "TCP" in wanted:
                return session + "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", ""
            ports = re.search(r"client_port=(\d+)-(\d+)", wanted)
            if not ports:
                raise Refused("461 Unsupported Transport")
            self._udp = [self._socket_to(int(port)) for port in ports.groups()]
            mine = "-".join(str(each.getsockname()[1]) for each in self._udp)
            return (
                session + f"Transport: RTP/AVP;unicast;client_port={'-'.join(ports.groups())};server_port={mine}\r\n",
                "",
            )
        return session, ""

    @staticmethod
    def _socket_to(port):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        udp.connect(("127.0.0.1", port))
        return udp

    def _authorize(self, method, said):
        """RFC 2069's Digest, as most cameras have it."""
        faults = self.camera.faults
        self.camera.authorizations.append(said)
        fields = dict(re.findall(r'(\w+)="([^"]*)"', said))

        def md5(text):
            return hashlib.md5(text.encode()).hexdigest()

        first = md5(f"{faults.username}:{_REALM}:{faults.password}")
        second = md5(f"{method}:{fields.get('uri', '')}")
        right = said.startswith("Digest ") and fields.get("response") == md5(f"{first}:{self._nonce}:{second}")
        if not right:
            raise Refused("401 Unauthorized", f'WWW-Authenticate: Digest realm="{_REALM}", nonce="{self._nonce}"\r\n')

    def _play(self):
        with contextlib.suppress(OSError):
            self._send_frames()
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send_frames(self):
        camera, faults = self.camera, self.camera.faults
        packets = Packets(camera.footage.name == "H265")
        sent = []
        camera.sent.append(sent)
        dropped_of = 0
        number = self._first()
        first, began, reported = number, None, 0.0
        while True:
            due = camera.begun + number / camera.fps
            time.sleep(max(due - time.time(), 0))  # decides nothing: a camera at work
            count = number - first
            stream_time = count / camera.fps + (
                3600 if faults.clock_leaps_after and count >= faults.clock_leaps_after else 0
            )
            timestamp = round(stream_time * packets.clock)
            if faults.close_after and count >= faults.close_after:
                return
            if faults.garbage_after and count == faults.garbage_after:
                with self._lock:
                    self.connection.sendall(os.urandom(20000))
                return
            if faults.stall_after and count >= faults.stall_after:
                time.sleep(0.05)  # decides nothing: a camera at work
                number += 1
                continue
            if faults.rtcp and (began is None or time.time() - reported > 1):
                began, reported = True, time.time()
                self._send(1, packets.sender_report(timestamp, due + faults.clock_off_seconds))
            footage = camera.footage
            if faults.other_size_after and count >= faults.other_size_after:
                footage = camera.other
            leave_out = faults.drop_frames_every and count % faults.drop_frames_every == faults.drop_frames_every - 1
            whole = not leave_out
            for packet in packets.of_unit(footage.unit(number), timestamp):
                dropped_of += 1
                if leave_out or (faults.drop_every and dropped_of % faults.drop_every == 0):
                    whole = False
                    continue
                self._send(0, packet)
            sent.append((number, whole))
            number += 1

    def _first(self):
        """The next key frame's number, or that behind one."""
        number = int((time.time() - self.camera.begun) * self.camera.fps) + 1
        while not self.camera.footage.is_key(self.camera.footage.unit(number)):
            number += 1
        return number + self.camera.faults.starts_in_group

    def _send(self, channel, packet):
        if self._udp:
            with contextlib.suppress(ConnectionRefusedError):
                self._udp[channel].send(packet)
            if self.connection.fileno() < 0:
                raise OSError("closed")
            return
        data = b"$" + bytes([channel]) + struct.pack(">H", len(packet)) + packet
        with self._lock:
            drip = self.camera.faults.drip_bytes
            if not drip:
                self.connection.sendall(data)
                return
            for at in range(0, len(data), drip):
                self.connection.sendall(data[at : at + drip])
                time.sleep(0.001)  # decides nothing: a camera at work
