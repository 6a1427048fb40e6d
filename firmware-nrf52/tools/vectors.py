#!/usr/bin/env python3
"""Prints vectors/otakey1.json as a C header: every field that a device sees.

Usage: tools/vectors.py FILE
"""
import json
import sys

TEXTS = ["platformSecret", "loginName"]
BYTES = [
    "deviceEphemeralPrivate", "requestPayload", "request", "token", "deviceKey", "grantPayload",
    "grant", "confirm", "ack", "abandonInstead", "abandonAck", "pollNonce", "poll", "notice",
    "pushedNotice", "supersededError", "plainError",
]


def snake(name):
    return "".join("_" + c.lower() if c.isupper() else c for c in name)


def span(text):
    """A struct otakey_span of hex; of data NULL if the vector has no such field."""
    if text is None:
        return "{0, 0}"
    data = bytes.fromhex(text)
    escaped = "".join(f"\\x{byte:02x}" for byte in data)
    return f'{{(const uint8_t *)"{escaped}", {len(data)}}}'


def ascii_span(text):
    return span(text.encode("ascii").hex())


def errors(step):
    listed = step["errorsToPoll"].items()
    return "{" + ", ".join(f"{{{code}, {span(frame)}}}" for code, frame in listed) + "}"


def step_initializer(step):
    fields = [f".is_rotation = {int(step['kind'] == 'rotate')}", f".epoch = {step['epoch']}u"]
    fields += [f".{snake(name)} = {span(step.get(name))}" for name in BYTES]
    fields += [f".{snake(name)} = {json.dumps(step[name])}" for name in TEXTS if name in step]
    fields += [f".errors = {errors(step)}", f".error_count = {len(step['errorsToPoll'])}"]
    return "{\n    " + ",\n    ".join(fields) + "}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)["cases"]
    most_errors = max(len(step["errorsToPoll"]) for case in cases for step in case["steps"])
    print("/* Made from vectors/otakey1.json; do not edit. */")
    print('#include "otakey/types.h"\n')
    print("struct vector_error { int code; struct otakey_span frame; };")
    print("struct vector_step {\n    int is_rotation;\n    uint32_t epoch;")
    for name in BYTES:
        print(f"    struct otakey_span {snake(name)};")
    for name in TEXTS:
        print(f"    const char *{snake(name)};")
    print(f"    struct vector_error errors[{most_errors}];\n    int error_count;\n}};")
    print("struct vector_case {\n    const char *name;")
    print("    struct otakey_span product_id, device_id, product_key, gateway_public;")
    print("    uint8_t product_key_version, gateway_key_id;")
    print("    const struct vector_step *steps;\n    int step_count;\n};")
    for number, case in enumerate(cases):
        print(f"static const struct vector_step vector_steps_{number}[] = {{")
        print(",\n".join(step_initializer(step) for step in case["steps"]) + "};")
    print("static const struct vector_case vector_cases[] = {")
    for number, case in enumerate(cases):
        print(f"""    {{{json.dumps(case['name'])}, {ascii_span(case['productId'])},
     {ascii_span(case['deviceId'])}, {span(case['productKey'])}, {span(case['gatewayPublic'])},
     {case['productKeyVersion']}, {case['gatewayKeyId']}, vector_steps_{number},
     {len(case['steps'])}}},""")
    print("};")


main()
