#!/usr/bin/env python3
"""Flash and RAM of images, held against their limits.

Usage: tools/size.py SIZE_COMMAND STACK IMAGE.elf…       STACK: bytes, as measured
"""
import subprocess
import sys

FLASH_LIMIT = 32 * 1024
RAM_LIMIT = {"microbit": 16 * 1024}  # the emulator's chip: only RAM is scarce
RAM_LIMIT_ELSE = 8 * 1024


def sections(command, image):
    out = subprocess.run([command, "-A", image], check=True, capture_output=True, text=True).stdout
    rows = (line.split() for line in out.splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 3 and row[1].isdigit()}


def main():
    command, stack = sys.argv[1], int(sys.argv[2])
    worst = 0
    for image in sys.argv[3:]:
        name = image.split("/")[-2]
        chip = name.split("-")[0]
        size = sections(command, image)
        flash = size[".text"] + size[".data"]
        ram = size[".data"] + size[".bss"] + size[".noinit"]
        limit = RAM_LIMIT.get(chip, RAM_LIMIT_ELSE)
        of = "" if chip in RAM_LIMIT else f" of {FLASH_LIMIT:,}"
        print(f"{name:<14} {flash:>12,} bytes of flash{of}")
        print(f"{name:<14} {ram + stack:>12,} bytes of RAM of {limit:,}: {ram:,} and {stack:,} of "
              "stack")
        too_much = flash > FLASH_LIMIT and chip not in RAM_LIMIT
        worst += too_much or ram + stack > limit
    if worst:
        sys.exit("size: beyond the limit")


if __name__ == "__main__":
    main()
