#!/usr/bin/env python3
"""Devices on this PC enroll and rotate on a real gateway over TCP, while links drop and the gateway
is killed; at full size devices are killed, too.

Usage: test/e2e/host.py PROGRAM [FULL]     FULL: 1, or 0

How long it takes is the device's to say: it waits up to a minute after power-on, and doubles its
pauses (protocol, rule 8).
"""
import os
import random
import subprocess
import sys
import tempfile
import time

from gateway import Gateway, wait_for
from relay import Relay

PAGE = "0x0007F000"
SEED = 20261122


class Device:
    def __init__(self, program, folder, name, bundle, port):
        self.name = name
        self.log = os.path.join(folder, name + ".log")
        self.command = [program, "--bundle", bundle, "--device", name, "--flash",
                        os.path.join(folder, name + ".flash"), "--port", str(port)]
        self.process = None

    def start(self, *options):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*self.command, *options], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)

    def text(self):
        with open(self.log, encoding="utf-8") as log:
            return log.read()

    def ended(self):
        """Whether it reached the epoch that it was to reach."""
        status = self.process.poll()
        assert status in (None, 0), f"{self.name} ended with {status}:\n{self.text()}"
        return status == 0

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def all_reach(gateway, devices, epoch, seconds):
    wait_for(f"all devices are at epoch {epoch}", lambda: all(d.ended() for d in devices), seconds)
    epochs = gateway.epochs("lamp")
    # One that is killed between its ACK and its end rotates once more.
    assert {d.name for d in devices} == set(epochs), epochs
    assert all(epoch <= reached <= epoch + 1 for reached in epochs.values()), epochs


def disturb(gateway, relay, devices, choice, full):
    """Links drop, devices lose their power, then the gateway dies and comes back."""
    dropped = kills = 0
    for _ in range(6 if full else 3):
        time.sleep(choice.uniform(0.02, 0.2))
        dropped += relay.drop()
        device = choice.choice(devices)
        if full and not device.ended():
            device.kill()
            kills += 1
            device.start("--rotate", "--epoch", "2")
    gateway.kill()
    dropped += relay.drop()
    gateway.start()
    return dropped, kills


def run(program, full, folder):
    count = 100 if full else 20
    choice = random.Random(SEED)
    gateway = Gateway(folder)
    relay = Relay(lambda: gateway.mqtt_port)
    devices = []
    try:
        gateway.start()
        bundle = os.path.join(folder, "bundle.hex")
        gateway.make_product("lamp", PAGE, bundle)
        devices = [Device(program, folder, f"dev{i}", bundle, relay.port) for i in range(count)]
        begun = time.monotonic()
        devices[0].start("--rotate", "--epoch", "2")
        all_reach(gateway, devices[:1], 2, 20)
        print(f"           one device enrolled and rotated in {time.monotonic() - begun:.1f} s")
        for device in devices[1:]:
            device.start("--rotate", "--epoch", "2")
        dropped, kills = disturb(gateway, relay, devices[1:], choice, full)
        all_reach(gateway, devices, 2, 600 if full else 120)
        print(f"           {count} devices at epoch 2 after {dropped} lost links, {kills} killed "
              f"devices and a killed gateway: {time.monotonic() - begun:.0f} s")
    finally:
        for device in devices:
            device.kill()
        relay.close()
        gateway.stop()


def main():
    with tempfile.TemporaryDirectory(prefix="otakey-e2e-") as folder:
        run(os.path.abspath(sys.argv[1]), sys.argv[2:] == ["1"], folder)
    print("e2e host   passed")


if __name__ == "__main__":
    main()
