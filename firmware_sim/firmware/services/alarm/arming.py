"""Whether an accident may be looked for: by the wearer's profile, the speed, and movement where no speed is known.

Who walks about with a helmet in the hand, or leaves it on a table, must not alarm anybody; who waits at a light must be
on guard. So it arms by riding, and stays armed for a while after that.
"""

from micropython import const

from .states import NOT_MOVING, READY, SWITCHED_OFF

#: Profiles, as the setting `alarm_profile` has them.
OFF = const(0)
MOTORCYCLE = const(1)
E_SCOOTER = const(2)
BICYCLE = const(3)
ON_FOOT = const(4)
SPORT = const(5)
#: By profile: speed in km/h that arms (0: any movement does), seconds that it stays so, |a| in mg of an impact that is
#: judged, and whether a fall counts that no such impact began.
PROFILES = (
    (0, 0, 0, False),
    (15, 120, 9_000, False),
    (8, 120, 7_000, True),
    (8, 120, 7_000, True),
    (0, 300, 6_000, True),
    (0, 300, 12_000, False),
)
ARMS_KMH = const(0)
HOLDS_S = const(1)
IMPACT_MG = const(2)
COUNTS_FALLS = const(3)
#: Movement (mg RMS) of riding or walking, and seconds in a row of it that arm where no speed is known.
_MOVING_MG = const(40)
_MOVING_S = const(8)
_NEVER_MS = const(-1)
# moment it was last seen to move as the profile wants, seconds of movement in a row
_MOVED_MS = const(0)
_SECONDS = const(1)


class Arming:
    """`update` it each second; `profile` is one of the above."""

    def __init__(self) -> None:
        self.profile = MOTORCYCLE
        self._numbers = [_NEVER_MS, 0]

    def row(self) -> "tuple[int, int, int, bool]":
        """What the profile says (`ARMS_KMH` …)."""
        return PROFILES[self.profile]

    def update(self, speed_kmh: "int | None", motion_mg: int, now_ms: int) -> int:
        """`READY`, or why not; `speed_kmh` None where no position can be trusted."""
        numbers, row = self._numbers, PROFILES[self.profile]
        if self.profile == OFF:
            return SWITCHED_OFF
        numbers[_SECONDS] = numbers[_SECONDS] + 1 if motion_mg >= _MOVING_MG else 0
        by_movement = speed_kmh is None or not row[ARMS_KMH]
        if numbers[_SECONDS] >= _MOVING_S if by_movement else (speed_kmh or 0) >= row[ARMS_KMH]:
            numbers[_MOVED_MS] = now_ms
        moved_ms = numbers[_MOVED_MS]
        return READY if moved_ms != _NEVER_MS and now_ms - moved_ms <= row[HOLDS_S] * 1000 else NOT_MOVING
