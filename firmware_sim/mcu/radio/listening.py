"""What a peer notifies or indicates, on its way to the firmware."""

from __future__ import annotations

from bumble import att
from bumble.device import Connection

from . import irq as events
from .irq import IrqQueue


def listen(connection: Connection, irq: IrqQueue) -> None:
    """Hand on what a peer notifies or indicates, whether or not it was subscribed to."""
    client = connection.gatt_client
    handle = connection.handle

    def notified(pdu: att.ATT_Handle_Value_Notification) -> None:
        irq.post(events.GATTC_NOTIFY, (handle, pdu.attribute_handle, bytes(pdu.attribute_value)))

    def indicated(pdu: att.ATT_Handle_Value_Indication) -> None:
        irq.post(events.GATTC_INDICATE, (handle, pdu.attribute_handle, bytes(pdu.attribute_value)))
        client.send_confirmation(att.ATT_Handle_Value_Confirmation())

    client.on_att_handle_value_notification = notified  # type: ignore[assignment,method-assign]
    client.on_att_handle_value_indication = indicated  # type: ignore[assignment,method-assign]
