"""One central's connection as a link: frames in by writes, frames out by notifications."""

import micropython
from micropython import const

from ..link import Link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from ..smp.fragments import SmpFragments

_ATT_HEADER = const(3)
_LEAST_MTU = const(23)
_LONGEST_REQUEST = const(19)  # wire: LONGEST_REQUEST
_REQUESTS_KEPT = const(8)  # between two polls, 20 ms apart
# Behind the lengths of requests: how many were written and read, modulo 256.
_WRITTEN = const(_REQUESTS_KEPT)
_READ = const(_REQUESTS_KEPT + 1)


class BleLink(Link):
    """A slot for one central; it is up while the connection is encrypted.

    `outlets` has the value handle of the characteristic that each type of message leaves by, then that of SMP.
    The radio's interrupt only marks what happened; `poll` acts on it, so that a session never runs inside itself.
    """

    def __init__(
        self,
        ble: "bluetooth.BLE",  # type: ignore[name-defined]  # noqa: F821
        outlets: "array[int]",
        news: bytearray,
        smp: "SmpFragments",
    ) -> None:
        super().__init__()
        self._ble = ble
        self._outlets = outlets
        self.connection: "int | None" = None
        #: Seconds that this central has been there in clear.
        self.clear_s = 0
        self._ended = False
        #: Whether `poll` has something to do; then the first byte of `news` is 1 as well.
        self.noted = False
        self._news = news
        self._in = bytearray(_REQUESTS_KEPT * _LONGEST_REQUEST)
        self._lengths = bytearray(_REQUESTS_KEPT + 2)
        self._smp = smp
        self.smp_rest = self.smp_idle = 0

    @property
    def free(self) -> bool:
        """Whether a central can have it."""
        return self.connection is None and not self._ended

    def connected(self, connection: int) -> None:
        """A central came."""
        self.connection = connection
        self.limit = _LEAST_MTU - _ATT_HEADER
        self.bad_frames = 0
        self.clear_s = 0
        self._lengths[_READ] = self._lengths[_WRITTEN]

    def disconnected(self) -> None:
        """It went; what it had asked for ends with the next poll."""
        self.connection = None
        self.up = False
        self._ended = True
        self._note()

    def mtu_exchanged(self, mtu: int) -> None:
        """Longer frames fit from now on."""
        self.limit = mtu - _ATT_HEADER

    def encryption_changed(self, encrypted: bool) -> None:
        """Health data may be told to it, or no longer."""
        self.up = encrypted

    def request_written(self, data: bytes) -> None:
        """Keep a request until the next poll; one too many is dropped and counted."""
        lengths = self._lengths
        written = lengths[_WRITTEN]
        if written - lengths[_READ] & 0xFF == _REQUESTS_KEPT or len(data) > _LONGEST_REQUEST:
            self.bad_frames += 1
            return
        i = written % _REQUESTS_KEPT
        self._in[i * _LONGEST_REQUEST : i * _LONGEST_REQUEST + len(data)] = data
        lengths[i] = len(data)
        lengths[_WRITTEN] = written + 1 & 0xFF
        self._note()

    def smp_written(self, data: bytes) -> None:
        """A piece of a management request."""
        self._smp.on_write(self, data)
        self._note()

    def send_smp(self, piece: memoryview) -> bool:
        """Notify a piece of a response; False when that cannot be done now."""
        return self.notify(self._outlets[-1], piece)

    def close(self) -> None:
        """Disconnect the central: what it sends cannot be read any more."""
        connection = self.connection
        if connection is not None:
            self._ble.gap_disconnect(connection)

    def _note(self) -> None:
        self.noted = True
        self._news[0] = 1

    def poll(self) -> None:
        """Hand on what came since the last time."""
        self.noted = False  # before the rest: the interrupt may note more meanwhile
        if self._ended:
            self._smp.restart(self)
            self.receiver.on_down()
            self._ended = False  # last: until then no other central can have this slot
        lengths = self._lengths
        while lengths[_READ] != lengths[_WRITTEN] and self.up:
            i = lengths[_READ] % _REQUESTS_KEPT
            lengths[_READ] = lengths[_READ] + 1 & 0xFF
            begin = i * _LONGEST_REQUEST
            self.receiver.on_frame(memoryview(self._in)[begin : begin + lengths[i]])
        if (self.up and self._smp.poll(self)) or lengths[_READ] != lengths[_WRITTEN]:
            self._note()  # until the link is up, and all is sent

    @micropython.native
    def send(self, buf: bytearray, n: int) -> bool:
        """Notify one frame; False when the radio has no buffer for it now.

        A frame that this MTU cannot carry is dropped and counted: what waits behind it must not wait for ever.
        """
        if not self.up:
            return False
        if n > self.limit:
            self.bad_frames += 1
            return True
        # as `notify` does: a call would take as long as all the rest, for each frame
        connection = self.connection
        if connection is None:
            return False
        try:
            self._ble.gatts_notify(connection, self._outlets[buf[0]], memoryview(buf)[:n])
        except OSError:
            return False
        return True

    @micropython.native
    def notify(self, handle: int, value: "memoryview | bytearray | bytes") -> bool:
        """Notify one value; False when that cannot be done now."""
        connection = self.connection  # the radio's interrupt may take it away at any moment
        if connection is None:
            return False
        try:
            self._ble.gatts_notify(connection, handle, value)
        except OSError:
            return False
        return True

    def indicate(self, handle: int, value: "memoryview | bytes") -> bool:
        """Indicate one value, which the central confirms; False when that cannot be done now."""
        connection = self.connection
        if connection is None:
            return False
        try:
            self._ble.gatts_indicate(connection, handle, value)
        except OSError:
            return False
        return True
