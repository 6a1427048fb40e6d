#!/usr/bin/env python3
"""Makes the factory's page (docs/operations.md) out of a bundle's C header, as C for the image.

Usage: tools/bundle_page.py HEADER.h PAGE_ADDRESS OUTPUT.c

The header is what `otakey admin product bundle --format c` writes; anything else is refused. The
output holds the product key: it is written for its owner only.
"""
import hashlib
import os
import re
import struct
import sys

KEY = 32
CHECKED = 340


class Wrong(Exception):
    pass


def define(text, name):
    found = re.findall(rf"^#define OTAKEY_{name} (.+)$", text, re.M)
    if len(found) != 1:
        raise Wrong(f"OTAKEY_{name} is {'missing' if not found else 'said twice'}")
    return found[0]


def number(text, name, least, most):
    value = define(text, name)
    if not re.fullmatch(r"\d{1,3}", value) or not least <= int(value) <= most:
        raise Wrong(f"OTAKEY_{name} is {value}, not {least} to {most}")
    return int(value)


def array(text, declaration):
    """What stands between the braces of an array, each inner pair of braces left out."""
    found = re.findall(rf"^static const {re.escape(declaration)} = \{{(.*?)\}};", text,
                       re.M | re.S)
    if len(found) != 1:
        raise Wrong(f"{declaration} is {'missing' if not found else 'said twice'}")
    return re.sub(r"[{}\s]", "", found[0]).rstrip(",").split(",")


def octets(text, declaration, count, pattern, base):
    items = array(text, declaration)
    if len(items) != count or not all(re.fullmatch(pattern, item) for item in items) \
            or not all(int(item, base) < 256 for item in items):
        raise Wrong(f"{declaration} does not hold {count} bytes")
    return bytes(int(item, base) for item in items)


def page_of(text, address):
    """348 bytes, the table in docs/operations.md."""
    if "OTAKEY_BUNDLE_H" not in text:
        raise Wrong("is no header of a bundle")
    product = re.fullmatch(r'"([a-z0-9][a-z0-9-]{0,31})"', define(text, "PRODUCT_ID"))
    if product is None:
        raise Wrong("OTAKEY_PRODUCT_ID is no product id")
    product = product[1].encode("ascii")
    version = number(text, "PRODUCT_KEY_VERSION", 1, 255)
    keys = number(text, "GATEWAY_KEY_COUNT", 1, 4)
    names = number(text, "GATEWAY_ADDRESS_COUNT", 1, 2)
    product_key = octets(text, f"uint8_t otakey_product_key[{KEY}]", KEY, "0x[0-9a-f]{2}", 16)
    ids = octets(text, "uint8_t otakey_gateway_key_ids[OTAKEY_GATEWAY_KEY_COUNT]", keys,
                 r"\d{1,3}", 10)
    public = octets(text, f"uint8_t otakey_gateway_keys[OTAKEY_GATEWAY_KEY_COUNT][{KEY}]",
                    keys * KEY, "0x[0-9a-f]{2}", 16)
    addresses = array(text,
                      "char *const otakey_gateway_addresses[OTAKEY_GATEWAY_ADDRESS_COUNT]")
    if len(addresses) != names or \
            not all(re.fullmatch(r'"[A-Za-z0-9.:-]{1,64}"', address) for address in addresses):
        raise Wrong(f"otakey_gateway_addresses does not hold {names} addresses")
    if 0 in ids:
        raise Wrong("a gateway key has the id 0")
    addresses = [address[1:-1].encode("ascii") for address in addresses] + [b""]
    page = struct.pack("<4sBBBBIBB2x32s32s4s128s64s64s", b"OTKB", 1, len(product), version, keys,
                       address, len(addresses[0]), len(addresses[1]), product, product_key, ids,
                       public, addresses[0], addresses[1])
    assert len(page) == CHECKED
    return page + hashlib.sha256(page).digest()[:8]


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        with open(sys.argv[1], encoding="ascii") as file:
            page = page_of(file.read(), int(sys.argv[2], 16))
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
    except Wrong as wrong:
        sys.exit(f"{sys.argv[1]}: {wrong}: give the file that "
                 "`otakey admin product bundle --format c` wrote")
    rows = [", ".join(f"0x{byte:02x}" for byte in page[at:at + 12])
            for at in range(0, len(page), 12)]
    descriptor = os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write("/* Made by tools/bundle_page.py. Secret: it holds the product key. */\n"
                   "__attribute__((section(\".bundle\"), used))\n"
                   f"static const unsigned char page[{len(page)}] = {{\n    "
                   + ",\n    ".join(rows) + "};\n")


if __name__ == "__main__":
    main()
