#!/usr/bin/env python3
"""Devices enroll and rotate on a real gateway: programs on this PC over TCP, and emulated chips
with the real image, their UARTs bridged to TCP; while links drop, chips are reset and the gateway
is killed. At full size there are more, and programs are killed, too.

Usage: test/e2e/e2e.py PROGRAM CHIP_IMAGE.hex MODEM_IMAGE.hex LIMIT MODEM_LIMIT STACK FULL

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

from broker import Broker, credential
from emulator import Microbit, stack_peak
from gateway import ROOT, Gateway, wait_for
from modem import Modem
from program import Program
from relay import Relay

HOST_PAGE, CHIP_PAGE = "0x0007F000", "0x0003F000"
RAM_END = 0x20004000
SEED = 20261122
PROGRAMS, CHIPS = {False: 20, True: 100}, {False: 4, True: 20}
MERGE = os.path.join(ROOT, "firmware-nrf52", "tools", "merge.py")


def all_are_where_they_are_due(gateway, devices, seconds):
    late = []

    def reached():
        epochs = gateway.epochs("lamp")
        late[:] = [device for device in devices if epochs.get(device.name, 0) < device.due or
                   isinstance(device, Program) and device.runs()]
        return not late
    wait_for("all devices are at the epoch that they are due at", reached, seconds,
             lambda: "".join(f"\n{device.name} {gateway.epochs('lamp').get(device.name)}: "
                             f"{device.state()}" for device in late))
    # One that loses its power between ACK and end rotates once more; nobody else is there.
    epochs = gateway.epochs("lamp")
    assert {device.name for device in devices} <= set(epochs), epochs
    assert all(epoch <= 3 for epoch in epochs.values()), epochs


def first_of_each(gateway, program, chip, stack_limit, stack):
    for device in (program, chip):
        begun = time.monotonic()
        device.start()
        all_are_where_they_are_due(gateway, [device], 60)
        print(f"           {device.name}: enrolled and rotated in {time.monotonic() - begun:.1f} s")
    peak = stack_peak(chip.memory(stack_limit, RAM_END - stack_limit))
    print(f"           stack of the image: {peak} bytes at the most (Cortex-M0)")
    assert peak <= stack, f"more stack than the {stack} bytes that the size is reckoned with"


def logs_in(broker, device, epoch, was_refused, topic, number):
    """It has the key, is refused as long as the platform does not know its secret, then heard."""
    user = "bulb." + device.name
    login = wait_for(f"epoch {epoch}", lambda: credential(device.flash(), epoch, user, "mosquitto"),
                     30, device.state)
    wait_for("it is refused", was_refused, 20, device.state)
    broker.register(*login)
    wait_for("it publishes", lambda: int(broker.heard.get(topic, 0)) >= number, 40, device.state)


def program_with_a_platform(gateway, broker, program, folder):
    """It logs in with its platform secret, under each key in turn."""
    begun = time.monotonic()
    bundle = os.path.join(folder, "bulb.hex")
    device = Program(program, folder, 1000, bundle, gateway.mqtt_port)
    device.command[device.command.index("--rotate"):] = ["--publish", device.name + "/1"]
    topic = "home/" + device.name
    try:
        device.start()
        logs_in(broker, device, 1, lambda: "platform refused 5" in device.state(), topic, 1)
        device.process.send_signal(signal.SIGUSR1)
        logs_in(broker, device, 2, lambda: "refused 5" in device.state().partition("rotated")[2],
                topic, int(broker.heard[topic]) + 1)
        assert "platform lost" not in device.state(), device.state()
    finally:
        device.stop()
    print(f"           a program and mosquitto: refused, let in and heard under two keys: "
          f"{time.monotonic() - begun:.1f} s")


def chip_with_a_modem(gateway, broker, image, stack_limit, stack, folder):
    """One line for gateway and platform, in turn; the chip rotates at once."""
    begun = time.monotonic()
    bundle, merged = os.path.join(folder, "bulb-chip.hex"), os.path.join(folder, "modem.hex")
    gateway.bundle("bulb", CHIP_PAGE, bundle)
    subprocess.run([sys.executable, MERGE, image, bundle, merged], check=True)
    modem = Modem(lambda host, port: ("127.0.0.1", gateway.mqtt_port if port == 1883 else port))
    chip = Microbit(folder, 1000, merged, modem.port)
    try:
        chip.start()
        logs_in(broker, chip, 2, lambda: ("127.0.0.1", broker.port) in modem.dialled,
                f"home/{chip.name}/counter", 1)
        gateways = modem.dialled.count(("127.0.0.1", 1883))
        assert gateways >= 1 and modem.hang_ups >= 2, (modem.dialled, modem.hang_ups)
        peak = stack_peak(chip.memory(stack_limit, RAM_END - stack_limit))
        assert peak <= stack, f"{peak} bytes of stack"
    finally:
        chip.stop()
        modem.close()
    print(f"           a chip with a modem: heard by mosquitto; {gateways} calls to the gateway, "
          f"{len(modem.dialled) - gateways} to mosquitto: {time.monotonic() - begun:.1f} s")


def with_a_platform(gateway, program, modem_image, stack_limit, stack, folder):
    """The test registers each secret as late as a provisioner would."""
    broker = Broker(folder)
    try:
        gateway.admin("connection", "create", "--platform", "mosquitto", "--scheme", "mqtt",
                      "--host", "127.0.0.1", "--port", str(broker.port), "--topic-prefix", "home/")
        gateway.make_product("bulb", HOST_PAGE, os.path.join(folder, "bulb.hex"),
                             "--connection", "1")
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for test in (pool.submit(program_with_a_platform, gateway, broker, program, folder),
                         pool.submit(chip_with_a_modem, gateway, broker, modem_image, stack_limit,
                                     stack, folder)):
                test.result()
    finally:
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
    return dropped, resets


def run(program, image, stack_limit, modem_image, modem_stack_limit, stack, full, folder):
    choice = random.Random(SEED)
    gateway = Gateway(folder)
    relay = Relay(lambda: gateway.mqtt_port)
    bundle, chip_bundle, merged = (os.path.join(folder, name)
                                   for name in ("pc.hex", "chip.hex", "merged.hex"))
    devices = []
    try:
        gateway.start()
        gateway.make_product("lamp", HOST_PAGE, bundle)
        gateway.bundle("lamp", CHIP_PAGE, chip_bundle)
        subprocess.run([sys.executable, MERGE, image, chip_bundle, merged], check=True)
        programs = [Program(program, folder, i, bundle, relay.port) for i in range(PROGRAMS[full])]
        chips = [Microbit(folder, i, merged, relay.port) for i in range(CHIPS[full])]
        devices = programs + chips
        if Broker.is_installed():
            with_a_platform(gateway, program, modem_image, modem_stack_limit, stack, folder)
        else:
            print("           mosquitto is not installed: no platform; make deps-test installs it")
        first_of_each(gateway, programs[0], chips[0], stack_limit, stack)
        begun = time.monotonic()
        for device in programs[1:] + chips[1:]:
            device.start()
        dropped, resets = disturb(gateway, relay, programs[1:], chips[1:], choice, full)
        all_are_where_they_are_due(gateway, devices, 900 if full else 120)
        print(f"           {len(programs)} programs and {len(chips)} chips have their keys after "
              f"{dropped} lost links, {resets} resets and a killed gateway: "
              f"{time.monotonic() - begun:.0f} s")
    finally:
        for device in devices:
            device.stop()
        relay.close()
        gateway.stop()


def main():
    program, image, modem_image, stack_limit, modem_stack_limit, stack, full = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="otakey-e2e-") as folder:
        run(os.path.abspath(program), os.path.abspath(image), int(stack_limit, 16),
            os.path.abspath(modem_image), int(modem_stack_limit, 16), int(stack), full == "1",
            folder)
    print("e2e        passed")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # and clean up
    main()
