"""A moving average of positive numbers that are known by their logarithms."""

import math

import torch
from torch import Tensor

START = (-math.inf, 0.0)
"""The logarithm of the sum of weighted numbers, and how many they are, before the first."""


@torch.no_grad()
def count(log_sum: Tensor, updates: Tensor, log_new: Tensor, rate: float) -> Tensor:
    """Sum <- (1 - rate) sum + rate new, in place and in logarithms; the log of the average with it."""
    log_new = log_new.to(log_sum.dtype) + math.log(rate)
    log_sum.copy_(torch.logaddexp(log_sum + math.log1p(-rate), log_new))
    updates += 1
    return log_sum - _log_weight(updates, rate)


def log_average(log_sum: Tensor, updates: Tensor, rate: float) -> Tensor:
    """Log of the average, unbiased from the start: sum / (1 - (1 - rate)^updates). Zero before the first."""
    return torch.where(updates > 0, log_sum - _log_weight(updates.clamp(min=1), rate), 0.0)


def _log_weight(updates: Tensor, rate: float) -> Tensor:
    """log(1 - (1 - rate)^updates)."""
    return (updates * math.log1p(-rate)).expm1_().neg_().log_()
