"""What hosts may ask of the alarm, and have it do."""

from .. import wire_gen as wire
from ..services.alarm import incident, states
from ..services.alarm.incident import PHONE, Incident
from .phone_carrier import MOST_STAND_BY_S

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .alarm_owner import AlarmOwner


class AlarmRequests:
    """Of one owner."""

    def __init__(self, owner: "AlarmOwner") -> None:
        self._owner = owner
        self._record = Incident()

    def write(self, buf: bytearray, back: int, now_us: int) -> int:
        """Pack the alarm as it is (0), or the record that is the `back`th newest; 0 where there is none."""
        owner, now_ms = self._owner, now_us // 1000
        machine = owner.machine
        if back:
            raw = owner.journal.read(back - 1)
            if raw is None:
                return 0
            found = self._record
            found.unpack(raw)
            state, left = found.state, None
        else:
            found = machine.incident
            if machine.state <= states.MUTED:
                found = self._record
                found.follow(machine.incident)
                owner.look_around(found, now_ms)
            state, left = machine.state, machine.seconds_left(now_ms)
        facts = found.facts
        return wire.pack_alarm(
            buf, 0, back, now_us, found.number, state, machine.reason, found.cause, found.kind, found.severity,
            found.attempts, _reached(found.alarms), _reached(found.retractions),
            owner.band.state if owner.band else wire.BAND_STATE_NO_RADIO, owner.modem.state, owner.gnss.state(now_ms),
            owner.warning(), owner.contacts(), owner.refused_contacts, self._is_offered(), left,
            None if back else machine.muted_s(now_ms), found.at_s or None, facts[incident.HAPPENED_S],
            facts[incident.LATITUDE_MAS], facts[incident.LONGITUDE_MAS], facts[incident.POSITION_AGE_S],
            facts[incident.SPEED_KMH], facts[incident.PEAK_DG], facts[incident.PULSE_BPM],
            facts[incident.SPO2_PERCENT], facts[incident.TREND], facts[incident.VITALS_AGE_S],
        )  # fmt: skip

    def act(self, action: int, value: int, now_us: int) -> int:
        """Do what a host wants; an error code."""
        owner, now_ms = self._owner, now_us // 1000
        machine = owner.machine
        if action == wire.ALARM_ACTION_CANCEL:
            done = machine.cancel(states.BY_HOST, now_ms)
        elif action == wire.ALARM_ACTION_CALL_HELP:
            done = owner.call_help(now_ms)
        elif action == wire.ALARM_ACTION_CLOSE:
            done = machine.close(states.BY_HOST, now_ms)
        elif action == wire.ALARM_ACTION_MUTE:
            done = machine.mute(value, now_ms)
        elif action == wire.ALARM_ACTION_PAIR_BAND:
            done = owner.band is not None
            if owner.band:
                owner.band.pair(now_ms)
        elif action == wire.ALARM_ACTION_STAND_BY:
            if value > MOST_STAND_BY_S:
                return wire.ERROR_BAD_VALUE
            owner.phone.stand_by(value, now_ms)
            done = True
        elif action in (wire.ALARM_ACTION_TAKEN, wire.ALARM_ACTION_RETRACTION_TAKEN):
            return self._take(value, action == wire.ALARM_ACTION_RETRACTION_TAKEN)
        else:
            return wire.ERROR_BAD_VALUE
        return wire.ERROR_NONE if done else wire.ERROR_BUSY

    def _is_offered(self) -> bool:
        """Whether a phone is to send on what there is."""
        machine = self._owner.machine
        if machine.state == states.CONFIRMED:
            return machine.incident.alarms[PHONE] == states.ATTEMPTED
        return machine.state == states.RETRACTED and machine.incident.retractions[PHONE] == states.ATTEMPTED

    def _take(self, number: int, retracted: bool) -> int:
        """The host says that it has sent on an alarm, or its retraction: only of that which there is to send on."""
        machine = self._owner.machine
        if machine.state != states.RETRACTED and (retracted or machine.state != states.CONFIRMED):
            return wire.ERROR_BUSY
        if number != machine.incident.number:
            return wire.ERROR_BAD_VALUE
        self._owner.phone.take(number, retracted)
        return wire.ERROR_NONE


def _reached(results: "list[int]") -> int:
    """Bit n: contact n has it, or the network has it for him."""
    mask = 0
    for i, result in enumerate(results):
        if result in (states.SENT, states.DELIVERED):
            mask |= 1 << i
    return mask
