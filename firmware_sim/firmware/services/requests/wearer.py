"""What is known of the wearer."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..session import Session


def set_wearer(session: "Session", sex: int) -> int:
    """Keep it, and judge by it."""
    return session.host.set_wearer(sex)
