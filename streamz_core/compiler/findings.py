"""What only the whole text of a sub-topology shows, found by a first run for the second."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field, frozen

from streamz_core.compiler.arrivals import Arrival, ArrivalEntry
from streamz_core.lines.sides import Side, columnar
from streamz_core.topology.nodes import AnyCodec

OutputColumn = tuple[str, str]
"""(topic, "key" or "value") of an output."""


@frozen
class Known:
    """`late`: columns that are encoded late, and by which codec. `as_bytes`: stores whose values are
    needed as bytes too.
    """

    late: Mapping[OutputColumn, AnyCodec] = field(factory=dict)
    as_bytes: frozenset[str] = frozenset()


@define
class _Forms:
    """In which forms a column of an output is written: bytes, or objects of which codecs."""

    codecs: set[AnyCodec] = field(factory=set)
    bytes: bool = False

    def late(self) -> AnyCodec | None:
        """The codec that may encode the whole column later, if all writers have objects for it."""
        if self.bytes or len(self.codecs) != 1:
            return None
        codec = next(iter(self.codecs))
        return codec if codec.immutable and columnar(codec) else None


@define
class Findings:
    """What one run has found so far. `tails`: by topic, how many bytes of its keys tell a window. `arrivals`: the
    entries of what has to wait.
    """

    as_bytes: set[str] = field(factory=set)
    tails: dict[str, int] = field(factory=dict)
    arrivals: dict[Arrival, ArrivalEntry] = field(factory=dict)
    _forms: dict[OutputColumn, _Forms] = field(factory=dict)

    def written(self, column: OutputColumn, held: Side, codec: AnyCodec) -> None:
        """Told of each line that writes a column."""
        forms = self._forms.setdefault(column, _Forms())
        if held.has_raw(codec):
            forms.bytes = True
        else:
            forms.codecs.add(codec)

    def known(self, *, dynamic: bool) -> Known:
        """For the next run. `dynamic`: some topics are only known while it runs."""
        late = {column: forms.late() for column, forms in self._forms.items()}
        found = {column: codec for column, codec in late.items() if codec is not None}
        # Where a topic is computed, a sink that knows nothing of the others may write to theirs.
        return Known({} if dynamic else found, frozenset(self.as_bytes))
