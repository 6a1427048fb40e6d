"""A microbit in QEMU whose UART goes to a TCP port: the real image, the real drivers."""
import json
import os
import socket
import struct
import subprocess
import sys
import threading

from debugger import Debugger
from gateway import ROOT, wait_for

IDENTITY_PAGE = 0x3c000
SLOTS = 0x3d000
SLOT_SIZE = 0x1000
RAM_END = 0x20004000
PAINT = 0xc0dec0de
MERGE = os.path.join(ROOT, "firmware-nrf52", "tools", "merge.py")


class Image:
    """What was built, x.hex, and what nm says of it, x.nm beside it."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        with open(self.path[:-len("hex")] + "nm", encoding="ascii") as file:
            rows = [line.split() for line in file]
        self.symbols = {row[2]: int(row[0], 16) for row in rows if len(row) == 3}

    def merged(self, bundle, file):
        """With a bundle, as `make merge` does it."""
        subprocess.run([sys.executable, MERGE, self.path, bundle, file], check=True)
        return file


class Microbit:
    """One emulated chip. Its flash outlives resets, not the emulator."""

    def __init__(self, folder, number, merged, port, rotates=True):
        self.name = f"{number:08x}" + "5eed0000"
        self.control_path = os.path.join(folder, f"qmp{number}")
        self.debugger_path = os.path.join(folder, f"gdb{number}")
        self.log = os.path.join(folder, f"qemu{number}.log")
        self.dump = os.path.join(folder, f"memory{number}.bin")
        self.identity = os.path.join(folder, f"identity{number}.bin")
        with open(self.identity, "wb") as file:
            file.write(struct.pack("<III", 0x5eed0000, number, rotates))
        self.command = [
            "qemu-system-arm", "-M", "microbit", "-nodefaults", "-nographic", "-monitor", "none",
            "-chardev", f"socket,id=u0,host=127.0.0.1,port={port},reconnect=1",
            "-serial", "chardev:u0", "-qmp", f"unix:{self.control_path},server=on,wait=off",
            "-device", f"loader,file={merged}",
            "-device", f"loader,file={self.identity},addr={IDENTITY_PAGE:#x},force-raw=on"]
        self.process = None
        self.control = None
        self.one_reader = threading.Lock()
        self.due = 2  # the epoch that it has to reach

    def start(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        wait_for("the emulator takes commands", self._connects)

    def start_under_debugger(self):
        """It stands still before its first instruction."""
        self.command += ["-chardev", f"socket,id=gdb0,path={self.debugger_path},server=on,wait=off",
                         "-gdb", "chardev:gdb0", "-S"]
        self.start()
        debugger = Debugger(self.debugger_path)
        debugger.ask("?")
        return debugger

    def _connects(self):
        assert self.process.poll() is None, open(self.log, encoding="utf-8").read()
        try:
            self.control = socket.socket(socket.AF_UNIX)
            self.control.connect(self.control_path)
        except OSError:
            self.control.close()
            return False
        self.lines = self.control.makefile("r", encoding="utf-8")
        self.lines.readline()
        self.ask("qmp_capabilities")
        return True

    def ask(self, command, **arguments):
        request = {"execute": command, "arguments": arguments}
        self.control.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = json.loads(self.lines.readline())
            assert "error" not in answer, answer
            if "return" in answer:
                return answer["return"]

    def reset(self):
        """The chip starts anew. Flash and RAM survive, as on the real one with power kept."""
        self.ask("system_reset")
        self.due = 1  # a wish to rotate that was heard before is not heard again for a day (rule 8)

    def memory(self, address, size):
        with self.one_reader:
            self.ask("memsave", val=address, size=size, filename=self.dump)
            with open(self.dump, "rb") as file:
                return file.read()

    def flash(self):
        """Both slots, each at the start of 4 KiB, whatever they hold."""
        return self.memory(SLOTS, 2 * SLOT_SIZE)

    def lose_flash(self):
        """It went with the emulator."""

    def stack_peak(self, image):
        """Bytes used of a painted stack, whose top is the end of RAM."""
        limit = image.symbols["stack_limit"]
        memory = self.memory(limit, RAM_END - limit)
        words = struct.unpack(f"<{len(memory) // 4}I", memory)
        return len(memory) - 4 * next(i for i, word in enumerate(words) if word != PAINT)

    def state(self):
        """The heads of its records; nothing of keys."""
        return " / ".join(self.memory(SLOTS + slot * SLOT_SIZE, 16).hex(" ", 4) for slot in (0, 1))

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        if self.control is not None:
            self.control.close()
