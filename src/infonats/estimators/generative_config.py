"""The settings of the generative estimators that are not the method itself."""

import dataclasses
import math

from infonats._threads import check_threads
from infonats.data import TRANSFORMS, Transform
from infonats.densities import DensityConfig
from infonats.errors import InputError, unknown_name
from infonats.estimators.variational_config import check_device, check_fractions, check_transform
from infonats.quantizers import QUANTIZERS
from infonats.train import TrainConfig


@dataclasses.dataclass(frozen=True)
class GenerativeConfig:
    """How the densities are built, fed and trained.

    `entropy` is H(Y) for the method ba: a number in nats and the units of y (the value is then a lower
    bound, and `transform` "auto" standardises), "knn" (nearest neighbours, for up to about three columns), or
    None: that of the fitted marginal.
    `quantizer` and `codes` serve pq, `draws` for each x serve vub. The rest is as in VariationalConfig.
    """

    density: DensityConfig = DensityConfig()
    transform: str = "auto"
    entropy: float | str | None = None
    quantizer: str = "k_means"
    codes: int = 32
    draws: int = 16
    fractions: tuple[float, float, float] = (0.6, 0.2, 0.2)
    device: str = "cpu"
    threads: int | None = 1
    train: TrainConfig = TrainConfig()

    def __post_init__(self) -> None:
        check_transform(self.transform)
        check_device(self.device)
        check_threads(self.threads)
        check_fractions(self.fractions)
        if self.quantizer not in QUANTIZERS:
            raise unknown_name("quantizer", str(self.quantizer), QUANTIZERS)
        for name, least in (("codes", 2), ("draws", 1)):
            if getattr(self, name) < least:
                raise InputError(f"{name} is {getattr(self, name)!r}; it must be {least} or more.")
        self._check_entropy()

    @property
    def map(self) -> type[Transform]:
        """The map of the columns. A number for H(Y) can follow y through an affine map alone."""
        known = self.transform == "auto" and isinstance(self.entropy, int | float)
        return TRANSFORMS["standardize" if known else self.transform]

    def _check_entropy(self) -> None:
        known = isinstance(self.entropy, int | float) and math.isfinite(self.entropy)
        if not known and self.entropy not in (None, "knn"):
            raise InputError(
                f"entropy is {self.entropy!r}; give H(Y) as a finite number in nats, 'knn' for nearest "
                "neighbours, or None for that of the fitted marginal."
            )
        if known and self.transform == "normal_scores":
            raise InputError(
                "A number for the entropy of y is lost under transform 'normal_scores'; use 'standardize'."
            )
