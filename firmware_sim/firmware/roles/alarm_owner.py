"""Owns the alarm of a device: from sensors, button and time to the machine, and from it to modem, phone and buzzer."""

from array import array

from micropython import const

from .. import wire_gen as wire
from ..clock import FIRST_YEAR, to_unix_s
from ..drivers import button
from ..drivers.gnss import nmea
from ..drivers.gnss.receiver import FIX
from ..dsp.imu import crash
from ..kernels import ring_max
from ..services.alarm import incident, states
from ..services.alarm.arming import COUNTS_FALLS, IMPACT_MG, Arming
from ..services.alarm.contacts import data_number_in, numbers_in
from ..services.alarm.escalation import Escalation
from ..services.alarm.journal import AlarmJournal
from ..services.alarm.machine import AlarmMachine
from .modem_carrier import ModemCarrier
from .phone_carrier import PhoneCarrier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..boards.helmet import Board
    from ..chains.crash_chain import CrashChain
    from ..chains.impact_chain import ImpactChain
    from ..clock import DeviceClock
    from ..services.ble.band_link import BandLink
    from ..settings import Settings
    from ..vitals import Vitals

_SECOND_MS = const(1000)
_UNIX_2000_S = const(946_684_800)
_DAY_S = const(86_400)
#: Seconds of speeds that are kept: the greatest of them is that before an impact.
_SPEEDS = const(6)
_UNKNOWN = const(-1)
#: Segments of motion that are kept (`dsp.imu.segments`: KEPT), their mask, and how many are a second.
_SEGMENTS_KEPT = const(64)
_SEGMENTS_MASK = const(63)
_SEGMENTS_S = const(8)
#: Rates of the pulse that its trend is taken from, one each ten seconds, and how many of them are a mean.
_PULSES = const(7)
_PULSE_EVERY_S = const(10)
_TREND_OF = const(3)
#: Reasons of an accelerometer that is not at fault.
_WARMING_UP = const(11)  # wire: REASON_WARMING_UP
#: By seconds that are left of a countdown: the rhythm of the buzzer, ms.
_RHYTHMS = ((3, 250), (6, 400), (10, 600), (1000, 1000))
_AFTER_MS = const(2000)  # while messages go out
#: Of a modem's states that take no message: what is wrong.
_WARNINGS = (
    wire.ALARM_WARNING_NO_MODEM,
    wire.ALARM_WARNING_NONE,  # it is being set up
    wire.ALARM_WARNING_NO_CARD,
    wire.ALARM_WARNING_PIN_WANTED,
    wire.ALARM_WARNING_NO_NETWORK,
    wire.ALARM_WARNING_NETWORK_REFUSES,
    wire.ALARM_WARNING_NONE,
)
_STALE = const(1)
_STALE_BUT_CONTACTS = const(2)
# when the next second begins, seconds since start, speed before the impact that is judged, which settings wait,
# time of the latest step, and of the latest in which there was no countdown or alarm; greatest |a| of what begins, mg;
# when a short press ended once messages went out
_NEXT_MS = const(0)
_COUNT = const(1)
_BEFORE_KMH = const(2)
_IS_STALE = const(3)
_NOW_MS = const(4)
_CALM_MS = const(5)
_PEAK_MG = const(6)
_PRESSED_MS = const(7)
#: Two presses within so long take an alarm back: one may be a knock, or somebody who finds the wearer.
_TWICE_MS = const(2000)


class AlarmOwner:
    """`poll` it every step, behind the sensors' chains; `impact` and `band` may be absent."""

    def __init__(
        self,
        board: "Board",
        clock: "DeviceClock",
        vitals: "Vitals",
        settings: "Settings",
        motion: "CrashChain | None",
        impact: "ImpactChain | None",
        band: "BandLink | None",
    ) -> None:
        now_ms = board.now_us() // 1000
        self._clock = clock
        self._vitals = vitals
        self._settings = settings
        self._motion = motion
        self._impact = impact
        self.band = band
        self.gnss = board.gnss
        self.modem = board.modem
        self._button = board.button
        self._sounder = board.sounder
        self.arming = Arming()
        self.journal = AlarmJournal(board.flash)
        self.machine = AlarmMachine(self.journal, self._unix_s, settings.get(wire.SETTING_ALARM_COUNTDOWN), now_ms)
        self.machine.gather = self._gather
        self.phone = PhoneCarrier()
        carrier = ModemCarrier(self.modem)
        contacts, self.refused_contacts = numbers_in(settings.text(wire.SETTING_CONTACTS))
        name = settings.text(wire.SETTING_WEARER_NAME)
        self.escalation = Escalation(self.machine, carrier, self.phone, contacts, name, now_ms)
        self.escalation.data_number = data_number_in(settings.text(wire.SETTING_CONTACTS))
        self._numbers = [now_ms, 0, _UNKNOWN, _STALE, now_ms, now_ms, 0, now_ms - _TWICE_MS]
        self._speeds = array("h", [_UNKNOWN] * _SPEEDS)
        self._pulses = array("h", [_UNKNOWN] * _PULSES)
        # greatest |a| (mg) of this second by the high-g sensor, and segments of motion that were looked at
        self._peaks = [0, 0]

    # ------------------------------------------------------------------ every step

    def poll(self, now_us: int) -> None:
        """Go on."""
        now_ms = now_us // 1000
        self._numbers[_NOW_MS] = now_ms
        self.gnss.poll(now_ms)
        self.phone.poll(now_ms)
        if self.band:
            self.band.poll(now_ms)
        self._take_button(now_ms)
        if now_ms >= self._numbers[_NEXT_MS]:
            self._numbers[_NEXT_MS] = now_ms - now_ms % _SECOND_MS + _SECOND_MS
            self._every_second(now_us)
        self._watch(now_ms)
        self.machine.poll(now_ms)
        self.escalation.poll(now_ms)
        self.modem.poll(now_ms)
        self._sound(now_ms)

    def _watch(self, now_ms: int) -> None:
        """Look for impacts, and judge the one that there was."""
        motion, machine = self._motion, self.machine
        peak_mg = self._peak(motion)
        if motion is None or not motion.works:
            return
        row = self.arming.row()
        if peak_mg >= row[IMPACT_MG] and machine.state in (states.ARMED, states.RETRACTED, states.CANDIDATE):
            self._notice(motion, peak_mg, now_ms)
        self._judge(motion, now_ms)
        event = motion.take_event()
        if event is not None:
            kind, severity, event_mg, index = event
            counts = kind == wire.EVENT_KIND_ACCIDENT or (kind == wire.EVENT_KIND_FALL and row[COUNTS_FALLS])
            if counts:
                self._numbers[_PEAK_MG] = max(event_mg, motion.crash.peak_of(index))
                machine.begin_countdown(kind, max(1, severity), now_ms)

    def _peak(self, motion: "CrashChain | None") -> int:
        """Greatest |a| (mg) since the last step: of the high-g sensor, or of the other one, whose rail is at 16 g."""
        peaks = self._peaks
        peak_mg = self._impact.take_peak() if self._impact else 0
        peaks[0] = max(peaks[0], peak_mg)
        if motion:
            segments = motion.segments
            count, first = segments.count, peaks[1]
            if count != first:
                peaks[1] = count
                first = max(first if first < count else 0, count - _SEGMENTS_KEPT)  # fewer: the signal began anew
                peak_mg = max(peak_mg, ring_max(segments.peak, first, count, _SEGMENTS_MASK))
        return peak_mg

    def _notice(self, motion: "CrashChain", peak_mg: int, now_ms: int) -> None:
        numbers, machine = self._numbers, self.machine
        if motion.crash.notice(peak_mg):
            numbers[_BEFORE_KMH], numbers[_PEAK_MG] = max(self._speeds), peak_mg
            begins = machine.suspect(wire.EVENT_KIND_IMPACT, motion.crash.severity, True, now_ms)
            if not begins and machine.state == states.CANDIDATE:
                self._gather(now_ms)  # a harder one while the first is judged

    def _judge(self, motion: "CrashChain", now_ms: int) -> None:
        detector, machine = motion.crash, self.machine
        verdict = detector.judge(_known(self._numbers[_BEFORE_KMH]), self._speed_kmh(now_ms))
        if verdict == crash.CRASHED:
            self._numbers[_PEAK_MG] = detector.peak_mg
            machine.begin_countdown(wire.EVENT_KIND_ACCIDENT, detector.severity, now_ms)
        elif verdict != crash.NOTHING:
            machine.drop(now_ms)

    def _take_button(self, now_ms: int) -> None:
        press, machine, numbers = self._button.poll(now_ms), self.machine, self._numbers
        if machine.state not in (states.COUNTDOWN, states.CONFIRMED):
            numbers[_CALM_MS] = now_ms
        if press == button.LONG:
            self.call_help(now_ms)
        elif press == button.SHORT and self._button.began_ms > numbers[_CALM_MS] + _SECOND_MS:
            # what began before is the crash that pressed it, not a wearer who heard the countdown
            is_second = now_ms - numbers[_PRESSED_MS] < _TWICE_MS
            numbers[_PRESSED_MS] = now_ms
            if machine.state == states.COUNTDOWN or is_second:
                machine.cancel(states.BY_WEARER, now_ms)

    def _sound(self, now_ms: int) -> None:
        left = self.machine.seconds_left(now_ms)
        period = _AFTER_MS if self.machine.state == states.CONFIRMED else 0
        if left is not None:
            for seconds, rhythm in _RHYTHMS:
                if left <= seconds:
                    period = rhythm
                    break
        self._sounder.sound(period, now_ms)
        self._sounder.poll(now_ms)

    # ------------------------------------------------------------------ what hosts and the button may do

    @property
    def now_ms(self) -> int:
        """Device time of the latest step."""
        return self._numbers[_NOW_MS]

    def call_help(self, now_ms: int) -> bool:
        """The wearer's call; see `AlarmMachine.call_help`."""
        self._numbers[_PEAK_MG] = 0
        return self.machine.call_help(now_ms)

    def look_around(self, facts: "incident.Incident", now_ms: int) -> None:
        """What is known now, at rest: position, speed and vitals."""
        facts.set_fact(incident.SPEED_KMH, self._speed_kmh(now_ms))
        self._gather_position(facts, now_ms)
        self._gather_vitals(facts, now_ms)

    # ------------------------------------------------------------------ every second

    def _every_second(self, now_us: int) -> None:
        now_ms = now_us // 1000
        numbers, machine = self._numbers, self.machine
        numbers[_COUNT] += 1
        self._set_clock()
        speed = self._speed_kmh(now_ms)
        for i in range(_SPEEDS - 1):
            self._speeds[i] = self._speeds[i + 1]
        self._speeds[_SPEEDS - 1] = _UNKNOWN if speed is None else min(speed, 9999)
        if numbers[_COUNT] % _PULSE_EVERY_S == 0:
            self._keep_pulse(now_ms)
        self._compare_sensors(now_us)
        if numbers[_IS_STALE]:
            self._take_settings(now_ms)
        reason = self._sensor_reason() or self._usable() or self.arming.update(speed, self._vitals.motion_mg[0], now_ms)
        machine.allow(reason, now_ms)
        self._learn_more(machine.incident, now_ms)

    def settings_changed(self) -> None:
        """Work by the settings as they are now: in an alarm by its contacts, by the others once it is over."""
        self._numbers[_IS_STALE] = _STALE

    def _take_settings(self, now_ms: int) -> None:
        settings, numbers, state = self._settings, self._numbers, self.machine.state
        is_over = state <= states.MUTED
        can_join = state in (states.CANDIDATE, states.COUNTDOWN, states.CONFIRMED, states.RETRACTED)
        if is_over or (can_join and numbers[_IS_STALE] == _STALE):
            contacts, self.refused_contacts = numbers_in(settings.text(wire.SETTING_CONTACTS))
            self.escalation.take_contacts(contacts, now_ms)
            self.escalation.data_number = data_number_in(settings.text(wire.SETTING_CONTACTS))
            numbers[_IS_STALE] = _STALE_BUT_CONTACTS
        if is_over:
            self.arming.profile = settings.get(wire.SETTING_ALARM_PROFILE)
            self.machine.countdown_s = settings.get(wire.SETTING_ALARM_COUNTDOWN)
            self.escalation.name = settings.text(wire.SETTING_WEARER_NAME)
            numbers[_IS_STALE] = 0

    def contacts(self) -> int:
        """How many contacts have a number."""
        return sum([1 for number in self.escalation.contacts if number])

    def warning(self) -> int:
        """Who could not be reached as things are, and why: for screens, links, and whoever looks at the alarm."""
        warning = wire.ALARM_WARNING_NONE
        if not self.phone.is_up():
            has_contacts = self.escalation.has_contacts()
            warning = _WARNINGS[self.modem.state] if has_contacts else wire.ALARM_WARNING_NO_CONTACTS
        if warning == wire.ALARM_WARNING_NONE and self.refused_contacts:
            warning = wire.ALARM_WARNING_REFUSED_CONTACTS
        return warning

    def _sensor_reason(self) -> int:
        """Why motion cannot be relied on; 0 where it can."""
        motion = self._motion
        if motion is None or not motion.works:
            return states.SENSOR_FAULT
        if not self._vitals.knows_movement():
            is_new = self._vitals.reason(wire.READING_KIND_ACTIVITY) in (0, _WARMING_UP)
            return states.STARTING if is_new else states.SENSOR_FAULT
        return 0

    def _usable(self) -> int:
        """Why nobody could be alarmed; 0 where somebody can."""
        return 0 if self.escalation.has_contacts() or self.phone.is_up() else states.NO_CONTACTS

    def _compare_sensors(self, now_us: int) -> None:
        """A high-g sensor that misses what the other one sees has failed; so has one that is not there."""
        motion, impact, peaks = self._motion, self._impact, self._peaks
        if motion and impact and motion.works and motion.segments.count >= 2 * _SEGMENTS_S:
            segments = motion.segments
            seen = ring_max(segments.peak, segments.count - _SEGMENTS_S, segments.count, _SEGMENTS_MASK)
            impact.compare(peaks[0], seen, now_us)
        peaks[0] = 0

    def _set_clock(self) -> None:
        """By the receiver's time, where nobody has set the calendar."""
        position = self.gnss.position
        day, time_ms = position[nmea.DAY], position[nmea.TIME_MS]
        if day is not None and time_ms is not None and self._clock.datetime()[0] < FIRST_YEAR:
            self._clock.set_unix_ms((_UNIX_2000_S + day * _DAY_S) * 1000 + time_ms, self)

    def _keep_pulse(self, now_ms: int) -> None:
        pulses = self._pulses
        for i in range(_PULSES - 1):
            pulses[i] = pulses[i + 1]
        band = self.band
        age_ms = band.pulse_age_ms(now_ms) if band else None
        is_new = age_ms is not None and age_ms < _PULSE_EVERY_S * 1000
        pulses[_PULSES - 1] = band.pulse if band and is_new and band.pulse is not None else _UNKNOWN

    # ------------------------------------------------------------------ what is known of it

    def _unix_s(self) -> int:
        now = self._clock.datetime()
        return to_unix_s(now) if now[0] >= FIRST_YEAR else 0

    def _speed_kmh(self, now_ms: int) -> "int | None":
        """As the receiver has it; None where there is no position that can be trusted."""
        if self.gnss.state(now_ms) != FIX:
            return None
        speed = self.gnss.position[nmea.SPEED_MM_S]
        return None if speed is None else speed * 36 // 10_000

    def _gather(self, now_ms: int) -> None:
        """What is known at the moment of an impact, or of a call."""
        facts = self.machine.incident
        facts.set_fact(incident.HAPPENED_S, self._unix_s() or None)
        facts.set_fact(incident.SPEED_KMH, _known(max(self._speeds)))
        facts.set_fact(incident.PEAK_DG, self._numbers[_PEAK_MG] // 100 or None)
        self._gather_position(facts, now_ms)
        self._gather_vitals(facts, now_ms)

    def _learn_more(self, facts: "incident.Incident", now_ms: int) -> None:
        """Position and vitals go on changing in the countdown; once it is confirmed only what is not known yet does."""
        state = self.machine.state
        if state == states.COUNTDOWN or (state == states.CONFIRMED and facts.facts[incident.LATITUDE_MAS] is None):
            self._gather_position(facts, now_ms)
        if state == states.COUNTDOWN or (state == states.CONFIRMED and facts.facts[incident.VITALS_AGE_S] is None):
            self._gather_vitals(facts, now_ms)

    def _gather_position(self, facts: "incident.Incident", now_ms: int) -> None:
        """Where it is; a receiver that has no position, as it began anew, leaves that of the journal, with its age."""
        position, age_ms = self.gnss.position, self.gnss.age_ms(now_ms)
        latitude, longitude = position[nmea.LATITUDE_MAS], position[nmea.LONGITUDE_MAS]
        if latitude is None or longitude is None or age_ms is None:
            return
        facts.set_fact(incident.LATITUDE_MAS, latitude)
        facts.set_fact(incident.LONGITUDE_MAS, longitude)
        facts.set_fact(incident.POSITION_AGE_S, age_ms // 1000)

    def _gather_vitals(self, facts: "incident.Incident", now_ms: int) -> None:
        """What the band had last, with its age; without a band what is known stays."""
        pulse, spo2, age_ms = self.band.vitals(now_ms) if self.band else (None, None, None)
        if age_ms is None:
            return
        facts.set_fact(incident.PULSE_BPM, pulse)
        facts.set_fact(incident.SPO2_PERCENT, spo2)
        facts.set_fact(incident.VITALS_AGE_S, age_ms // 1000)
        facts.set_fact(incident.TREND, self._trend())

    def _trend(self) -> "int | None":
        """Change of the pulse in bpm a minute, of the mean of three rates to that of the three latest, 40 s later.

        A single rate differs by as much from the next one at rest.
        """
        pulses = self._pulses
        first = last = 0
        for i in range(_TREND_OF):
            early, late = pulses[i], pulses[_PULSES - _TREND_OF + i]
            if early == _UNKNOWN or late == _UNKNOWN:
                return None
            first += early
            last += late
        return (last - first) * 60 // (_TREND_OF * _PULSE_EVERY_S * (_PULSES - _TREND_OF))


def _known(number: int) -> "int | None":
    return None if number == _UNKNOWN else number
