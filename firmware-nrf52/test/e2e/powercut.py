#!/usr/bin/env python3
"""The real image with the real flash driver loses its power at every flash operation of an
enrollment and a rotation: not begun, or with a word or page half done; and a second time in the
boot that follows. After each, the chip has to get to epoch 2 on a real gateway all the same.

Usage: test/e2e/powercut.py IMAGE.hex WRONG_IMAGE.hex FULL

FULL: 1 for each kind of cut at each operation, and many more pairs of cuts, else 0. The wrong image
keeps its keys in one slot: it has to be caught. test/e2e/e2e.py does the same beside other things.
"""
import concurrent.futures
import os
import random
import signal
import sys
import tempfile

from broker import settled
from debugger import PC
from emulator import Image, Microbit
from gateway import CHIP_PAGE, Gateway, wait_for
from relay import Relay

PRODUCT = "frail"
FIRST, WRONG = 5000, 9000  # numbers of chips
ERASE_SIZE = 1024
TEARS = ("not begun", "in part", "garbage")
AT_ONCE = 12
# Second cuts: first operations in steps, and for each so many operations of the next boot.
PAIRS = {False: (5, 1), True: (2, 8)}


class Target:
    """An image with its bundle, and where a debugger stops it."""

    def __init__(self, image, bundle, file):
        self.merged = image.merged(bundle, file)
        self.write, self.wait = image.symbols["flash_write_word"], image.symbols["up_to"]
        self.flash = self.write, image.symbols["flash_erase_page"]
        self.boot = self.wait, image.symbols["line_send"]


class Case:
    """One chip that loses its power in operation number `at`, then in number `second` of the boot
    that follows, if there are so many."""

    def __init__(self, gateway, image, folder, number, at, tear, second=None):
        self.gateway, self.image, self.at, self.tear = gateway, image, at, tear
        self.second, self.cuts = second, 0
        self.random = random.Random(number)
        self.folder, self.number = folder, number
        self.relay = self.chip = None

    def start(self):
        self.relay = Relay(lambda: self.gateway.mqtt_port)
        self.chip = Microbit(self.folder, self.number, self.image.merged, self.relay.port)
        return self.chip.start_under_debugger()

    def stop(self):
        if self.chip is not None:
            self.chip.stop()
            self.relay.close()

    def run(self):
        """The chip's epoch in the end."""
        debugger = None
        try:
            debugger = self.start()
            self._cut(debugger)
            self._power_on(debugger, self.second)
            return self._epoch_in_the_end()
        finally:
            if debugger is not None:
                debugger.close()
            self.stop()

    def _cut(self, debugger):
        self._watch(debugger, self.image.flash, True)
        debugger.tell("c")
        debugger.answer()
        for _ in range(self.at):
            debugger.go()
            debugger.answer()
        self._tear(debugger)
        self._watch(debugger, self.image.flash, False)

    @staticmethod
    def _watch(debugger, addresses, on):
        for address in addresses:
            debugger.break_at(address, on)

    def _tear(self, debugger):
        self.cuts += 1
        address = debugger.register(0)
        if self.tear == "not begun":
            return
        if debugger.register(PC) == self.image.write:
            old = int.from_bytes(debugger.read(address, 4), "little")
            mask = self.random.getrandbits(32)
            kept = debugger.register(1) | mask if self.tear == "in part" else mask
            debugger.write(address, (old & kept).to_bytes(4, "little"))
            return
        page = bytearray(debugger.read(address, ERASE_SIZE))
        for at in range(0, ERASE_SIZE, 4):
            if self.random.getrandbits(1):
                page[at:at + 4] = b"\xff" * 4 if self.tear == "in part" else \
                    self.random.randbytes(4)
        debugger.write(address, bytes(page))

    def _power_on(self, debugger, second=None):
        """The link is new as well; the wait of up to a minute after power-on is taken out."""
        before = self.relay.connections
        self.relay.drop()
        wait_for("the UART is connected again", lambda: self.relay.connections > before)
        debugger.reset()
        self._watch(debugger, self.image.boot, True)
        if second is not None:
            self._watch(debugger, self.image.flash, True)
        debugger.tell("c")
        if self._stops_at(debugger, second):
            self._tear(debugger)
            self._watch(debugger, self.image.flash, False)
            self._power_on(debugger)

    def _stops_at(self, debugger, second):
        """Goes on until the chip begins to wait, or to speak if its slots are blank; and then, if
        there is to be a second cut, until that operation. False: there are not so many."""
        boots = True
        while boots or second is not None:
            if not self.stops(debugger, may_rest=not boots):
                debugger.interrupt()
                self._watch(debugger, self.image.flash, False)
                debugger.tell("c")
                return False
            debugger.answer()
            at = debugger.register(PC)
            ends = at not in self.image.boot and second == 0
            if boots and (ends or at in self.image.boot):
                self._watch(debugger, self.image.boot, False)
                boots = False
            if ends:
                return True
            if at in self.image.flash:
                second -= 1
            elif at == self.image.wait:
                debugger.set_register(2, 0)
                debugger.set_register(3, 0)
            debugger.go()
        return False

    def stops(self, debugger, may_rest):
        """Waits for a breakpoint. False: the chip has its second key and nothing left to do."""
        def outcome():
            if debugger.stops_within(0.3):
                return "stops"
            return "rests" if may_rest and settled(self.chip.flash()) >= 2 else None
        return wait_for("a breakpoint", outcome, self.chip.state) == "stops"

    def _epoch_in_the_end(self):
        """When it has its second key, or asks for a first one again: it has none."""
        name = self.chip.name
        wait_for("epoch 2 or no way back", lambda: self.epoch() >= 2 or
                 name in self.gateway.awaiting(PRODUCT), self.chip.state)
        return self.epoch()

    def epoch(self):
        return self.gateway.epochs(PRODUCT).get(self.chip.name, 0)


def operations(gateway, image, folder):
    """How many there are without a cut: a chip is stopped at each and goes on."""
    case = Case(gateway, image, folder, FIRST, 0, "not begun")
    count = 0
    try:
        debugger = case.start()
        for address in image.flash:
            debugger.break_at(address)
        debugger.tell("c")
        while case.stops(debugger, may_rest=True):
            debugger.answer()
            count += 1
            debugger.go()
        assert case.epoch() == 2
    finally:
        case.stop()
    return count


def pairs(count, full):
    """(first, tear, second): the boot's own operations, and what goes on after it."""
    step, seconds = PAIRS[full]
    for number, at in enumerate(range(step // 2, count, step)):
        for i in range(seconds):
            second = i if seconds > 1 else number % 4
            yield at, TEARS[(number + i) % len(TEARS)], second


def sweep(gateway, image, folder, full):
    count = operations(gateway, image, folder)
    plan = [(at, tear) for at in range(count) for i, tear in enumerate(TEARS)
            if full or at % len(TEARS) == i]
    plan = [(at, tear, None) for at, tear in plan] + list(pairs(count, full))
    cases = [Case(gateway, image, folder, FIRST + 1 + number, *cuts)
             for number, cuts in enumerate(plan)]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        epochs = list(pool.map(Case.run, cases))
    bad = [(case.at, case.tear, case.second, epoch) for case, epoch in zip(cases, epochs)
           if epoch not in (2, 3)]
    assert not bad, f"of {count} operations these cuts left the chip without a key: {bad}"
    twice = sum(case.cuts == 2 for case in cases)
    assert twice > 0
    print(f"           {len(cases)} power cuts in {count} flash operations of the image in QEMU, "
          f"{twice} of them with a second one in the next boot")
    return count


def wrong_is_caught(gateway, image, folder, count):
    """In the middle of the second record: with one slot the first is gone by then."""
    epoch = Case(gateway, image, folder, WRONG, count * 2 // 3, "not begun").run()
    assert epoch == 1, f"the image with one slot was not caught: {epoch}"
    print("           an image with one slot: caught")


def power_cuts(gateway, image, wrong_image, folder, full):
    bundle, *merged = (os.path.join(folder, name) for name in ("frail", "frail.hex", "wrong.hex"))
    gateway.make_product(PRODUCT, CHIP_PAGE, bundle)
    count = sweep(gateway, Target(image, bundle, merged[0]), folder, full)
    wrong_is_caught(gateway, Target(wrong_image, bundle, merged[1]), folder, count)


def main():
    *images, full = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="otakey-cut-") as folder:
        gateway = Gateway(folder)
        try:
            gateway.start()
            power_cuts(gateway, *map(Image, images), folder, full == "1")
        finally:
            gateway.stop()
    print("power cuts passed")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # and clean up
    main()
