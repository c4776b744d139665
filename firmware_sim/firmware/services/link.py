"""What a session sends through, whatever it is made of."""


class FrameReceiver:
    """Who is handed what a link receives; this one takes no notice."""

    def on_frame(self, frame: memoryview) -> None:
        """One received frame, valid during the call."""

    def on_down(self) -> None:
        """The host went."""


class Link:
    """Carries whole frames (type u8, seq u16, payload) to one host.

    `limit`: longest frame it carries now; `up`: whether a host is there and may be told health data; `bad_frames`: how
    much it has thrown away; `receiver`: who is handed what comes in; nobody until it is set; `ends_unseen`: nothing
    says that a host has gone.
    """

    ends_unseen = False

    def __init__(self) -> None:
        self.limit = 0
        self.up = False
        self.bad_frames = 0
        self.receiver = FrameReceiver()

    def send(self, buf: bytearray, n: int) -> bool:
        """Send the first `n` bytes of `buf`, of which the next `FRAME_ROOM` may change; False: not taken, try later."""
        raise NotImplementedError
