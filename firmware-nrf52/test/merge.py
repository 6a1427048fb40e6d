#!/usr/bin/env python3
"""tools/merge.py: what goes in comes out, and nothing else is accepted.

Usage: test/merge.py IMAGE.hex     the image of a chip whose bundle page is 0x7F000
"""
import os
import subprocess
import sys
import tempfile

MERGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools", "merge.py")
PAGE = 0x7f000


def record(address, kind, data):
    body = bytes([len(data)]) + address.to_bytes(2, "big") + bytes([kind]) + data
    return ":" + (body + bytes([-sum(body) % 256])).hex().upper() + "\n"


def bundle(page, content):
    lines = [record(0, 4, (page >> 16).to_bytes(2, "big"))]
    lines += [record((page & 0xffff) + at, 0, content[at:at + 16])
              for at in range(0, len(content), 16)]
    return "".join(lines) + record(0, 1, b"")


def memory(text):
    """Address -> byte, read by other code than the tool's."""
    bytes_at, base = {}, 0
    for line in text.split():
        raw = bytes.fromhex(line[1:])
        if raw[3] in (2, 4):
            base = int.from_bytes(raw[4:6], "big") << (16 if raw[3] == 4 else 4)
        elif raw[3] == 0:
            start = base + int.from_bytes(raw[1:3], "big")
            bytes_at.update((start + i, byte) for i, byte in enumerate(raw[4:4 + raw[0]]))
    return bytes_at


def main():
    content = b"OTKB" + bytes(i * 7 % 256 for i in range(344))
    good = bundle(PAGE, content)
    with open(sys.argv[1], encoding="ascii") as file:
        image = file.read()
    with tempfile.TemporaryDirectory(prefix="otakey-merge-") as folder:
        source, target = os.path.join(folder, "bundle.hex"), os.path.join(folder, "merged.hex")

        def merge(text, image_path=sys.argv[1]):
            with open(source, "w", encoding="ascii") as file:
                file.write(text)
            return subprocess.run([sys.executable, MERGE, image_path, source, target], check=False,
                                  capture_output=True, text=True)

        wrong = {
            "of another page": (bundle(0x3f000, content), "0x3f000"),
            "no bundle": (bundle(PAGE, b"XXXX" + content[4:]), "no factory bundle"),
            "too short": (bundle(PAGE, content[:-1]), "no factory bundle"),
            "damaged": (good.replace(":10F010", ":10F011", 1), "not an Intel HEX record"),
            "no record": ("hello\n", "not an Intel HEX record"),
            "cut short": (good[:good.rindex(":")], "no end record"),
        }
        for name, (text, says) in wrong.items():
            done = merge(text)
            assert done.returncode == 1 and says in done.stderr, (name, done)
            assert "Traceback" not in done.stderr and not os.path.exists(target), name
        done = merge(good, os.path.join(folder, "absent.hex"))
        assert done.returncode == 1 and "Traceback" not in done.stderr, done

        done = merge(good)
        assert done.returncode == 0, done
        with open(target, encoding="ascii") as file:
            merged = memory(file.read())
        assert merged == {**memory(image), **memory(good)}
        assert os.stat(target).st_mode & 0o777 == 0o600
        print(f"merge      {len(wrong) + 1} wrong inputs refused, {len(merged)} bytes as they were")


if __name__ == "__main__":
    main()
