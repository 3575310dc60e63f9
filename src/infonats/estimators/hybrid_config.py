"""The settings of the hybrid estimators that are not the two methods themselves."""

import dataclasses

from infonats.errors import InputError, unknown_name
from infonats.estimators.generative_config import GenerativeConfig
from infonats.estimators.variational_config import VariationalConfig

CORRECTIONS = ("default", "resample", "reweight", "same_code")
TRAININGS = ("frozen", "joint")
SHARED = ("transform", "fractions", "device", "threads")


@dataclasses.dataclass(frozen=True)
class HybridConfig:
    """How the densities and the critic are built, fed and trained, each by its own configuration.

    `conditional` and `marginal` name densities as in `Generative`; `critic` is as in `Variational`. Each
    pair meets `discriminative.negatives` negatives in training, `held_out_draws` of them elsewhere, by
    `correction`: "resample" draws them from q(y|x), "reweight" chooses among the y's of other rows by
    weights q(y|x)/r(y), "same_code" among those with the same code (of pq). By default "same_code" for pq,
    "reweight" for gm, "resample" for the others. `training` is "frozen" (the densities first, then the critic)
    or "joint" (the sum of their losses, after the marginal is fitted; with "resample").
    Transform, fractions, device and threads must be the same in both: one split, one map of the columns.
    A flat name that both have, as in `make("doe+mine", hidden=(64,))`, is set in both.
    """

    conditional: str = "gaussian"
    marginal: str = "same"
    critic: str = "joint"
    correction: str = "default"
    training: str = "frozen"
    held_out_draws: int = 64
    generative: GenerativeConfig = GenerativeConfig()
    discriminative: VariationalConfig = VariationalConfig()

    def __post_init__(self) -> None:
        if self.held_out_draws < 2:
            raise InputError(f"held_out_draws is {self.held_out_draws!r}; it must be 2 or more.")
        if self.discriminative.negatives < 1:
            raise InputError(
                f"negatives is {self.discriminative.negatives!r}; a hybrid finds them by q(y|x), for each "
                "pair 1 or more."
            )
        for kind, name, known in (
            ("correction", self.correction, CORRECTIONS),
            ("training", self.training, TRAININGS),
        ):
            if name not in known:
                raise unknown_name(kind, str(name), known)
        for name in SHARED:
            one, other = getattr(self.generative, name), getattr(self.discriminative, name)
            if one != other:
                raise InputError(
                    f"{name} is {one!r} for the densities and {other!r} for the critic; a hybrid needs the "
                    "same for both."
                )
