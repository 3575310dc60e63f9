"""Independence at every shape: whatever an estimator finds here is error."""

from collections.abc import Callable

from infonats.tasks.base import Task

SHAPES = (
    "1v1-normal-0.75",
    "normal_cdf-1v1-normal-0.75",
    "1v1-additive-0.1",
    "1v1-bimodal-0.75",
    "swissroll_x-normal_cdf-1v1-normal-0.75",
    *(f"multinormal-dense-{d}-{d}-0.5" for d in (2, 3, 5, 25, 50)),
    *(f"student-identity-{d}-{d}-{df}" for d, df in ((1, 1), (2, 1), (3, 2), (5, 3))),
    *(f"spiral-multinormal-sparse-{d}-{d}-2-2.0" for d in (3, 5, 25)),
    "half_cube-multinormal-sparse-25-25-2-2.0",
    *("1v1-X-0.9", "1v1-AI", "2v1-waves-12-5.0-3.0", "2v1-galaxy-0.5-3.0"),
    *(f"{d}v1-concentric_gaussians-5" for d in (3, 5, 25)),
    *("gaussian-20-10", "rotated-cubic-gaussian-20-10", "student-20-10-10"),
    *("gaussian-40-20", "gaussian-80-40", "gaussian-128-20", "gaussian-160-80"),
    *("6v6-normal-0.9", "mixed-gaussian-shared-0.9-6", "correlated-normal-mixture-5"),
    *("noisy-sine-0.1", "polynomial-5-0.05", "roots-20-0.05", "roots-30-0.05", "roots-130-0.05"),
    *("binary-symmetric-0.11", "binary-erasure-0.25", "zipf-10-0.2", "zipf-100-0.2", "zipf-1000-0.2"),
    *("uniform-on-atoms-20", "zero-inflated-poisson-0.15", "zero-inflated-0.3-1v1-normal-0.8"),
    *("coupled-autoregression-0.9-0.7-0.4", "coupled-logistic-0.4-0.1"),
    *("digits-same-class-0.0", "digits-stitched-2", "digits-stitched-4", "digits-stitched-8"),
    *("plates-16-4", "rectangles-16-4", "digits-rows-2", "digits-rows-4", "digits-rows-6"),
)
BASES: dict[str, Callable[[], Task]] = {}
SUITES = {"independence": tuple(f"independent-{name}" for name in SHAPES)}
