"""A product's gallery: the pictures of its page in their order, what its variants show among them.

The books keep one only where it says more than the variants' images do by themselves: a further picture, words, an order.
"""

from collections.abc import Collection, Iterable

from shop.catalogue import PagePicture

MAX_FURTHER = 24
"""Pictures that a product shows beside its variants' images."""


def whole(chosen: Iterable[PagePicture], images: Iterable[str]) -> tuple[PagePicture, ...]:
    """Each picture once: the chosen ones in their order, with the first words said of them, then those of variants."""
    found: dict[str, PagePicture] = {}
    for picture in chosen:
        if picture.image and not found.setdefault(picture.image, picture).alt:
            found[picture.image] = picture
    for image in images:
        if image:
            found.setdefault(image, PagePicture(image, ""))
    return tuple(found.values())


def kept(chosen: Iterable[PagePicture], images: Collection[str]) -> tuple[PagePicture, ...]:
    """The gallery as the books keep it: all of it, or nothing where the variants' images say the same."""
    found = whole(chosen, images)
    return () if found == whole((), images) else found


def limited(
    chosen: Iterable[PagePicture], images: Collection[str], here: Collection[str] = ()
) -> tuple[PagePicture, ...]:
    """The chosen pictures, up to MAX_FURTHER that no variant shows. Those that are `here` already stay in any case."""
    known = {*images, *here}
    room = MAX_FURTHER - len(set(here) - set(images))
    found = []
    for picture in whole(chosen, ()):
        if picture.image not in known:
            room -= 1
            if room < 0:
                continue
        found.append(picture)
    return tuple(found)
