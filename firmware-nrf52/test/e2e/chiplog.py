"""The log of an emulated chip. The emulator lacks the UART that it goes to, so a debugger takes
each line from the RAM that the UART would read."""
import os

from emulator import Microbit
from gateway import wait_for

NUMBER = 4000
LINE_MAX = 64
DUE = ["stored 1 0", "enrolled 1 0", "stored 2 0", "rotated 2 0"]


class Log:
    """What a chip with the log's driver has said; it stands still whenever this looks."""

    def __init__(self, image, debugger):
        self.text = image.symbols["log_text"]
        self.debugger = debugger
        self.lines = []
        debugger.break_at(image.symbols["log_line"])  # the line before is whole there
        debugger.tell("c")

    def has_all_but_the_last(self):
        if self.debugger.stops_within(0.3):
            self.debugger.answer()
            self.lines.append(self._line())
            self.debugger.go()
        return self._due() == DUE[:-1]

    def has_the_last(self):
        self.debugger.interrupt()
        last = self._line()
        self.debugger.tell("c")
        return last == DUE[-1]

    def _due(self):
        return [line for line in self.lines if line in DUE]

    def _line(self):
        line, end, _ = self.debugger.read(self.text, LINE_MAX).decode("ascii").partition("\r\n")
        assert end or not self.lines, line
        return line


def chip_that_logs(gateway, image, bundle, folder):
    chip = Microbit(folder, NUMBER, image.merged(bundle, os.path.join(folder, "log.hex")),
                    gateway.mqtt_port)
    try:
        with chip.start_under_debugger() as debugger:
            log = Log(image, debugger)
            wait_for("its log tells the rotation's begin", log.has_all_but_the_last,
                     lambda: f"{log.lines} {chip.state()}")
            wait_for("its log tells the rotation's end", log.has_the_last, chip.state)
    finally:
        chip.stop()
    print(f"           the log of {chip.name}: {', '.join(DUE)}")
