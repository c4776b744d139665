"""What a role asks of each chain."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..settings import Settings
    from .blocks import BlockWriter


class Chain:
    """Everything from one sensor to what is published of it; what a chain does not have is as it is here."""

    #: Its streams of samples.
    writers: "tuple[BlockWriter, ...]" = ()
    #: Whether its sensor answers.
    works = True

    @property
    def streams(self) -> int:
        """Mask of its streams."""
        mask = 0
        for blocks in self.writers:
            mask |= 1 << blocks.stream
        return mask

    @property
    def overruns(self) -> int:
        """Samples lost in the sensor."""
        return 0

    def poll(self, now_us: int) -> None:
        """Process what the sensor has and publish what came of it."""
        raise NotImplementedError

    def every_second(self, now_us: int) -> None:
        """Look whether the sensor keeps its time."""

    def flush(self, now_us: int) -> None:
        """The signal has ended: publish the results of what is there."""

    def apply_settings(self, settings: "Settings") -> None:
        """Work by the settings as they are now; called when any of them was set, also to what it was."""
