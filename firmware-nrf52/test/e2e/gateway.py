"""A real gateway on free ports, and its command line; for tests from end to end."""
import json
import os
import re
import signal
import subprocess
import time
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))

HANGS = 300  # seconds after which nothing comes any more, however loaded the machine is
# A node that lives for a minute spends more on the better compiler than that saves.
FAST_START = os.environ.get("OTAKEY_JAVA_OPTIONS", "") + " -XX:TieredStopAtLevel=1"
HOST_PAGE, CHIP_PAGE = "0x0007F000", "0x0003F000"  # where bundles belong


def wait_for(what, condition, state=lambda: "", seconds=HANGS):
    """Waits for a condition; fails loudly, saying what did not happen, and how things stand. Since
    it ends with the condition, `seconds` is only when there is no hope any more."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}{state()}")


class Gateway:
    """One node with data in a folder; its MQTT port stays the same when it is started again."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "gateway")
        self.log = os.path.join(folder, "gateway.log")
        os.mkdir(self.folder)
        self.mqtt_port = self.hook_port = 0
        self.process = None
        self.environment = dict(os.environ, OTAKEY_DATA=self.folder, OTAKEY_HOOK_ENABLED="true",
                                OTAKEY_EXCHANGE_GRANTSPERHOUR="1000",
                                OTAKEY_EXCHANGE_POLLAFTER="20",
                                OTAKEY_JAVA_OPTIONS=FAST_START)

    def start(self):
        environment = dict(self.environment)
        for listener in ("MQTT", "MQTTS", "HTTP", "HTTPS", "ADMIN", "HOOK"):
            environment[f"OTAKEY_{listener}_HOST"] = "127.0.0.1"
            environment[f"OTAKEY_{listener}_PORT"] = "0"
        environment["OTAKEY_MQTT_PORT"] = str(self.mqtt_port)
        endpoints = os.path.join(self.folder, "endpoints.json")
        if os.path.exists(endpoints):
            os.remove(endpoints)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([os.path.join(ROOT, "otakey"), "gateway"], stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL,
                                            env=environment)
        wait_for("the gateway serves", lambda: self._serves(endpoints))
        with open(endpoints, encoding="utf-8") as file:
            ports = {name: int(port) for name, port in
                     re.findall(r'"(\w+)":(\d+)', file.read())}
        self.mqtt_port, self.hook_port = ports["mqtt"], ports["hook"]
        self.environment["OTAKEY_URL"] = f"http://127.0.0.1:{ports['admin']}"
        self.environment["OTAKEY_TOKEN_FILE"] = os.path.join(self.folder, "admin-token")

    def _serves(self, endpoints):
        if self.process.poll() is not None:
            with open(self.log, encoding="utf-8") as log:
                raise AssertionError("the gateway ended:\n" + log.read())
        return os.path.exists(endpoints)

    def kill(self):
        """Without a word, as when the machine fails; its database is left behind."""
        self._signal(signal.SIGKILL)

    def stop(self):
        """Everything of it, whatever happened before."""
        if self.process is not None:
            self._signal(signal.SIGTERM)
        try:
            with open(os.path.join(self.folder, "database", "cluster", "postmaster.pid"),
                      encoding="ascii") as file:
                os.kill(int(file.readline()), signal.SIGINT)
        except (FileNotFoundError, ProcessLookupError):
            pass

    def _signal(self, which):
        self.process.send_signal(which)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def admin(self, *arguments):
        done = subprocess.run([os.path.join(ROOT, "otakey"), "admin", *arguments], check=False,
                              env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"admin {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def make_product(self, product, page, file, connection=0):
        """A product that is open to whoever holds its key, and its bundle as Intel HEX."""
        self._ask("/products", {"id": product, "name": product, "connectionId": connection,
                                "policy": {"allowList": False}})
        self._ask(f"/products/{product}/keys", {})
        self.bundle(product, page, file)

    def bundle(self, product, page, file):
        text = self._answer(f"/products/{product}/bundle?format=hex&pageAddress={page}"
                            "&gatewayAddress=127.0.0.1")
        with open(file, "wb") as hex_file:
            hex_file.write(text)

    def bundle_by_command(self, product, page, file):
        self.admin("product", "bundle", product, "--format", "hex", "--address", page,
                   "--gateway-address", "127.0.0.1", "--output", file)

    def approve(self, product, device):
        answer = self._ask(f"/products/{product}/awaiting/approve", {"deviceIds": [device]})
        assert not answer["notApproved"], answer

    def move(self, product, device, connection):
        answer = self._ask(f"/products/{product}/wanted",
                           {"deviceIds": [device], "wish": "move", "connectionId": connection})
        assert not answer["notWanted"], answer

    def connection(self, platform, port, topic_prefix):
        """The id of a new one to a port of this machine."""
        return self._ask("/connections", {"platformId": platform, "scheme": "mqtt", "port": port,
                                          "host": "127.0.0.1", "topicPrefix": topic_prefix})["id"]

    def epochs(self, product):
        """Epoch of each active device, by its id; over the API, since it is asked often."""
        devices = self._ask(f"/devices?product={product}&limit=1000")["devices"]
        return {device["deviceId"]: device["epoch"] for device in devices
                if device["status"] == "active"}

    def awaiting(self, product):
        """Devices that ask for a first key again, though they have one."""
        return {device["deviceId"] for device in
                self._ask(f"/products/{product}/awaiting?limit=1000")["awaiting"]}

    def _ask(self, path, body=None):
        return json.loads(self._answer(path, body))

    def _answer(self, path, body=None):
        """Over the API, since the command line starts a Java for each; POST if there is a body."""
        with open(self.environment["OTAKEY_TOKEN_FILE"], encoding="ascii") as file:
            headers = {"Authorization": "Bearer " + file.read().strip(),
                       "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.environment["OTAKEY_URL"] + path, data, headers)
        with urllib.request.urlopen(request, timeout=HANGS) as answer:
            return answer.read()
