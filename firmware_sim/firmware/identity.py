"""Who a device is: the same on every link."""


class Identity:
    """Maker, model, version of the firmware, and what tells this unit from others of its model."""

    def __init__(self, manufacturer: str, model: str, version: str, unique_id: bytes) -> None:
        self.manufacturer = manufacturer
        self.model = model
        self.version = version
        self.unique_id = unique_id
        #: The id in hex, as far as the wire has room.
        self.serial = "".join(["%02x" % b for b in unique_id])[:16]
