#!/usr/bin/env python3
"""Devices enroll and rotate on a real gateway: programs on this PC over TCP, and emulated chips
with the real image, their UARTs bridged to TCP; while links drop, chips are reset and the gateway
is killed. At full size there are more, and programs are killed, too. While they recover, all that
leaves the gateway alone goes side by side: devices without trouble; a fleet in one process, then
chips under a debugger, that lose their power; moves between platforms on a RabbitMQ that asks the
gateway.

Usage: test/e2e/e2e.py PROGRAM FLEET FLEET_WITH_BUG CHIP_IMAGE.hex MODEM_IMAGE.hex LOG_IMAGE.hex
       WRONG_IMAGE.hex STACK FULL

Beside x.hex: x.nm, what nm says of it. STACK: bytes that an image may use. FULL: 1 or 0. How long
it takes is the devices' to say: they wait up to a minute after power-on, and double their pauses
(protocol, rule 8).
"""
import concurrent.futures
import os
import random
import signal
import sys
import tempfile
import time

from broker import Broker, credential, records, settled
from chiplog import chip_that_logs
from emulator import Image, Microbit
from fleet import fleets
from gateway import CHIP_PAGE, HANGS, HOST_PAGE, Gateway, wait_for
from move import PLATFORMS, all_moves
from powercut import power_cuts
from program import Program
from rabbit import Rabbit
from relay import Relay

AT_ONCE = 10  # seconds; a POLL is due 15 to 25 s after the last answer
SEED = 20261122
PROGRAMS, CHIPS = {False: 20, True: 100}, 20


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


def first_of_each(gateway, program, chip, image, stack):
    for device in (program, chip):
        begun = time.monotonic()
        device.start()
        all_are_where_they_are_due(gateway, [device])
        print(f"           {device.name}: enrolled and rotated in {time.monotonic() - begun:.1f} s")
    peak = chip.stack_peak(image)
    print(f"           stack of the image: {peak} bytes at the most (Cortex-M0)")
    assert peak <= stack, f"more stack than the {stack} bytes that the size is reckoned with"


def enrolls_again(gateway, device, is_refused, asks_again, is_told=False):
    """Its flash is lost: it is refused until an operator approves, and gets another key. Where it
    is told, it is asked for one more while it is connected."""
    begun = time.monotonic()
    try:
        device.start()
        wait_for("it is enrolled", lambda: settled(device.flash()) == 1, device.state)
        first = list(records(device.flash()))
        device.stop()
        device.lose_flash()
        device.start()
        wait_for("it is refused", lambda: device.name in gateway.awaiting("lamp") and is_refused(),
                 device.state)
        assert not list(records(device.flash())), "a key that nobody approved"
        gateway.approve("lamp", device.name)
        asks_again()
        wait_for("it is enrolled again", lambda: settled(device.flash()) == 2, device.state)
        assert gateway.epochs("lamp")[device.name] == 2
        assert first[0][1] not in [key for _, key, _, _ in records(device.flash())]
        if is_told:
            gateway.admin("devices", "rotate", "lamp", device.name)
            wait_for("it is told at once, long before its POLL",
                     lambda: settled(device.flash()) == 3, device.state, AT_ONCE)
    finally:
        device.stop()
    print(f"           {device.name}, which lost its flash: refused, approved, enrolled again: "
          f"{time.monotonic() - begun:.1f} s")


def program_enrolls_again(gateway, program, bundle, folder):
    device = Program(program, folder, 3000, bundle, gateway.mqtt_port)
    del device.command[device.command.index("--rotate"):]

    def leaps():  # over its pauses
        device.leap()
        time.sleep(0.5)
        return "stored epoch=2" in device.state()
    enrolls_again(gateway, device, lambda: "refused" in device.state(),
                  lambda: wait_for("it asks again", leaps, device.state), is_told=True)


def chip_enrolls_again(gateway, merged, folder):
    device = Microbit(folder, 3000, merged, gateway.mqtt_port, rotates=False)

    def asks_again():  # a chip's clock cannot leap; a new one asks at once
        device.stop()
        device.start()
    enrolls_again(gateway, device, lambda: True, asks_again)


def login_of(device, epoch):
    return credential(device.flash(), epoch, "bulb." + device.name, "mosquitto")


def publishes(broker, device, number):
    wait_for("it publishes", lambda: int(broker.heard.get(f"home/{device.name}", 0)) >= number,
             device.state)


def polls_at_a_word(listener, branch, device):
    """The gateway's message by way of the platform; the next POLL by itself is 15 s away."""
    before = device.state().count("polled epoch=2")
    wait_for("it polls", lambda: device.state().count("polled epoch=2") > before, device.state)
    told = len(device.state())
    listener.publish(branch + "/otakey/notify")
    wait_for("it polls soon", lambda: "polled epoch=2" in
             device.state()[told:].partition("platform notified")[2], device.state, AT_ONCE)


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
    heard under the new key that it logged in with before it confirmed it. A message below its
    branch makes it poll."""
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
        polls_at_a_word(broker.listener, f"home/{device.name}", device)
    finally:
        device.stop()
    print(f"           a program and mosquitto: refused, let in, heard; rotated by a login, heard; "
          f"polls at a word: {time.monotonic() - begun:.1f} s")


def with_mosquitto(gateway, program, folder):
    """The test registers each secret as late as a provisioner would."""
    if not Broker.is_installed():
        print("           mosquitto is not installed: nothing with it; make deps-test installs it")
        return
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


def disturb(gateway, relay, programs, chips, full):
    choice = random.Random(SEED)
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


def recovered(gateway, devices, begun, seconds, disturbances):
    all_are_where_they_are_due(gateway, devices, seconds)
    for device in devices:
        device.stop()
    programs = sum(isinstance(device, Program) for device in devices)
    print(f"           {programs} programs and {len(devices) - programs} chips have their keys "
          f"after {disturbances}: {time.monotonic() - begun:.0f} s")


def moves(gateway, rabbit, program, image, stack, folder):
    if Rabbit.is_installed():
        all_moves(gateway, rabbit, program, image, stack, folder)
    else:
        print("           rabbitmq-server is not installed: no moves; make deps-test installs it")


def loses_power(gateway, fleet_programs, image, wrong_image, folder, full):
    """One after the other: a gateway that is busy with a fleet keeps chips waiting."""
    fleets(fleet_programs, gateway, HOST_PAGE, folder, full)
    power_cuts(gateway, image, wrong_image, folder, full)


def side_by_side(parts):
    """The first failure ends the test, once all have come to an end."""
    with concurrent.futures.ThreadPoolExecutor(len(parts)) as pool:
        for part in [pool.submit(*part) for part in parts]:
            part.result()


def run(program, fleet_programs, images, stack, full, folder):
    image, modem_image, log_image, wrong_image = images
    gateway = Gateway(folder)
    rabbit = Rabbit(folder, PLATFORMS)
    relay = Relay(lambda: gateway.mqtt_port)
    bundle, chip_bundle, merged = (os.path.join(folder, name)
                                   for name in ("pc.hex", "chip.bundle", "chip.hex"))
    devices = []
    try:
        if Rabbit.is_installed():
            rabbit.start(lambda: gateway.hook_port)
        gateway.start()
        gateway.make_product("lamp", HOST_PAGE, bundle)
        gateway.bundle_by_command("lamp", CHIP_PAGE, chip_bundle)
        image.merged(chip_bundle, merged)
        first = [Program(program, folder, 0, bundle, relay.port),
                 Microbit(folder, 0, merged, relay.port)]
        programs = [Program(program, folder, 1 + i, bundle, relay.port)
                    for i in range(PROGRAMS[full])]
        chips = [Microbit(folder, 1 + i, merged, relay.port) for i in range(CHIPS)]
        devices = first + programs + chips
        begun = time.monotonic()
        for device in programs + chips:
            device.start()
        disturbances = disturb(gateway, relay, programs, chips, full)
        side_by_side([
            (moves, gateway, rabbit, program, modem_image, stack, folder),
            (recovered, gateway, programs + chips, begun, 900 if full else HANGS, disturbances),
            (with_mosquitto, gateway, program, folder),
            (program_enrolls_again, gateway, program, bundle, folder),
            (chip_enrolls_again, gateway, merged, folder),
            (first_of_each, gateway, *first, image, stack),
            (chip_that_logs, gateway, log_image, chip_bundle, stack, folder),
            (loses_power, gateway, fleet_programs, image, wrong_image, folder, full)])
    finally:
        for device in devices:
            device.stop()
        relay.close()
        rabbit.stop()
        gateway.stop()


def main():
    *files, stack, full = sys.argv[1:]
    program, *fleet_programs = map(os.path.abspath, files[:3])
    with tempfile.TemporaryDirectory(prefix="otakey-e2e-") as folder:
        run(program, fleet_programs, list(map(Image, files[3:])), int(stack), full == "1", folder)
    print("e2e        passed")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # and clean up
    main()
