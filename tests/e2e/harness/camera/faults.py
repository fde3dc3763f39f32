"""What may be wrong with a fake camera. All of it may be changed while it runs."""

from dataclasses import dataclass


@dataclass
class Faults:
    username: str = ""  # Digest is asked for where there is one
    password: str = ""
    refuse_connections: bool = False  # closes each at once
    redirect_to: str = ""  # a URL for whoever asks for the stream
    drop_every: int = 0  # each nth RTP packet is not sent
    drop_frames_every: int = 0  # nor all packets of each nth frame
    stall_after: int = 0  # after this many frames of a connection nothing comes any more
    close_after: int = 0  # and here the connection is closed
    garbage_after: int = 0  # and here random bytes come
    drip_bytes: int = 0  # sends in pieces of so many bytes, with a pause between
    rtcp: bool = True
    clock_off_seconds: float = 0.0  # the camera's clock is ahead
    clock_leaps_after: int = 0  # from this frame on its RTP times are an hour ahead
    other_size_after: int = 0  # from this frame on its pictures have another size
    parameters_in_sdp: bool = True
    starts_in_group: int = 0  # a connection begins this many frames behind a key frame
