"""States of an alarm, what changes them, and what became of a message: numbers that the journal keeps for good."""

from micropython import const

#: At rest: nothing is looked for, for a reason; an accident would begin an alarm; the sensors cannot be relied on; the
#: wearer wants no automatic alarm for some minutes.
DISARMED = const(0)
ARMED = const(1)
FAULT = const(2)
MUTED = const(3)
#: A hard impact that detection has not judged; the wearer can cancel; nobody is to be alarmed.
CANDIDATE = const(4)
COUNTDOWN = const(5)
CANCELLED = const(6)
#: Messages go out, until the wearer cancels it, or somebody who was reached closes it.
CONFIRMED = const(7)
#: Whoever may have been alarmed learns that it was none; the end.
RETRACTED = const(8)
CLOSED = const(9)

#: Why it is at rest.
READY = const(0)
SWITCHED_OFF = const(1)
NO_CONTACTS = const(2)
NOT_MOVING = const(3)
NOT_WORN = const(4)
STARTING = const(5)
SENSOR_FAULT = const(16)  # from here on it is a fault
NO_POWER = const(17)

#: What changed the state.
BY_DETECTION = const(32)
BY_SOS = const(33)
BY_TIME = const(34)
BY_WEARER = const(35)
BY_HOST = const(36)
BY_RESTART = const(37)
BY_DELIVERY = const(38)
BY_ATTEMPT = const(39)

#: What became of a message: not sent yet; handed over, and it may have arrived; the network has it; it arrived; it was
#: refused; it was taken back before it went.
PENDING = const(0)
ATTEMPTED = const(1)
SENT = const(2)
DELIVERED = const(3)
REFUSED = const(4)
WITHDRAWN = const(5)

#: Kind of an alarm that the wearer began; all others are kinds of events.
SOS = const(0)
