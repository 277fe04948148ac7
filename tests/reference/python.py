"""Writes a program that Python and a cell both run, and what Python prints, as JSON: [[line, printed], ...]."""

import io
import json
import random
import sys
from contextlib import redirect_stdout

random.seed(20260202)


def a_float():
    x = random.choice(
        [
            random.uniform(-1000, 1000),
            random.uniform(-1e9, 1e9),
            round(random.uniform(-100, 100), 2),
            random.choice([-1, 1]) * random.random() * 10.0 ** random.randint(-20, 25),
            random.randint(-40, 40) / 8,
            random.choice([0.0, -0.0, 0.1 + 0.2, 1e16, 1e22, 123456789.125, 2.0**53, 2.0**63, 1e300, 5e-324]),
        ]
    )
    return repr(x)


def an_int():
    return str(
        random.choice(
            [
                random.randint(-100, 100),
                random.randint(-(2**31), 2**31),
                random.randint(-(2**63), 2**63),
                random.choice([-1, 1]) * (2 ** random.randint(50, 70) + random.randint(-2, 2)),
                random.randint(-(10**40), 10**40),
                random.choice([0, 1, -1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 2**64]),
            ]
        )
    )


def a_number():
    return random.choice([a_float, an_int])()


def spec():
    text = random.choice(["", "", "<", ">", "^", "*^", "="]) + random.choice(["", "", "+", " "])
    text += random.choice(["", "", "0"]) + random.choice(["", "8", "14", "25"]) + random.choice(["", "", ",", "_"])
    return text + random.choice(["", ".0f", ".2f", ".3e", ".4g", ".1%", "d", "x", "b", "", "f", "g", "e", "G"])


def line():
    kind = random.randint(0, 15)
    a, b, x, n, m = a_number(), a_number(), a_float(), an_int(), an_int()
    if kind == 0:
        return f"a = {a}; w = {random.randint(0, 20)}; p = {random.randint(0, 9)}", 'print(f"<{a:{w}.{p}f}> {a!r:>{w}} {a=}")'
    if kind == 1:
        return f"a = {a}; b = {b}", f'print(f"{{a:{spec()}}}|{{b:{spec()}}}|{{a}} {{b = }}")'
    if kind == 2:
        return f"a = {a}; b = {b}", f'print("{{:{spec()}}}|{{0:{spec()}}}|{{}}".replace("{{0", "{{").format(a, b, a))'
    if kind == 3:
        code = random.choice(["%d", "%5.1f", "%-12s|", "%x", "%e", "%g", "%+08.2f", "%s", "%r", "%10.3e", "%o"])
        return f"a = {a}; b = {b}", f'print("{code} %s %%" % (a, b))'
    if kind == 4:
        return f"a = {a}; b = {x}", "print([a, b, (b, [a]), {1: b, 2.5: [a]}])"
    if kind == 5:
        return f"a = {x}", "print(str(a), repr(a), float(str(a)) == a, a, [a])"
    if kind == 6:
        return f"a = {n}; b = {m}", "print(a + b, a - b, a * b, a // b, a % b, divmod(a, b))"
    if kind == 7:
        return f"a = {n}; b = {m}", "print(a / b)"
    if kind == 8:
        return f"a = {n}; b = {x}", "print(a < b, a <= b, a == b, a != b, a > b, a >= b, b < a, b == a)"
    if kind == 9:
        near = random.choice([2**53, 2**60, 2**63, 10**20]) + random.randint(-3, 3)
        return f"a = {near}; b = {float(near)!r}", "print(a < b, a <= b, a == b, a != b, a > b, a >= b, b < a, b == a)"
    if kind == 10:
        return f"a = {x}; b = {random.choice([x, a_float(), '7', '-3', '0.1'])}", "print(a // b, a % b, divmod(a, b))"
    if kind == 11:
        return f"a = {random.randint(-30, 30)}; b = {random.randint(0, 90)}", "print(a ** b, pow(a, b), -a ** 2, 2 ** -b ** 1)"
    if kind == 12:
        return f"a = {random.choice([x, n])}; n = {random.randint(-5, 5)}", "print(round(a), round(a, n), abs(a))"
    if kind == 13:
        return f"s = {n!r}", "print(int(s) * int(s), str(int(s)), float(int(s)))"
    if kind == 14:
        op = random.choice(["-", "*", "//", "%"])
        return f"a = {n}; b = {m}; c = [a, [b]]", f"a {op}= b + 1; c[1][0] {op}= 7; print(a, c)"
    return f"a = {x}; n = {random.randint(0, 12)}", 'print(f"{round(a, 3)} {int(a)} {1_000_000:,} {{a}}", "%.*f" % (n, a))'


cases = []
while len(cases) < 6000:
    setup, show = line()
    source = f"{setup}; {show}"
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            exec(source, {})
    except (ValueError, TypeError, OverflowError, ZeroDivisionError):
        continue
    cases.append([source, printed.getvalue().rstrip("\n")])
json.dump(cases, sys.stdout)
