"""Who a device is: the same on every link."""


class Identity:
    """Maker, model, version of the firmware, and what tells this unit from others of its model.

    `name` begins the name that it advertises, where its owner gave it no other. `body_location` is where it is worn,
    as Body Sensor Location has it.
    """

    def __init__(
        self, manufacturer: str, model: str, version: str, unique_id: bytes, name: str, body_location: int
    ) -> None:
        self.manufacturer = manufacturer
        self.model = model
        self.version = version
        self.name = device_name(name, unique_id)
        self.body_location = body_location
        #: The id in hex, as far as the wire has room.
        self.serial = "".join(["%02x" % b for b in unique_id])[:16]

    def rename(self, name: str) -> None:
        """Have the name that its owner gave it; an empty one is none."""
        if name:
            self.name = name


def device_name(name: str, unique_id: bytes) -> str:
    """`NAME-XXXX`: the last two bytes of the id."""
    return "%s-%02X%02X" % (name, unique_id[-2], unique_id[-1])
