#!/usr/bin/env python3
"""The bundle compiled in from the gateway's C header: the flash is byte for byte that of merging
its Intel HEX; a wrong header is refused.

Usage: test/bundle_header.py FULL CHIP:PAGE…       chips whose images are built, bundle pages

With FULL 1 both files are what a real gateway's command line writes, else a fixture in their form.
"""
import hashlib
import os
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "e2e"))
from gateway import Gateway  # noqa: E402
from merge import bundle, memory  # noqa: E402

ROOT = os.path.join(HERE, "..")
ADDRESSES = ("--gateway-address", "gw.example.com", "--gateway-address", "10.0.0.7")
LEFT_BEHIND = ("bundle_page.c", "bundle_page.o", "bundled.elf", "bundled.hex", "merged.hex")


def make(*arguments):
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(["make", "-s", *arguments], cwd=ROOT, env=environment, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)


def flash(chip, name):
    path = os.path.join(ROOT, "build", chip, name)
    assert os.stat(path).st_mode & 0o777 == 0o600, path
    with open(path, encoding="ascii") as file:
        return memory(file.read())


def same_flash(chip, page, header, hex_file):
    done = make("arm", f"CHIP={chip}", f"BUNDLE_HEADER={header}")
    assert done.returncode == 0, done
    done = make("merge", f"CHIP={chip}", f"BUNDLE={hex_file}")
    assert done.returncode == 0, done
    compiled, merged = flash(chip, "bundled.hex"), flash(chip, "merged.hex")
    assert page in merged and compiled == merged, chip
    return len(merged)


def refused(chip, header, folder):
    with open(header, encoding="ascii") as file:
        good = file.read()
    wrong = {
        "a bundle in another format": ('{"format":"otakey-bundle/1"}', "is no header"),
        "cut short": (good[:good.index("otakey_gateway_keys")], "gateway_keys"),
        "no version": (good.replace("#define OTAKEY_PRODUCT_KEY_VERSION", "//"), "is missing"),
        "version 0": (good.replace("KEY_VERSION 1", "KEY_VERSION 0"), "not 1 to 255"),
        "too many keys": (good.replace("GATEWAY_KEY_COUNT 2", "GATEWAY_KEY_COUNT 3"), "3 bytes"),
        "a short key": (good.replace("0x", "", 1).replace("[32] = {", "[32] = {0x00 ", 1),
                        "32 bytes"),
        "another product id": (good.replace('"lamp"', '"Lamp"'), "no product id"),
        "a gateway key of id 0": (good.replace("{9, 7}", "{9, 0}"), "the id 0"),
        "one address of two": (good.replace('"10.0.0.7"', ""), "2 addresses"),
        "said twice": (good + "#define OTAKEY_PRODUCT_ID \"lamp\"\n", "said twice"),
    }
    path = os.path.join(folder, "wrong.h")
    for name, (text, says) in wrong.items():
        assert text != good, name
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        done = make("arm", f"CHIP={chip}", f"BUNDLE_HEADER={path}")
        assert done.returncode != 0 and says in done.stderr, (name, done)
        assert "--format c" in done.stderr and "Traceback" not in done.stderr, (name, done)
    done = make("arm", f"CHIP={chip}", f"BUNDLE_HEADER={folder}/absent.h")
    assert done.returncode != 0 and "Traceback" not in done.stderr, done
    return len(wrong) + 1


class Fixture:
    """A bundle with two gateway keys, in the forms of BundleFormat; the table of operations.md."""

    def __init__(self, folder):
        self.header = os.path.join(folder, "fixture.h")
        rows = [self._row(range(start, start + 32)) for start in (0, 100, 200)]
        with open(self.header, "w", encoding="ascii") as file:
            file.write(f"""/* OTA-Key bundle of one product. Secret: it holds the product key. */
#ifndef OTAKEY_BUNDLE_H
#define OTAKEY_BUNDLE_H

#include <stdint.h>

#define OTAKEY_PRODUCT_ID "lamp"
#define OTAKEY_PRODUCT_KEY_VERSION 1
#define OTAKEY_GATEWAY_KEY_COUNT 2
#define OTAKEY_GATEWAY_ADDRESS_COUNT 2

static const uint8_t otakey_product_key[32] = {{{rows[0]}}};

static const uint8_t otakey_gateway_key_ids[OTAKEY_GATEWAY_KEY_COUNT] = {{9, 7}};

static const uint8_t otakey_gateway_keys[OTAKEY_GATEWAY_KEY_COUNT][32] = {{
    {{{rows[1]}}},
    {{{rows[2]}}}}};

static const char *const otakey_gateway_addresses[OTAKEY_GATEWAY_ADDRESS_COUNT] = {{
    "gw.example.com",
    "10.0.0.7"}};

#endif
""")

    @staticmethod
    def _row(values):
        return ",".join(("\n        " if i % 8 == 0 else " ") + f"0x{value:02x}"
                        for i, value in enumerate(values))

    @staticmethod
    def write_hex(path, page):
        content = bytearray(340)
        for at, what in {0: b"OTKB\1\4\1\2", 8: page.to_bytes(4, "little"), 12: b"\x0e\x08",
                         16: b"lamp", 48: bytes(range(32)), 80: b"\x09\x07",
                         84: bytes(range(100, 132)), 116: bytes(range(200, 232)),
                         212: b"gw.example.com", 276: b"10.0.0.7"}.items():
            content[at:at + len(what)] = what
        content += hashlib.sha256(content).digest()[:8]
        with open(path, "w", encoding="ascii") as file:
            file.write(bundle(page, bytes(content)))

    def close(self):
        pass


class Real:
    """What the gateway's own command line writes."""

    def __init__(self, folder):
        self.gateway = Gateway(folder)
        self.header = os.path.join(folder, "lamp.h")
        try:
            self.gateway.start()
            self.gateway.make_product("lamp", "0x7f000", os.path.join(folder, "first.hex"))
            self.gateway.admin("product", "bundle", "lamp", "--format", "c", *ADDRESSES,
                               "--output", self.header)
        except BaseException:
            self.gateway.stop()
            raise

    def write_hex(self, path, page):
        self.gateway.admin("product", "bundle", "lamp", "--format", "hex", "--address", hex(page),
                           *ADDRESSES, "--output", path)

    def close(self):
        self.gateway.stop()


def main():
    chips = [argument.split(":") for argument in sys.argv[2:]]
    sizes = []
    with tempfile.TemporaryDirectory(prefix="otakey-header-") as folder:
        source = Real(folder) if sys.argv[1] == "1" else Fixture(folder)
        try:
            for chip, page in chips:
                hex_file = os.path.join(folder, f"{chip}.hex")
                source.write_hex(hex_file, int(page, 16))
                sizes.append(same_flash(chip, int(page, 16), source.header, hex_file))
            wrong = refused(chips[0][0], Fixture(folder).header, folder)
        finally:
            source.close()
            for chip, _ in chips:
                for name in LEFT_BEHIND:
                    path = os.path.join(ROOT, "build", chip, name)
                    if os.path.exists(path):
                        os.remove(path)
    print(f"header     {wrong} wrong headers refused; "
          f"{' and '.join(f'{size} bytes' for size in sizes)} as merged")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # and clean up
    main()
