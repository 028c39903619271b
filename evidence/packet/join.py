"""Joins parts that the renderer set into one PDF, in constant memory: each part is read, renumbered, written, let go.

Pages, tags, links, named places and bookmarks are carried over; their trees are made anew over all parts. Page numbers
and the running number are written onto the pages last, when it is known how many there are, as artifacts: a screen
reader does not read them. What the renderer wrote into the margins is made an artifact too; it leaves it in the page's
content without a place in the tag tree. Trees: ISO 32000-1, 7.9.6, 7.9.7, 12.3.3, 14.7 and 14.8.
"""

import hashlib
import io
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO

import pikepdf

from evidence.packet.parts import Head, Joined, Part, Place, Whole
from evidence.packet.pdfwriter import Writer
from evidence.packet.stamps import Stamp, StampFont

LEAF = 200
PAGE_TREE_LEAF = 100


class Joiner:
    """Takes parts in any order with `add`; `finish` says in which order they stand."""

    def __init__(self, out: BinaryIO, *, font: StampFont | None = None) -> None:
        self._writer = Writer(out)
        self._root, self._pages, self._tree = (self._writer.number() for _each in range(3))
        self._whole = Whole(writer=self._writer, document=self._writer.number(), opening=self._writer.number())
        self._writer.put_stream(self._whole.opening, b"", b"q\n")
        self._font = font
        if font is not None:
            self._whole.font = self._add_font(font)
        self._digest = hashlib.sha256()

    def add(
        self, pdf: bytes, *, elsewhere: Sequence[str] = (), is_first: bool = False, is_inside: bool = False
    ) -> Joined:
        """Write one part. `elsewhere` are names that stand in it only for links to other parts.

        The part with `is_first` gives the whole its metadata, language and output intent. One that `is_inside` goes
        on with the chapter of the part before it: its bookmarks hang below that chapter's.
        """
        self._digest.update(hashlib.sha256(pdf).digest())
        with pikepdf.open(io.BytesIO(pdf)) as source:
            return Part(self._whole, source).write(frozenset(elsewhere), is_first=is_first, is_inside=is_inside)

    def finish(
        self,
        order: Sequence[Joined],
        *,
        stamp: Callable[[int, int], Stamp] | None = None,
        first_number: int = 1,
        with_numbers: bool = False,
    ) -> int:
        """Write the trees and the numbers; return how many bytes the whole has.

        `stamp` makes the running number of the page with the index given (from 0) of so many. `first_number` is
        printed on the first page and told to viewers. `with_numbers` puts the page's number behind each bookmark.
        """
        total = sum(len(part.pages) for part in order)
        self._put_pages(order, total)
        self._put_stamps(order, total, stamp)
        names = {name: place for part in order for name, place in part.names.items()}
        entries = [self._whole.catalog]
        if names:
            entries.append(b"/Names << /Dests %d 0 R >>" % self._put_names(names))
        heads = [head for part in order for head in part.heads]
        if heads:
            printed = _printed(order, first_number) if with_numbers else {}
            entries.append(b"/Outlines %d 0 R /PageMode /UseOutlines" % self._put_outline(heads, printed))
        if first_number != 1:
            entries.append(b"/PageLabels << /Nums [ 0 << /S /D /St %d >> ] >>" % first_number)
        self._put_tags(order)
        self._writer.put(
            self._root,
            b"<< /Type /Catalog /Pages %d 0 R /StructTreeRoot %d 0 R %s >>"
            % (self._pages, self._tree, b" ".join(entries)),
        )
        return self._writer.close(root=self._root, info=self._whole.info, identifier=self._digest.digest()[:16])

    def _put_pages(self, order: Sequence[Joined], total: int) -> None:
        # A page tree with thousands of kids in one node is slow in some viewers.
        parents = [order[place : place + PAGE_TREE_LEAF] for place in range(0, len(order), PAGE_TREE_LEAF)]
        kids = []
        for group in parents:
            node = self._writer.number()
            kids.append(node)
            inside = sum(len(part.pages) for part in group)
            self._writer.put(
                node,
                b"<< /Type /Pages /Parent %d 0 R /Count %d /Kids [ %s ] >>"
                % (self._pages, inside, _references(part.node for part in group)),
            )
            for part in group:
                self._writer.put(
                    part.node,
                    b"<< /Type /Pages /Parent %d 0 R /Count %d /Kids [ %s ] >>"
                    % (node, len(part.pages), _references(part.pages)),
                )
        self._writer.put(self._pages, b"<< /Type /Pages /Count %d /Kids [ %s ] >>" % (total, _references(kids)))

    def _put_stamps(self, order: Sequence[Joined], total: int, stamp: Callable[[int, int], Stamp] | None) -> None:
        index = 0
        for part in order:
            for number, size in zip(part.stamps, part.sizes, strict=True):
                drawn = b""
                if stamp is not None and self._font is not None:
                    drawn = self._font.draw(stamp(index, total), size)
                self._writer.put_packed_stream(number, b"", b"Q\n" + drawn)
                index += 1

    def _put_names(self, names: Mapping[str, Place]) -> int:
        rows = sorted((name.encode("utf-8"), place) for name, place in names.items())
        leaves = []
        for start in range(0, len(rows), LEAF):
            piece = rows[start : start + LEAF]
            leaf = self._writer.number()
            leaves.append(leaf)
            body = b" ".join(b"<%s> %s" % (name.hex().encode(), _destination(place)) for name, place in piece)
            limits = b"<%s> <%s>" % (piece[0][0].hex().encode(), piece[-1][0].hex().encode())
            self._writer.put(leaf, b"<< /Limits [ %s ] /Names [ %s ] >>" % (limits, body))
        root = self._writer.number()
        self._writer.put(root, b"<< /Kids [ %s ] >>" % _references(leaves))
        return root

    def _put_outline(self, heads: Sequence[Head], printed: Mapping[int, int]) -> int:
        root = self._writer.number()
        numbers = [self._writer.number() for _head in heads]
        parents = _parents([head.level for head in heads])
        kids: dict[int | None, list[int]] = {}
        for place, parent in enumerate(parents):
            kids.setdefault(parent, []).append(place)
        for place, head in enumerate(heads):
            siblings = kids[parents[place]]
            at = bisect_left(siblings, place)
            up = parents[place]
            title = f"{head.title}, {printed[head.place.page]}" if printed else head.title
            body = [b"/Title %s /Dest %s" % (_said(title), _destination(head.place))]
            body.append(b"/Parent %d 0 R" % (root if up is None else numbers[up]))
            if at:
                body.append(b"/Prev %d 0 R" % numbers[siblings[at - 1]])
            if at + 1 < len(siblings):
                body.append(b"/Next %d 0 R" % numbers[siblings[at + 1]])
            if own := kids.get(place):
                # Closed at first: a thousand exhibits would hide the chapters.
                ends = (numbers[own[0]], numbers[own[-1]], len(own))
                body.append(b"/First %d 0 R /Last %d 0 R /Count -%d" % ends)
            self._writer.put(numbers[place], b"<< %s >>" % b" ".join(body))
        top = kids[None]
        self._writer.put(
            root,
            b"<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count %d >>"
            % (numbers[top[0]], numbers[top[-1]], len(top)),
        )
        return root

    def _put_tags(self, order: Sequence[Joined]) -> None:
        parents = self._writer.number()
        self._writer.put(parents, b"<< /Kids [ %s ] >>" % _references(self._whole.leaves))
        self._writer.put(
            self._whole.document,
            b"<< /Type /StructElem /S /Document /P %d 0 R /K [ %s ] >>"
            % (self._tree, _references(part.document for part in order)),
        )
        self._writer.put(
            self._tree,
            b"<< /Type /StructTreeRoot /K [ %d 0 R ] /ParentTree %d 0 R /ParentTreeNextKey %d >>"
            % (self._whole.document, parents, self._whole.next_key),
        )

    def _add_font(self, font: StampFont) -> int:
        with pikepdf.open(io.BytesIO(font.pdf)) as source:
            part = Part(self._whole, source)
            return part.copy_whole(source.pages[0].obj.Resources.Font[f"/{font.name}"])


def _references(numbers: Any) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


def _destination(place: Place) -> bytes:
    return b"[ %d 0 R /XYZ %s %s 0 ]" % (place.page, place.x.encode(), place.y.encode())


def _parents(levels: Sequence[int]) -> list[int | None]:
    """For each depth in order, the place of the one it hangs on."""
    open_ones: list[int] = []
    found: list[int | None] = []
    for place, level in enumerate(levels):
        while open_ones and levels[open_ones[-1]] >= level:
            open_ones.pop()
        found.append(open_ones[-1] if open_ones else None)
        open_ones.append(place)
    return found


def _printed(order: Sequence[Joined], first_number: int) -> dict[int, int]:
    pages = (page for part in order for page in part.pages)
    return {page: number for number, page in enumerate(pages, start=first_number)}


def _said(text: str) -> bytes:
    """A text string (ISO 32000-1, 7.9.2.2)."""
    return b"<feff%s>" % text.encode("utf-16-be", "replace").hex().encode()
