#!/usr/bin/env python3
"""Merges a firmware image and a factory bundle, both Intel HEX, into one file for the flasher.

Usage: tools/merge.py IMAGE.hex BUNDLE.hex OUTPUT.hex

The bundle has to be one for the image's bundle page, and nothing may overlap. The output holds the
product key: it is written for its owner only.
"""
import os
import sys

BUNDLE_SIZE = 348
PER_RECORD = 16
DATA, END, UPPER_ADDRESS, START = 0, 1, 4, (3, 5)


def decode(line):
    """The bytes of a record, or None."""
    try:
        record = bytes.fromhex(line[1:])
    except ValueError:
        return None
    sound = line[:1] == ":" and len(record) >= 5 and record[0] == len(record) - 5
    return record if sound and sum(record) % 256 == 0 else None


def read(path):
    """Address -> byte."""
    memory, upper = {}, 0
    try:
        with open(path, encoding="ascii") as file:
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"{path}: {error}")
    for number, line in enumerate(lines, 1):
        record = decode(line)
        if record is None:
            sys.exit(f"{path}:{number}: not an Intel HEX record")
        kind, data = record[3], record[4:-1]
        if kind == UPPER_ADDRESS:
            upper = int.from_bytes(data, "big") << 16
        elif kind == DATA:
            at = upper + int.from_bytes(record[1:3], "big")
            for offset, byte in enumerate(data):
                if memory.setdefault(at + offset, byte) != byte:
                    sys.exit(f"{path}:{number}: 0x{at + offset:x} is said twice")
        elif kind == END:
            return memory
        elif kind not in START:
            sys.exit(f"{path}:{number}: record type {kind} is not known")
    sys.exit(f"{path}: has no end record")


def record_of(address, kind, data):
    body = bytes([len(data)]) + address.to_bytes(2, "big") + bytes([kind]) + data
    return ":" + (body + bytes([-sum(body) % 256])).hex().upper() + "\n"


def write(path, memory):
    upper = None
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        at = sorted(memory)
        while at:
            start = at[0]
            size = 1
            while size < len(at) and size < PER_RECORD - start % PER_RECORD \
                    and at[size] == start + size:
                size += 1
            if start >> 16 != upper:
                upper = start >> 16
                file.write(record_of(0, UPPER_ADDRESS, upper.to_bytes(2, "big")))
            file.write(record_of(start & 0xffff, DATA, bytes(memory[a] for a in at[:size])))
            del at[:size]
        file.write(record_of(0, END, b""))


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    image, bundle = read(sys.argv[1]), read(sys.argv[2])
    page = min(bundle, default=0)
    whole = bytes(bundle.get(page + i, 0) for i in range(BUNDLE_SIZE))
    if len(bundle) != BUNDLE_SIZE or whole[:4] != b"OTKB":
        sys.exit(f"{sys.argv[2]}: is no factory bundle")
    # Without relocation the image names its bundle page by a word in its code.
    if page.to_bytes(4, "little") not in bytes(image[a] for a in sorted(image)):
        sys.exit(f"{sys.argv[2]}: is for page 0x{page:x}, which this image does not look at: "
                 "make the bundle with --address of the image's page")
    if any(page <= address < page + 4096 for address in image):
        sys.exit(f"{sys.argv[1]}: the image reaches into the bundle's page 0x{page:x}")
    write(sys.argv[3], {**image, **bundle})


if __name__ == "__main__":
    main()
