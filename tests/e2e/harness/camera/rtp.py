"""RTP packets of access units (RFC 6184, RFC 7798) and sender reports of RTCP (RFC 3550)."""

import struct

_MOST = 1400
_NTP = 2208988800  # from 1900 to 1970


class Packets:
    """One stream's; `hevc`: of H.265."""

    def __init__(self, hevc, clock=90000, ssrc=0x1234):
        self._hevc = hevc
        self._ssrc = ssrc
        self._sequence = 0
        self.clock = clock

    def of_unit(self, nals, timestamp):
        payloads = [payload for nal in nals for payload in self._payloads(nal)]
        return [self._packet(payload, timestamp, payload is payloads[-1]) for payload in payloads]

    def _packet(self, payload, timestamp, last):
        head = struct.pack(
            ">BBHII", 0x80, 96 | (0x80 if last else 0), self._sequence & 0xFFFF, timestamp & 0xFFFFFFFF, self._ssrc
        )
        self._sequence += 1
        return head + payload

    def _payloads(self, nal):
        if len(nal) <= _MOST:
            return [nal]
        if self._hevc:
            head = bytes([nal[0] & 0x81 | 49 << 1, nal[1]])
            kind, rest = nal[0] >> 1 & 0x3F, nal[2:]
        else:
            head = bytes([nal[0] & 0xE0 | 28])
            kind, rest = nal[0] & 0x1F, nal[1:]
        pieces = [rest[at : at + _MOST] for at in range(0, len(rest), _MOST)]
        return [
            head + bytes([kind | (0x80 if i == 0 else 0) | (0x40 if i == len(pieces) - 1 else 0)]) + piece
            for i, piece in enumerate(pieces)
        ]

    def sender_report(self, timestamp, wall):
        """The camera's clock shows `wall` where the stream's shows `timestamp`."""
        seconds = wall + _NTP
        return struct.pack(
            ">BBHIIIIII",
            0x80,
            200,
            6,
            self._ssrc,
            int(seconds),
            int(seconds % 1 * 2**32),
            timestamp & 0xFFFFFFFF,
            self._sequence,
            0,
        )
