"""bleak's scanner on a virtual adapter."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.uuids import normalize_uuid_str
from bumble.core import UUID, AdvertisingData
from bumble.device import Advertisement

from .adapter import Adapter, RadioSpec
from .translation import translated, uuid_text

_AD = AdvertisingData
_UUID_LISTS = (
    _AD.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    _AD.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    _AD.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    _AD.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)
_SERVICE_DATA = (_AD.SERVICE_DATA_16_BIT_UUID, _AD.SERVICE_DATA_128_BIT_UUID)


class VirtualScanner(BaseBleakScanner):
    """Hears what is advertised on the air of `spec`."""

    spec: ClassVar[RadioSpec]

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: Literal["active", "passive"] = "active",
        **_platform: Any,
    ) -> None:
        wanted = [normalize_uuid_str(uuid) for uuid in service_uuids] if service_uuids else None
        super().__init__(detection_callback, wanted)
        self._active = scanning_mode != "passive"
        self._adapter: Adapter | None = None

    async def start(self) -> None:
        """Start scanning; BleakError when there is no radio."""
        self.seen_devices = {}
        adapter = await Adapter.acquire(self.spec)
        try:
            with translated("scan"):
                await adapter.listen(self._on_advert, self._active)
        except BaseException:
            await adapter.release()
            raise
        self._adapter = adapter

    async def stop(self) -> None:
        """Stop scanning; harmless when it is not."""
        adapter, self._adapter = self._adapter, None
        if adapter is not None:
            try:
                with translated("scan"):
                    await adapter.unlisten(self._on_advert)
            finally:
                await adapter.release()

    def _on_advert(self, advert: Advertisement) -> None:
        seen = _advertisement_data(advert)
        if not self.is_allowed_uuid(seen.service_uuids):
            return
        address = advert.address.to_string(False)
        device = self.create_or_update_device(address, address, seen.local_name, advert.address, seen)
        self.call_detection_callbacks(device, seen)


def _advertisement_data(advert: Advertisement) -> AdvertisementData:
    data = advert.data
    names = (data.get(_AD.COMPLETE_LOCAL_NAME), data.get(_AD.SHORTENED_LOCAL_NAME))
    tx_power = data.get(_AD.TX_POWER_LEVEL)
    return AdvertisementData(
        local_name=next((name for name in names if isinstance(name, str)), None),
        manufacturer_data=dict(_pairs(data, (_AD.MANUFACTURER_SPECIFIC_DATA,))),
        service_data={uuid_text(uuid): value for uuid, value in _pairs(data, _SERVICE_DATA)},
        service_uuids=_service_uuids(data),
        tx_power=tx_power if isinstance(tx_power, int) else None,
        rssi=advert.rssi,
        platform_data=(advert,),
    )


def _service_uuids(data: AdvertisingData) -> list[str]:
    found: dict[str, None] = {}
    for kind in _UUID_LISTS:
        for uuids in data.get_all(kind):
            if isinstance(uuids, list):
                found.update((uuid_text(uuid), None) for uuid in uuids if isinstance(uuid, UUID))
    return list(found)


def _pairs(data: AdvertisingData, kinds: tuple[Any, ...]) -> list[tuple[Any, bytes]]:
    return [value for kind in kinds for value in data.get_all(kind) if isinstance(value, tuple) and len(value) == 2]
