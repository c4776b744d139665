"""Reads scenario files: by their schema, then by what schemas cannot say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from firmware_sim.faults import RESETTING, UnsupportedFaultError, sunlight, why_unsupported
from firmware_sim.firmware.services.alarm.contacts import numbers_in
from firmware_sim.world.errors import WorldError
from firmware_sim.world.wearer import PRESETS, Motion, WearerSettings
from host_sdk.wire_gen import READINGS, AlarmState, BeatKind, EventKind, ReadingKind, Reason, RhythmFlags

from ..checked_yaml.checking import check
from ..checked_yaml.errors import FileError, Problem
from ..checked_yaml.reading import Document, Steps, read
from .contact_names import name_in
from .energy import CURRENT_LIMITS, DEVICE
from .link_faults import LinkFault
from .link_faults import misfit as misfit_of_link
from .model import (
    Action,
    ComponentFault,
    CurrentLimit,
    Expectation,
    MessageExpectation,
    Recording,
    Scenario,
    SignalFault,
    Subject,
)
from .schema import AMBIENT_SETTINGS, ANYBODY, CONTACTS, LONGEST_S, scenario_schema
from .signal_faults import SIGNAL_FAULTS, make, misfit
from .truths import TRUTHS

_T = TypeVar("_T")
_COMMON = ("from_s", "to_s")
#: What is expected of every number.
_OF_NUMBERS = ("between", "near_truth", "is")
_COUNTS = ("count", "at_least", "at_most")
_ANSWERED = ("answered_at_least", "answered_at_most")


def load(path: Path) -> Scenario:
    """A scenario; FileError with the line of everything that is wrong with its file."""
    document = read(path)
    check(document, scenario_schema())
    return _Reader(document).scenario()


class _Reader:
    """One file, which its schema allows; `problems` grows by what does not go together."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._data: dict[str, Any] = document.data
        self._problems: list[Problem] = []
        self._begins: list[tuple[int, str, float]] = []
        self._duration_s = float(self._data.get("duration_s", LONGEST_S))
        self._contacts: str = self._data.get("contacts", CONTACTS)

    def scenario(self) -> Scenario:
        """The scenario; FileError."""
        self._check_head()
        recording = self._recording()
        wearer = None if recording or "course" in self._data else self._wearer()
        signal_faults, component_faults = self._faults()
        link_faults = self._each("faults", self._link_fault)
        made = Scenario(
            path=self._document.path,
            about=self._data["about"],
            duration_s=self._duration_s,
            expect=tuple(self._each("expect", self._expectation)),
            currents=tuple(self._each("expect", self._current_limit)),
            messages=tuple(self._each("expect", self._messages)),
            seed=self._data.get("seed", 0),
            wearer=wearer,
            recording=recording,
            course=self._data.get("course"),
            contacts=self._contacts,
            signal_faults=tuple(signal_faults),
            component_faults=tuple(component_faults),
            link_faults=tuple(link_faults),
            actions=tuple(sorted(self._each("actions", self._action), key=lambda action: action.at_s)),
            resets=self._resets(component_faults),
            begins=tuple(self._begins),
            data=self._data,
        )
        if self._problems:
            raise FileError(str(self._document.path), self._problems)
        return made

    def _wrong(self, what: str, *steps: str | int) -> None:
        self._problems.append(Problem(self._document.line(*steps), what))

    def _check_head(self) -> None:
        if "course" in self._data:
            for name in ("wearer", "ride", "record", "place"):
                if name in self._data:
                    self._wrong(f"{name} is of a band, and there is a course, which a helmet rides", name)
        elif "contacts" in self._data:
            self._wrong("contacts are of a helmet, which a course has", "contacts")
        if "record" in self._data:
            for name in ("wearer", "ride"):
                if name in self._data:
                    self._wrong(f"{name} is of a synthetic wearer, and there is a record", name)
            for name in self._data.get("place", {}):
                if name in AMBIENT_SETTINGS:
                    self._wrong(f"{name} is around a synthetic wearer, and there is a record", "place", name)
        elif "duration_s" not in self._data and "course" not in self._data:
            self._wrong("duration_s is missing: a wearer has no end")

    def _each(self, name: str, make_one: Callable[[Mapping[str, Any], Steps], _T | None]) -> list[_T]:
        """What the items of a list are; those that are wrong are left out."""
        made = [make_one(item, (name, index)) for index, item in enumerate(self._data.get(name, []))]
        return [each for each in made if each is not None]

    def _span(self, item: Mapping[str, Any], steps: Steps) -> tuple[float, float] | None:
        start, stop = float(item.get("from_s", 0.0)), float(item.get("to_s", self._duration_s))
        if not start < stop:
            self._wrong(f"from {start:g} s to {stop:g} s is no time", *steps)
            return None
        if start >= self._duration_s:
            self._wrong(f"begins at {start:g} s, and the scenario is over after {self._duration_s:g} s", *steps)
            return None
        self._note_begin(steps, start)
        return start, stop

    def _note_begin(self, steps: Steps, at_s: float) -> None:
        """A record may end before: then it would never be."""
        self._begins.append((self._document.line(*steps), ".".join(str(s) for s in steps[:-1]), at_s))

    def _recording(self) -> Recording | None:
        given = self._data.get("record")
        if given is None:
            return None
        settings = {name: value for name, value in given.items() if name != "path"}
        return Recording(self._document.path.parent / given["path"], **settings)

    def _wearer(self) -> WearerSettings | None:
        given = {name: _profile(value) for name, value in self._data.get("wearer", {}).items()}
        ambient = self._data.get("place", {})
        surroundings = {name: _profile(value) for name, value in ambient.items() if name in AMBIENT_SETTINGS}
        for name in given.keys() & surroundings.keys():
            self._wrong(f"{name} is also set under wearer", "place", name)
        preset = PRESETS[given.pop("preset", "resting")]
        try:
            motion = {"motion": tuple(self._each("ride", self._motion))} if "ride" in self._data else {}
            return replace(preset, **{**given, **surroundings, **motion})
        except WorldError as error:
            name = str(error).split(" ", 1)[0].rstrip(":")
            section = "ride" if name == "motion" else "place" if name in surroundings else "wearer"
            self._wrong(str(error), section, name)
            return None

    def _motion(self, item: Mapping[str, Any], steps: Steps) -> Motion | None:
        span = self._span(item, steps)
        if span is None:
            return None
        end = {"end_s": float(item["to_s"])} if "to_s" in item else {}
        try:
            return Motion(item["motion"], span[0], peak_g=item.get("peak_g"), **end)
        except WorldError as error:
            self._wrong(str(error), *steps)
            return None

    def _faults(self) -> tuple[list[SignalFault], list[ComponentFault]]:
        components = self._each("faults", self._component_fault)
        signals = self._each("faults", self._signal_fault)
        for index, item in enumerate(self._data.get("place", {}).get("sunlight", [])):
            steps: Steps = ("place", "sunlight", index)
            span = self._span(item, steps)
            if span is not None:
                made = sunlight(*span, **{name: v for name, v in item.items() if name not in _COMMON})
                signals.append(SignalFault(self._document.line(*steps), "sunlight", (made,)))
        return signals, components

    def _component_fault(self, item: Mapping[str, Any], steps: Steps) -> ComponentFault | None:
        if "component" not in item:
            return None
        component, fault = item["component"], item["fault"]
        foreign = [name for name in item if name not in ("component", "fault", "seed", *_COMMON)]
        why = f"it has no {', '.join(foreign)}" if foreign else why_unsupported(component, fault)
        if component == "radio" and why is None:
            why = "scenarios run over the cable"
        if why is not None:
            self._wrong(str(UnsupportedFaultError(f"{component} cannot be {fault}: {why}")), *steps)
            return None
        span = self._span(item, steps)
        return None if span is None else ComponentFault(component, fault, *span, item.get("seed", 0))

    def _signal_fault(self, item: Mapping[str, Any], steps: Steps) -> SignalFault | None:
        if "signal" not in item:
            return None
        settings = {name: value for name, value in item.items() if name not in ("signal", *_COMMON)}
        why = misfit(item["signal"], settings)
        span = self._span(item, steps)
        if why is not None:
            self._wrong(why, *steps)
        if why is not None or span is None:
            return None
        assert item["signal"] in SIGNAL_FAULTS
        made = make(item["signal"], settings, *span)
        return SignalFault(self._document.line(*steps), item["signal"], tuple(made))

    def _link_fault(self, item: Mapping[str, Any], steps: Steps) -> LinkFault | None:
        if "link" not in item:
            return None
        settings = {name: value for name, value in item.items() if name not in ("link", *_COMMON)}
        why = misfit_of_link(item["link"], list(settings))
        span = self._span(item, steps)
        if why is not None:
            self._wrong(why, *steps)
        return None if why is not None or span is None else LinkFault(item["link"], *span, **settings)

    def _resets(self, faults: list[ComponentFault]) -> tuple[int, int]:
        """What resets the device must be expected to."""
        resets = [action for action in self._data.get("actions", []) if action["do"] == "reset"]
        given = self._data.get("resets", len(resets))
        low, high = given if isinstance(given, list) else (given, given)
        if not low <= high:
            self._wrong(f"from {low} to {high} is nothing", "resets")
        if "resets" not in self._data:
            for fault in faults:
                if fault.fault in RESETTING:
                    self._wrong(f"{fault.component} {fault.fault} resets the device: resets says how often", "faults")
        return low, high

    def _action(self, item: Mapping[str, Any], steps: Steps) -> Action | None:
        if not item["at_s"] < self._duration_s:
            self._wrong(f"at {item['at_s']:g} s the scenario is over", *steps)
        if item["do"] != "reset" and "course" not in self._data:
            self._wrong(f"{item['do']} is of a helmet, which a course has", *steps, "do")
        self._note_begin(steps, float(item["at_s"]))
        return Action(float(item["at_s"]), item["do"])

    def _current_limit(self, item: Mapping[str, Any], steps: Steps) -> CurrentLimit | None:
        if "current" not in item:
            return None
        foreign = [name for name in item if name not in ("current", *CURRENT_LIMITS, *_COMMON)]
        if foreign:
            self._wrong(f"a current has no {', '.join(foreign)}", *steps)
        limits = {name: float(item[name]) for name in CURRENT_LIMITS if name in item}
        if not limits:
            self._wrong(f"a current needs one of {', '.join(CURRENT_LIMITS)}", *steps)
        if "lasts_h" in limits and item["current"] != DEVICE:
            self._wrong(f"lasts_h is of the {DEVICE}", *steps, "lasts_h")
        low, high = limits.get("at_least_ma", 0.0), limits.get("at_most_ma")
        if high is not None and low > high:
            self._wrong(f"at_least_ma {low:g} and at_most_ma {high:g} is nothing", *steps)
        span = self._span(item, steps)
        return span and CurrentLimit(item["current"], *span, self._document.line(*steps), **limits)

    def _messages(self, item: Mapping[str, Any], steps: Steps) -> MessageExpectation | None:
        if "message" not in item:
            return None
        if "course" not in self._data:
            self._wrong("message is of a helmet, which a course has", *steps, "message")
        foreign = [name for name in item if name not in ("message", "text", *_COUNTS, *_COMMON)]
        if foreign:
            self._wrong(f"a message has no {', '.join(foreign)}", *steps)
        contact = str(item["message"])
        number = None if contact == ANYBODY else self._number(contact, steps)
        at_least, at_most = self._counts(item, steps)
        span = self._span(item, steps)
        line, text = self._document.line(*steps), item.get("text")
        return span and MessageExpectation(contact, number, *span, line, text, at_least, at_most)

    def _number(self, contact: str, steps: Steps) -> str:
        """The number of one of the contacts, as the modem dials it."""
        entries = [entry.strip() for entry in self._contacts.replace(";", ",").split(",") if entry.strip()]
        accepted, _ = numbers_in(self._contacts)
        meant = [entry for entry in entries if contact in (entry, name_in(entry), *numbers_in(entry)[0])]
        numbers = {number for entry in meant for number in numbers_in(entry)[0]}
        refused = next((entry for entry in meant if not numbers_in(entry)[0]), None)
        if not meant:
            known = ", ".join(entries) or "there are none"
            self._wrong(f"{contact!r} is none of the contacts ({known}), nor {ANYBODY}", *steps, "message")
        elif refused is not None:
            self._wrong(f"{refused!r} has no number: the helmet refuses it", *steps, "message")
        elif len(numbers) > 1:
            self._wrong(f"{contact!r} is several contacts ({', '.join(meant)}): give its number", *steps, "message")
        elif not numbers <= set(accepted):
            self._wrong(f"{meant[0]!r} is one contact too many: the helmet refuses it", *steps, "message")
        return numbers.pop() if numbers else ""

    def _counts(self, item: Mapping[str, Any], steps: Steps) -> tuple[int | None, int | None]:
        """How many must come, at least and at most."""
        at_least, at_most = item.get("at_least"), item.get("at_most")
        if "count" in item:
            if at_least is not None or at_most is not None:
                self._wrong("count, and at_least or at_most beside it", *steps)
            at_least = at_most = item["count"]
        self._check_counts(item, at_least, at_most, steps)
        return at_least, at_most

    def _expectation(self, item: Mapping[str, Any], steps: Steps) -> Expectation | None:
        if "current" in item or "message" in item:
            return None
        span = self._span(item, steps)
        if span is None:
            return None
        subject = _subject(item)
        if isinstance(subject, AlarmState) and "course" not in self._data:
            self._wrong("alarm is of a helmet, which a course has", *steps, "alarm")
        at_least, at_most = self._counts(item, steps)
        limits = self._limits(item, subject, steps)
        return Expectation(
            subject, *span, line=self._document.line(*steps), at_least=at_least, at_most=at_most, **limits
        )

    def _check_counts(self, item: Mapping[str, Any], at_least: int | None, at_most: int | None, steps: Steps) -> None:
        """What cannot fail, or would never be looked at, is refused: it would look as if it were tested."""
        of_numbers = [name for name in _OF_NUMBERS if name in item]
        if "reason" in item:
            for name in (*of_numbers, *(name for name in _ANSWERED if name in item)):
                self._wrong(f"{name} is of numbers, and with a reason there are none", *steps, name)
        if at_least == 0 and at_most is None and not of_numbers and "reason" not in item:
            self._wrong("at_least 0 is always so", *steps, "at_least")
        if at_least is not None and at_most is not None and at_least > at_most:
            self._wrong(f"at_least {at_least} and at_most {at_most} is nothing", *steps)
        low, high = (item.get(name) for name in _ANSWERED)
        if low is not None and high is not None and low > high:
            self._wrong(f"answered_at_least {low:g} and answered_at_most {high:g} is nothing", *steps)
        for name in (*of_numbers, *(("reason",) if "reason" in item else ())):
            if at_most == 0 or high == 0:
                self._wrong(f"{name} is of readings, and none may come", *steps, name)

    def _limits(self, item: Mapping[str, Any], subject: Subject, steps: Steps) -> dict[str, Any]:
        """What is expected of readings; of others only that they come, and how many."""
        found: dict[str, Any] = {"near_truth": item.get("near_truth")}
        if "between" in item:
            low, high = item["between"]
            if not low <= high:
                self._wrong(f"between {low:g} and {high:g} is nothing", *steps, "between")
            found["between"] = (float(low), float(high))
        if "near_truth" in item and ("record" in self._data or "course" in self._data or subject not in TRUTHS):
            known = ", ".join(kind.name.lower() for kind in TRUTHS)
            self._wrong(f"near_truth is of a wearer's {known}", *steps, "near_truth")
        if "is" in item:
            found["choice"] = self._choice(item["is"], subject, steps)
        reasons = item.get("reason", [])
        found["reasons"] = tuple(Reason[n.upper()] for n in ([reasons] if isinstance(reasons, str) else reasons))
        found["answered"] = (item.get("answered_at_least", 0.0), item.get("answered_at_most", 1.0))
        return found

    def _choice(self, name: str, subject: Subject, steps: Steps) -> Any:
        choices = READINGS[subject].choices if isinstance(subject, ReadingKind) else None
        if choices is None or name.upper() not in choices.__members__:
            what = (
                "no class" if choices is None else f"one of {', '.join(each.lower() for each in choices.__members__)}"
            )
            self._wrong(f"{str(subject.name).lower()} is {what}, not {name}", *steps, "is")
            return None
        return choices[name.upper()]


def _subject(item: Mapping[str, Any]) -> Subject:
    if "reading" in item:
        return ReadingKind[item["reading"].upper()]
    if "event" in item:
        return EventKind[item["event"].upper()]
    if "finding" in item:
        return RhythmFlags[item["finding"].upper()]
    if "alarm" in item:
        return AlarmState[item["alarm"].upper()]
    return BeatKind[item["beat"].upper()]


def _profile(value: Any) -> Any:
    """Corners of a profile as the wearer has them."""
    return tuple((float(at), float(number)) for at, number in value) if isinstance(value, list) else value
