"""Counts what stages of the firmware take: their methods are put into wrappers that name the stage while they run."""

from bridge import enter, leave  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def install(methods: "list[tuple[int, str, str, int]]") -> None:
    """Wrap each (stage, module, `Class.method` or `function`, count of arguments or 0), before objects are made."""
    for stage, module, path, arguments in methods:
        owner = __import__(module, None, None, ("*",))
        names = path.split(".")
        for name in names[:-1]:
            owner = getattr(owner, name)
        setattr(owner, names[-1], _wrapped(getattr(owner, names[-1]), stage, arguments))


def _wrapped(f: "Callable[..., Any]", stage: int, arguments: int) -> "Callable[..., Any]":
    # fixed arguments: a tuple of them would be garbage that the firmware does not make, and interrupts may make none

    def one(a: "Any") -> "Any":
        enter(stage)
        try:
            return f(a)
        finally:
            leave()

    def two(a: "Any", b: "Any") -> "Any":
        enter(stage)
        try:
            return f(a, b)
        finally:
            leave()

    def three(a: "Any", b: "Any", c: "Any") -> "Any":
        enter(stage)
        try:
            return f(a, b, c)
        finally:
            leave()

    def four(a: "Any", b: "Any", c: "Any", d: "Any") -> "Any":
        enter(stage)
        try:
            return f(a, b, c, d)
        finally:
            leave()

    def many(*all: "Any") -> "Any":
        enter(stage)
        try:
            return f(*all)
        finally:
            leave()

    return (many, one, two, three, four)[arguments if arguments <= 4 else 0]
