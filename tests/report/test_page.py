"""The page of a Result: what leads, what is numbered, what it links to, and what it must not hold."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from playfair.experiments.film_strips import figures_of
from playfair.launch.origin import explorer_of
from playfair.report import html, look, provenance, save
from playfair.report.chart import HEIGHT, TOP, WIDTH, chart
from playfair.report.contents import sections
from playfair.report.figures.interactive import Lines
from playfair.report.figures.sheet import TALLEST
from playfair.report.film import films
from playfair.result import Result, Strip

FACTS = {"Dataset": "synthetic: 600 train and 240 validation clips", "Seed": "0"}
HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J\u202eשלום"


def figure(pictures: bool = False) -> Figure:
    drawn = Figure(figsize=(2, 1))
    axes = drawn.subplots()
    axes.imshow(np.zeros((2, 2))) if pictures else axes.plot([0, 1], color="black")
    return drawn


def lines() -> Lines:
    rows = [
        {"model": model, "x": x, "y": y, "low": y - 1, "high": y + 1}
        for model, ys in (("tsn", (2.0, 4.0)), ("trn", (6.0, 9.0)))
        for x, y in zip((0.0, 1.0), ys, strict=True)
    ]
    return Lines(pd.DataFrame(rows), x="x", y="y", by="model", titles=("place", "ESV"))


def strip(n_elements: int = 4, title: str = "Moving something up  (clip 7)", **more) -> Strip:
    frames = np.zeros((n_elements, 12, 16, 3), np.uint8)
    esvs = {"tsn": np.linspace(-0.1, 0.2, n_elements), "trn": np.linspace(0.3, 0, n_elements)}
    notes = {"tsn": "score 0.20\nsays: down", "trn": "score 0.90\nright"}
    right = {"tsn": False, "trn": True}
    index = np.arange(n_elements) * 3
    return Strip(title, frames, index, esvs, notes, (3, 9), right=right, **more)


def whole() -> Result:
    questions = pd.DataFrame(
        {"question": ["Is it right?"], "TRN": ["93 %"], "verdict": ["Yes"], "section": ["A part"]}
    )
    numbers = pd.DataFrame({"measure": ["top1"], "model": ["trn"], "mean": [-0.12345]})
    part = Result(
        "A part",
        "Its summary.",
        ["It holds."],
        {"inner": 0.5},
        tables={"plot": numbers, "none": numbers.head(0)},
        figures={"plot": figure()},
        interactive={"plot": lines()},
        captions={"plot": "Bars: intervals."},
        alts={"plot": "One line that rises."},
        explore="?esvs=synthetic/trn-8&page=population",
    )
    return Result(
        "Title & more",
        "What was asked.\nTSN: less.",
        ["A < B.", "C."],
        tables={"questions": questions},
        figures={"film_strips": figure(True), "film": figure(True)},
        strips=[strip(explore="?uid=7")],
        captions={"film_strips": "One clip.", "film": "Pictures."},
        parts=(part,),
    )


@pytest.fixture(scope="module")
def page() -> str:
    return html.page(whole(), footer="python run.py experiment=x", linked=True, facts=FACTS)


def test_findings_lead_then_the_exhibit_then_the_answers_then_what_was_asked(page: str) -> None:
    order = [
        "Title &amp; more",
        "A &lt; B.",
        "C.",
        'class="film"',
        "Is it right?",
        "What was asked.",
    ]
    order += ["<h2", "It holds.", "Its summary.", "One line that rises.", "240 validation clips"]
    places = [page.index(words, page.index("<h1")) for words in order]
    assert places == sorted(places)


def test_figures_and_tables_are_numbered_through_the_page(page: str) -> None:
    assert re.findall(r"<b>((?:Figure|Table) \d)\.</b>", page) == [
        "Figure 1", "Table 1", "Figure 2", "Figure 3", "Table 2",
    ]  # fmt: skip
    assert "Figure 3, interactive" in page


def test_every_link_to_a_file_is_to_one_that_is_saved(tmp_path: Path) -> None:
    save.save(whole(), tmp_path, facts=FACTS)
    text = (tmp_path / "report.html").read_text()
    links = [link for link in re.findall(r'href="([^"#]+)"', text) if ":" not in link]
    assert len(links) == 2 * 3 + 1 + 3 + 1  # three of each figure, one of each table
    assert all((tmp_path / link).is_file() for link in links)
    assert "a-part/plot.pdf" in links and "a-part/none.csv" not in text
    assert (tmp_path / "a-part/plot.pdf").read_bytes()[:4] == b"%PDF"
    assert not re.search(r'href="[^"#:]+"', html.page(whole())), "no files beside it, no links"


def test_it_asks_nothing_of_the_network_and_pictures_are_inside(page: str) -> None:
    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!127\.0\.0\.1)', page)
    assert "@import" not in page and "url(http" not in page
    assert page.count("data:image/webp;base64,") == 4 + 1  # the strip's and a figure's
    assert page.count('<svg role="img"') == 1


def test_every_figure_says_what_is_to_be_seen(page: str) -> None:
    assert 'aria-label="One line that rises. It holds."' in page
    assert 'alt="Pictures. A &lt; B. C."' in page


def test_a_section_opens_the_explorer_where_its_answer_is(page: str) -> None:
    assert "<code>python run.py experiment=explorer</code>" in page
    assert 'href="http://127.0.0.1:8050/?esvs=synthetic/trn-8&amp;page=population"' in page
    assert 'href="http://127.0.0.1:8050/?uid=7"' in page  # of the clip
    command = "python run.py experiment=esv dataset=clips dataset.root='a b' n_frames=4"
    said = "python run.py experiment=explorer dataset=clips 'dataset.root=a b'"
    assert explorer_of(command).command == said


def test_numbers_and_names_are_as_people_read_them(page: str) -> None:
    assert "<td class=text>TRN</td><td class=text>top-1</td><td>−0.123</td>" in page
    assert ">TRN</th>" in page and "93\u00a0%" in page and "<td>trn" not in page


def test_a_table_without_rows_is_left_out_and_a_long_one_is_folded_away() -> None:
    long = pd.DataFrame({"frame": range(13)})
    tables = {"long": long, "short": long.head(12), "empty": long.head(0)}
    text = html.page(Result("T", "S", tables=tables))
    assert text.count("<details") == 1 and "Long (13 rows)" in text
    assert text.count("<table") == 2 and "Empty" not in text


def test_a_table_does_not_repeat_the_caption_of_the_figure_of_its_name(page: str) -> None:
    assert page.count("Bars: intervals.") == 1 and "Plot: the numbers of the figure." in page


def test_every_line_of_a_summary_is_a_paragraph(page: str) -> None:
    assert "<p>What was asked.</p><p>TSN: less.</p>" in page


def test_every_bar_stands_below_its_frame_and_says_its_number() -> None:
    (film,) = films([strip()])
    (row,) = film.rows
    assert row.names == ["0", "3", "6", "9"] and row.decisive == [False, True, True, False]
    tsn, trn = row.models
    assert [bar.text for bar in tsn.bars] == ["−0.100", "0", "+0.100", "+0.200"]
    assert [bar.text for bar in trn.bars] == ["+0.300", "+0.200", "+0.100", "0"]
    assert tsn.zero == trn.zero == 75.0  # of all bars, from +0.3 to −0.1
    assert (tsn.bars[0].top, tsn.bars[0].height) == (75.0, 25.0) and not tsn.bars[0].is_supporting
    assert (trn.bars[0].top, trn.bars[0].height) == (0.0, 75.0) and trn.bars[0].is_supporting
    assert (tsn.right, trn.right) == (False, True)


@pytest.mark.parametrize(("n_elements", "rows"), [(1, [1]), (8, [8]), (9, [5, 4]), (128, [8] * 16)])
def test_a_strip_of_any_length_goes_on_in_the_next_row(n_elements: int, rows: list[int]) -> None:
    (film,) = films([strip(n_elements)])
    assert [len(row.pictures) for row in film.rows] == rows
    assert sum(len(row.models[1].bars) for row in film.rows) == n_elements
    text = html.page(Result("T", "S", strips=[strip(n_elements)], captions={"film_strips": "c"}))
    assert text.count('class="bar ') == 2 * n_elements


def test_strips_whose_models_have_other_elements_stay_a_picture() -> None:
    uneven = Strip("t", np.zeros((2, 4, 4, 3), np.uint8), np.arange(2), {"a": np.ones(4)}, {}, None)
    result = Result("T", "S", strips=[uneven], figures={"film_strips": figure(True)})
    captioned = Result(**{**vars(result), "captions": {"film_strips": "c"}})
    assert "<img class=" in html.page(captioned) and 'class="film"' not in html.page(captioned)


def test_the_chart_reads_the_values_it_is_given() -> None:
    drawn = chart(lines())
    tsn, trn = drawn.traces
    assert tsn.values == ["2.00 [1.00, 3.00]", "4.00 [3.00, 5.00]"] and trn.name == "TRN"
    assert [tick.text for tick in drawn.stops] == ["0", "1"]
    assert drawn.stops[1].at == WIDTH - 12
    points = [point.split(",") for trace in (tsn, trn) for point in trace.path.split()]
    heights = [float(height) for _, height in points]
    assert heights == sorted(heights, reverse=True)  # 2, 4, 6 and 9, the highest above
    assert min(tick.at for tick in drawn.y_ticks) == TOP < HEIGHT  # 10, the highest end
    assert len(tsn.band.split()) == 4


def test_names_of_others_do_nothing_on_the_page() -> None:
    table = pd.DataFrame({"class": [HOSTILE], "value": [0.5]})
    named = {"trn": HOSTILE}
    text = html.page(
        Result(
            HOSTILE,
            HOSTILE,
            [HOSTILE],
            tables={"t": table.assign(model="trn"), "questions": table.assign(section=HOSTILE)},
            figures={"f": figure()},
            strips=[strip(title=HOSTILE, explore=f"?uid={HOSTILE}")],
            captions={"film_strips": HOSTILE, "f": HOSTILE, "t": HOSTILE},
            alts={"f": HOSTILE},
            names=named,
        ),
        footer=HOSTILE,
        facts={"Dataset": HOSTILE},
    )
    assert "<img src=x" not in text and "\x1b" not in text and "\u202e" not in text
    assert text.count("&lt;img src=x onerror=alert(1)&gt;") > 10


def test_a_thousand_classes_make_a_page_of_a_few_megabytes() -> None:
    names = [f"Doing something {i} with something else" for i in range(1000)]
    table = pd.DataFrame({"class": names, **{f"v{i}": np.arange(1000) / 7 for i in range(9)}})
    text = html.page(Result("T", "S", tables={f"t{i}": table for i in range(12)}), linked=True)
    assert len(text) < 2**21 and "800 more rows in the CSV file." in text


def test_the_page_holds_no_more_pictures_than_five_megabytes(monkeypatch) -> None:
    monkeypatch.setattr(html, "MOST_BYTES", 3000)
    figures = {f"f{i}": figure(True) for i in range(4)}
    text = html.page(Result("T", "S", figures=figures), linked=True)
    assert 0 < text.count("data:image") < 4
    assert "this one is in its own file" in text and 'href="f3.png"' in text


def test_two_figures_of_a_page_share_no_name() -> None:
    text = html.page(Result("T", "S", figures={"a": figure(), "b": figure()}))
    names = re.findall(r'\bid="([^"]+)"', text)
    assert len(names) == len(set(names))
    used = re.findall(r'(?:xlink:href="|url\()#([^")]+)', text)
    assert used and set(used) <= set(names)


def test_ink_is_the_pages_so_that_it_is_read_in_the_dark() -> None:
    text = html.page(Result("T", "S", figures={"a": figure()}))
    svg = text[text.index("<svg role") : text.index("</svg>")]
    assert "#000000" not in svg and "stroke: currentColor" in svg
    assert "fill: #ffffff" not in svg


def test_a_hollow_mark_shows_the_pages_ground() -> None:
    drawn = Figure(figsize=(2, 1))
    drawn.subplots().plot([0, 1], "o", color="white", markersize=2)
    text = html.page(Result("T", "S", figures={"a": drawn}))
    svg = text[text.index("<svg role") : text.index("</svg>")]
    assert "#ffffff" not in svg and "fill: var(--paper); stroke: var(--paper)" in svg


def test_the_foot_says_where_it_comes_from(page: str) -> None:
    foot = page[page.index("<footer") :]
    assert "600 train and 240 validation clips" in foot and "python run.py experiment=x" in foot
    said = provenance.facts(FACTS, 0.0)
    assert list(said) == ["Date", "Dataset", "Seed", "Code", "Machine", "Time"]
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC$", said["Date"])
    assert "Play Fair" in said["Code"] and "Python 3" in said["Code"]
    assert re.search(r"\d+ cores?, \d+ GB", said["Machine"])


def test_the_commit_is_known_in_a_checkout_alone(tmp_path: Path) -> None:
    assert provenance.commit_of(tmp_path) == ""
    (tmp_path / ".git").mkdir()
    assert provenance.commit_of(tmp_path) == ""  # none that git knows


def test_numbers_have_three_digits_that_count_and_a_real_minus() -> None:
    assert look.percent(0.5, 0.25, 1) == "50 % [25, 100]"
    assert look.probability(-0.00123, -0.02, 0.01) == "−0.0012 [−0.0200, +0.0100]"
    assert look.decimal(999.96) == "1,000" and look.number(0.09996) == "0.100"
    assert look.decimal(float("nan")) == "–"


def test_a_page_is_made_of_its_own_title_alone() -> None:
    (alone,) = sections(Result("T", ""), linked=False)
    assert not alone.pictures and not alone.tables and alone.exhibit is None
    assert "<h1>T</h1>" in html.page(Result("T", ""))


def test_a_number_and_its_interval_are_one_column() -> None:
    table = pd.DataFrame(
        {
            "model": ["trn", "tsn"],
            "mean": [0.5, 2e-6],
            "low": [0.4, 1e-6],
            "high": [0.625, np.nan],
            "centre": [0.25, 0.75],
            "centre_low": [0.125, 0.5],
            "centre_high": [0.5, 1.0],
            "p_low": [1.0, 2.0],  # of no p
        }
    )
    (section,) = sections(Result("T", "", tables={"t": table}), linked=False)
    (shown,) = section.tables
    assert shown.columns == [
        "model", "mean [95 % interval]", "centre [95 % interval]", "p low",
    ]  # fmt: skip
    assert shown.rows[0] == ["TRN", "0.500 [0.400, 0.625]", "0.250 [0.125, 0.500]", "1"]
    assert shown.rows[1][1] == "2.00 × 10⁻⁶ [1.00 × 10⁻⁶, –]"
    assert shown.is_text == [True, False, False, False]
    some = pd.DataFrame({"lost": pd.Series([8, None], dtype=object), "name": ["a", None]})
    (section,) = sections(Result("T", "", tables={"t": some}), linked=False)
    assert section.tables[0].is_text == [False, True]  # a number that is missing makes no text


def test_what_counts_nothing_and_where_files_lie_is_left_to_the_csv_files(tmp_path: Path) -> None:
    zeros = pd.DataFrame({"model": ["trn", "tsn"], "too_short": [0, 0], "not_decodable": [0, 0]})
    stores = pd.DataFrame({"model": ["trn"], "frames": [8], "store": ["outputs/esvs/trn"]})
    result = Result("T", "", tables={"clips": zeros, "esvs": stores})
    (section,) = sections(result, linked=True)
    (shown,) = section.tables
    assert shown.label == "Table 1" and shown.columns == ["model", "frames"]
    save.save(result, tmp_path)
    assert (tmp_path / "clips.csv").is_file()
    assert "outputs/esvs/trn" in (tmp_path / "esvs.csv").read_text()
    some = zeros.assign(too_short=[0, 1])
    (section,) = sections(Result("T", "", tables={"clips": some}), linked=True)
    assert len(section.tables) == 1


def test_a_table_too_wide_for_the_page_is_turned_where_it_has_few_rows() -> None:
    numbers = {f"v{i}": [i + 1, 10 * i] for i in range(9)}
    wide = pd.DataFrame(
        {"model": ["tsn", "trn"], "too_short": [0, 0], "gap": [0.0, 0.0], **numbers}
    )
    (section,) = sections(Result("T", "", tables={"t": wide}), linked=False)
    (shown,) = section.tables
    assert shown.columns == ["measure", "TSN", "TRN"] and shown.is_text == [True, False, False]
    assert shown.rows[:2] == [["gap", "0", "0"], ["v0", "1", "0"]]  # of counts those of anything
    assert shown.rows[-1] == ["v8", "9", "80"] and len(shown.rows) == 10
    assert shown.n_rows == 2 and not shown.is_long


def test_captions_name_columns_as_the_tables_do() -> None:
    table = pd.DataFrame({"model": ["trn"], "p_holm": [0.5], "measure": ["evidence_mass"]})
    captions = {"t": "p_holm: corrected; evidence_mass, with long_frames=32 and no_such_name."}
    text = html.page(Result("T", "", tables={"t": table}, captions=captions))
    assert "p (Holm): corrected; evidence mass, with long_frames=32 and no_such_name." in text


def test_the_explorer_is_opened_where_the_outputs_are_however_it_was_said() -> None:
    assert explorer_of("playfair experiment=esv", "outputs").command == (
        "playfair experiment=explorer"
    )
    assert explorer_of("playfair experiment=esv", "/my disk").command == (
        "playfair experiment=explorer 'paths.outputs=/my disk'"
    )
    assert explorer_of("playfair -cd=mine experiment=esv ++paths.outputs=a", "a").command == (
        "playfair -cd=mine experiment=explorer ++paths.outputs=a"
    )


def test_a_line_of_a_method_has_the_methods_colour_which_a_dark_page_brightens() -> None:
    rows = [
        {"method": name, "x": x, "y": 1.0, "low": 0.5, "high": 2.0}
        for name in ("esv", "naive")
        for x in (0.0, 1.0)
    ]
    of_methods = Lines(
        pd.DataFrame(rows),
        x="x",
        y="y",
        by="method",
        titles=("place", "ESV"),
        colours={"esv": "#332288", "naive": "0.5"},
    )
    assert [trace.colour for trace in chart(of_methods).traces] == ["#332288", "#808080"]
    drawn = Figure(figsize=(2, 1))
    drawn.subplots().plot([0, 1], color="#332288")
    text = html.page(Result("T", "", figures={"a": drawn}, interactive={"a": of_methods}))
    assert "--c332288: #332288" in text and "--c332288: #9A8CF5" in text
    assert 'style="color: var(--c332288)"' in text and "stroke: var(--c332288)" in text
    assert "stroke: #332288" not in text


def test_strips_that_one_page_has_no_room_for_go_on_in_files_of_their_own() -> None:
    clips = [strip(title=f"clip {i}") for i in range(6)]
    clips[5].esvs["tsn"][0] = -0.7  # larger than all on the first page
    figures = figures_of(clips)
    assert list(figures) == ["film_strips", "film_strips_2"]
    assert all(drawn.get_figheight() <= TALLEST for drawn in figures.values())
    bars = [axes.get_ylim() for drawn in figures.values() for axes in drawn.axes if not axes.images]
    assert len(bars) == 12 and len(set(bars)) == 1  # one scale over both
    both = {name: figure(True) for name in figures}
    said = {"film_strips": "Six clips."}
    text = html.page(Result("T", "S", strips=clips, figures=both, captions=said), linked=True)
    assert 'href="film_strips_2.pdf">PDF 2</a>' in text and text.count("<figcaption>") == 1
    # as pictures, where the page shows no strips
    text = html.page(Result("T", "S", figures=both, captions=said), linked=True)
    assert "<b>Figure 2.</b> Figure 1, going on." in text and ">PDF 2<" not in text
    assert 'href="film_strips_2.pdf">PDF</a>' in text
