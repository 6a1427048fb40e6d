"""A real mosquitto as the platform, whose passwords are registered as a provisioner would do it,
and a listener that sees what devices publish."""
import base64
import hashlib
import hmac
import os
import shutil
import signal
import socket
import struct
import subprocess
import threading

from gateway import wait_for

PATH = os.environ.get("PATH", "") + ":/usr/sbin"
LISTENER = ("listener", "test password")
MAGIC, STORED = 0x4f544b31, 0x53544f31
PAGE_WORDS = 1024
CONFIRMED, BLANK = 3, 0xffffffff  # the marker's place behind STORED; a word that was never written
ACCEPTED = b"\x20\x02\x00\x00"


def text(string):
    return struct.pack(">H", len(string)) + string.encode()


def connect(client, user, password):
    """An MQTT 3.1.1 CONNECT of less than 16 KiB."""
    login = text("MQTT") + b"\x04\xc2\x00\x00" + text(client) + text(user) + text(password)
    size = len(login)
    length = bytes([size]) if size < 128 else bytes([size & 0x7f | 0x80, size >> 7])
    return b"\x10" + length + login


def accepts(port, client, user, password):
    """Whether a login there works."""
    with socket.create_connection(("127.0.0.1", port), 5) as probe:
        probe.settimeout(20)
        probe.sendall(connect(client, user, password))
        return probe.recv(4, socket.MSG_WAITALL) == ACCEPTED


class Listener:
    """Hears everything: MQTT 3.1.1 by hand. OSError if it is not let in."""

    def __init__(self, port, user, password):
        self.heard = {}  # by topic: the last payload
        self.stream = socket.create_connection(("127.0.0.1", port), 5)
        self.stream.settimeout(20)
        subscribe = b"\x00\x01" + text("#") + b"\x00"
        self.packets = self.stream.makefile("rb")
        self.stream.sendall(connect(f"listener-{port}", user, password))
        if self.packets.read(4) != ACCEPTED:
            self.close()
            raise ConnectionRefusedError(f"{user} is refused")
        self.stream.sendall(bytes([0x82, len(subscribe)]) + subscribe)
        self.stream.settimeout(None)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        try:
            while head := self.packets.read(2):
                body = self.packets.read(head[1])  # all that is published here is short
                if head[0] & 0xf0 == 0x30:
                    size = struct.unpack_from(">H", body)[0]
                    self.heard[body[2:2 + size].decode()] = body[2 + size:].decode()
        except OSError:
            pass  # closed

    def publish(self, topic):
        """An empty message, QoS 0, as the gateway's."""
        self.stream.sendall(bytes([0x30, 2 + len(topic)]) + text(topic))

    def close(self):
        self.stream.close()


class Broker:
    def __init__(self, folder):
        self.folder = os.path.join(folder, "broker")
        os.mkdir(self.folder)
        self.passwords = os.path.join(self.folder, "passwords")
        self.lock = threading.Lock()
        self.registered = set()
        self.process = None
        self.register(*LISTENER)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        config = os.path.join(self.folder, "broker.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(f"listener {self.port} 127.0.0.1\npassword_file {self.passwords}\n"
                       "log_dest none\n" + ("user root\n" if os.geteuid() == 0 else ""))
        self.process = subprocess.Popen([shutil.which("mosquitto", path=PATH), "-c", config],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.listener = wait_for("mosquitto accepts", self._connects)
        self.heard = self.listener.heard

    @staticmethod
    def is_installed():
        return shutil.which("mosquitto", path=PATH) is not None

    def register(self, user, password):
        """Makes a credential valid, once; mosquitto learns of it by a signal, and has to accept it
        before this returns. The file is replaced as a whole: mosquitto may be reading it."""
        with self.lock:
            if (user, password) in self.registered:
                return
            self.registered.add((user, password))
            new = self.passwords + ".new"
            if os.path.exists(self.passwords):
                shutil.copy(self.passwords, new)
            first = [] if os.path.exists(new) else ["-c"]
            subprocess.run([shutil.which("mosquitto_passwd", path=PATH), "-b", *first,
                            new, user, password], check=True, capture_output=True)
            os.replace(new, self.passwords)
            if self.process is not None:
                self.process.send_signal(signal.SIGHUP)
                wait_for("mosquitto knows " + user,
                         lambda: accepts(self.port, "probe", user, password))

    def _connects(self):
        try:
            return Listener(self.port, *LISTENER)
        except OSError:
            return None

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.listener.close()


def records(flash):
    """Epoch, device key, token of each stored record in two pages (src/store/store.h), confirmed
    or to be verified first, and whether it is confirmed."""
    words = struct.unpack("<2048I", flash)
    for page in (words[:PAGE_WORDS], words[PAGE_WORDS:]):
        markers = 3 + (page[1] & 0xffff) + 2
        data = struct.pack(">1024I", *page)
        whole = page[0] == MAGIC and markers + CONFIRMED < PAGE_WORDS
        if whole and page[markers] == STORED:
            yield (page[3], data[16:48], data[52:52 + (page[12] >> 16 & 0xff)],
                   page[markers + CONFIRMED] != BLANK)


def settled(flash):
    """The epoch of a confirmed key beside which there is nothing left to do; else 0."""
    kept = [(epoch, confirmed) for epoch, key, token, confirmed in records(flash)
            if any(key) or any(token)]
    return kept[0][0] if len(kept) == 1 and kept[0][1] else 0


def credential(flash, epoch, user, platform):
    """What a device with this flash shows under the key of that epoch (protocol, sections 2, 5)."""
    for found, key, token, _ in records(flash):
        if found == epoch and any(key):
            info = b"otakey/1 platform " + platform.encode() + b"\x01"
            secret = hmac.new(key, info, hashlib.sha256).digest()
            return (f"{user}.{token.hex()}",
                    base64.urlsafe_b64encode(secret).rstrip(b"=").decode())
    return None
