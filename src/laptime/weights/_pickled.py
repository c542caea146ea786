"""Tensors out of a file that `torch.save` wrote before 2020, without running the pickles in it.

A pickle is a program: loading one runs whatever it says. Here its instructions are only listed
(`pickletools.genops`), and the few that make up a state dict are followed on a stack of plain values.
A name such as `torch._utils._rebuild_tensor_v2` stays a string that is compared, never looked up, so
nothing can be called; any other name or instruction ends the reading.

The format: five pickles (a magic number, the format's version, facts on the writer, the state dict,
the storages in order), then each storage as its count (int64) and its numbers, little-endian.
"""

from __future__ import annotations

import io
import math
import pickletools
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")

MAGIC = 0x1950A86A20F9469CFC6C  # of torch.save
VERSION = 1001

DICT = "collections OrderedDict"
TENSOR = "torch._utils _rebuild_tensor_v2"
STORAGES: dict[str, np.dtype[Any]] = {
    "torch FloatStorage": np.dtype("<f4"),
    "torch LongStorage": np.dtype("<i8"),
}

CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
LITERALS = frozenset({"BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE"})
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class _Name(str):
    """What a pickle would import and call."""

    __slots__ = ()


class _Mark:
    """Where a tuple or the items of a dict begin on the stack."""


class _Storage(NamedTuple):
    key: str
    dtype: np.dtype[Any]
    length: int


class _Tensor(NamedTuple):
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


def read(raw: bytes) -> dict[str, NDArray[Any]]:
    """Every tensor of a state dict by its name, in the shape that PyTorch gives it.

    Raises:
        ValueError: anything else than such a file, and what is odd about it.
    """
    stream = io.BytesIO(raw)
    magic, version = _value(stream, int), _value(stream, int)
    facts, state, keys = _value(stream, dict), _value(stream, dict), _value(stream, list)
    if (magic, version) != (MAGIC, VERSION) or facts != facts | {"little_endian": True}:
        raise ValueError("not written by torch.save as expected")
    if not all(isinstance(name, str) and isinstance(t, _Tensor) for name, t in state.items()):
        raise ValueError("holds something else than tensors")
    storages = {tensor.storage.key: tensor.storage for tensor in state.values()}
    if sorted(storages) != sorted(map(str, keys)):
        raise ValueError("its list of storages does not fit its tensors")
    numbers = {str(key): _numbers(stream, storages[str(key)]) for key in keys}
    if stream.read(1):
        raise ValueError("goes on after its last tensor")
    return {name: _strided(numbers[each.storage.key], each) for name, each in state.items()}


def _numbers(stream: io.BytesIO, storage: _Storage) -> NDArray[Any]:
    count = int.from_bytes(stream.read(8), "little")
    raw = stream.read(storage.length * storage.dtype.itemsize)
    if count != storage.length or len(raw) != count * storage.dtype.itemsize:
        raise ValueError(f"storage {storage.key} is cut short")
    return np.frombuffer(raw, storage.dtype)


def _strided(numbers: NDArray[Any], tensor: _Tensor) -> NDArray[Any]:
    """The tensor that looks at `numbers`; a copy of its own."""
    if len(tensor.shape) != len(tensor.stride) or min(tensor.shape, default=1) < 1:
        raise ValueError(f"a tensor of shape {tensor.shape} and stride {tensor.stride}")
    steps = zip(tensor.shape, tensor.stride, strict=True)
    last = tensor.offset + sum((length - 1) * stride for length, stride in steps)
    fits = last < len(numbers) and math.prod(tensor.shape) <= len(numbers)
    if min(tensor.offset, *tensor.stride, 0) < 0 or not fits:
        raise ValueError("a tensor reaches beyond its storage")
    strides = [stride * numbers.itemsize for stride in tensor.stride]
    view = np.lib.stride_tricks.as_strided(numbers[tensor.offset :], tensor.shape, strides)
    return np.array(view, order="C")


def _value(stream: io.BytesIO, kind: type[T]) -> T:
    """What one pickle describes, as a plain value."""
    machine = _Machine()
    for opcode, argument, _ in pickletools.genops(stream):
        try:
            machine.follow(opcode.name, argument)
        except (IndexError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"its pickle is damaged at {opcode.name}") from error
    (value,) = machine.stack or [None]
    if not isinstance(value, kind):
        raise ValueError(f"holds a {type(value).__name__} where a {kind.__name__} should be")
    return value


class _Machine:
    """The stack and the memory of one pickle."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._memory: dict[int, Any] = {}

    def follow(self, name: str, argument: Any) -> None:
        """Follow one instruction."""
        push = self.stack.append
        match name:
            case "PROTO" | "STOP":
                pass
            case _ if name in LITERALS:
                push(argument)
            case _ if name in CONSTANTS:
                push(CONSTANTS[name])
            case "BINPUT" | "LONG_BINPUT":
                self._memory[argument] = self.stack[-1]
            case "BINGET" | "LONG_BINGET":
                push(self._memory[argument])
            case "GLOBAL":
                push(_allowed(argument))
            case "MARK":
                push(_Mark())
            case "TUPLE":
                push(tuple(self._to_mark()))
            case _ if name in TUPLES:
                push(tuple([self.stack.pop() for _ in range(TUPLES[name])][::-1]))
            case _:
                self._build(name)

    def _build(self, name: str) -> None:
        """The instructions that fill a container or stand for a call."""
        stack = self.stack
        match name:
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_LIST":
                stack.append([])
            case "APPEND" | "APPENDS":
                items = self._to_mark() if name == "APPENDS" else [stack.pop()]
                stack[-1].extend(items)
            case "SETITEM" | "SETITEMS":
                items = self._to_mark() if name == "SETITEMS" else [stack.pop(), stack.pop()][::-1]
                stack[-1].update(zip(items[::2], items[1::2], strict=True))
            case "BINPERSID":
                stack.append(_storage(*stack.pop()))
            case "REDUCE":
                arguments, called = stack.pop(), stack.pop()
                stack.append(_called(called, arguments))
            case "BUILD":
                stack.pop()  # versions of the modules, which an OrderedDict carries along
            case _:
                raise ValueError(f"its pickle holds the instruction {name}, which nothing needs")

    def _to_mark(self) -> list[Any]:
        items: list[Any] = []
        while not isinstance(item := self.stack.pop(), _Mark):
            items.append(item)
        return items[::-1]


def _allowed(name: str) -> _Name:
    if name not in {DICT, TENSOR, *STORAGES}:
        raise ValueError(f"its pickle names '{name}', which no tensor needs")
    return _Name(name)


def _storage(tag: str, kind: _Name, key: str, _where: str, count: int, view: None) -> _Storage:
    is_storage = tag == "storage" and view is None and isinstance(kind, _Name)
    if not (is_storage and isinstance(key, str) and isinstance(count, int) and count >= 0):
        raise ValueError("its pickle refers to something else than a storage")
    return _Storage(key, STORAGES[kind], count)


def _called(name: Any, arguments: tuple[Any, ...]) -> dict[Any, Any] | _Tensor:
    """What a call would have made."""
    if isinstance(name, _Name) and name == DICT and not arguments:
        return {}
    if isinstance(name, _Name) and name == TENSOR:
        storage, offset, shape, stride, *_ = arguments
        if isinstance(storage, _Storage) and all(
            isinstance(each, int) for each in (offset, *shape, *stride)
        ):
            return _Tensor(storage, offset, shape, stride)
    raise ValueError("its pickle calls something that no tensor needs")
