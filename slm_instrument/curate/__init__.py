"""From recorded calls to a training set whose held-out calls prove something (S2 of the paper's loop).

:func:`build_dataset` is the recipe; it needs the extra ``train`` (numpy, scipy, sentence-transformers).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slm_instrument.curate.dataset import Dataset, build_dataset

__all__ = ["Dataset", "build_dataset"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from slm_instrument.curate import dataset
    except ImportError as error:
        from slm_instrument.errors import MissingExtraError

        raise MissingExtraError("train", "building a dataset") from error
    return getattr(dataset, name)
