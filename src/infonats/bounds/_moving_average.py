"""A moving average of positive numbers that are known by their logarithms."""

import math

import torch
from torch import Tensor

START = (-math.inf, 0.0)
"""The logarithm of the sum of weighted numbers, and how many they are, before the first."""


@torch.no_grad()
def count(log_sum: Tensor, updates: Tensor, log_new: Tensor, rate: float) -> None:
    """Sum <- (1 - rate) sum + rate new, in place and in logarithms."""
    log_new = log_new.to(log_sum.dtype) + math.log(rate)
    log_sum.copy_(torch.logaddexp(log_sum + math.log1p(-rate), log_new))
    updates += 1


def log_average(log_sum: Tensor, updates: Tensor, rate: float) -> Tensor:
    """Log of the average, unbiased from the start: sum / (1 - (1 - rate)^updates). Zero before the first."""
    started = updates > 0
    weight = -torch.expm1(updates.clamp(min=1) * math.log1p(-rate))
    return torch.where(started, log_sum - weight.log(), 0.0)
