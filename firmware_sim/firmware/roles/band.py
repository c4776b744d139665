"""The band: a body unit that senses ECG, light, movement, skin temperature and its battery."""

from micropython import const

from .. import version
from ..chains.ecg_chain import EcgChain
from ..chains.gauge_chain import GaugeChain
from ..chains.imu_chain import ImuChain
from ..chains.ppg_chain import PpgChain
from ..chains.skin_chain import SkinChain
from ..networks.loading import load_all
from ..services.serial.console import Console
from .device import Device

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..boards.reference import Board
    from ..chains.publisher import Publisher
    from ..drivers.ads1292r import Ads1292r
    from ..networks.loading import Networks
    from ..services.serial.demultiplexer import LineReader
    from ..services.serial.link import Sink

_EVERY_STEP = const(0)
_FIFO_US = const(100_000)  # the light sensor's FIFO holds 320 ms
_PERIOD_US = const(1_000_000)  # frontends.skin: PERIOD_US
_SKIN_US = const(_PERIOD_US // 2)  # the thermometer keeps one result: each is read before the next, whatever its clock
_GAUGE_US = const(10_000_000)


def _console(uart: "Sink") -> "LineReader":
    return Console(uart, version.BANNER).on_line


class Band(Device):
    """The role `band`. `networks` are loaded here where nobody has loaded them before."""

    MODEL = "vitalband-ref"
    NAME = "vitalband"
    BODY_LOCATION = 1  # chest

    def __init__(self, board: "Board", networks: "Networks | None" = None) -> None:
        def ecg_chain(driver: "Ads1292r", publisher: "Publisher") -> EcgChain:
            return EcgChain(driver, publisher, networks or load_all())

        # the IMU before the PPG, which looks at the movement of the same moment
        super().__init__(
            board,
            (
                ("ecg", _EVERY_STEP, ecg_chain),
                ("imu", _FIFO_US, ImuChain),
                ("ppg", _FIFO_US, PpgChain),
                ("skin", _SKIN_US, SkinChain),
                ("gauge", _GAUGE_US, GaugeChain),
            ),
            (_console,),
        )


ROLE = Band
