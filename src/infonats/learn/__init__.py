"""Learning with mutual information: raise it, lower it, and look at what was learned.

`maximise` trains an encoder in front of any objective; the pairings say between which two variables.
`Bottleneck` and its kin are objectives of their own that pay for information; `adaptive_clip` and
`clipped_loss` add the gradient of one to somebody else's loss. `InfoMax` is the scikit-learn transformer,
`evaluate` the probe. All values are in nats.
"""

from infonats.learn.bottleneck import Bottleneck, Parts
from infonats.learn.clip import adaptive_clip, clipped_loss
from infonats.learn.codes import GaussianEncoder
from infonats.learn.encoded import Encoded
from infonats.learn.evaluate import Evaluation, evaluate
from infonats.learn.infomax import InfoMax, InfoMaxConfig
from infonats.learn.lags import information_by_lag
from infonats.learn.maximise import Learning, encode, maximise
from infonats.learn.pairings import Code, Gaussian, LocalGlobal, Pairing, Predictive, TInfoMax, Views
from infonats.learn.rates import CEB, VIB, Adversary, Rate
from infonats.learn.views import MultiViewBottleneck, TimeLaggedBottleneck

__all__ = [
    "CEB",
    "VIB",
    "Adversary",
    "Bottleneck",
    "Code",
    "Encoded",
    "Evaluation",
    "Gaussian",
    "GaussianEncoder",
    "InfoMax",
    "InfoMaxConfig",
    "Learning",
    "LocalGlobal",
    "MultiViewBottleneck",
    "Pairing",
    "Parts",
    "Predictive",
    "Rate",
    "TInfoMax",
    "TimeLaggedBottleneck",
    "Views",
    "adaptive_clip",
    "clipped_loss",
    "encode",
    "evaluate",
    "information_by_lag",
    "maximise",
]
