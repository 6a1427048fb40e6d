"""The few commands of the debugger's remote protocol that a power cut needs."""
import select
import socket

from gateway import HANGS

LR, PC = 14, 15
STEPS = 8  # tries to leave an instruction


class Debugger:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.settimeout(HANGS)
        self.buffer = b""
        self.ask("qXfer:features:read:target.xml:0,fff")  # registers by number only after this

    def ask(self, command):
        self.tell(command)
        return self.answer()

    def tell(self, command):
        body = command.encode()
        self.socket.sendall(b"$" + body + b"#" + b"%02x" % (sum(body) % 256))
        self._until(b"+")

    def answer(self):
        self._until(b"$")
        body = self._until(b"#")
        while len(self.buffer) < 2:
            self._more()
        self.buffer = self.buffer[2:]
        self.socket.sendall(b"+")
        return body.decode()

    def _until(self, mark):
        while mark not in self.buffer:
            self._more()
        before, _, self.buffer = self.buffer.partition(mark)
        return before

    def _more(self):
        data = self.socket.recv(4096)
        assert data, "the emulator ended"
        self.buffer += data

    def stops_within(self, seconds):
        """Whether there is an answer to take, after `seconds` at the latest."""
        waiting = select.poll()
        waiting.register(self.socket, select.POLLIN)
        return bool(self.buffer) or bool(waiting.poll(seconds * 1000))

    def do(self, command):
        answer = self.ask(command)
        assert answer == "OK", f"{command}: {answer}"

    def break_at(self, address, on=True):
        self.do(f"{'Z' if on else 'z'}0,{address:x},2")

    def register(self, number):
        value = bytes.fromhex(self.ask(f"p{number:x}"))
        assert len(value) == 4, f"register {number}"
        return int.from_bytes(value, "little")

    def set_register(self, number, value):
        self.do(f"P{number:x}={value.to_bytes(4, 'little').hex()}")

    def read(self, address, size):
        return bytes.fromhex(self.ask(f"m{address:x},{size:x}"))

    def write(self, address, data):
        for at in range(0, len(data), 512):
            part = data[at:at + 512]
            self.do(f"M{address + at:x},{len(part):x}:{part.hex()}")

    def reset(self):
        """system_reset of the emulator, whose output comes before the OK."""
        self.tell("qRcmd," + b"system_reset".hex())
        while self.answer() != "OK":
            pass

    def go(self):
        """On from here: what stands under a breakpoint now is done first. A loaded emulator may
        report one stop twice, the second time as the end of a step that was none."""
        begin = self.register(PC)
        for _ in range(STEPS):
            self.ask("s")
            if self.register(PC) != begin:
                break
        else:
            raise AssertionError(f"no step from {begin:#x}")
        self.tell("c")

    def interrupt(self):
        """Stops what runs."""
        self.socket.sendall(b"\x03")
        self.answer()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.close()
