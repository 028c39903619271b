"""One part that the renderer set, on its way into a longer PDF: read, renumbered, written, let go."""

import hashlib
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pikepdf

from evidence.packet.pdfwriter import Writer

# Strings come first, so that no "1 0 R" inside one is taken for a reference.
TOKENS = re.compile(rb"\((?:[^\\()]|\\.)*+\)|<[0-9A-Fa-f]*>|(?<![\w.])(\d+) \d+ R\b", re.DOTALL)
MARKED = re.compile(rb"/[A-Za-z0-9]+\s*<<\s*/MCID (\d+)\s*>>\s*BDC")
ARTIFACT = b"/Artifact <</Type /Pagination>> BDC"
LENGTH = re.compile(rb"/Length \d+ ?(?!0 R)")
NOTHING, WITHOUT_WIDTH = b"> <>\n", b"> <200b>\n"
SHARED_BYTES = 1500
"""From this size on a stream that comes again is written once."""


@dataclass(slots=True)
class Whole:
    """What parts are written into: the writer, the numbers of what they hang on, and what was written before.

    `opening` is the stream that every page's content begins with, `font` the font of page numbers where there is one.
    """

    writer: Writer
    document: int
    opening: int
    font: int | None = None
    next_key: int = 0
    leaves: list[int] = field(default_factory=list)
    seen_streams: dict[bytes, int] = field(default_factory=dict)
    catalog: bytes = b""
    info: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A named place: the object number of its page, and where on it, in points."""

    page: int
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Head:
    """A bookmark: its depth from 1, its words, its place."""

    level: int
    title: str
    place: Place


@dataclass(slots=True)
class Joined:
    """What is remembered of one part."""

    node: int
    pages: Sequence[int]
    stamps: Sequence[int]
    sizes: Sequence[tuple[float, float]]
    document: int
    names: Mapping[str, Place]
    heads: Sequence[Head] = field(default=())


class Part:
    """One open part on its way into the whole."""

    def __init__(self, whole: Whole, source: pikepdf.Pdf) -> None:
        self._whole, self._writer, self._source = whole, whole.writer, source
        self._numbers: dict[int, int] = {}
        self._after = whole.next_key

    def write(self, elsewhere: frozenset[str], *, is_first: bool, is_inside: bool) -> Joined:
        """Write the part; what is remembered of it is little. Arguments as `Joiner.add` explains them."""
        source, whole, root = self._source, self._whole, self._source.Root
        left = {root.objgen[0], root.StructTreeRoot.objgen[0], root.StructTreeRoot.ParentTree.objgen[0]}
        document = root.StructTreeRoot.K[0]
        pages = [page.obj for page in source.pages]
        node = whole.writer.number()
        for page in pages:
            left.add(page.Parent.objgen[0])
        strays = _strays(root, document)
        left |= strays.elements
        heads = list(self._heads(root, left))
        if "/Info" in source.trailer:
            left.add(source.trailer.Info.objgen[0])
        self._parents(root, strays.elements)
        stamps, sizes = [], []
        if whole.font is not None:
            self._lend_font(pages)
        for page in pages:
            self._unmark(page, strays.marks.get(int(page.StructParents), frozenset()))
            page.StructParents = int(page.StructParents) + whole.next_key
            for note in page.get("/Annots", pikepdf.Array()):
                if "/StructParent" in note:
                    note.StructParent = int(note.StructParent) + whole.next_key
            page.Parent = self._stand_in(node)
            stamps.append(whole.writer.number())
            box = [float(number) for number in page.MediaBox]
            sizes.append((box[2] - box[0], box[3] - box[1]))
            page.Contents = pikepdf.Array([self._stand_in(whole.opening), page.Contents, self._stand_in(stamps[-1])])
        document.S = pikepdf.Name.Part
        document.P = self._stand_in(whole.document)
        if is_first:
            self._take_catalog(root)
        for item in source.objects:
            if isinstance(item, pikepdf.Dictionary) and "/ToUnicode" in item:
                _mend_words(item.ToUnicode)
        for item in source.objects:
            if item.objgen[0] not in left:
                self._copy(item)
        whole.next_key = self._after
        return Joined(
            node=node,
            pages=[self._new(page.objgen[0]) for page in pages],
            stamps=stamps,
            sizes=sizes,
            document=self._new(document.objgen[0]),
            names={name: place for name, place in self._places(root) if name not in elsewhere},
            heads=[Head(level + is_inside, title, self._place(where)) for level, title, where in heads],
        )

    def copy_whole(self, item: pikepdf.Object) -> int:
        """Copy an object and everything that it leads to; return its new number."""
        waiting, seen = [item], set()
        while waiting:
            found = waiting.pop()
            if found.objgen[0] in seen:
                continue
            seen.add(found.objgen[0])
            self._copy(found)
            text = _dictionary(found).unparse(resolved=True)
            numbers = [int(match[1]) for match in TOKENS.finditer(text) if match[1]]
            waiting += [self._source.get_object(number, 0) for number in numbers]
        return self._new(item.objgen[0])

    def _new(self, number: int) -> int:
        if number not in self._numbers:
            self._numbers[number] = self._writer.number()
        return self._numbers[number]

    def _stand_in(self, number: int) -> Any:
        """Return an object of the part that becomes a reference to an object of the whole."""
        made = self._source.make_indirect(pikepdf.Dictionary(StandIn=True))
        self._numbers[made.objgen[0]] = number
        return made

    def _text(self, item: Any) -> bytes:
        def renumbered(match: re.Match[bytes]) -> bytes:
            return b"%d 0 R" % self._new(int(match[1])) if match[1] else match[0]

        return TOKENS.sub(renumbered, item.unparse(resolved=True))

    def _copy(self, item: Any) -> None:
        if isinstance(item, pikepdf.Stream):
            self._copy_stream(item)
        elif not (isinstance(item, pikepdf.Dictionary) and "/StandIn" in item):
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") in ("/TH", "/TD"):
                _name_headers(item)
            self._writer.put(self._new(item.objgen[0]), self._text(item))

    def _copy_stream(self, item: pikepdf.Stream) -> None:
        if item.get("/Type") in ("/ObjStm", "/XRef"):
            return
        if item.get("/Type") == "/Metadata":
            # PDF/A wants it readable without a filter (ISO 19005-3, 6.6.2.1).
            item.write(item.read_bytes())
        data = item.read_raw_bytes()
        text = LENGTH.sub(b"", self._text(item.stream_dict)[2:-2]).strip()
        # The same font or colour profile comes with many parts.
        known = hashlib.sha256(text + b"\0" + data).digest()
        if item.objgen[0] not in self._numbers and known in self._whole.seen_streams:
            self._numbers[item.objgen[0]] = self._whole.seen_streams[known]
            return
        number = self._new(item.objgen[0])
        self._writer.put_stream(number, text, data)
        if len(data) >= SHARED_BYTES:
            self._whole.seen_streams[known] = number

    def _lend_font(self, pages: Sequence[Any]) -> None:
        font = self._stand_in(cast(int, self._whole.font))
        for page in pages:
            if "/RunningNumber" not in page.Resources.Font:
                page.Resources.Font["/RunningNumber"] = font

    def _unmark(self, page: Any, marks: frozenset[int]) -> None:
        if not marks:
            return

        def artifact(match: re.Match[bytes]) -> bytes:
            return ARTIFACT if int(match[1]) in marks else match[0]

        drawn = MARKED.sub(artifact, page.Contents.read_bytes())
        page.Contents.write(zlib.compress(drawn, 6), filter=pikepdf.Name.FlateDecode)

    def _parents(self, root: Any, strays: frozenset[int]) -> None:
        numbers = list(root.StructTreeRoot.ParentTree.Nums)
        if not numbers:
            return
        rows, last = [], 0
        for key, value in zip(numbers[::2], numbers[1::2], strict=True):
            last = int(key)
            if isinstance(value, pikepdf.Array):
                kids = [b"null" if kid.objgen[0] in strays else b"%d 0 R" % self._new(kid.objgen[0]) for kid in value]
                rows.append(b"%d [ %s ]" % (self._whole.next_key + last, b" ".join(kids)))
            else:
                rows.append(b"%d %d 0 R" % (self._whole.next_key + last, self._new(value.objgen[0])))
        leaf = self._writer.number()
        limits = (self._whole.next_key, self._whole.next_key + last)
        self._writer.put(leaf, b"<< /Limits [ %d %d ] /Nums [ %s ] >>" % (*limits, b" ".join(rows)))
        self._whole.leaves.append(leaf)
        self._after = self._whole.next_key + last + 1

    def _heads(self, root: Any, left: set[int]) -> Any:
        if "/Outlines" not in root:
            return
        left.add(root.Outlines.objgen[0])
        waiting = [(1, root.Outlines.First)]
        while waiting:
            level, item = waiting.pop()
            left.add(item.objgen[0])
            yield level, str(item.Title), item.Dest
            if "/Next" in item:
                waiting.append((level, item.Next))
            if "/First" in item:
                waiting.append((level + 1, item.First))

    def _places(self, root: Any) -> Any:
        names = list(root.Names.Dests.Names) if "/Names" in root else []
        for name, where in zip(names[::2], names[1::2], strict=True):
            yield str(name), self._place(where)

    def _place(self, where: Any) -> Place:
        return Place(self._new(where[0].objgen[0]), str(where[2]), str(where[3]))

    def _take_catalog(self, root: Any) -> None:
        kept = ("/Lang", "/MarkInfo", "/Metadata", "/OutputIntents", "/ViewerPreferences")
        rows = [b"%s %s" % (name.encode(), self._inline(root[name])) for name in kept if name in root]
        self._whole.catalog = b" ".join(rows)
        if "/Info" in self._source.trailer:
            self._whole.info = self._writer.number()
            self._writer.put(self._whole.info, self._text(self._source.trailer.Info))

    def _inline(self, item: Any) -> bytes:
        if item.is_indirect:
            return b"%d 0 R" % self._new(item.objgen[0])
        return self._text(item)


@dataclass(frozen=True, slots=True)
class _Strays:
    """Elements that hang on the tree without being in it, and which marks of which page (by its key) they are for."""

    elements: frozenset[int]
    marks: Mapping[int, frozenset[int]]


def _strays(root: Any, document: Any) -> _Strays:
    top = document.objgen[0]
    inside = {kid.objgen[0] for kid in document.K}
    known: dict[int, bool] = {}

    def is_stray(element: Any) -> bool:
        chain = []
        while element.objgen[0] not in known:
            chain.append(element.objgen[0])
            if element.P.objgen[0] == top:
                known[element.objgen[0]] = element.objgen[0] not in inside
                break
            element = element.P
        answer = known[element.objgen[0]]
        for number in chain:
            known[number] = answer
        return answer

    marks: dict[int, frozenset[int]] = {}
    numbers = list(root.StructTreeRoot.ParentTree.Nums)
    for key, value in zip(numbers[::2], numbers[1::2], strict=True):
        if isinstance(value, pikepdf.Array):
            marks[int(key)] = frozenset(place for place, kid in enumerate(value) if is_stray(kid))
    return _Strays(frozenset(number for number, stray in known.items() if stray), marks)


def _name_headers(cell: Any) -> None:
    """Say which way a header cell heads, instead of a list of names that are one table's own and not the whole's."""
    cell.A = pikepdf.Dictionary({key: value for key, value in cell.A.items() if key != "/Headers"})
    if cell.S == "/TH":
        if "/ID" in cell:
            del cell["/ID"]
        is_column = cell.P.P.S == "/THead"
        cell.A.Scope = pikepdf.Name.Column if is_column else pikepdf.Name.Row


def _mend_words(table: Any) -> None:
    """Give a glyph that stands for nothing by itself (part of a cluster) a sign without width: PDF/A wants one each."""
    words = table.read_bytes()
    if NOTHING in words:
        table.write(zlib.compress(words.replace(NOTHING, WITHOUT_WIDTH), 6), filter=pikepdf.Name.FlateDecode)


def _dictionary(item: Any) -> Any:
    return item.stream_dict if isinstance(item, pikepdf.Stream) else item


def places_of(document: pikepdf.Pdf) -> dict[str, int]:
    """Return on which page, counted from 0, each named place of a part is."""
    root: Any = document.Root
    names = list(root.Names.Dests.Names) if "/Names" in root else []
    numbers = {page.obj.objgen: number for number, page in enumerate(document.pages)}
    return {str(name): numbers[where[0].objgen] for name, where in zip(names[::2], names[1::2], strict=True)}
