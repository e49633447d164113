"""Developing: a file becomes a picture. It is believed only once it has been decoded, and nothing but its pixels is kept.

Places where it was taken, thumbnails, comments, and whatever else is hidden in a file are gone afterwards. This takes up to
a few seconds of CPU: call it in a thread. The module imports Pillow, so import it where it is used.
"""

import warnings
from io import BytesIO

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from shop.errors import BadPicture
from shop.pictures import MAX_FILE_BYTES, MAX_PIXELS, SHARE_SIZE, SIZES, Picture, PictureFile, digest_of

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
KINDS = "JPEG, PNG, WebP or AVIF"
ENOUGH = 2 * SIZES[-1]
"""A JPEG may be decoded at an eighth, a quarter or half its size, if no side gets shorter than this."""
MAX_STRETCH = 2
"""A long picture fills its square by its short side, but its long side is never more than so many times the square's."""
WEBP_QUALITY = 82
JPEG_QUALITY = 85

# Pillow only warns of a picture above its limit, and refuses one above twice of it: here the warning is a refusal.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def develop(raw: bytes) -> Picture:
    """The picture in this file, in every size; raises BadPicture with what is wrong and what to do."""
    if not raw:
        raise BadPicture("The file is empty.")
    if len(raw) > MAX_FILE_BYTES:
        raise BadPicture(f"The file is larger than {MAX_FILE_BYTES // 2**20} MB. Save it smaller and try again.")
    master = _srgb(_decoded(raw))
    sizes = [_encoded(size, _fitted(master, size)) for size in SIZES]
    largest = _fitted(master, SIZES[-1])
    share = PictureFile(SHARE_SIZE, "image/jpeg", _jpeg(largest))
    return Picture(digest_of(raw), *largest.size, (*sizes, share))


def _decoded(raw: bytes) -> Image.Image:
    """The first frame, upright."""
    try:
        found = Image.open(BytesIO(raw), formats=FORMATS)
        width, height = found.size
        if width * height > MAX_PIXELS:
            raise BadPicture(_TOO_MANY_PIXELS)
        if found.format in ("JPEG", "MPO"):
            found.draft(None, (ENOUGH, ENOUGH))
        found.load()
        ImageOps.exif_transpose(found, in_place=True)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise BadPicture(_TOO_MANY_PIXELS) from bomb
    except UnidentifiedImageError as other:
        raise BadPicture(f"This is not a picture that we can read. Take {KINDS}.") from other
    except BadPicture:
        raise
    except Exception as broken:  # whatever a decoder trips over: the file is broken, and nothing was kept of it
        raise BadPicture("The file is broken or cut short. Export the picture again and try with that.") from broken
    return found


def _srgb(found: Image.Image) -> Image.Image:
    """The pixels as RGB or RGBA in sRGB, whatever the file's colour space."""
    profile = found.info.get("icc_profile")
    if found.mode.startswith("I;16"):
        found = found.point(lambda value: value / 256).convert("L")
    elif found.mode in ("I", "F"):
        found = found.convert("L")
    clear = found.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in found.info
    if profile and found.mode in ("RGB", "RGBA", "CMYK", "L"):
        found = _by_profile(found, profile)
    return found.convert("RGBA" if clear else "RGB")


def _by_profile(found: Image.Image, profile: bytes) -> Image.Image:
    """The picture in sRGB by its own profile; a profile that is broken is passed over, as browsers do."""
    try:
        mode = "RGBA" if found.mode == "RGBA" else "RGB"
        return (
            ImageCms.profileToProfile(found, BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode=mode) or found
        )
    except (ImageCms.PyCMSError, OSError):
        return found


def _fitted(master: Image.Image, size: int) -> Image.Image:
    """The picture just large enough to fill a square of this size; never larger than it was."""
    width, height = master.size
    scale = min(size / min(width, height), MAX_STRETCH * size / max(width, height), 1)
    if scale == 1:
        return master
    fitted = (max(1, round(width * scale)), max(1, round(height * scale)))
    return master.resize(fitted, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _encoded(size: int, fitted: Image.Image) -> PictureFile:
    body = BytesIO()
    fitted.save(body, "WEBP", quality=WEBP_QUALITY, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return PictureFile(size, "image/webp", body.getvalue())


def _jpeg(fitted: Image.Image) -> bytes:
    body = BytesIO()
    if fitted.mode == "RGBA":
        white = Image.new("RGB", fitted.size, "white")
        white.paste(fitted, mask=fitted.getchannel("A"))
        fitted = white
    fitted.save(
        body, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True, exif=b"", icc_profile=b"", comment=b""
    )
    return body.getvalue()


_TOO_MANY_PIXELS = f"The picture has more than {MAX_PIXELS // 10**6} million pixels. Save it smaller and try again."
