"""What other packages refuse, in our words: their checks stay, their exceptions become errors of ours."""

import contextlib
from collections.abc import Iterator

import numpy as np

from infonats.errors import InfonatsError, InputError, KindError


@contextlib.contextmanager
def refused_as_input(advice: str) -> Iterator[None]:
    """Within the block, whatever exception another package raises over the data is an InputError.

    Its message stands before `advice`; of a TypeError it becomes a KindError, which is one too. Overflows while
    it looks at the data are not warned of: what they mean, it says itself.
    """
    try:
        with np.errstate(all="ignore"):
            yield
    except InfonatsError:
        raise
    except Exception as error:  # conversions of foreign containers raise what they like
        kind = KindError if isinstance(error, TypeError) else InputError
        raise kind(f"{str(error).strip()} {advice}") from error
