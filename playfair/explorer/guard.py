"""Who may ask the explorer, and for what: by a known name, for what is there, and from its own page."""

import html
import logging
from collections.abc import Sequence

from dash.exceptions import DependencyException
from flask import Flask, Response, request
from werkzeug.exceptions import Forbidden, HTTPException, NotFound

from playfair.explorer.catalogue import Catalogue
from playfair.explorer.errors import TROUBLE, NotThereError
from playfair.explorer.hosts import Hosts, name_in
from playfair.explorer.scene import scene_of
from playfair.explorer.view import View
from playfair.printable import printable

Answer = tuple[str, int]

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; padding: 0 1rem }}
</style><h1>{title}</h1><p>{message}</p>{more}"""

log = logging.getLogger("playfair")
# The browser itself refuses whatever is not from here, and shows the page in no other.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
    "style-src 'self' 'unsafe-inline'; script-src 'self' {scripts}; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
# What browsers say of a page of somebody else's that asks: it could not read the answer, but have work done.
ELSEWHERE = ("cross-site", "same-site")
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def guard(server: Flask, catalogue: Catalogue, hosts: Hosts, scripts: Sequence[str]) -> None:
    """Who asks for what is not theirs is refused; who asks for what is not there is told what is.

    Args:
        server: what is guarded.
        catalogue: what is explored.
        hosts: the names by which it may be asked for.
        scripts: the hashes of the page's own scripts.
    """
    policy = POLICY.format(scripts=" ".join(scripts))

    def by_a_known_name() -> Answer | None:
        asked = request.headers.get("Host")
        return None if hosts.know(asked) else _unknown_host(asked, hosts)

    # before what Dash looks at
    server.before_request_funcs.setdefault(None, []).insert(0, by_a_known_name)

    @server.before_request
    def only_what_is_served() -> None:
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site") in ELSEWHERE:
            raise Forbidden("Only the explorer's own page asks for this.")
        if request.path == "/":
            _check(request.query_string.decode(errors="replace"), catalogue)
        elif request.url_rule and request.url_rule.rule == "/<path:path>":
            # Dash would answer any path with its page.
            raise NotFound(f"There is no page {request.path}.")

    @server.after_request
    def nothing_from_elsewhere(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers.update(HEADERS)
        return response

    @server.errorhandler(NotFound)
    @server.errorhandler(DependencyException)  # a file that Dash does not have
    def missing(error: Exception) -> Answer:
        message = getattr(error, "description", "There is no such file.")
        return error_page("Not there", message, _links(catalogue)), 404

    @server.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Answer:
        return error_page(error.name, error.description or ""), error.code or 500

    @server.errorhandler(Exception)
    def failed(error: Exception) -> Answer:
        log.error("%s could not be answered", printable(request.path), exc_info=error)
        message = "The explorer failed to answer this. What happened is told in its terminal."
        return error_page("That went wrong", message), 500


def error_page(title: str, message: str, more: str = "") -> str:
    """What is wrong and what to type, never how it happened; `more` is HTML below it."""
    return PAGE.format(title=html.escape(title), message=html.escape(message), more=more)


def _unknown_host(asked: str | None, hosts: Hosts) -> Answer:
    """Says what to type where the name is a proxy's."""
    name = name_in(asked)
    message = f"This explorer answers to {hosts}. It was asked for another name."
    if name:
        message = (
            f"This explorer answers to {hosts}. It was asked for {name}. If that is a name of this "
            "machine, or of a proxy of yours, end the explorer and type: python run.py "
            f"experiment=explorer 'experiment.hosts=[{name}]'"
        )
    return error_page("Another name", message), 421


def _links(catalogue: Catalogue) -> str:
    contents = catalogue.contents()
    if not contents.entries:
        return "<p>There are no ESVs yet.</p>"
    items = []
    up = "./" + "../" * (request.path.count("/") - 1)
    for key, entry in contents.entries.items():
        link = html.escape(up + View(esvs=key).query())
        items.append(f'<li><a href="{link}">{html.escape(contents.title(entry))}</a></li>')
    return f"<p>There are ESVs of:</p><ul>{''.join(items)}</ul>"


def _check(query: str, catalogue: Catalogue) -> None:
    """A link that names what is not there ends in a 404; other trouble is told on the page."""
    try:
        scene_of(View.of(query), catalogue)
    except NotThereError as error:
        raise NotFound(str(error)) from error
    except TROUBLE:
        pass
