"""torch_mist's `estimate_mi` with SMILE, its default estimator, for 3000 batches as our defaults have."""

import logging
import warnings

import torch
from _program import answer
from torch_mist import estimate_mi


def method(name, x, y, seed):
    torch.manual_seed(seed % 2**63)
    data = (x.astype("float32"), y.astype("float32"))
    settings = {"hidden_dims": [128, 128], "neg_samples": 8, "batch_size": 256, "max_iterations": 3000}
    result = estimate_mi(data=data, estimator="smile", verbose=False, **settings)
    return result[0] if isinstance(result, tuple) else result


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    answer(method, "torch-mist", warm_up=False)
