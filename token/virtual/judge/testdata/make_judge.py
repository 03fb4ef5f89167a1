"""Sends lists of credentials as long as a key takes them, and one longer, and reads its management configuration.

Usage: make_judge.py DEVICE, on a key without PIN that is touched automatically. A key that tells no limit is sent one.
Prints what was found as JSON.
"""
import hashlib
import json
import sys

from fido2.ctap import CtapError
from fido2.ctap2 import Ctap2
from fido2.hid import CtapHidDevice
from fido2.hid.base import HidDescriptor
from fido2.hid.linux import LinuxCtapHidConnection
from yubikit.core.fido import FidoConnection
from yubikit.management import ManagementSession

descriptor = HidDescriptor(sys.argv[1], 0x1050, 0x0407, 64, 64)
device = CtapHidDevice(descriptor, LinuxCtapHidConnection(descriptor))
ctap = Ctap2(device)
client_data = hashlib.sha256(b"client data").digest()
RP = "holdfast.invalid"


def status(do):
    try:
        do()
    except CtapError as e:
        return int(e.code)
    return 0


def make(**more):
    return ctap.make_credential(
        client_data, {"id": RP, "name": "Holdfast"}, {"id": b"bob", "name": "bob"},
        [{"type": "public-key", "alg": -7}], **more)


def listed(n):
    """A list of n, the last of which is the key's."""
    ids = [bytes([i]) * 64 for i in range(n - 1)] + [own]
    return [{"type": "public-key", "id": i} for i in ids]


own = make().auth_data.credential_data.credential_id
told = ctap.get_info().data.get(7)
limit = told or 1
found = {
    "told": told,
    "allow": status(lambda: ctap.get_assertion(RP, client_data, listed(limit))),
    "exclude": status(lambda: make(exclude_list=listed(limit))),
    "long": [
        status(lambda: ctap.get_assertion(RP, client_data, listed(limit + 1))),
        status(lambda: make(exclude_list=listed(limit + 1))),
    ],
    "config": status(lambda: device.call(0x42, b"")),
    "serial": None,
}
FidoConnection.register(CtapHidDevice)
if not found["config"]:
    found["serial"] = ManagementSession(device).read_device_info().serial
print(json.dumps(found))
