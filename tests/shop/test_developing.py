"""A file becomes a picture only when it can be decoded, and nothing but its pixels is kept."""

import io
import zipfile
from contextlib import suppress

import pytest
from PIL import Image, ImageCms

from shop.developing import develop
from shop.errors import BadPicture
from shop.pictures import (
    MAX_FILE_BYTES,
    SHARE_SIZE,
    SIZES,
    address,
    choices,
    digest_of,
    fitting,
    is_photograph,
    uploaded,
)
from tests.photographs import BLUE, RED, bomb, opened, photograph, saved


def near(found: object, wanted: tuple[int, int, int], by: int = 24) -> bool:
    assert isinstance(found, tuple)
    return all(abs(int(a) - b) <= by for a, b in zip(found, wanted, strict=False))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_photograph_is_kept_in_every_size_and_as_a_jpeg_to_share(kind: str):
    raw = photograph(kind, (3000, 2000))
    picture = develop(raw)
    assert picture.digest == digest_of(raw)
    assert [file.size for file in picture.files] == [*SIZES, SHARE_SIZE]
    for file in picture.files:
        image = opened(file.body)
        assert image.format == ("JPEG" if file.size == SHARE_SIZE else "WEBP")
        # The short side fills the square, so that a bay that crops it still shows sharp pixels.
        assert min(image.size) == (file.size or SIZES[-1])
        assert abs(image.width / image.height - 1.5) < 0.02
        assert near(image.convert("RGB").getpixel((image.width // 8, image.height // 2)), RED)
        assert near(image.convert("RGB").getpixel((image.width * 7 // 8, image.height // 2)), BLUE)
    assert (picture.width, picture.height) == (1680, 1120)


def test_a_small_picture_is_not_blown_up_and_a_long_one_is_bounded():
    assert [opened(file.body).size for file in develop(photograph(size=(200, 150))).files[:2]] == [
        (149, 112),
        (200, 150),
    ]
    assert opened(develop(photograph(size=(9000, 300))).files[1].body).size == (560, 19)


def test_a_picture_stands_upright_and_tells_nobody_where_it_was_taken():
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera on its side: turn it a quarter to the right
    exif[0x010F] = "Camera of Noor"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (51.0, 3.0, 13.5)
    picture = develop(photograph(size=(900, 600), exif=exif, comment=b"a secret"))
    for file in picture.files:
        image = opened(file.body)
        assert image.width < image.height
        assert near(image.convert("RGB").getpixel((image.width // 2, image.height // 8)), RED)
        assert not image.getexif()
        assert not {"exif", "icc_profile", "xmp", "comment"} & set(image.info)
        assert b"Noor" not in file.body
        assert b"a secret" not in file.body


def test_colours_of_another_space_are_shown_as_they_were_meant():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # A screen whose red lamp is blue and whose blue lamp is red: what it calls red is blue.
    other = srgb.replace(b"rXYZ", b"tXYZ", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"tXYZ", b"bXYZ", 1)
    red = Image.new("RGB", (50, 50), (255, 0, 0))
    for profile, seen in ((srgb, (255, 0, 0)), (other, (0, 0, 255)), (b"no profile at all" * 20, (255, 0, 0))):
        picture = develop(saved(red, "PNG", icc_profile=profile))
        assert near(opened(picture.files[0].body).getpixel((9, 9)), seen, 8)


@pytest.mark.parametrize(
    ("mode", "colour", "kind", "seen"),
    [
        ("L", 100, "PNG", (100, 100, 100)),
        ("1", 1, "PNG", (255, 255, 255)),
        ("P", 0, "PNG", (0, 0, 0)),
        ("I;16", 256 * 200, "PNG", (200, 200, 200)),
        ("CMYK", (0, 0, 0, 0), "JPEG", (255, 255, 255)),
        ("LA", (100, 255), "PNG", (100, 100, 100)),
    ],
)
def test_every_kind_of_pixel_can_be_shown(mode: str, colour: object, kind: str, seen: tuple[int, int, int]):
    image = Image.new(mode, (60, 60), colour)  # type: ignore[arg-type]
    found = opened(develop(saved(image, kind)).files[0].body).convert("RGB")
    assert near(found.getpixel((30, 30)), seen, 6)


def test_what_is_clear_stays_clear_and_is_white_where_nothing_is_clear():
    picture = develop(saved(Image.new("RGBA", (300, 300), (255, 0, 0, 0)), "PNG"))
    assert opened(picture.files[0].body).convert("RGBA").getpixel((9, 9))[3] == 0  # type: ignore[index]
    assert near(opened(picture.files[-1].body).getpixel((9, 9)), (255, 255, 255), 3)


def test_of_a_moving_picture_the_first_frame_is_taken():
    frames = [Image.new("RGB", (80, 80), colour) for colour in (RED, BLUE)]
    moving = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100, lossless=True)
    image = opened(develop(moving).files[0].body)
    assert getattr(image, "n_frames", 1) == 1
    assert near(image.getpixel((40, 40)), RED)


def test_what_is_hidden_behind_a_picture_is_not_kept():
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as archive:
        archive.writestr("evil.js", "alert('polyglot')")
    for kind in ("JPEG", "PNG"):
        picture = develop(photograph(kind) + hidden.getvalue() + b"<script>alert(1)</script>")
        for file in picture.files:
            assert b"evil.js" not in file.body
            assert b"<script" not in file.body


ZIP = b"PK\x03\x04" + b"\0" * 200


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b"GIF89a" + b"\0" * 40, "not a picture that we can read"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "not a picture that we can read"),
        (b"<!doctype html><title>x</title>", "not a picture that we can read"),
        (ZIP, "not a picture that we can read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture that we can read"),
        (photograph()[:3000], "broken or cut short"),
        (photograph("PNG")[:-60], "broken or cut short"),
        (photograph("WEBP")[:100], "broken or cut short"),
        (bomb(), "million pixels"),
        (bomb(8_000, 8_000), "million pixels"),
        (bomb(6_000, 6_000), "broken or cut short"),
        (b"\xff" * (MAX_FILE_BYTES + 1), "larger than 12 MB"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_way_out(raw: bytes, said: str):
    with pytest.raises(BadPicture, match=said):
        develop(raw)


def test_every_broken_photograph_is_a_refusal_and_never_a_bug():
    whole = bytearray(photograph("PNG", (60, 40)))
    for place in range(0, len(whole), 3):
        broken = bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with suppress(BadPicture):
            develop(broken)


def test_an_image_is_a_drawing_an_address_or_an_upload():
    digest = digest_of(b"anything")
    assert uploaded(f"picture:{digest}") == digest
    assert [uploaded(text) for text in ("mug-oat", "https://x.example/a.jpg", "picture:../../etc", "picture:")] == [
        None
    ] * 4
    assert [
        is_photograph(text) for text in (f"picture:{digest}", "https://x.example/a.jpg", "mug-oat", "picture:x")
    ] == [
        True,
        True,
        False,
        False,
    ]
    assert [fitting(pixels) for pixels in (1, 112, 113, 1121)] == [112, 112, 280, 1120]
    assert address(f"picture:{digest}", 200) == f"/pictures/{digest}/280"
    assert choices(f"picture:{digest}").startswith(f"/pictures/{digest}/112 112w, ")
    assert choices("mug-oat") == ""
