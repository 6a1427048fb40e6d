"""The image with everything, modem, platform and log, on an emulated chip. The emulator lacks the
UART that the log goes to, so a debugger takes each line from the RAM that the UART would read."""
import os
import time

from debugger import LR, PC
from emulator import Microbit
from gateway import wait_for
from modem import Modem

NUMBER = 4000
LOOKS = 20
WFI = b"\x30\xbf"
LINE_MAX = 64
DUE = ["stored 1 0", "enrolled 1 0", "stored 2 0", "rotated 2 0"]


class Log:
    """What a chip with the log's driver has said, each line taken as the driver leaves."""

    def __init__(self, image, debugger):
        self.begin = image.symbols["log_line"]
        self.text = image.symbols["log_text"]
        self.debugger = debugger
        self.end = None  # where the driver returns to, while it writes
        self.lines = []
        debugger.break_at(self.begin)
        debugger.tell("c")

    def has_what_is_due(self):
        """Lines come between those that are due, and an attempt that a loaded machine cuts short
        is made again; their order is what counts."""
        if self.debugger.stops_within(0.3):
            self._stopped(self.debugger.answer())
            self.debugger.go()
        lines = iter(self.lines)
        return all(line in lines for line in DUE)

    def sleeps(self):
        """How many of 20 looks, 50 ms apart, find it at "wfi". It says nothing to us any more."""
        self.debugger.interrupt()
        for address in filter(None, (self.begin, self.end)):
            self.debugger.break_at(address, on=False)
        asleep = 0
        for _ in range(LOOKS):
            self.debugger.tell("c")
            time.sleep(0.05)
            self.debugger.interrupt()
            asleep += self.debugger.read(self.debugger.register(PC) - len(WFI), len(WFI)) == WFI
        self.debugger.tell("c")
        return asleep

    def _stopped(self, why):
        at = self.debugger.register(PC)
        assert at == (self.begin if self.end is None else self.end), f"{why} at {at:#x}"
        if self.end is None:
            self.end = self.debugger.register(LR) & ~1
            self.debugger.break_at(self.end)
        else:
            self.debugger.break_at(self.end, on=False)
            self.end = None
            text = self.debugger.read(self.text, LINE_MAX)
            line, newline, _ = text.partition(b"\r\n")
            assert newline, text
            self.lines.append(line.decode("ascii"))


def chip_that_logs(gateway, image, bundle, stack, folder):
    """`stack`: bytes that the image may use. With nothing to do, it sleeps."""
    modem = Modem(lambda host, port: ("127.0.0.1", gateway.mqtt_port))
    chip = Microbit(folder, NUMBER, image.merged(bundle, os.path.join(folder, "log.hex")),
                    modem.port)
    try:
        with chip.start_under_debugger() as debugger:
            log = Log(image, debugger)
            wait_for("its log tells of enrollment and rotation", log.has_what_is_due,
                     lambda: f": {log.lines} {chip.state()}")
            asleep = log.sleeps()
            peak = chip.stack_peak(image)
    finally:
        chip.stop()
        modem.close()
    assert asleep > LOOKS // 2, f"it sleeps in {asleep} of {LOOKS} looks"
    assert peak <= stack, f"more stack than the {stack} bytes that the size is reckoned with"
    print(f"           the log of {chip.name}: {', '.join(DUE)}; asleep in {asleep} of {LOOKS} "
          f"looks; {peak} bytes of stack")
