"""Publications that several methods come from."""

from infonats.references import Reference

POOLE = Reference(
    key="poole2019variational",
    authors=(
        "Poole, Ben",
        "Ozair, Sherjil",
        "van den Oord, Aaron",
        "Alemi, Alexander A.",
        "Tucker, George",
    ),
    title="On Variational Bounds of Mutual Information",
    year=2019,
    venue="International Conference on Machine Learning",
    arxiv="1905.06922",
)

LETIZIA = Reference(
    key="letizia2024mutual",
    authors=("Letizia, Nunzio A.", "Novello, Nicola", "Tonello, Andrea M."),
    title="Mutual Information Estimation via f-Divergence and Data Derangements",
    year=2024,
    venue="Advances in Neural Information Processing Systems",
    arxiv="2305.20025",
)

SONG = Reference(
    key="song2020understanding",
    authors=("Song, Jiaming", "Ermon, Stefano"),
    title="Understanding the Limitations of Variational Mutual Information Estimators",
    year=2020,
    venue="International Conference on Learning Representations",
    arxiv="1910.06222",
)
