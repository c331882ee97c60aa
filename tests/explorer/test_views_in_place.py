"""One view in the place of another: what the server writes, and what a browser makes of it."""

import json
import re
import time

import pytest

from playfair.explorer import page as frame
from playfair.explorer import server, view_parts
from playfair.explorer.catalogue import Catalogue
from playfair.explorer.clips import Clips
from playfair.explorer.server import build
from playfair.steps.layout import Layout
from tests.explorer.conftest import CONFIGURATIONS, key_of, scene, view_address, view_of
from tests.in_chromium import NEEDS_BROWSER


@pytest.fixture(scope="module")
def client(catalogue):
    return build(catalogue).test_client()


def test_the_page_is_written_once_and_has_real_links(client, catalogue) -> None:
    query = view_of(catalogue, "TRN, 4 frames", uid="20").query()
    text = client.get(f"/{query}").text
    assert text.count('data-uid="20"') == 1 and text.count('id="content"') == 1
    assert f'href="{scene(catalogue).to_clip("21").replace("&", "&amp;")}"' in text
    held = json.loads(re.search(r'id="view">(.*?)</script>', text)[1])
    assert held["search"] == query and held["values"]["class"] == -1
    assert [one["label"] for one in held["options"]["beside"]][:2] == ["nothing", "TSN, 4 frames"]


def test_a_view_is_what_the_page_at_its_address_shows(client, catalogue) -> None:
    query = view_of(catalogue, "TRN, 4 frames", uid="20").query()
    text = client.get(f"/{query}").text
    view = client.get(view_address(query)).json
    for place in ("pages", "clips", "faults", "content"):
        assert view[place] in text
    assert view["csv"] == f"export.csv{query}" and view["values"]["find"] == ""


@pytest.mark.parametrize("value", ["x", "", "99", "1.5"])
def test_a_class_that_is_none_is_told(client, value: str) -> None:
    view = client.get(view_address("", "class", value)).json
    assert 'role="alert"' in view["content"] and view["values"] == {}
    assert "search" not in view and "clips" not in view  # these stay


def test_what_is_no_control_changes_nothing(client) -> None:
    plain = client.get("/view?page=clip").json
    assert client.get(view_address("?page=clip", "uid", "21")).json == plain


def test_what_is_typed_is_not_written_back(client) -> None:
    assert "find" not in client.get(view_address("?page=clip", "find", "3 ")).json["values"]


def test_what_the_page_says_of_its_view_ends_no_script(catalogue) -> None:
    parts = {"search": "?find=</script><script>ran()</script>"}
    assert "<" not in view_parts.held(parts)
    assert json.loads(view_parts.held(parts))["search"] == parts["search"]


def test_a_crowd_gets_the_frame_of_the_page(catalogue, monkeypatch) -> None:
    client = build(catalogue).test_client()
    meanwhile: list[str] = []
    own = view_parts.answer

    def answer(*all):
        meanwhile.append(client.get("/?page=clip&uid=20").text)
        return own(*all)

    monkeypatch.setattr(view_parts, "answer", answer)
    assert "data-uid" in client.get("/?page=clip").text
    (text,) = meanwhile
    assert "Opening the stores" in text and 'id="view"' not in text
    assert "data-uid" not in text and 'id="clips"' in text


def test_a_page_that_was_just_written_is_sent_again(catalogue, monkeypatch) -> None:
    client = build(catalogue).test_client()
    bodies: list[object] = []
    own = frame.body
    monkeypatch.setattr(frame, "body", lambda *all, **more: bodies.append(0) or own(*all, **more))
    client.get("/?page=clip")
    client.get("/?page=clip")
    assert len(bodies) == 1
    monkeypatch.setattr(server, "KEPT_SECONDS", 0.0)
    client.get("/?page=clip")
    assert len(bodies) == 2


@NEEDS_BROWSER
def test_the_next_clip_is_there_before_it_is_asked_for(explorer, catalogue) -> None:
    page = explorer.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/view?" in request.url else 0)
    explorer.open("/" + view_of(catalogue, "TRN, 4 frames", uid="20").query())
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').filter(one => one.name.includes('/view?')).length == 2"
    )
    assert sorted(url.partition("uid=")[2] for url in asked) == ["19", "21"]
    page.evaluate("window.before = document.getElementById('video')")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("[data-uid='21']")
    assert sum(url.endswith("uid=21") for url in asked) == 1
    explorer.url("uid=21$")
    # what is taken away is the view that is seen; the clip before is fetched no further
    for kind in ("html", "csv"):
        href = page.locator(f"#export-{kind}").get_attribute("href")
        assert href == f"export.{kind}{page.evaluate('location.search')}"
    assert page.evaluate("window.before.getAttribute('src')") is None
    page.keyboard.press("ArrowRight")
    explorer.url("element=0$")
    assert page.locator("#export-csv").get_attribute("href").endswith("uid=21&element=0")


@NEEDS_BROWSER
@pytest.mark.whole
def test_from_the_list_to_a_frame_that_is_off_to_the_next_clip_by_keys_alone(
    explorer, catalogue, monkeypatch
) -> None:
    from playfair.explorer import what_if_part
    from tests.explorer.test_switches import answer

    monkeypatch.setattr(what_if_part, "why_not", lambda entry: "")
    monkeypatch.setattr(what_if_part, "is_at_once", lambda entry, n_elements: True)
    page = explorer.page
    page.route("**/scores/**", lambda route: route.fulfill(json=answer()))
    explorer.open("/" + view_of(catalogue, "TRN, 4 frames", uid="20", classes=(0,)).query())
    focused = "document.activeElement.closest('#clips li')?.querySelector('.uid').textContent"
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(focused) == "22":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-uid='22']")
    assert page.evaluate(focused) == "22"  # where the keys were, they go on
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    assert page.locator(".switch").first.get_attribute("aria-checked") == "false"
    explorer.url("uid=22&element=0&off=0$")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("[data-uid='23']")
    assert page.locator(".switch[aria-checked='false']").count() == 0
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.getElementById('video').paused")
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.getElementById('video').paused")


@NEEDS_BROWSER
@pytest.mark.whole
def test_what_was_asked_for_last_is_shown_however_late_the_others_come(explorer, catalogue) -> None:
    explorer.open("/" + view_of(catalogue, "TRN, 4 frames", uid="20").query())
    page = explorer.page
    late: list = []
    page.route(re.compile("/view.*uid=30"), lambda route: late.append(route))
    page.evaluate("void PlayFair.go(location.search.replace('uid=20', 'uid=30'))")
    page.wait_for_selector("#content[aria-busy=true]")
    page.evaluate("void PlayFair.go(location.search.replace('uid=20', 'uid=31'))")
    page.wait_for_selector("#content:not([aria-busy]) [data-uid='31']")
    while not late:
        page.wait_for_timeout(20)
    with page.expect_response(re.compile("/view.*uid=30")):
        late[0].continue_()
    page.wait_for_timeout(200)
    assert page.locator("[data-uid]").get_attribute("data-uid") == "31"
    explorer.url("uid=31$")


@NEEDS_BROWSER
@pytest.mark.whole
def test_what_is_chosen_is_read_from_its_top_and_keys_walk_where_one_is(explorer, both) -> None:
    page = explorer.open(both).page
    page.evaluate("scrollTo(0, 300)")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("[data-uid='21']")
    assert page.evaluate("scrollY") == 300
    page.locator("#clips a[href$='uid=22']").click()
    page.wait_for_selector("[data-uid='22']")
    assert page.evaluate("scrollY") == 0
    page.evaluate("scrollTo(0, 300)")
    page.evaluate("document.querySelector('#pages a').click()")  # as keys do: another page
    page.wait_for_selector("#content .disagreement")
    assert page.evaluate("scrollY") == 0


@NEEDS_BROWSER
@pytest.mark.whole
def test_a_server_that_is_gone_is_told_on_the_page(explorer, catalogue) -> None:
    explorer.open("/" + view_of(catalogue, "TRN, 4 frames", uid="20").query())
    page = explorer.page
    page.route(re.compile("/view"), lambda route: route.abort())
    page.locator("#clips a[href$='uid=30']").click()
    page.wait_for_selector("[role=alert]")
    assert "The explorer does not answer" in page.locator("#content").inner_text()
    page.unroute(re.compile("/view"))
    why = "<h1>Busy</h1><p>Too many clips are asked for.</p>"
    page.route(re.compile("/view"), lambda route: route.fulfill(status=500, body=why))
    page.get_by_text("Try again").click()
    page.get_by_text("Too many clips are asked for.").wait_for()
    assert page.get_by_text("Try again").get_attribute("href").endswith("uid=30")
    page.unroute(re.compile("/view"))
    slow = "const at_once = fetch; fetch = (...of) => new Promise(done => setTimeout(() => done(at_once(...of)), 4000))"
    page.evaluate(slow)
    page.locator("#clips a[href$='uid=31']").click()  # and it goes on when it is there again
    page.wait_for_selector("#said.late")
    assert page.inner_text("#said") == "Waiting for the explorer …"
    page.wait_for_selector("[data-uid='31']")
    assert page.locator("#said").text_content().startswith("Clip 31. ")
    assert page.locator("#said.late").count() == 0
    explorer.faults.clear()


@NEEDS_BROWSER
@pytest.mark.whole
def test_a_link_opens_in_a_tab_of_its_own_where_that_is_asked_for(explorer, catalogue) -> None:
    explorer.open("/" + view_of(catalogue, "TRN, 4 frames", uid="20").query())
    page = explorer.page
    with page.context.expect_page() as other:
        page.locator("#clips a[href$='uid=30']").click(modifiers=["Control"])
    other.value.wait_for_selector("[data-uid='30']")
    other.value.close()
    assert page.locator("[data-uid]").get_attribute("data-uid") == "20"
    assert key_of(catalogue, "TRN, 4 frames") in page.url


def test_the_first_page_is_opened_before_a_browser_asks(make_catalogue) -> None:
    catalogue = make_catalogue()
    view_parts.look_ahead(catalogue)
    first = scene(catalogue).first
    for _ in range(500):
        if first.apart and "read" in first.passed:
            break
        time.sleep(0.02)
    assert first.apart and "read" in first.passed


def test_nothing_is_opened_ahead_where_there_is_nothing(tmp_path, caplog) -> None:
    view_parts.look_ahead(Catalogue(Layout(tmp_path), Clips(CONFIGURATIONS, tmp_path)))
    assert caplog.records == []
