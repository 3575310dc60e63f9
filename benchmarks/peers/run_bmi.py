"""The estimators of benchmark-mi (Czyz et al. 2023) at their defaults: KSG, CCA, MINE, InfoNCE."""

import bmi.estimators as estimators
from _program import answer


def method(name, x, y, seed):
    match name:
        case "bmi_ksg":
            return estimators.KSGEnsembleFirstEstimator().estimate(x, y)
        case "bmi_cca":
            return estimators.CCAMutualInformationEstimator().estimate(x, y)
        case "bmi_mine":
            return estimators.MINEEstimator(verbose=False, seed=seed % 2**31).estimate(x, y)
        case "bmi_infonce":
            return estimators.InfoNCEEstimator(verbose=False, seed=seed % 2**31).estimate(x, y)
    raise ValueError(name)


if __name__ == "__main__":
    # The neural ones compile for the shape of a batch: a warm-up on fewer rows would compile something else.
    answer(method, "benchmark-mi", warm_up=False)
