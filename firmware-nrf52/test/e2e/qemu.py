#!/usr/bin/env python3
"""Emulated chips with the real image enroll and rotate on a real gateway, their UARTs bridged to
TCP, while links drop, chips are reset and the gateway is killed.

Usage: test/e2e/qemu.py IMAGE.hex STACK_LIMIT [FULL]

IMAGE.hex: the microbit's. STACK_LIMIT: where its stack may grow to, an address.
"""
import os
import random
import subprocess
import sys
import tempfile
import time

from emulator import Microbit, stack_peak
from gateway import ROOT, Gateway, wait_for
from relay import Relay

PAGE = "0x0003F000"
RAM_END = 0x20004000
SEED = 20261122


def merge(image, bundle, merged):
    subprocess.run([sys.executable, os.path.join(ROOT, "firmware-nrf52", "tools", "merge.py"),
                    image, bundle, merged], check=True)


def all_reach(gateway, chips, epoch, seconds):
    def reached():
        epochs = gateway.epochs("lamp")
        return all(epochs.get(chip.name, 0) >= epoch for chip in chips)
    wait_for(f"all chips are at epoch {epoch}", reached, seconds)


def disturb(gateway, relay, chips, choice):
    for _ in range(3):
        time.sleep(choice.uniform(0.3, 1))
        relay.drop()
        choice.choice(chips).reset()
    gateway.kill()
    relay.drop()
    gateway.start()


def run(image, stack_limit, count, folder):
    choice = random.Random(SEED)
    gateway = Gateway(folder)
    relay = Relay(lambda: gateway.mqtt_port)
    chips = []
    try:
        gateway.start()
        bundle = os.path.join(folder, "bundle.hex")
        merged = os.path.join(folder, "merged.hex")
        gateway.make_product("lamp", PAGE, bundle)
        merge(image, bundle, merged)
        chips = [Microbit(folder, i, merged, relay.port) for i in range(count)]
        begun = time.monotonic()
        chips[0].start()
        all_reach(gateway, chips[:1], 2, 60)
        print(f"           one chip enrolled and rotated in {time.monotonic() - begun:.1f} s")
        peak = stack_peak(chips[0].memory(stack_limit, RAM_END - stack_limit))
        print(f"           {peak} bytes of stack at the most (Cortex-M0)")
        for chip in chips[1:]:
            chip.start()
        disturb(gateway, relay, chips[1:], choice)
        all_reach(gateway, chips, 2, 300)
        print(f"           {count} chips at epoch 2 after resets, lost links and a killed "
              f"gateway: {time.monotonic() - begun:.0f} s")
    finally:
        for chip in chips:
            chip.stop()
        relay.close()
        gateway.stop()


def main():
    full = sys.argv[3:] == ["1"]
    with tempfile.TemporaryDirectory(prefix="otakey-e2e-") as folder:
        run(os.path.abspath(sys.argv[1]), int(sys.argv[2], 16), 20 if full else 4, folder)
    print("e2e qemu   passed")


if __name__ == "__main__":
    main()
