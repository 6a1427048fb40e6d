#!/usr/bin/env python3
"""Devices enroll and rotate on a real gateway: programs on this PC over TCP, and emulated chips
with the real image, their UARTs bridged to TCP; while links drop, chips are reset and the gateway
is killed. At full size there are more, and programs are killed, too. While they recover, a fleet
in one process goes through power cuts, and devices move between platforms on a RabbitMQ that asks
the gateway.

Usage: test/e2e/e2e.py PROGRAM CHIP_IMAGE.hex MODEM_IMAGE.hex FLEET FLEET_WITH_BUG LIMIT
       MODEM_LIMIT STACK FULL

Limits: addresses down to which the stack of each image may grow; STACK: bytes that it may use.
FULL: 1 or 0. How long it takes is the devices' to say: they wait up to a minute after power-on, and
double their pauses (protocol, rule 8).
"""
import concurrent.futures
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

from broker import Broker, credential, records, settled
from emulator import Microbit, stack_peak
from fleet import fleets
from gateway import CHIP_PAGE, HANGS, HOST_PAGE, ROOT, Gateway, wait_for
from move import PLATFORMS, all_moves
from program import Program
from rabbit import Rabbit
from relay import Relay

RAM_END = 0x20004000
AT_ONCE = 10  # seconds; a POLL is due 15 to 25 s after the last answer
SEED = 20261122
PROGRAMS, CHIPS = {False: 20, True: 100}, {False: 4, True: 20}
MERGE = os.path.join(ROOT, "firmware-nrf52", "tools", "merge.py")


def all_are_where_they_are_due(gateway, devices, seconds=HANGS):
    late = []

    def reached():
        epochs = gateway.epochs("lamp")
        late[:] = [device for device in devices if epochs.get(device.name, 0) < device.due or
                   isinstance(device, Program) and device.runs()]
        return not late
    wait_for("all devices are at the epoch that they are due at", reached,
             lambda: "".join(f"\n{device.name} {gateway.epochs('lamp').get(device.name)}: "
                             f"{device.state()}" for device in late), seconds)
    # One that loses its power between ACK and end rotates once more; nobody else is there.
    epochs = gateway.epochs("lamp")
    assert {device.name for device in devices} <= set(epochs), epochs
    assert all(epoch <= 3 for epoch in epochs.values()), epochs


def first_of_each(gateway, program, chip, stack_limit, stack):
    for device in (program, chip):
        begun = time.monotonic()
        device.start()
        all_are_where_they_are_due(gateway, [device])
        print(f"           {device.name}: enrolled and rotated in {time.monotonic() - begun:.1f} s")
    peak = stack_peak(chip.memory(stack_limit, RAM_END - stack_limit))
    print(f"           stack of the image: {peak} bytes at the most (Cortex-M0)")
    assert peak <= stack, f"more stack than the {stack} bytes that the size is reckoned with"


def enrolls_again(gateway, program, bundle, folder):
    """Its flash is lost: it is refused until an operator approves, and gets another key. Then it is
    asked for one more while it is connected."""
    begun = time.monotonic()
    device = Program(program, folder, 3000, bundle, gateway.mqtt_port)
    del device.command[device.command.index("--rotate"):]
    try:
        device.start()
        wait_for("it is enrolled", lambda: settled(device.flash()) == 1, device.state)
        device.stop()
        first = list(records(device.flash()))
        os.remove(device.path)
        device.start()
        wait_for("it is refused", lambda: device.name in gateway.awaiting("lamp") and
                 "refused" in device.state(), device.state)
        assert not list(records(device.flash())), "a key that nobody approved"
        gateway.admin("devices", "approve", "lamp", device.name)
        while "stored epoch=2" not in device.state():
            device.leap()  # over its pauses
            time.sleep(0.5)
            assert time.monotonic() - begun < HANGS, device.state()
        wait_for("it is enrolled again", lambda: settled(device.flash()) == 2, device.state)
        assert gateway.epochs("lamp")[device.name] == 2
        assert first[0][1] not in [key for _, key, _, _ in records(device.flash())]
        gateway.admin("devices", "rotate", "lamp", device.name)
        wait_for("it is told at once, long before its POLL",
                 lambda: settled(device.flash()) == 3, device.state, AT_ONCE)
    finally:
        device.stop()
    print(f"           a program that lost its flash: refused, approved, enrolled again, told to "
          f"rotate: {time.monotonic() - begun:.1f} s")


def login_of(device, epoch):
    return credential(device.flash(), epoch, "bulb." + device.name, "mosquitto")


def publishes(broker, device, number):
    wait_for("it publishes", lambda: int(broker.heard.get(f"home/{device.name}", 0)) >= number,
             device.state)


class Platform:
    """The way to mosquitto: whoever comes with a second key is registered first, as the gateway
    would have done before it granted that key, since a rotation is verified by a login."""

    def __init__(self, broker):
        self.broker = broker
        self.devices = []
        self.relay = Relay(self._registered)

    def _registered(self):
        for device in self.devices:
            login = login_of(device, 2)
            if login is not None:
                self.broker.register(*login)
        return self.broker.port


def program_with_a_platform(gateway, platform, program, folder):
    """It is refused as long as the platform does not know its secret, then heard; rotates, and is
    heard under the new key that it logged in with before it confirmed it."""
    broker = platform.broker
    begun = time.monotonic()
    bundle = os.path.join(folder, "bulb.hex")
    device = Program(program, folder, 1000, bundle, gateway.mqtt_port)
    device.command[device.command.index("--rotate"):] = ["--publish", device.name + "/1"]
    try:
        device.start()
        login = wait_for("epoch 1", lambda: login_of(device, 1), device.state)
        wait_for("it is refused", lambda: "platform refused 5" in device.state(), device.state)
        broker.register(*login)
        publishes(broker, device, 1)
        platform.devices.append(device)
        device.process.send_signal(signal.SIGUSR1)
        wait_for("it rotates", lambda: "rotated epoch=2" in device.state(), device.state)
        publishes(broker, device, int(broker.heard["home/" + device.name]) + 1)
        verified = device.state().partition("stored epoch=2")[2].partition("rotated epoch=2")[0]
        assert "platform accepted" in verified, device.state()
    finally:
        device.stop()
    print(f"           a program and mosquitto: refused, let in, heard; rotated by a login, heard: "
          f"{time.monotonic() - begun:.1f} s")


def with_mosquitto(gateway, program, folder):
    """The test registers each secret as late as a provisioner would."""
    broker = Broker(folder)
    platform = Platform(broker)
    try:
        connection = gateway.connection("mosquitto", platform.relay.port, "home/")
        gateway.make_product("bulb", HOST_PAGE, os.path.join(folder, "bulb.hex"),
                             connection)
        program_with_a_platform(gateway, platform, program, folder)
    finally:
        platform.relay.close()
        broker.stop()


def disturb(gateway, relay, programs, chips, choice, full):
    dropped = resets = 0
    for _ in range(6 if full else 3):
        time.sleep(choice.uniform(0.1, 0.6))
        dropped += relay.drop()
        unlucky = [choice.choice(chips)] + ([choice.choice(programs)] if full else [])
        for device in unlucky:
            device.reset()
            resets += 1
    gateway.kill()
    dropped += relay.drop()
    gateway.start()
    return f"{dropped} lost links, {resets} resets and a killed gateway"


def undisturbed(gateway, program, bundle, first, stack_limit, stack, folder):
    if Broker.is_installed():
        with_mosquitto(gateway, program, folder)
    else:
        print("           mosquitto is not installed: nothing with it; make deps-test installs it")
    enrolls_again(gateway, program, bundle, folder)
    first_of_each(gateway, *first, stack_limit, stack)


def recovered(gateway, devices, begun, seconds, disturbances):
    all_are_where_they_are_due(gateway, devices, seconds)
    programs = sum(isinstance(device, Program) for device in devices)
    print(f"           {programs} programs and {len(devices) - programs} chips have their keys "
          f"after {disturbances}: {time.monotonic() - begun:.0f} s")


def run(program, image, modem_image, fleet_programs, stack_limit, modem_stack_limit, stack, full,
        folder):
    choice = random.Random(SEED)
    gateway = Gateway(folder)
    rabbit = Rabbit(folder, PLATFORMS)
    relay = Relay(lambda: gateway.mqtt_port)
    bundle, chip_bundle, merged = (os.path.join(folder, name)
                                   for name in ("pc.hex", "chip.hex", "merged.hex"))
    devices = []
    try:
        if Rabbit.is_installed():
            rabbit.start(lambda: gateway.hook_port)
        gateway.start()
        gateway.make_product("lamp", HOST_PAGE, bundle)
        gateway.bundle("lamp", CHIP_PAGE, chip_bundle)
        subprocess.run([sys.executable, MERGE, image, chip_bundle, merged], check=True)
        programs = [Program(program, folder, i, bundle, relay.port) for i in range(PROGRAMS[full])]
        chips = [Microbit(folder, i, merged, relay.port) for i in range(CHIPS[full])]
        devices = programs + chips
        undisturbed(gateway, program, bundle, (programs[0], chips[0]), stack_limit, stack, folder)
        begun = time.monotonic()
        for device in programs[1:] + chips[1:]:
            device.start()
        disturbances = disturb(gateway, relay, programs[1:], chips[1:], choice, full)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            parts = [pool.submit(recovered, gateway, devices, begun, 900 if full else HANGS,
                                 disturbances),
                     pool.submit(fleets, fleet_programs, gateway, HOST_PAGE, folder, full)]
            if Rabbit.is_installed():
                parts.append(pool.submit(
                    all_moves, gateway, rabbit, program,
                    (modem_image, MERGE, modem_stack_limit, RAM_END, stack), folder))
            else:
                print("           rabbitmq-server is not installed: no moves; make deps-test "
                      "installs it")
            for part in parts:
                part.result()
    finally:
        for device in devices:
            device.stop()
        relay.close()
        rabbit.stop()
        gateway.stop()


def main():
    *programs, stack_limit, modem_stack_limit, stack, full = sys.argv[1:]
    program, image, modem_image, *fleet_programs = map(os.path.abspath, programs)
    with tempfile.TemporaryDirectory(prefix="otakey-e2e-") as folder:
        run(program, image, modem_image, fleet_programs, int(stack_limit, 16),
            int(modem_stack_limit, 16), int(stack), full == "1", folder)
    print("e2e        passed")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # and clean up
    main()
