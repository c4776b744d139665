"""An image as it lies on disk, as far as flashing needs to know it."""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass
from pathlib import Path

from smpclient.mcuboot import IMAGE_TLV, ImageInfo, MCUBootImageError

from ..errors import VitalbandError

#: TLV of the board, in the range for vendors.
_BOARD = 0x00A0
_MAGIC = b"\x3d\xb8\xf3\x96"
_HEADER_BYTES = 32
_MOST_BYTES = 16 * 1024 * 1024  # more than any slot; a device file of Linux may never end


class ImageFileError(VitalbandError):
    """A file that holds no image, a damaged one, or cannot be read."""


@dataclass(frozen=True)
class ImageFile:
    """Bytes, hash, version and board ("": it does not say) of an image."""

    data: bytes
    digest: bytes
    version: str
    board: str = ""

    @property
    def order(self) -> tuple[int, ...]:
        """Its version, to compare."""
        return version_order(self.version)


def version_order(version: str) -> tuple[int, ...]:
    """The numbers of `major.minor.revision[.build]`, to compare.

    >>> version_order("0.10.0") > version_order("0.9.1.7")
    True
    """
    numbers = [int(part) for part in version.split(".")[:4] if re.fullmatch("[0-9]{1,10}", part)]
    return tuple((numbers + [0] * 4)[:4])


def read_image_file(path: Path) -> ImageFile:
    """Read an image; ImageFileError where it is none or damaged. Whether to trust it is the device's to say."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        _check_beginning(path, data)
        info = ImageInfo.load_file(str(path))
        digest = info.get_tlv(IMAGE_TLV.SHA256).value
    except OSError as error:
        raise ImageFileError(f"{path}: {error.strerror or error}") from error
    except struct.error as error:
        raise ImageFileError(f"{path} is no signed image: it ends too early, at {len(data)} bytes") from error
    except (MCUBootImageError, ValueError) as error:
        raise ImageFileError(f"{path} is no signed image: {error}") from error
    header = info.header
    signed = header.hdr_size + header.img_size + header.protect_tlv_size
    if hashlib.sha256(data[:signed]).digest() != digest:
        raise ImageFileError(f"{path} is damaged: its content is not what its digest is of; make it, or get it, anew")
    board = next((tlv.value for tlv in info.protected_tlvs or [] if tlv.header.type == _BOARD), b"")
    ver = header.ver
    version = f"{ver.major}.{ver.minor}.{ver.revision}" + (f".{ver.build_num}" if ver.build_num else "")
    return ImageFile(data, digest, version, board.decode(errors="replace"))


def _check_beginning(path: Path, data: bytes) -> None:
    """ImageFileError of what is no image at first sight, in plain words."""
    if data.startswith(_MAGIC) and _HEADER_BYTES <= len(data) <= _MOST_BYTES:
        return
    if not data:
        what = "the file is empty"
    elif data.startswith(b"PK\x03\x04"):
        what = "it is a zip archive; take the image out of it"
    elif data.startswith(_MAGIC) and len(data) > _MOST_BYTES:
        what = f"it has more than {_MOST_BYTES} bytes"
    elif _MAGIC.startswith(data[:4]):
        what = f"it ends too early, at {len(data)} bytes"
    else:
        what = "it does not begin as one of `vitalband build-image` does"
    raise ImageFileError(f"{path} is no signed image: {what}")
