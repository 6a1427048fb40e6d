"""Devices move between platforms on a real RabbitMQ that asks the gateway's hook: by way of the old
credential until the new one is confirmed, never after; or they stay where they are."""
import concurrent.futures
import os
import socket
import time

from broker import credential
from emulator import Microbit
from gateway import CHIP_PAGE, HOST_PAGE, wait_for
from modem import Modem
from program import Program
from relay import Relay

PRODUCT = "mover"
PLATFORMS = OLD, NEW = "alpha", "beta"
PREFIX = f"devices/{PRODUCT}/"  # what the hook lets devices of this product use
LOGINS = 5
UNREACHABLE, REFUSED = 1, 2  # reasons of ABANDON


def branch(device):
    """What is its own on a platform; RabbitMQ takes dots for slashes."""
    return PREFIX + device.name.replace(".", "%2E")


class Way:
    """The way to a platform. It notes at which epoch the gateway has the devices whenever one
    comes; while it leads nowhere, they are taken and never answered."""

    def __init__(self, gateway, port):
        self.gateway, self.port = gateway, port
        self.leads_nowhere = port is None
        self.nowhere = socket.create_server(("127.0.0.1", 0))
        self.epochs = []
        self.relay = Relay(self._leads_to)

    def _leads_to(self):
        self.epochs.append(self.gateway.epochs(PRODUCT))
        return self.nowhere.getsockname()[1] if self.leads_nowhere else self.port

    def wait_for(self, logins, device):
        wait_for(f"login {logins}", lambda: len(self.epochs) >= logins, device.state)

    def close(self):
        self.relay.close()
        self.nowhere.close()


class Scene:
    """What all moves share: a gateway, a broker, and what is heard there."""

    def __init__(self, gateway, rabbit, folder):
        self.gateway, self.rabbit, self.folder = gateway, rabbit, folder
        self.ways = []
        self.listeners = rabbit.ready()

    def way(self, platform, port):
        """A new way, and the connection that goes it."""
        way = Way(self.gateway, port)
        self.ways.append(way)
        return way, self.gateway.connection(platform, way.relay.port, PREFIX)

    def move(self, device, connection):
        self.gateway.move(PRODUCT, device.name, connection)

    def heard(self, device, platform):
        return branch(device) + "/counter" in self.listeners[platform].heard

    def is_heard(self, device, platform):
        wait_for(f"{platform} hears it", lambda: self.heard(device, platform), device.state)

    def hears(self, device, platform):
        """It has subscribed before it published what is_heard() waits for."""
        self.listeners[platform].publish(branch(device) + "/otakey/notify")
        wait_for("it hears", lambda: "platform notified" in device.state(), device.state)

    def login(self, device, epoch, platform):
        return credential(device.flash(), epoch, f"{PRODUCT}.{device.name}", platform)

    def accepts(self, platform, device, login):
        return self.rabbit.accepts(platform, f"{PRODUCT}.{device.name}", login)

    def close(self):
        for way in self.ways:
            way.close()


def power_on(device):
    """It is back where it was; the wait of up to a minute after power-on is over."""
    device.stop()
    before = device.state().count("platform accepted")
    device.start()
    wait_for("it is back on its platform",
             lambda: device.state().count("platform accepted") > before, device.state)
    device.leap()


def stays(scene, device, way, connection, verdict, reason):
    """It gives the move up after five logins, and publishes under its old key after each."""
    old = scene.login(device, 1, OLD)
    begun = len(device.state())

    def told():
        return device.state()[begun:]
    device.stop()  # else it is told at once
    scene.move(device, connection)
    power_on(device)
    for login in range(1, LOGINS + 1):
        way.wait_for(login, device)
        if way.leads_nowhere:
            device.leap()
        wait_for(f"it is back after login {login}", lambda: told().count(verdict) == login and
                 "platform published" in told().rpartition(verdict)[2], told)
        if login < LOGINS:
            device.leap()
    wait_for("it gives up", lambda: "wiped epoch=2" in told(), told)
    assert f"gave up epoch=2 request=0 code={reason}\n" in told(), told()
    assert "moved" not in told() and "rotated" not in told(), told()
    assert len(way.epochs) == LOGINS, way.epochs
    assert scene.gateway.epochs(PRODUCT)[device.name] == 1
    device.stop()
    assert scene.login(device, 1, OLD) == old and scene.login(device, 2, NEW) is None
    assert scene.accepts(OLD, device, old)


def moves(scene, device, way, connection):
    """Its power fails while it logs in to the new platform."""
    way.leads_nowhere = True
    device.stop()  # else it is told at once
    scene.move(device, connection)
    power_on(device)
    way.wait_for(1, device)
    device.stop()
    old, new = scene.login(device, 1, OLD), scene.login(device, 2, NEW)
    assert scene.gateway.epochs(PRODUCT)[device.name] == 1
    assert scene.accepts(OLD, device, old) and scene.accepts(NEW, device, new)
    assert not scene.accepts(NEW, device, old) and not scene.accepts(OLD, device, new)
    way.leads_nowhere = False
    begun = len(device.state())
    power_on(device)
    cut = 0

    def is_heard():  # a leap may end a login that goes on: once more, over the pause after it
        nonlocal cut
        told = device.state()[begun:]
        if told.count("platform unreachable") > cut and \
                "platform published" in told.rpartition("platform unreachable")[2]:
            cut += 1
            device.leap()
        return scene.heard(device, NEW)
    wait_for(f"{NEW} hears it", is_heard, device.state)
    seen = [epochs[device.name] for epochs in way.epochs]
    assert seen[:2] == [1, 1] and seen[-1] == 2 and seen == sorted(seen), way.epochs
    assert "moved epoch=2" in device.state(), device.state()
    assert not scene.accepts(OLD, device, old) and not scene.accepts(NEW, device, old)


def program_moves(scene, program, bundle):
    """Its name has a dot, which topics must not have."""
    begun = time.monotonic()
    device = Program(program, scene.folder, "2.a", bundle, scene.gateway.mqtt_port)
    del device.command[device.command.index("--rotate"):]
    ways = [scene.way("nowhere", None), scene.way("stranger", scene.rabbit.ports[OLD]),
            scene.way(NEW, scene.rabbit.ports[NEW])]
    try:
        device.start()
        scene.is_heard(device, OLD)
        scene.hears(device, OLD)
        stays(scene, device, *ways[0], "platform unreachable", UNREACHABLE)
        stays(scene, device, *ways[1], "platform refused", REFUSED)
        moves(scene, device, *ways[2])
    finally:
        device.stop()
    print(f"           a program and RabbitMQ: stays where no platform answers or none wants it; "
          f"moves through a power cut: {time.monotonic() - begun:.1f} s")


def chip_moves(scene, bundle, image, stack):
    """One line for gateway and platforms, in turn; it hears of the move by its POLL."""
    begun = time.monotonic()
    gateway = scene.gateway
    merged = image.merged(bundle, os.path.join(scene.folder, "modem.hex"))
    way, connection = scene.way(NEW, scene.rabbit.ports[NEW])
    modem = Modem(lambda host, port: ("127.0.0.1", gateway.mqtt_port if port == 1883 else port))
    chip = Microbit(scene.folder, 2000, merged, modem.port, rotates=False)
    try:
        chip.start()
        wait_for("it is enrolled", lambda: chip.name in gateway.epochs(PRODUCT), chip.state)
        scene.is_heard(chip, OLD)
        old = scene.login(chip, 1, OLD)
        scene.move(chip, connection)
        scene.is_heard(chip, NEW)
        assert [epochs[chip.name] for epochs in way.epochs][:2] == [1, 2], way.epochs
        assert not scene.accepts(OLD, chip, old)
        gateways = modem.dialled.count(("127.0.0.1", 1883))
        assert gateways >= 2 and modem.hang_ups >= 4, (modem.dialled, modem.hang_ups)
        peak = chip.stack_peak(image)
        assert peak <= stack, f"{peak} bytes of stack"
    finally:
        chip.stop()
        modem.close()
    print(f"           a chip with a modem and RabbitMQ: moves; {gateways} calls to the gateway, "
          f"{len(modem.dialled) - gateways} to platforms: {time.monotonic() - begun:.1f} s")


def all_moves(gateway, rabbit, program, image, stack, folder):
    """`stack`: bytes that the image may use."""
    scene = Scene(gateway, rabbit, folder)
    bundles = [os.path.join(folder, name) for name in ("mover.hex", "mover-chip.hex")]
    try:
        home = gateway.connection(OLD, rabbit.ports[OLD], PREFIX)
        gateway.make_product(PRODUCT, HOST_PAGE, bundles[0], home)
        gateway.bundle(PRODUCT, CHIP_PAGE, bundles[1])
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for test in (pool.submit(program_moves, scene, program, bundles[0]),
                         pool.submit(chip_moves, scene, bundles[1], image, stack)):
                test.result()
    finally:
        scene.close()
