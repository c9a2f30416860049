"""The frame around a page's body."""


async def test_a_body_stands_in_its_frame(client):
    async with client.get("/example?items=2&lang=ru") as response:
        text = await response.text()
    assert (response.content_type, response.charset) == ("text/html", "utf-8")
    assert text.startswith("<!doctype html>")
    assert "<title>Example · tiyin</title>" in text
    assert '<nav class="tabs small languages" aria-label="Язык">' in text
    assert "<p>2 товара</p>" in text
    assert text.count("2 товара") == 2


async def test_htmx_gets_the_body_alone(client):
    async with client.get("/example?items=2&lang=ru", headers={"HX-Request": "true"}) as response:
        assert (await response.text()).strip().startswith("<section")


async def test_the_tab_of_this_page_is_marked_and_names_are_escaped(client):
    async with client.get("/example") as response:
        text = await response.text()
    assert '<a href="/one">One</a>' in text
    assert '<a href="/two" aria-current="page">&lt;Two&gt;</a>' in text
