"""The cards of images and media: what is on the page, what comes with the slider, what is left without scripts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from runpages.format.records import Medium
from runpages_site.model import Pictures, Published
from runpages_site.page import Content, gallery_script, run_page
from runpages_site.page.gallery import LINKS, groups
from runpages_site.page.media import ImageCard, MediaCard, image_cards, media_cards
from tests.generator.test_page import SITE, THEME, Seen, place, record

SHOWN = 24
# What a card may put on a page before it is touched.
MOST_NODES, MOST_BYTES = 60, 30 * 1024


PLAIN = Pictures()


def images(*steps: float, side: int = 40, **known: Any) -> list[Medium]:
    return [
        Medium("layer", step, None, f"images/layer/{at}.png", width=side, height=side)._replace(**known)
        for at, step in enumerate(steps)
    ]


def published(media: list[Medium]) -> Published:
    return place(*(one.file for one in media))


def card(media: list[Medium], pictures: Pictures = PLAIN, shown: int = SHOWN) -> ImageCard:
    ((only,),) = image_cards(record(images=media), published(media), pictures, shown)
    return only


def medium_card(media: list[Medium]) -> MediaCard:
    (only,) = media_cards(record(media=media), published(media), Pictures())
    return only


def data(**known: Any) -> dict[str, Any]:
    of = record(**known)
    made = gallery_script(of, published([*of.images, *of.media]), Pictures(), SHOWN)
    found: dict[str, Any] = json.loads(made.removeprefix(b'runpages.put("gallery",').removesuffix(b");\n"))
    return found


def page(media: list[Medium]) -> str:
    return run_page(SITE, record(images=media), published(media), THEME.render).html


# --- images ------------------------------------------------------------------------------------------------


def test_one_image_is_large() -> None:
    made = card(images(3))
    assert (made.kind, made.cells, made.slider, made.rest) == ("one", (), None, None)
    assert made.large is not None
    assert made.large.src == "r1/images/layer/0.png"


@pytest.mark.parametrize(
    ("count", "frames"),
    [
        *((2, [0, 1]), (3, [0, 1, 2]), (4, [0, 1, 2, 3]), (5, [0, 1, 3, 4])),
        *((40, [0, 13, 26, 39]), (5_000, [0, 1666, 3333, 4999])),
    ],
)
def test_a_series_has_key_frames_a_slider_and_its_newest_image(count: int, frames: list[int]) -> None:
    made = card(images(*range(count)))
    assert made.kind == "series"
    assert [at for at, _ in made.cells] == frames
    assert made.slider is not None
    last = str(count - 1)
    assert (made.slider.last, made.slider.at, made.slider.text) == (count - 1, count - 1, f"step {last} of {last}")
    assert made.large is not None
    assert made.large.step == last


def test_images_of_one_step_are_a_grid_in_parts() -> None:
    made = card(images(*[7] * 60))
    assert made.kind == "grid"
    assert [at for at, _ in made.cells] == list(range(SHOWN))
    assert made.slider is not None
    assert (made.slider.last, made.slider.at, made.slider.text) == (2, 0, "1–24 of 60")


def test_a_grid_of_several_steps_begins_with_the_newest() -> None:
    made = card(images(*[step for step in range(5) for _ in range(8)]))
    assert made.slider is not None
    assert (made.slider.last, made.slider.text) == (4, "step 4 of 4")
    assert [at for at, _ in made.cells] == list(range(32, 40))


def test_a_few_small_images_with_their_own_captions_are_seen_at_once() -> None:
    small = images(*range(8))
    captioned = [image._replace(caption=f"{at} → {at + 1}") for at, image in enumerate(small)]
    assert card(captioned).kind == "grid"
    assert card(captioned).slider is None
    assert card(small).kind == "series"
    assert card([image._replace(width=400) for image in captioned]).kind == "series"
    assert card([image._replace(caption="same") for image in small]).kind == "series"


def test_a_step_with_many_images_has_several_places_on_the_slider() -> None:
    labels = [group.label for group in groups(images(0, 1, 1, 1, 2), 2)]
    assert labels == ["step 0 of 2", "step 1 of 2, 1–2 of 3", "step 1 of 2, 3–3 of 3", "step 2 of 2"]
    assert [group.first for group in groups(images(0, 1, 1, 1, 2), 2)] == [0, 1, 3, 4]


@pytest.mark.parametrize("step", [0, 1], ids=["one step", "series"])
def test_thousands_of_images_are_few_nodes_and_bytes(step: int) -> None:
    made = page(images(*(at * step for at in range(5_000))))
    begin = made.index('<article class="card gallery')
    html = made[begin : made.index("</article>", begin)]
    assert len(html) < MOST_BYTES
    # A browser with scripts takes what is inside for text.
    seen = html[: html.index("<noscript>")] + "<noscript>" + html[html.index("</noscript>") :]
    assert seen.count("<") - seen.count("</") <= MOST_NODES


def test_without_scripts_the_other_files_are_links_up_to_a_limit() -> None:
    made = card(images(*range(5_000)))
    assert made.rest is not None
    assert made.rest.title == "4996 more images"
    assert len(made.rest.first) == LINKS
    assert made.rest.more == "4896 more images in the run folder"
    assert (made.rest.first[0].text, made.rest.first[0].href) == ("step 1", "r1/images/layer/1.png")


def test_a_thumbnail_stands_for_a_large_image() -> None:
    media = images(0)
    shown = Pictures(thumbnails={media[0].file: "e/demo/r1/thumbnails/ab.webp"})
    cell = card(media, shown).large
    assert cell is not None
    assert (cell.src, cell.full, cell.href) == (
        "r1/thumbnails/ab.webp",
        "r1/images/layer/0.png",
        "r1/images/layer/0.png",
    )


def test_what_browsers_show_of_a_tiff_is_its_thumbnail() -> None:
    media = images(0, file="images/layer/0.tiff")
    shown = Pictures(thumbnails={media[0].file: "e/demo/r1/thumbnails/ab.webp"})
    cell = card(media, shown).large
    assert cell is not None
    assert (cell.src, cell.full, cell.href) == ("r1/thumbnails/ab.webp", "", "r1/images/layer/0.tiff")


def test_why_an_image_is_not_shown_is_said_beside_its_file() -> None:
    media = images(0)
    content = Content(pictures=Pictures(unseen={media[0].file: "It cannot be decoded"}))
    seen = Seen(run_page(SITE, record(images=media), published(media), THEME.render, content).html)
    assert seen.all("img") == []
    assert "It cannot be decoded" in seen.text
    assert "r1/images/layer/0.png" in seen.hrefs


def test_the_data_has_all_images_by_step() -> None:
    media = [*images(2, 0, 1), Medium("other", 0, 17.5, "images/o.png", "a <b>\u202e", 8, 9)]
    first, second = data(images=media)["images"]
    assert [item["step"] for item in first["items"]] == ["0", "1", "2"]
    assert first["groups"] == [[0, "step 0 of 2"], [1, "step 1 of 2"], [2, "step 2 of 2"]]
    item = {"src": "r1/images/o.png", "href": "r1/images/o.png", "step": "0", "width": 8, "height": 9}
    order = {"at": 0, "time": 17.5}
    text = {"alt": "a <b>\\u202e", "caption": "a <b>\\u202e", "title": "step 0: a <b>\\u202e"}
    assert second["items"] == [item | text | order]
    assert [item["at"] for item in first["items"]] == [0, 1, 2]


@pytest.mark.parametrize(
    ("caption", "title"),
    [
        ("", "step 4"),
        ("a cat", "step 4: a cat"),
        ("step 4, guidance 7.5", "step 4, guidance 7.5"),
        ("Step 4", "Step 4"),
        ("step 40", "step 4: step 40"),
    ],
)
def test_a_caption_that_begins_with_the_step_does_not_have_it_twice(caption: str, title: str) -> None:
    shown = card([Medium("samples", 4, None, "images/samples/4.png", caption or None, 128, 128)])
    assert shown.large
    assert shown.large.title == title


def test_a_tall_card_leaves_no_hole_beside_it() -> None:
    sizes = {"tall": (200, 600), "low": (600, 60), "lower": (600, 40)}
    media = [Medium(name, 0, None, f"images/{name}/0.png", None, *size) for name, size in sizes.items()]
    columns = image_cards(record(images=media), published(media), PLAIN, SHOWN)
    assert [[card.name for card in column] for column in columns] == [["tall"], ["low", "lower"]]


def test_a_wide_card_does_not_part_the_columns() -> None:
    wide = [Medium("set", at, None, f"images/set/{at}.png", f"digit {at}", 8, 8) for at in range(16)]
    narrow = [Medium(name, 0, None, f"images/{name}/0.png", None, 64, 64) for name in ("a", "b")]
    media = [narrow[0], *wide, narrow[1]]
    columns = image_cards(record(images=media), published(media), PLAIN, SHOWN)
    assert [[(card.name, card.index) for card in column] for column in columns] == [
        [("a", 0)],
        [("b", 2)],
        [("set", 1)],
    ]


# --- media -------------------------------------------------------------------------------------------------


def sounds(*steps: float, file: str = "wav") -> list[Medium]:
    return [Medium("voice", step, None, f"media/voice/{at}.{file}") for at, step in enumerate(steps)]


@pytest.mark.parametrize(
    ("file", "kind"), [("wav", "audio"), ("MP3", "audio"), ("webm", "video"), ("html", "file"), ("txt", "file")]
)
def test_a_medium_is_played_by_its_kind(file: str, kind: str) -> None:
    made = medium_card(sounds(0, file=file))
    assert (made.shown.kind, made.shown.href, made.slider) == (kind, f"r1/media/voice/0.{file}", None)


def test_of_several_steps_the_newest_is_there_and_the_slider_has_the_others() -> None:
    media = sounds(0, 5, 9)
    made = medium_card(media)
    assert made.shown.step == "9"
    assert made.slider is not None
    assert (made.slider.last, made.slider.at, made.slider.text) == (2, 2, "step 9 of 9")
    assert made.rest is not None
    assert [link.href for link in made.rest.first] == ["r1/media/voice/0.wav", "r1/media/voice/1.wav"]
    (known,) = data(media=media)["media"]
    assert [item["src"] for item in known["items"]] == [f"r1/media/voice/{at}.wav" for at in range(3)]


def test_a_logged_page_is_shown_in_a_sandbox_from_its_copy() -> None:
    media = sounds(0, file="html")
    at = replace(place(), files={media[0].file: "e/demo/r1/media/voice/0.html.txt"})
    content = Content(pictures=Pictures(pages={media[0].file: "e/demo/r1/pages/ab.htm"}))
    seen = Seen(run_page(SITE, record(media=media), at, THEME.render, content).html)
    (frame,) = seen.all("iframe")
    assert (frame["sandbox"], frame["src"]) == ("", "r1/pages/ab.htm")
    assert "details" in [tag for tag, _ in seen.tags]


def test_a_missing_medium_says_so() -> None:
    made = medium_card([sounds(0)[0]._replace(missing=True)])
    assert (made.shown.kind, made.shown.href, made.shown.note) == ("none", "", "missing")
