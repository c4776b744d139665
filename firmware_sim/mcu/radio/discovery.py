"""Discovery of a peer's attributes within a range of handles (Core, Vol 3, Part G, 4.4 to 4.7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bumble import att, core
from bumble.gatt_client import Client

_LAST_HANDLE = 0xFFFF
_PRIMARY_SERVICE = core.UUID.from_16_bits(0x2800)
_CHARACTERISTIC = core.UUID.from_16_bits(0x2803)


async def find_services(client: Client, uuid: core.UUID | None, report: Callable[[int, int, core.UUID], None]) -> None:
    """Call `report(first handle, last handle, UUID)` for each primary service; att.ATT_Error where it is refused."""
    start = 1
    while start <= _LAST_HANDLE:
        request = att.ATT_Read_By_Group_Type_Request(
            starting_handle=start, ending_handle=_LAST_HANDLE, attribute_group_type=_PRIMARY_SERVICE
        )
        response = await _answer(client, request)
        if response is None:
            return
        for first, last, value in response.attributes:
            found = core.UUID.from_bytes(value)
            if uuid is None or found == uuid:
                report(first, last, found)
            start = last + 1


async def find_characteristics(
    client: Client, start: int, end: int, found: list[tuple[int, int, int, core.UUID]]
) -> None:
    """Add (handle, handle of the value, properties, UUID) of each characteristic; att.ATT_Error."""
    while start <= end:
        request = att.ATT_Read_By_Type_Request(starting_handle=start, ending_handle=end, attribute_type=_CHARACTERISTIC)
        response = await _answer(client, request)
        if response is None:
            return
        for handle, value in response.attributes:
            value_handle = int.from_bytes(value[1:3], "little")
            found.append((handle, value_handle, value[0], core.UUID.from_bytes(value[3:])))
            start = handle + 1


async def find_descriptors(client: Client, start: int, end: int, found: list[tuple[int, core.UUID]]) -> None:
    """Add (handle, UUID) of each attribute, whatever it is, as NimBLE does; att.ATT_Error where it is refused."""
    while start <= end:
        response = await _answer(client, att.ATT_Find_Information_Request(starting_handle=start, ending_handle=end))
        if response is None:
            return
        for handle, value in response.information:
            found.append((handle, core.UUID.from_bytes(value)))
            start = handle + 1


async def _answer(client: Client, request: att.ATT_PDU) -> Any:
    """The response; None at the end of what there is."""
    response = await client.send_request(request)
    if response.op_code != att.Opcode.ATT_ERROR_RESPONSE:
        return response
    if response.error_code == att.ATT_ATTRIBUTE_NOT_FOUND_ERROR:
        return None
    raise att.ATT_Error(error_code=response.error_code)
