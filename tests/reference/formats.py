"""Writes what Python makes of thousands of formats, as JSON: [kind, value, format, result, error]."""

import json
import random
import struct
import sys

random.seed(20260101)


def a_float():
    chance = random.random()
    if chance < 0.1:
        return random.choice(
            [0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1e16, 9999999999999998.0, 1e15, 1e-4, 1e-5]
            + [0.1 + 0.2, 2.5, 0.5, 1.5, 5e-324, 1.7976931348623157e308, 123456.5, 1e22, 1e23]
        )
    if chance < 0.35:
        return struct.unpack("<d", struct.pack("<Q", random.getrandbits(64)))[0]
    if chance < 0.6:
        return random.uniform(-1e6, 1e6)
    if chance < 0.8:
        return round(random.uniform(-1000, 1000), random.randint(0, 4))
    if chance < 0.9:
        return random.randint(-4000, 4000) / 8
    return random.choice([-1, 1]) * 10.0 ** random.randint(-320, 308)


def an_int():
    chance = random.random()
    if chance < 0.4:
        return random.randint(-2000, 2000)
    if chance < 0.6:
        return random.randint(-(2**63), 2**63)
    if chance < 0.7:
        return random.choice([0, 1, -1, 65, 0x1F600, 1000, 999, 10**6, 1114111, 1114112])
    return random.randint(-(10 ** random.randint(1, 60)), 10 ** random.randint(1, 60))


def a_value():
    chance = random.random()
    if chance < 0.45:
        x = a_float()
        return x, "f:" + repr(x)
    if chance < 0.8:
        x = an_int()
        return x, "i:%d/%x" % (x, x)
    if chance < 0.85:
        x = random.choice([True, False])
        return x, "b:" + str(x)
    x = random.choice(["", "a", "abc", "Köln", "日本語", "long text here", "🙂x"])
    return x, "s:" + x


def a_spec():
    spec = ""
    if random.random() < 0.4:
        if random.random() < 0.6:
            spec += random.choice("*0x_ é<>^=,.")
        spec += random.choice("<>^=")
    if random.random() < 0.25:
        spec += random.choice("+- ")
    if random.random() < 0.15:
        spec += "#"
    if random.random() < 0.25:
        spec += "0"
    if random.random() < 0.5:
        spec += str(random.randint(0, 30))
    if random.random() < 0.25:
        spec += random.choice(",_")
    if random.random() < 0.4:
        spec += "." + str(random.choice([0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 17, 20, 30]))
    if random.random() < 0.75:
        spec += random.choice("bcdeEfFgGnosxX%")
    if random.random() < 0.02:
        spec += random.choice(["q", ",", "_", ".", " ", "\x7f", "é", "99999999999999999999"])
    return spec


def a_percent():
    spec = "%"
    for _ in range(random.choice([0, 0, 1, 2])):
        spec += random.choice("-+ #0")
    if random.random() < 0.5:
        spec += str(random.randint(0, 25))
    if random.random() < 0.4:
        spec += "." + random.choice(["", "0", "1", "2", "3", "7", "20"])
    if random.random() < 0.1:
        spec += random.choice("hlL")
    letter = random.choice("diouxXeEfFgGcs")
    if random.random() < 0.02:
        letter = random.choice("yzé")
    return random.choice(["", "a", "é"]) + spec + letter + random.choice(["", "%%", "b"])


def attempt(make):
    try:
        text = make()
    except (ValueError, TypeError, OverflowError) as error:
        return None, str(error)
    # Half of a pair is no character outside Python.
    return (text, None) if not any(0xD800 <= ord(c) < 0xE000 for c in text) else None


cases = []
for _ in range(40000):
    value, written = a_value()
    kind = random.choice("FFFFPPPR")
    if kind == "F":
        spec = a_spec()
        result = spec and attempt(lambda: format(value, spec))
    elif kind == "P":
        spec = a_percent()
        result = attempt(lambda: spec % value)
    else:
        spec = ""
        result = isinstance(value, float) and (repr(value), None)
    if result:
        cases.append([kind, written, spec, *result])
json.dump(cases, sys.stdout)
