"""WeChat's side of signatures and of safe mode, written apart from the program's."""

import base64
import hashlib
import os
import struct
import xml.etree.ElementTree as ET

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def sign(*parts: str) -> str:
    """SHA-1 of the parts in order of their letters."""
    joined = "".join(sorted(parts))
    return hashlib.sha1(joined.encode()).hexdigest()


def encrypt(message: str, app_id: str, aes_key: str) -> str:
    """The `Encrypt` element of a message."""
    key = base64.b64decode(aes_key + "=")
    text = message.encode()
    pad = padding.PKCS7(256).padder()
    plain = pad.update(os.urandom(16) + struct.pack(">I", len(text)) + text + app_id.encode()) + pad.finalize()
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(cipher.update(plain) + cipher.finalize()).decode()


def decrypt(sealed: str, app_id: str, aes_key: str) -> str:
    """The message in an `Encrypt` element."""
    key = base64.b64decode(aes_key + "=")
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    pad = padding.PKCS7(256).unpadder()
    plain = pad.update(cipher.update(base64.b64decode(sealed)) + cipher.finalize()) + pad.finalize()
    (length,) = struct.unpack(">I", plain[16:20])
    assert plain[20 + length :].decode() == app_id
    return plain[20 : 20 + length].decode()


def document(fields: dict[str, str]) -> str:
    """The XML of a call."""
    root = ET.Element("xml")
    for name, text in fields.items():
        ET.SubElement(root, name).text = text
    return ET.tostring(root, encoding="unicode")


def elements(xml: str) -> dict[str, str]:
    """The elements of a reply."""
    return {child.tag: child.text or "" for child in ET.fromstring(xml)}
