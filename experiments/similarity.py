"""Structural similarity of images, at one scale and at several.

    l = (2 m_a m_b + C1) / (m_a^2 + m_b^2 + C1),   cs = (2 s_ab + C2) / (s_a^2 + s_b^2 + C2)
    SSIM = mean(l cs),   MS-SSIM = mean(l_M cs_M)^(w_M) prod_(j < M) mean(cs_j)^(w_j)

with means m, variances and covariance s under a Gaussian window, averaged over its places; scale j + 1 is
scale j halved by means of 2 x 2 pixels. Z. Wang et al. (2004), doi 10.1109/TIP.2003.819861; Z. Wang, E.
Simoncelli and A. Bovik (2003), doi 10.1109/ACSSC.2003.1292216.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
WINDOW, SPREAD, C1, C2 = 11, 1.5, 0.01**2, 0.03**2
AT_ONCE = 500
"""Images that are convolved together: what bounds the memory."""


def scales_of(side: int) -> int:
    """How many of the five scales have room for the window; at least 1, whose window may have to be smaller."""
    return max(1, min(len(WEIGHTS), int(math.log2(side / WINDOW)) + 1 if side >= WINDOW else 1))


def similarity(a: Tensor, b: Tensor) -> Tensor:
    """MS-SSIM of paired images a, b (n, h, h) in [0, 1], shape (n,); 1 where they are equal.

    At `scales_of(h)` scales, the weights of the paper rescaled to sum 1: 28 pixels have room for 2. At one
    scale it is SSIM; below 11 pixels the window is the largest odd one that fits. Of several scales, a negative
    mean counts as 0.
    """
    pairs = zip(a[:, None].double().split(AT_ONCE), b[:, None].double().split(AT_ONCE), strict=True)
    return torch.cat([_similarity(*pair) for pair in pairs])


def _similarity(a: Tensor, b: Tensor) -> Tensor:
    count = scales_of(a.shape[-1])
    if count == 1:
        luminance, structure = _parts(a, b)
        return (luminance * structure).mean((1, 2, 3))
    result = torch.ones(len(a), dtype=torch.float64)
    for j, weight in enumerate(w / sum(WEIGHTS[:count]) for w in WEIGHTS[:count]):
        luminance, structure = _parts(a, b)
        last = luminance if j == count - 1 else 1.0
        result = result * (last * structure).mean((1, 2, 3)).clamp_min(0) ** weight
        a, b = avg_pool2d(a, 2), avg_pool2d(b, 2)
    return result


def _parts(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Luminance l and contrast with structure cs at every place where the window fits."""
    side = min(WINDOW, a.shape[-1] - (a.shape[-1] + 1) % 2)
    at = torch.arange(side, dtype=torch.float64) - (side - 1) / 2
    line = torch.exp(-at.square() / (2 * SPREAD**2))
    line = line / line.sum()

    def mean(x: Tensor) -> Tensor:
        return conv2d(conv2d(x, line[None, None, :, None]), line[None, None, None])

    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    covariance = mean(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
    return luminance, (2 * covariance + C2) / (var_a + var_b + C2)
