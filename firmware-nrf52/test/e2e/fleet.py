"""Many devices in one process, whose power fails all the time, against a real gateway."""
import json
import os
import subprocess

PRODUCT = "swarm"
OPERATIONS_PER_CUT = 40
DEVICES, DEVICES_WITH_BUG = {False: 500, True: 5000}, 40
FRAMES_LEAST = 5  # ENROLL, CONFIRM, ROTATE, CONFIRM, POLL
LISTED_MOST = 900  # of one page of the gateway's


def run_fleet(program, gateway, bundle, folder, prefix, devices):
    """Its exit status and its report."""
    path = os.path.join(folder, prefix + ".json")
    done = subprocess.run(
        [program, "--bundle", bundle, "--port", str(gateway.mqtt_port), "--prefix", prefix,
         "--devices", str(devices), "--rate", "1000", "--connections-at-once", "100", "--power-cuts",
         str(OPERATIONS_PER_CUT), "--time-scale", "0.002", "--seconds", "300", "--json", path],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), f"{done.returncode}: {done.stdout}{done.stderr}"
    with open(path, encoding="utf-8") as file:
        return done.returncode, json.load(file)


def every_device_keeps_its_key(program, gateway, bundle, folder, devices):
    status, report = run_fleet(program, gateway, bundle, folder, "whole", devices)
    assert status == 0 and report["accepted"] == devices and report["enrolled"] == devices, report
    assert report["bricked"] == report["sameKeys"] == report["flashFaults"] == 0, report
    assert report["powerCuts"] > devices and report["rotations"] >= devices, report
    assert min(report["framesOut"], report["framesIn"]) >= FRAMES_LEAST * devices, report
    epochs = [epoch for name, epoch in gateway.epochs(PRODUCT).items() if name.startswith("whole-")]
    assert len(epochs) >= min(devices, LISTED_MOST) and min(epochs) >= 2, sorted(epochs)[:3]
    print(f"           {devices} devices in one process, {report['powerCuts']} power cuts: each "
          "has a key of its own, which the gateway accepts after one more reboot; "
          f"{report['lifeSeconds'] + report['proofSeconds']:.1f} s")


def bug_is_caught(program, gateway, bundle, folder):
    status, report = run_fleet(program, gateway, bundle, folder, "bug", DEVICES_WITH_BUG)
    assert status == 1 and report["bricked"] > 0, f"one slot was not caught: {report}"
    assert report["bricked"] + report["accepted"] == DEVICES_WITH_BUG, report
    print(f"           a fleet with one slot: caught, {report['bricked']} of {DEVICES_WITH_BUG} "
          "bricked")


def fleets(programs, gateway, page, folder, full):
    bundle = os.path.join(folder, "swarm.hex")
    gateway.make_product(PRODUCT, page, bundle)
    every_device_keeps_its_key(programs[0], gateway, bundle, folder, DEVICES[full])
    bug_is_caught(programs[1], gateway, bundle, folder)
