"""An image as it lies on disk, as far as flashing needs to know it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from smpclient.mcuboot import IMAGE_TLV, ImageInfo, MCUBootImageError

from ..errors import VitalbandError


class ImageFileError(VitalbandError):
    """A file that holds no image, or cannot be read."""


@dataclass(frozen=True)
class ImageFile:
    """Bytes, hash and version of an image."""

    data: bytes
    digest: bytes
    version: str


def read_image_file(path: Path) -> ImageFile:
    """Read an image; ImageFileError where it is none. Whether to trust it is the device's to say."""
    try:
        info = ImageInfo.load_file(str(path))
        digest = info.get_tlv(IMAGE_TLV.SHA256).value
        data = path.read_bytes()
    except OSError as error:
        raise ImageFileError(f"{path}: {error.strerror or error}") from error
    except (MCUBootImageError, struct.error, ValueError) as error:
        raise ImageFileError(f"{path} is no signed image: {error}") from error
    ver = info.header.ver
    version = f"{ver.major}.{ver.minor}.{ver.revision}" + (f".{ver.build_num}" if ver.build_num else "")
    return ImageFile(data, digest, version)
