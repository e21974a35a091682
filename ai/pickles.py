"""Reads a pickle without running it.

Python's own reader imports and calls what a pickle names. This one knows the thirty opcodes that
tables of tensors need. A pickle may name only the globals that the caller lists, and what they
build is built by the caller's functions: nothing else can be called.
"""

import pickletools
from typing import Any, Callable, NamedTuple

from ai.errors import Refused

MAX_STEPS = 1 << 20  # the largest of the trunks needs about 2000


class Global(NamedTuple):
    """A name that a pickle refers to. It is never imported."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Unfinished:
    """What a builder gives for an object whose contents come later, as its state."""

    def __init__(self, finish: Callable[[Any], Any]) -> None:
        self.finish = finish


class _Mark:
    """Where a run of stack entries begins."""


_MARK = _Mark()


def _name(what: Any) -> str:
    return str(what) if isinstance(what, Global) else f"a {type(what).__name__}"


_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_ARGUMENTS = {  # opcodes that push their own argument
    *("BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "BINFLOAT"),
    *("BINUNICODE", "SHORT_BINUNICODE", "SHORT_BINSTRING", "BINSTRING", "UNICODE"),
}
_EMPTY = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_IGNORED = {"PROTO", "FRAME"}
_BROKEN = (
    *(ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError),
    RecursionError,
)


class _Machine:
    def __init__(
        self,
        builders: dict[Global, Callable[..., Any]],
        names: set[Global],
        persistent: Callable[[Any], Any],
    ) -> None:
        self.builders, self.names, self.persistent = builders, names, persistent
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self, file: Any) -> Any:
        for steps, (opcode, argument, _) in enumerate(pickletools.genops(file)):
            if steps > MAX_STEPS:
                raise Refused(f"its pickle has more than {MAX_STEPS} steps")
            if opcode.name == "STOP":
                return self.stack.pop()
            self.step(opcode.name, argument)
        raise Refused("its pickle has no end")

    def step(self, name: str, argument: Any) -> None:
        if name in _IGNORED:
            return
        if name in _ARGUMENTS:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            self.stack.append(_EMPTY[name]())
        elif name in _TUPLES:
            self.stack.append(self.take(_TUPLES[name]))
        elif hasattr(self, "do_" + name):
            getattr(self, "do_" + name)(argument)
        else:
            raise Refused(f"its pickle uses {name}, which tables of tensors do not need")

    def take(self, count: int) -> tuple[Any, ...]:
        """The last entries, which leave the stack."""
        taken = tuple(self.stack[len(self.stack) - count :])
        if len(taken) < count or any(entry is _MARK for entry in taken):
            raise Refused("its pickle takes more from its stack than there is")
        del self.stack[len(self.stack) - count :]
        return taken

    def since_mark(self) -> tuple[Any, ...]:
        for i in range(len(self.stack) - 1, -1, -1):
            if self.stack[i] is _MARK:
                taken = tuple(self.stack[i + 1 :])
                del self.stack[i:]
                return taken
        raise Refused("its pickle looks for a mark that is not there")

    def do_MARK(self, _: Any) -> None:
        self.stack.append(_MARK)

    def do_TUPLE(self, _: Any) -> None:
        self.stack.append(self.since_mark())

    def do_BINPUT(self, number: int) -> None:
        self.memo[number] = self.stack[-1]

    do_LONG_BINPUT = do_PUT = do_BINPUT

    def do_MEMOIZE(self, _: Any) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def do_BINGET(self, number: int) -> None:
        self.stack.append(self.memo[number])

    do_LONG_BINGET = do_GET = do_BINGET

    def do_APPEND(self, _: Any) -> None:
        (item,) = self.take(1)
        self.container(list).append(item)

    def do_APPENDS(self, _: Any) -> None:
        items = self.since_mark()
        self.container(list).extend(items)

    def do_SETITEM(self, _: Any) -> None:
        self.set_items(self.take(2))

    def do_SETITEMS(self, _: Any) -> None:
        self.set_items(self.since_mark())

    def set_items(self, items: tuple[Any, ...]) -> None:
        table = self.container(dict)
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, (str, int)):
                raise Refused("its pickle has a table whose keys are not names")
            table[key] = value

    def container(self, kind: type) -> Any:
        if not isinstance(self.stack[-1], kind):
            raise Refused(f"its pickle fills something that is no {kind.__name__}")
        return self.stack[-1]

    def do_GLOBAL(self, argument: str) -> None:
        self.push_global(*argument.split(" ", 1))

    def do_STACK_GLOBAL(self, _: Any) -> None:
        self.push_global(*self.take(2))

    def push_global(self, module: Any, name: Any) -> None:
        wanted = Global(module, name)
        if not all(isinstance(part, str) for part in wanted):
            raise Refused("its pickle names a global by something that is no text")
        if wanted not in self.builders and wanted not in self.names:
            raise Refused(f"its pickle names {wanted}, which tables of tensors do not need")
        self.stack.append(wanted)

    def do_REDUCE(self, _: Any) -> None:
        what, arguments = self.take(2)
        self.build(what, arguments)

    do_NEWOBJ = do_REDUCE

    def build(self, what: Any, arguments: Any) -> None:
        if not isinstance(what, Global) or what not in self.builders:
            raise Refused(f"its pickle calls {_name(what)}, which builds no tensor")
        if not isinstance(arguments, tuple):
            raise Refused(f"its pickle calls {what} without a list of arguments")
        self.stack.append(self.builders[what](*arguments))

    def do_BUILD(self, _: Any) -> None:
        """State: of something unfinished, or else hooks and versions, which weights do not need."""
        (state,) = self.take(1)
        if isinstance(self.stack[-1], Unfinished):
            self.stack[-1] = self.stack[-1].finish(state)

    def do_BINPERSID(self, _: Any) -> None:
        (identity,) = self.take(1)
        self.stack.append(self.persistent(identity))


def load(
    file: Any,
    builders: dict[Global, Callable[..., Any]],
    names: set[Global],
    persistent: Callable[[Any], Any],
) -> Any:
    """The object of the pickle that begins where `file` stands; `file` then stands behind it.

    builders    what may be called, and which function of ours does it
    names       globals that may be named, but not called
    persistent  gives the object of a persistent id
    """
    try:
        return _Machine(builders, names, persistent).run(file)
    except _BROKEN as error:
        raise Refused(f"its pickle is broken or cut off ({error})") from error
