"""Works an emulated key with python3-fido2 and yubikit, and prints what they found as JSON.

Usage: fido2_judge.py DEVICE PROTOCOL, on a key without PIN that is touched automatically.
"""
import hashlib
import json
import sys

from fido2.attestation import PackedAttestation
from fido2.ctap import CtapError
from fido2.ctap2 import ClientPin, Ctap2, PinProtocolV1, PinProtocolV2
from fido2.ctap2.extensions import HmacSecretExtension
from fido2.hid import CtapHidDevice
from fido2.hid.base import HidDescriptor
from fido2.hid.linux import LinuxCtapHidConnection

RP, PIN = "holdfast.invalid", "2468"
path, version = sys.argv[1], int(sys.argv[2])
descriptor = HidDescriptor(path, 0x1050, 0x0407, 64, 64)
device = CtapHidDevice(descriptor, LinuxCtapHidConnection(descriptor))
ctap = Ctap2(device)
protocol = {1: PinProtocolV1, 2: PinProtocolV2}[version]()
pins = ClientPin(ctap, protocol)
client_data = hashlib.sha256(b"client data").digest()
found = {}


def status(do):
    try:
        do()
    except CtapError as e:
        return int(e.code)
    return 0


def token(permission):
    return protocol.authenticate(pins.get_pin_token(PIN, permission, RP), client_data)


def make(user, algorithm, **more):
    param = token(ClientPin.PERMISSION.MAKE_CREDENTIAL)
    made = ctap.make_credential(
        client_data, {"id": RP, "name": "Holdfast"}, {"id": user, "name": user.decode(), "displayName": user.decode()},
        [{"type": "public-key", "alg": algorithm}], pin_uv_param=param, pin_uv_protocol=version, **more)
    PackedAttestation().verify(made.att_statement, made.auth_data, client_data)
    return made


def secrets(credential, verify, salt2=b""):
    extension = HmacSecretExtension(ctap, protocol)
    given = {"hmac-secret": extension.process_get_input({"hmacGetSecret": {"salt1": b"1" * 32, "salt2": salt2}})}
    more = {}
    if verify:
        more = {"pin_uv_param": token(ClientPin.PERMISSION.GET_ASSERTION), "pin_uv_protocol": version}
    got = ctap.get_assertion(RP, client_data, [{"type": "public-key", "id": credential.credential_id}], given, **more)
    got.verify(client_data, credential.public_key)
    return {k: v.hex() for k, v in extension.process_get_output(got.auth_data)["hmacGetSecret"].items()}


found["ping"] = device.ping(b"x" * 1000) == b"x" * 1000
device.wink()
found["protocols"] = ctap.info.pin_uv_protocols
pins.set_pin("1357")
pins.change_pin("1357", PIN)
found["wrong"] = status(lambda: pins.get_pin_token("0000", 1, RP))
found["retries"] = pins.get_pin_retries()

made = make(b"alice", -7, extensions={"hmac-secret": True, "credProtect": 2}).auth_data
found["extensions"] = made.extensions
found["flags"] = made.flags
credential = made.credential_data
found["aaguid"] = credential.aaguid.hex()
found["verified"] = secrets(credential, True)
found["both"] = secrets(credential, True, b"2" * 32)
found["unverified"] = secrets(credential, False)
found["excluded"] = status(lambda: make(b"bob", -7, exclude_list=[{"type": "public-key", "id": credential.credential_id}]))
found["no PIN"] = status(lambda: ctap.make_credential(
    client_data, {"id": RP}, {"id": b"x"}, [{"type": "public-key", "alg": -7}]))

for user, algorithm in ((b"carol", -8), (b"dave", -7), (b"carol", -7)):
    make(user, algorithm, options={"rk": True})
all_of_them = ctap.get_assertions(
    RP, client_data, pin_uv_param=token(ClientPin.PERMISSION.GET_ASSERTION), pin_uv_protocol=version)
found["users"] = [a.user["name"] for a in all_of_them]
found["counters"] = [a.auth_data.counter - all_of_them[0].auth_data.counter for a in all_of_them]
found["unnamed"] = [sorted(a.user) for a in ctap.get_assertions(RP, client_data)]
ctap.selection()

try:
    from yubikit.management import ManagementSession
    from yubikit.core import TRANSPORT
    from yubikit.core.fido import FidoConnection

    FidoConnection.register(CtapHidDevice)
    info = ManagementSession(device).read_device_info()
    found["serial"], found["firmware"] = info.serial, ".".join(map(str, info.version))
    found["form factor"] = str(info.form_factor)
except ImportError:
    pass
print(json.dumps(found))
