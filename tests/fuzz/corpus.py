"""The hand-made hostile corpus: documents that are broken, huge, deep, or full of odd numbers.

T-25 (text and numbers), T-16 (keys), T-19 (what takes long to refuse), F-18 (huge and deep networks), F-19 (integers).
"""

import json
from typing import Any

GRAPH: dict[str, Any] = {
    "version": 1,
    "inputs": {"x": {"axes": ["D"], "shape": [2]}},
    "nodes": [
        {"id": "hidden", "layer": {"kind": "Linear", "out_features": 4}, "inputs": ["x"]},
        {"id": "bent", "layer": {"kind": "Tanh"}, "inputs": ["hidden"]},
        {"id": "out", "layer": {"kind": "Linear", "out_features": 1}, "inputs": ["bent"]},
    ],
    "outputs": {"y": "out"},
}
INTEGERS: tuple[Any, ...] = (
    -1, 0, -0.0, 1.5, 2**31, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63), 10**40, 1e308, -1e308, 5e-324, 1e18,
    True, None, "", "1", "1e3", "0x10", "٣", [], [1], {}, {"a": 1},
)  # fmt: skip
"""What may stand where a number should."""


def text(document: Any) -> bytes:
    return json.dumps(document).encode()


def raw_bodies() -> dict[str, bytes]:
    """List what is no JSON, or beyond a bound."""
    return {
        "empty object": b"{}",
        "empty list": b"[]",
        "null": b"null",
        "true": b"true",
        "number": b"1",
        "string": b'"text"',
        "only space": b"   ",
        "cut off": b'{"graph": {"nodes": [',
        "trailing comma": b'{"a": 1,}',
        "single quotes": b"{'a': 1}",
        "comment": b'{"a": 1} // x',
        "two documents": b"{}{}",
        "nan": b'{"graph": NaN}',
        "infinity": b'{"graph": Infinity}',
        "minus infinity": b'{"graph": -Infinity}',
        "overflow": b'{"steps": 1e999}',
        "nested nan": b'{"graph": {"nodes": [{"id": NaN}]}}',
        "nan in a refused field": b'{"nonsense": [NaN, NaN]}',
        "lone high surrogate": b'{"title": "\\ud800"}',
        "lone low surrogate": b'{"title": "\\udc00x"}',
        "surrogates reversed": b'{"title": "\\udc00\\ud800"}',
        "surrogate in a key": b'{"\\ud800": 1}',
        "surrogate as bytes": b'{"title": "\xed\xa0\x80"}',
        "latin-1": b'{"title": "\xe9"}',
        "overlong utf-8": b'{"title": "\xc0\xaf"}',
        "utf-16": '{"title": "x"}'.encode("utf-16"),
        "utf-32": '{"title": "x"}'.encode("utf-32"),
        "byte order mark": b"\xef\xbb\xbf{}",
        "nul": b'{"title": "a\\u0000b"}',
        "raw nul": b'{"title": "a\x00b"}',
        "control bytes": b'{"title": "\\u0001\\u0008\\u001b[31m"}',
        "raw line end": b'{"title": "a\nb"}',
        "bell and delete": b'{"title": "\\u0007\\u007f"}',
        "line separator": b'{"title": "\\u2028"}',
        "right-to-left": b'{"title": "\\u202egnp.exe"}',
        "proto": b'{"__proto__": {"isAdmin": true}}',
        "proto inside": b'{"graph": {"__proto__": {"x": 1}}}',
        "constructor": b'{"constructor": {"prototype": {"x": 1}}}',
        "dotted proto": b'{"optimizer.__proto__.lr": 1}',
        "python class": b'{"__class__": "os.system"}',
        "empty key": b'{"": 1}',
        "key with spaces": b'{"a b": 1}',
        "key of 100 kB": text({"a" * 100_000: 1}),
        "string of 5 kB": text({"title": "a" * 5000}),
        "string of 200 kB": text({"title": "a" * 200_000}),
        "deep lists": b"[" * 100_000 + b"]" * 100_000,
        "deep lists, open": b"[" * 200_000,
        "deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        "33 levels": b"[" * 33 + b"]" * 33,
        "200 kB of ones": b"[" + b"1," * 100_000 + b"1]",
        "many small objects": b"[" + b"{}," * 60_000 + b"{}]",
        "many lists": text([[[1] * 100] * 10] * 100),
        "600 keys": text({f"k{i}": i for i in range(600)}),
        "same key often": b"{" + b",".join(b'"a":%d' % i for i in range(10_000)) + b"}",
        "long number": b'{"steps": ' + b"9" * 100_000 + b"}",
        "long fraction": b'{"steps": 0.' + b"3" * 100_000 + b"}",
        "long exponent": b'{"steps": 1e-' + b"9" * 10_000 + b"}",
        "beyond 2^53": b'{"steps": 9007199254740993}',
        "leading zero": b'{"steps": 01}',
        "plus sign": b'{"steps": +1}',
        "hexadecimal": b'{"steps": 0x10}',
        "one byte too much": b" " * (256 * 1024) + b"1",
        "20 MB": b"[" + b"0," * 10_000_000 + b"0]",
        "xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>',
        "pickle": b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.",
        "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
        "yaml": b"!!python/object/apply:os.system ['id']",
        "form": b"preset=mlp-circles&optimizer.lr=1",
    }


def chain(count: int, kind: str = "Tanh") -> dict[str, Any]:
    """Write a graph of so many layers in a row."""
    nodes = [
        {"id": f"n{i}", "layer": {"kind": kind}, "inputs": [f"n{i - 1}" if i else "x"]}
        for i in range(count)
    ]
    return GRAPH | {"nodes": nodes, "outputs": {"y": f"n{count - 1}"}}


def nested(depth: int, repeat: int | None = None) -> dict[str, Any]:
    """Write a graph of blocks in blocks."""
    body: dict[str, Any] = {"id": "core", "layer": {"kind": "Tanh"}, "inputs": ["x"]}
    name = "core"
    for level in range(depth):
        inside = {"inputs": ["x"], "nodes": [body], "outputs": {"x": name}}
        body = {"id": f"b{level}", "block": inside, "inputs": {"x": "x"}}
        if repeat is not None:
            body["repeat"] = repeat
        name = body["id"]
    return GRAPH | {"nodes": [body], "outputs": {"y": name}}


def wide(count: int, inputs: int) -> dict[str, Any]:
    """Write a graph with very many connections."""
    nodes = [
        {"id": f"n{i}", "layer": {"kind": "Add"}, "inputs": ["x"] * inputs} for i in range(count)
    ]
    return GRAPH | {"nodes": nodes, "outputs": {"y": "n0"}}


def spoiled(**parts: Any) -> dict[str, Any]:
    return GRAPH | parts


def node(**facts: Any) -> dict[str, Any]:
    """Write the graph with its first node changed."""
    first = GRAPH["nodes"][0] | facts
    return GRAPH | {"nodes": [first, *GRAPH["nodes"][1:]]}


def layer(**settings: Any) -> dict[str, Any]:
    return node(layer={"kind": "Linear", "out_features": 4} | settings)


def graphs() -> dict[str, dict[str, Any]]:
    """List networks that are well-formed JSON and bad networks: huge, deep, circular, torn, or with odd numbers."""
    found = {
        "no inputs": spoiled(inputs={}),
        "no outputs": spoiled(outputs={}),
        "chain of 513": chain(513),
        "chain of 10,000": chain(10_000),
        "chain of 512 dense": chain(512, "Linear"),
        "blocks 9 deep": nested(9),
        "blocks 40 deep": nested(40),
        "blocks 300 deep": nested(300),
        "repeat of repeats": nested(8, 1024),
        "repeat 0": nested(1, 0),
        "repeat 2^31": nested(1, 2**31),
        "100,000 edges": wide(400, 250),
        "30,000 edges": wide(500, 60),
        "self-loop": node(inputs=["hidden"]),
        "circle": node(inputs=["out"]),
        "unknown source": node(inputs=["nowhere"]),
        "torn": node(inputs=[]),
        "too many inputs": node(inputs=["x", "x"]),
        "same name twice": node(id="out"),
        "name of an input": node(id="x"),
        "name of a method": node(id="forward"),
        "name with a dot": node(id="a.b"),
        "name with markup": node(id="<img src=x onerror=alert(1)>"),
        "name with a path": node(id="../../etc/passwd"),
        "name of 41": node(id="a" * 41),
        "python as kind": layer(kind="os.system"),
        "dunder as kind": layer(kind="__class__"),
        "torch as kind": layer(kind="torch.ops.aten.add"),
        "unknown setting": layer(nonsense=1),
        "module and class": layer(module="os", class_name="system"),
        "axes and shape differ": spoiled(inputs={"x": {"axes": ["D", "H"], "shape": [2]}}),
        "nine axes": spoiled(inputs={"x": {"axes": list("ABCDEFGHI"), "shape": [1] * 9}}),
        "17 inputs": spoiled(inputs={f"x{i}": {"axes": ["D"], "shape": [2]} for i in range(17)}),
        "version 2": spoiled(version=2),
        "version text": spoiled(version="1"),
        "version nested": spoiled(version={"a": 1}),
        "version list": spoiled(version=[1]),
        "tied to nothing": spoiled(tied=[["hidden.weight", "nowhere.weight"]]),
        "tied to itself": spoiled(tied=[["hidden.weight", "hidden.weight"]]),
        "tied in shapes that differ": spoiled(tied=[["hidden.weight", "out.weight"]]),
        "tied path": spoiled(tied=[["hidden.__class__", "out.weight"]]),
        "nodes as object": spoiled(nodes={"0": GRAPH["nodes"][0]}),
        "node as list": spoiled(nodes=[[]]),
        "node and block": spoiled(nodes=[GRAPH["nodes"][0] | nested(1)["nodes"][0]]),
    }
    found |= {f"out_features {number!r}": layer(out_features=number) for number in INTEGERS}
    found |= {
        f"shape {number!r}": spoiled(inputs={"x": {"axes": ["D"], "shape": [number]}})
        for number in INTEGERS
    }
    return found


JOB = {"preset": "mlp-circles"}
NUMBERED = (
    "steps",
    "seed",
    "batch.size",
    "optimizer.lr",
    "dataset.noise",
    "batch",
    "optimizer",
    "graph",
    "title",
)
"""Keys of a job that odd numbers are put into."""


def jobs() -> dict[str, dict[str, Any]]:
    """List jobs with odd numbers and odd parts."""
    found: dict[str, dict[str, Any]] = {
        f"{key} {number!r}": JOB | {key: number} for key in NUMBERED for number in INTEGERS
    }
    return found | {
        "unknown preset": {"preset": "nowhere"},
        "preset as path": {"preset": "../../etc/passwd"},
        "preset of a paper": {"preset": "mlp-megapixel-paper"},
        "preset as list": {"preset": ["mlp-circles"]},
        "unknown key": JOB | {"nonsense": 1},
        "unknown dotted key": JOB | {"optimizer.nonsense": 1},
        "dots alone": JOB | {"a...b": 1},
        "deep dots": JOB | {"a." * 150 + "a": 1},
        "dotted graph": JOB | {"graph.nodes": []},
        "overrides as list": JOB | {"overrides": [1]},
        "device of nobody": JOB | {"device": "cuda:99"},
        "device as path": JOB | {"device": "/dev/null"},
        "precision": JOB | {"precision": "float16"},
        "python as dataset": JOB | {"dataset": {"kind": "os.system"}},
        "network that does not fit": JOB | {"graph": layer(out_features=10**9)},
        "network with a circle": JOB | {"graph": node(inputs=["out"])},
    }


def changes() -> dict[str, dict[str, Any]]:
    """List changes of a run with odd numbers and odd parts."""
    found: dict[str, dict[str, Any]] = {
        f"{key} {number!r}": {key: number}
        for key in ("optimizer.lr", "batch.size", "steps", "pace", "seed", "dataset.noise")
        for number in INTEGERS
    }
    weight = {"parameter": "hidden1.weight", "index": [0, 0], "value": 1.0}
    found |= {
        f"weight {number!r}": {"weights": [weight | {"value": number}]} for number in INTEGERS
    }
    found |= {
        f"index {number!r}": {"weights": [weight | {"index": [number, 0]}]} for number in INTEGERS
    }
    return found | {
        "parameter of nobody": {"weights": [weight | {"parameter": "nowhere.weight"}]},
        "parameter as code": {"weights": [weight | {"parameter": "__class__.__init__"}]},
        "nine indices": {"weights": [weight | {"index": [0] * 9}]},
        "too few indices": {"weights": [weight | {"index": []}]},
        "100 weights": {"weights": [weight] * 100},
        "point far away": {"points": [{"action": "add", "position": [1e308, 0], "label": 0}]},
        "point without place": {"points": [{}]},
        "points as object": {"points": {"0": {}}},
        "17 changes": {f"k{i}": 1 for i in range(17)},
        "another network": {"graph": nested(9)},
        "a network that does not fit": {"graph": layer(out_features=7)},
        "another dataset": {"dataset": {"kind": "nowhere"}},
    }
