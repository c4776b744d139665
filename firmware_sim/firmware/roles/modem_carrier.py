"""Carries an alarm's messages by the modem: one PDU at a time, and the delivery reports that come."""

from ..drivers.modem import outbox
from ..drivers.modem.modem import READY, Modem
from ..services.alarm.sms_decoder import DELIVERED, STATUS_REPORT, TRYING, SmsDecoder
from ..services.alarm.sms_encoder import SmsEncoder
from ..services.alarm.states import ATTEMPTED, PENDING, REFUSED, SENT


class ModemCarrier:
    """A `services.alarm.escalation.Carrier`."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self._encoder = SmsEncoder()
        self._decoder = SmsDecoder()

    @property
    def attempts(self) -> int:
        """With the message that it has."""
        return self._modem.outbox.attempts

    @property
    def reference(self) -> int:
        """What the network calls the message that it took last."""
        return self._modem.outbox.reference

    def is_ready(self) -> bool:
        """Whether there is a network."""
        return self._modem.state == READY

    def send(self, number: str, text: str) -> None:
        """Take a message of one part; ValueError where one is on its way."""
        self._encoder.begin(number, text)
        self._put()

    def send_data(self, number: str, data: bytes) -> None:
        """The same of octets."""
        self._encoder.begin_data(number, data)
        self._put()

    def _put(self) -> None:
        octets = self._encoder.write_part(0)
        self._modem.outbox.put(memoryview(self._encoder.pdu)[: octets + 1], octets)

    def outcome(self) -> int:
        """See `Carrier`."""
        state = self._modem.outbox.state
        if state in (outbox.QUEUED, outbox.SENDING):
            return PENDING
        if state == outbox.SENT:
            return SENT
        return REFUSED if state == outbox.REFUSED else ATTEMPTED

    def withdraw(self) -> bool:
        """See `Carrier`."""
        return self._modem.outbox.cancel()

    def next_report(self) -> "tuple[str, int, bool] | None":
        """See `Carrier`; other messages, and what is malformed, are dropped."""
        pdu = self._modem.next_message()
        while pdu is not None:
            decoder = self._decoder
            try:
                if decoder.read(pdu) == STATUS_REPORT and decoder.outcome != TRYING:
                    return decoder.number, decoder.reference, decoder.outcome == DELIVERED
            except ValueError:
                pass  # damaged on the cable
            pdu = self._modem.next_message()
        return None
