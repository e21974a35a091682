"""The library's errors as exceptions. Their text is the library's sentence."""

from __future__ import annotations

import errno as _errno
from typing import TYPE_CHECKING, Optional, Union

if TYPE_CHECKING:
    from ._scores import Scores


class Error(Exception):
    """A call of the library failed. `errno` is the code that its C interface returned, as a
    positive number. Where one of several clips failed, `scores` has what score() would have
    given: Scores, and an Error in the place of each clip that failed.
    """

    errno: Optional[int] = None
    scores: Optional[list[Union[Scores, Error]]] = None


class InvalidArgument(Error, ValueError):
    """Frames, options or names that cannot be."""


class NotFound(Error, FileNotFoundError):
    """A file, or a model in no model store."""


class NotSupported(Error, NotImplementedError):
    """This build cannot do it, learned models without ONNX Runtime for example."""


class OutOfMemory(Error, MemoryError):
    """The library could not get memory."""


_KINDS = {
    _errno.EINVAL: InvalidArgument,
    _errno.ENOENT: NotFound,
    _errno.ENOSYS: NotSupported,
    _errno.ENOTSUP: NotSupported,
    _errno.ENOMEM: OutOfMemory,
}


def exception_of(code: int, sentence: str) -> Error:
    exception = _KINDS.get(code, Error)(sentence)
    exception.errno = code
    return exception


def invalid(sentence: str) -> Error:
    return exception_of(_errno.EINVAL, sentence)
