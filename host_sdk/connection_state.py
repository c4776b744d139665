"""Where a connection that is kept up stands.

disconnected ──start──► connecting ──ok──► connected ──lost──► waiting ──back-off over──► connecting
                            └──failed──► waiting                    any ──stop, or not worth trying──► stopped
"""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """Where the connection stands."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"
    STOPPED = "stopped"


#: Where each state may lead.
MOVES: dict[State, frozenset[State]] = {
    State.DISCONNECTED: frozenset({State.CONNECTING, State.STOPPED}),
    State.CONNECTING: frozenset({State.CONNECTED, State.WAITING, State.STOPPED}),
    State.CONNECTED: frozenset({State.WAITING, State.STOPPED}),
    State.WAITING: frozenset({State.CONNECTING, State.STOPPED}),
    State.STOPPED: frozenset(),
}
