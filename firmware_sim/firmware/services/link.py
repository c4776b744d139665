"""What a session sends through, whatever it is made of."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .session import Session


class Link:
    """Carries whole frames (type u8, seq u16, payload) to one host.

    `limit`: longest frame it carries now; `up`: whether a host is there and may be told health data;
    `session`: who speaks on it, has `on_frame(frame)` for what comes in and `on_down()` for the end.
    """

    session: "Session"

    def __init__(self) -> None:
        self.limit = 0
        self.up = False

    def send(self, buf: bytearray, n: int) -> bool:
        """Send the first `n` bytes of `buf`, of which the next `FRAME_ROOM` may change; False: not taken, try later."""
        raise NotImplementedError
