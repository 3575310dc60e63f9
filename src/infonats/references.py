"""The published source of a method: one line for tables, one BibTeX entry for papers."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Reference:
    """A publication. `arxiv` is an identifier such as ``1801.04062``; `doi` such as ``10.1103/...``."""

    key: str
    authors: tuple[str, ...]
    title: str
    year: int
    venue: str
    arxiv: str | None = None
    doi: str | None = None

    @property
    def short(self) -> str:
        """Author, year and identifier in one line: ``Belghazi et al. 2018, arXiv 1801.04062``."""
        surnames = [author.split(",")[0] for author in self.authors]
        who = f"{surnames[0]} et al." if len(surnames) > 2 else " and ".join(surnames)
        where = f"arXiv {self.arxiv}" if self.arxiv else (self.doi or self.venue)
        return f"{who} {self.year}, {where}"

    @property
    def bibtex(self) -> str:
        """The BibTeX entry, ending without a newline."""
        fields = {
            "author": " and ".join(self.authors),
            "title": f"{{{self.title}}}",
            "year": str(self.year),
            "journal": self.venue,
        }
        if self.arxiv:
            fields |= {"eprint": self.arxiv, "archiveprefix": "arXiv"}
        if self.doi:
            fields["doi"] = self.doi
        body = ",\n".join(f"  {name} = {{{text}}}" for name, text in fields.items())
        return f"@article{{{self.key},\n{body}\n}}"
