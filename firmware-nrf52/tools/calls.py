#!/usr/bin/env python3
"""No heap, no recursion, no stack frame whose size only the running program knows: of an image, by
the compiler's call graph of each of its objects and by its symbols.

Usage: tools/calls.py NM IMAGE.elf OBJECT.o…

Beside x.o: x.ci of -fcallgraph-info=su. Calls by pointer are not followed: they are those of port
and stream, which lead out of the core.
"""
import re
import subprocess
import sys

HEAP = {"malloc", "calloc", "realloc", "free", "sbrk"}
NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')


def heap(nm, image):
    out = subprocess.run([nm, image], check=True, capture_output=True, text=True).stdout
    names = {line.split()[-1] for line in out.splitlines() if line}
    return sorted(name for name in names if name.strip("_").removesuffix("_r") in HEAP)


def graph(objects):
    """Which function calls which, and those with a frame of no fixed size."""
    calls, loose = {}, set()
    for path in objects:
        with open(path.removesuffix(".o") + ".ci", encoding="utf-8") as file:
            text = file.read()
        for name, label in NODE.findall(text):
            calls.setdefault(name, set())
            if "(dynamic" in label:
                loose.add(name)
        for caller, called in EDGE.findall(text):
            calls.setdefault(caller, set()).add(called)
    return calls, loose


def cycle(calls):
    """Functions that call each other in a circle, or none. Depth first, without recursion."""
    done = set()
    for root in calls:
        path, on_path = [(root, iter(calls[root]))], {root}
        while root not in done:
            name, rest = path[-1]
            called = next(rest, None)
            if called is None:
                done.add(name)
                on_path.discard(name)
                path.pop()
                if not path:
                    break
            elif called in on_path:
                names = [name for name, _ in path]
                return names[names.index(called):] + [called]
            elif called not in done:
                on_path.add(called)
                path.append((called, iter(calls.get(called, ()))))
    return []


def main():
    nm, image, *objects = sys.argv[1:]
    calls, loose = graph(objects)
    name = image.split("/")[-2]
    for what, found in (("a heap", heap(nm, image)), ("recursion", cycle(calls)),
                        ("stack frames without a fixed size", sorted(loose))):
        if found:
            sys.exit(f"{name}: {what}: {' '.join(found)}")
    print(f"{name:<14} no heap, no recursion, fixed stack frames in {len(calls):,} functions")


if __name__ == "__main__":
    main()
