#!/usr/bin/env python3
"""Runs the self-test image in an emulated mps2-an386 and holds its figures against their limits.

Usage: tools/mps2.py IMAGE.elf
"""
import subprocess
import sys
import threading

LIMITS = {"instructions enrollment": 10_000_000}
PROVEN = {"selftest passed", "enrolled", "rotated"}
SECONDS = 60


def main():
    emulator = subprocess.Popen(
        ["qemu-system-arm", "-M", "mps2-an386", "-nographic", "-monitor", "none", "-nodefaults",
         "-serial", "stdio", "-icount", "shift=0", "-kernel", sys.argv[1]],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    alarm = threading.Timer(SECONDS, emulator.kill)
    alarm.start()
    proven, figures, ended = set(), {}, False
    try:
        for line in emulator.stdout:
            line = line.strip()
            if line == "end":
                ended = True
                break
            name, _, number = line.rpartition(" ")
            if number.isdigit():
                figures[name] = int(number)
            else:
                proven.add(line)
    finally:
        alarm.cancel()
        emulator.kill()
        emulator.wait()
    for name, value in figures.items():
        limit = f" of {LIMITS[name]:,}" if name in LIMITS else ""
        print(f"cortex-m4  {value:>12,} {name}{limit}")
    if not ended or proven != PROVEN:
        sys.exit(f"mps2: failed: {sorted(proven ^ PROVEN)}")
    for name, limit in LIMITS.items():
        if figures[name] > limit:
            sys.exit(f"mps2: too many: {name}")


if __name__ == "__main__":
    main()
