"""The helmet's link to its band: paired once, made again by itself, and the wearer's vitals with their age.

It is the central half of BLE, beside the peripheral one on the same radio, and reads the standard services: Heart Rate
and Pulse Oximeter. So a band is any sensor that has them.
"""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .bonds import Storage
    from .irq import Radio

#: What it does: no band was paired; looks for one to pair with; waits before the next try; waits for the band's advert;
#: encrypts; finds its characteristics; subscribes; vitals come.
UNPAIRED = const(0)
SCANNING = const(1)
WAITING = const(2)
CONNECTING = const(3)
SECURING = const(4)
DISCOVERING = const(5)
SUBSCRIBING = const(6)
LINKED = const(7)

_SCAN_RESULT = const(5)
_SCAN_DONE = const(6)
_PERIPHERAL_CONNECT = const(7)
_PERIPHERAL_DISCONNECT = const(8)
_CHARACTERISTIC_RESULT = const(11)
_CHARACTERISTIC_DONE = const(12)
_DESCRIPTOR_RESULT = const(13)
_DESCRIPTOR_DONE = const(14)
_WRITE_DONE = const(17)
_NOTIFY = const(18)
_ENCRYPTION_UPDATE = const(28)
_EVENTS = (5, 6, 7, 8, 11, 12, 13, 14, 17, 18, 28)
_MOST_NOTES = const(48)
_FILE = "band"
_ADDRESS_BYTES = const(7)
_SCAN_MS = const(10_000)
_SCAN_US = const(30_000)
_CONNECT_MS = const(10_000)
_STEP_MS = const(10_000)  # a peer that does not go on for so long is given up
_FIRST_WAIT_MS = const(500)
_LAST_WAIT_MS = const(10_000)
_CONNECTABLE = const(0)  # ADV_IND
_SERVICES_16 = const(0x03)
_LAST_HANDLE = const(0xFFFF)
_SUBSCRIBED = b"\x01\x00"
#: Pulse and SpO2 that came within so long of each other have one age.
_TOGETHER_MS = const(10_000)
_HEART_RATE = const(0)
_OXIMETER = const(1)
_SERVICE_UUIDS = (b"\x0d\x18", b"\x22\x18")
_VALUE_UUIDS = (b"\x37\x2a", b"\x5f\x2a")  # Heart Rate Measurement, PLX Continuous Measurement
_CCCD = b"\x02\x29"
_WIDE_RATE = const(1)
_CONTACT = const(6)
_NO_CONTACT = const(4)
_NO_NUMBER = const(0x07FE)  # of an SFLOAT's mantissa: from here to 0x0802 are infinities and what is no number
_NO_NUMBER_END = const(0x0802)
# numbers: connection, deadline, wait before the next try, handle of CCCD of the characteristic that is subscribed to,
# which that is
_CONNECTION = const(0)
_DEADLINE = const(1)
_WAIT = const(2)
_CCCD_HANDLE = const(3)
_INDEX = const(4)
_NONE = const(-1)


class BandLink:
    """`poll` it every step; `pair` looks for a band. `state` says what it does, `pulse` and `spo2` what came last."""

    def __init__(self, radio: "Radio", storage: "Storage", now_ms: int) -> None:
        self.state = UNPAIRED
        #: bpm and %, None where the band had none at `updated_ms`.
        self.pulse: "int | None" = None
        self.spo2: "int | None" = None
        #: By heart rate and oximeter: device time of what came last, None: nothing yet.
        self.updated_ms: "list[int | None]" = [None, None]
        #: Links that were made since start.
        self.links = 0
        self._radio = radio
        self._storage = storage
        self._numbers = [_NONE, now_ms, _FIRST_WAIT_MS, 0, 0]
        self._found = [0, 0]
        self._ends = [0, 0]
        self._rssi = [-128]
        self._candidate = b""
        self._notes: "list[tuple[int, Any]]" = []
        kept = storage.get(_FILE)
        self._peer = kept if kept and len(kept) == _ADDRESS_BYTES else b""
        if self._peer:
            self.state = WAITING
        radio.register(_EVENTS, self._irq)

    def vitals(self, now_ms: int) -> "tuple[int | None, int | None, int | None]":
        """Pulse, SpO2 and the age of the older one in ms: one that came 10 s before the other, or more, is left out.

        Where there is neither, the age of what came last; None where nothing ever came.
        """
        values, moments = [self.pulse, self.spo2], self.updated_ms
        shown = [moments[i] or 0 for i in range(2) if values[i] is not None]
        for i in range(2):
            if values[i] is not None and (moments[i] or 0) <= max(shown) - _TOGETHER_MS:
                values[i] = None
        shown = [moments[i] or 0 for i in range(2) if values[i] is not None]
        came = [moment for moment in moments if moment is not None]
        age_ms = now_ms - (min(shown) if shown else max(came)) if came else None
        return values[0], values[1], age_ms

    def pulse_age_ms(self, now_ms: int) -> "int | None":
        """How long ago the pulse came, None where it never did."""
        moment = self.updated_ms[_HEART_RATE]
        return None if moment is None else now_ms - moment

    def pair(self, now_ms: int) -> None:
        """Look ten seconds for the nearest band, and keep to that one; who was paired before is kept until then."""
        self._drop()
        self._candidate, self._rssi[0] = b"", -128
        self._radio.ble.gap_scan(_SCAN_MS, _SCAN_US, _SCAN_US)
        self._go_to(SCANNING, now_ms, 2 * _SCAN_MS)

    def poll(self, now_ms: int) -> None:
        """Act on what the radio has noted, and on time."""
        while self._notes:
            event, data = self._notes.pop(0)
            self._act(event, data, now_ms)
        if now_ms < self._numbers[_DEADLINE] or self.state in (UNPAIRED, LINKED):
            return
        if self.state == WAITING:
            self._connect(self._peer, now_ms)
        else:
            self._give_up(now_ms)

    # ------------------------------------------------------------------ the radio's interrupt

    def _irq(self, event: int, data: "Any") -> None:
        """Note what happened, with copies of what is only there now."""
        if event == _SCAN_RESULT:
            self._note_advert(data)
        elif event == _NOTIFY:
            self._note(event, (data[0], data[1], bytes(data[2])))
        elif event in (_CHARACTERISTIC_RESULT, _DESCRIPTOR_RESULT):
            self._note(event, tuple(data[:-1]) + (bytes(data[-1]),))  # noqa: RUF005 - MicroPython
        elif event in (_PERIPHERAL_CONNECT, _PERIPHERAL_DISCONNECT):
            self._note(event, (data[0], data[1], bytes(data[2])))
        else:
            self._note(event, tuple(data))

    def _note(self, event: int, data: "Any") -> None:
        if len(self._notes) >= _MOST_NOTES:  # rather a measurement than the end of a link
            for i, (kind, _) in enumerate(self._notes):
                if kind == _NOTIFY:
                    self._notes.pop(i)
                    break
        self._notes.append((event, data))

    def _note_advert(self, data: "Any") -> None:
        kind, address, event, rssi, advert = data
        if event == _CONNECTABLE and rssi > self._rssi[0] and _is_band(bytes(advert)):
            self._rssi[0] = rssi
            self._candidate = bytes((kind,)) + bytes(address)

    # ------------------------------------------------------------------ steps

    def _act(self, event: int, data: "Any", now_ms: int) -> None:
        if event == _SCAN_DONE:
            if self.state == SCANNING and self._candidate:
                self._connect(self._candidate, now_ms)
            elif self.state == SCANNING:
                self._give_up(now_ms)
        elif event == _PERIPHERAL_CONNECT:
            if self.state == CONNECTING:
                self._numbers[_CONNECTION] = data[0]
                self._go_to(SECURING, now_ms)
                self._call(self._radio.ble.gap_pair, data[0])
        elif event == _PERIPHERAL_DISCONNECT:
            if self.state != SCANNING and data[0] in (self._numbers[_CONNECTION], _LAST_HANDLE):
                self._give_up(now_ms)
        elif data[0] == self._numbers[_CONNECTION]:
            self._act_on_link(event, data, now_ms)

    def _act_on_link(self, event: int, data: "Any", now_ms: int) -> None:
        if event == _NOTIFY:
            self._measured(data[1], data[2], now_ms)
        elif event == _ENCRYPTION_UPDATE:
            if self.state == SECURING and not data[1]:
                self._give_up(now_ms)  # the band has forgotten its keys: it has to be paired again
            elif self.state == SECURING:
                self._found[0] = self._found[1] = 0
                self._go_to(DISCOVERING, now_ms)
                self._call(self._radio.ble.gattc_discover_characteristics, data[0], 1, _LAST_HANDLE)
        elif event == _CHARACTERISTIC_RESULT:
            for i in range(2):
                if data[4] == _VALUE_UUIDS[i]:
                    self._found[i], self._ends[i] = data[2], data[1]
        elif event == _CHARACTERISTIC_DONE:
            self._numbers[_INDEX] = _NONE
            self._subscribe_next(now_ms)
        elif event == _DESCRIPTOR_RESULT:
            if data[2] == _CCCD and not self._numbers[_CCCD_HANDLE]:
                self._numbers[_CCCD_HANDLE] = data[1]
        elif event == _DESCRIPTOR_DONE:
            if self._numbers[_CCCD_HANDLE]:
                self._call(self._radio.ble.gattc_write, data[0], self._numbers[_CCCD_HANDLE], _SUBSCRIBED, 1)
            else:
                self._subscribe_next(now_ms)
        elif event == _WRITE_DONE:
            self._subscribe_next(now_ms)

    def _subscribe_next(self, now_ms: int) -> None:
        """Subscribe to the next measurement that the band has; behind the last the link is made."""
        numbers = self._numbers
        numbers[_INDEX] += 1
        while numbers[_INDEX] < 2 and not self._found[numbers[_INDEX]]:
            numbers[_INDEX] += 1
        i = numbers[_INDEX]
        if i < 2:
            numbers[_CCCD_HANDLE] = 0
            self._go_to(SUBSCRIBING, now_ms)
            discover = self._radio.ble.gattc_discover_descriptors
            self._call(discover, numbers[_CONNECTION], self._found[i], self._ends[i])
        elif self._found[0] or self._found[1]:
            self._linked()
        else:
            self._give_up(now_ms)  # it is no band

    def _linked(self) -> None:
        self.state = LINKED
        self.links += 1
        self._numbers[_WAIT] = _FIRST_WAIT_MS
        if self._candidate:
            self._peer, self._candidate = self._candidate, b""
            try:
                self._storage.put(_FILE, self._peer)
            except OSError:
                pass  # it is known until the next start

    def _connect(self, peer: bytes, now_ms: int) -> None:
        self._go_to(CONNECTING, now_ms, _CONNECT_MS + _STEP_MS)
        self._call(self._radio.ble.gap_connect, peer[0], peer[1:], _CONNECT_MS)

    def _give_up(self, now_ms: int) -> None:
        """Try again a while later, if there is a band."""
        self._drop()
        self._candidate = b""
        if not self._peer:
            self.state = UNPAIRED
            return
        self._go_to(WAITING, now_ms, self._numbers[_WAIT])
        self._numbers[_WAIT] = min(2 * self._numbers[_WAIT], _LAST_WAIT_MS)

    def _drop(self) -> None:
        connection, self._numbers[_CONNECTION] = self._numbers[_CONNECTION], _NONE
        if connection != _NONE:
            self._call(self._radio.ble.gap_disconnect, connection)
        elif self.state == CONNECTING:
            self._call(self._radio.ble.gap_connect, None)

    def _go_to(self, state: int, now_ms: int, within_ms: int = _STEP_MS) -> None:
        self.state = state
        self._numbers[_DEADLINE] = now_ms + within_ms

    def _call(self, method: "Any", *args: "Any") -> None:
        """What the stack refuses now fails by its time."""
        try:
            method(*args)
        except OSError:
            pass

    # ------------------------------------------------------------------ measurements

    def _measured(self, handle: int, value: bytes, now_ms: int) -> None:
        if handle == self._found[_HEART_RATE] and len(value) >= 2:
            self.updated_ms[_HEART_RATE] = now_ms
            self.pulse = _heart_rate(value)
        elif handle == self._found[_OXIMETER] and len(value) >= 5:
            self.updated_ms[_OXIMETER] = now_ms
            self.spo2 = _sfloat(value, 1)


def _is_band(advert: bytes) -> bool:
    """Whether an advert has one of the services."""
    at = 0
    while at + 1 < len(advert) and advert[at]:
        end = at + 1 + advert[at]
        if advert[at + 1] in (_SERVICES_16 - 1, _SERVICES_16):
            for i in range(at + 2, end - 1, 2):
                if advert[i : i + 2] in _SERVICE_UUIDS:
                    return True
        at = end
    return False


def _heart_rate(value: bytes) -> "int | None":
    """bpm of a Heart Rate Measurement; None without contact, or where there is no rate."""
    rate = value[1]
    if value[0] & _WIDE_RATE and len(value) > 2:
        rate |= value[2] << 8
    return None if value[0] & _CONTACT == _NO_CONTACT or rate == 0 else rate


def _sfloat(value: bytes, at: int) -> "int | None":
    """An SFLOAT (IEEE 11073-20601) as a whole number; None where it is none."""
    word = value[at] | value[at + 1] << 8
    mantissa, exponent = word & 0x0FFF, word >> 12
    if _NO_NUMBER <= mantissa <= _NO_NUMBER_END:
        return None
    if mantissa > 0x07FF:
        mantissa -= 0x1000
    divisor = 1
    for _ in range(-exponent & 15 if exponent & 8 else 0):
        divisor *= 10
    for _ in range(0 if exponent & 8 else exponent):
        mantissa *= 10
    return (mantissa + divisor // 2) // divisor
