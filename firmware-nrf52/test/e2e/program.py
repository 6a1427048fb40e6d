"""A device on this PC: the program otakey-device with a flash file of its own."""
import os
import signal
import subprocess

SLOT_SIZE = 0x1000


class Program:
    def __init__(self, program, folder, number, bundle, port):
        self.name = f"pc-{number}"
        self.log = os.path.join(folder, self.name + ".log")
        self.path = os.path.join(folder, self.name + ".flash")
        self.command = [program, "--bundle", bundle, "--device", self.name, "--flash",
                        self.path, "--port", str(port),
                        "--rotate", "--epoch", "2"]
        self.process = None
        self.due = 2  # the epoch that it has to reach

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)

    def runs(self):
        """Until it has reached its epoch. It must not end in any other way."""
        status = self.process.poll()
        if status not in (None, 0):
            raise AssertionError(f"{self.name} ended with {status}:\n{self.state()}")
        return status is None

    def flash(self):
        """Both slots, whatever they hold; blank if it did not make its file yet."""
        try:
            with open(self.path, "rb") as file:
                return file.read().ljust(2 * SLOT_SIZE, b"\xff")
        except FileNotFoundError:
            return b"\xff" * 2 * SLOT_SIZE

    def lose_flash(self):
        os.remove(self.path)

    def state(self):
        """What it told."""
        with open(self.log, encoding="utf-8") as log:
            return log.read()

    def reset(self):
        """Power off and on."""
        self.stop()
        self.start()

    def leap(self):
        """Its clock, by four minutes: over a pause between two logins, or the wait at power-on."""
        self.process.send_signal(signal.SIGUSR2)

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
