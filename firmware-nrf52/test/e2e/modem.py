"""A modem as ESP-AT is, on a serial line over TCP: told by AT commands whom to connect to, then
transparent until "+++" between silences."""
import re
import socket
import threading
import time

GUARD = 0.9  # seconds; the manual wants 1, the host's clock may differ a little


class Modem:
    def __init__(self, places):
        """`places` says for each (host, port) that is dialled where that is here, or None."""
        self.places = places
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.dialled = []
        self.hang_ups = 0
        self.peer = None
        self.transparent = False
        self.serial = None
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                self.serial, _ = self.listener.accept()
                self._talk()
            except OSError:
                return

    def _talk(self):
        line, escape, last = b"", b"", time.monotonic()
        while data := self.serial.recv(4096):
            silence, last = time.monotonic() - last, time.monotonic()
            if self.transparent and data in b"+++" and (escape or silence >= GUARD):
                escape += data
                self.transparent = len(escape) < 3
            elif self.transparent:
                self._carry(escape + data)
                escape = b""
            else:
                line, escape = line + data, b""
                self.serial.sendall(data)  # echo
                while b"\r\n" in line and not self.transparent:
                    command, line = line.split(b"\r\n", 1)
                    self._obey(command.decode("latin-1"))

    def _carry(self, data):
        try:
            self.peer.sendall(data)
        except OSError:
            pass  # it is gone; the modem says nothing of it

    def _obey(self, command):
        start = re.fullmatch(r'AT\+CIPSTART="TCP","([^"]+)",(\d+)', command)
        good = command in ("AT+CIPMODE=0", "AT+CIPMODE=1")
        if start:
            good = self._dial(start[1], int(start[2]))
        elif command == "AT+CIPCLOSE":
            good = self.peer is not None
            self._hang_up()
        elif command == "AT+CIPSEND" and self.peer is not None:
            self.transparent = True
            self.serial.sendall(b"\r\nOK\r\n\r\n>")
            threading.Thread(target=self._bring, args=(self.peer,), daemon=True).start()
            return
        if command:
            self.serial.sendall(b"\r\nOK\r\n" if good else b"\r\nERROR\r\n")

    def _dial(self, host, port):
        place = self.places(host, port)
        self.dialled.append((host, port))
        try:
            self.peer = socket.create_connection(place, 5) if place else None
        except OSError:
            self.peer = None
        return self.peer is not None

    def _bring(self, peer):
        try:
            while data := peer.recv(4096):
                if self.transparent and peer is self.peer:
                    self.serial.sendall(data)
        except OSError:
            pass

    def _hang_up(self):
        if self.peer is not None:
            self.peer.close()
            self.hang_ups += 1
        self.peer = None

    def close(self):
        for end in (self.listener, self.peer, self.serial):
            if end is not None:
                end.close()
