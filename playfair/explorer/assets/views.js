/* One view in the place of another: it is asked for as HTML, place by place, and what is likely to come next
   is asked for ahead. The address says the view. Dash has the controls alone: views of some hundred elements
   come and go, and drawn by it each took half a second. */
(() => {
  const PLACES = ["pages", "clips", "faults", "content"];
  const CHOICES = ["esvs", "beside", "class", "sort"]; // controls that offer options
  const CONTROLS = [...CHOICES, "find"];
  const KEPT = 60_000; // milliseconds that what was asked for ahead is taken for what is there
  const MOST_KEPT = 8;
  const REST = 250; // milliseconds that a view is looked at before the next is asked for ahead
  const HOVER = 70; // that a pointer rests on a link
  const BUSY = 300; // that an answer takes before the page shows that it is waited for
  const LATE = 2000; // and before it says so
  const place = (id) => document.getElementById(id);

  /* -- answers ------------------------------------------------------------------------------------ */

  const ahead = new Map(); // query → { since, answer }

  async function fetched(query) {
    const response = await fetch(`view${query}`, { cache: "no-store" }).catch(() => null);
    if (response?.ok) return response.json();
    const [text, link] = [await PlayFair.told(response), query || "?"].map(PlayFairDraw.escaped);
    const note = `<p class="note" role="alert">${text}</p><a class="button" href="${link}">Try again</a>`;
    return { content: `<div class="card"><h1>This cannot be shown</h1>${note}</div>`, failed: true };
  }

  function lookAhead(query) {
    const kept = ahead.get(query);
    if (!query || (kept && performance.now() - kept.since < KEPT)) return;
    const answer = fetched(query);
    ahead.delete(query);
    ahead.set(query, { since: performance.now(), answer });
    if (ahead.size > MOST_KEPT) ahead.delete(ahead.keys().next().value);
    answer.then((parts) => {
      if (parts.failed) ahead.delete(query);
      // film strips, so that they are there with the view
      for (const url of new Set(parts.content?.match(/strips\/[^"')]+/g))) new Image().src = url.replaceAll("&amp;", "&");
    });
  }

  function asked(query) {
    const kept = ahead.get(query);
    ahead.delete(query);
    return kept && performance.now() - kept.since < KEPT ? kept.answer : fetched(query);
  }

  /* -- places ------------------------------------------------------------------------------------- */

  /* What has the focus, and how it is found again in what takes its place; the content where it is gone. */
  function refocus() {
    const one = document.activeElement;
    const inside = one?.closest?.(PLACES.map((id) => `#${id}`).join());
    if (!inside || one === inside) return () => {};
    const kind = one.id ? `#${CSS.escape(one.id)}` : one.localName + (one.classList.length ? `.${one.classList[0]}` : "");
    const nth = [...inside.querySelectorAll(kind)].indexOf(one);
    return () => {
      if (one.isConnected) return;
      const again = inside.querySelectorAll(kind)[nth] ?? place("content");
      again.focus({ preventScroll: true });
    };
  }

  const texts = {}; // what was put into each place
  function put(parts) {
    const again = refocus();
    for (const id of PLACES) {
      if (parts[id] === undefined || parts[id] === texts[id]) continue;
      texts[id] = parts[id];
      for (const video of place(id).querySelectorAll("video")) {
        video.removeAttribute("src"); // it fetches no more
        video.load();
      }
      place(id).innerHTML = parts[id];
    }
    for (const kind of ["html", "csv"]) if (parts[kind]) place(`export-${kind}`).href = parts[kind];
    queueMicrotask(again); // when what looks after new content has done so
  }

  /* -- the address -------------------------------------------------------------------------------- */

  /* For who does not see the page change, and of what takes long for all. */
  function say(text, late = false) {
    place("said").textContent = text;
    place("said").classList.toggle("late", late);
  }

  let busy = null;
  let late = null;
  let latest = 0; // of what was asked for: an answer that comes later than the next question is of no use
  const pageOf = (query) => {
    const said = new URLSearchParams(query);
    return said.get("page") ?? (said.size ? "clip" : "start");
  };

  /* Shows what an address asks for. `push`: the browser goes back to what was shown before. */
  async function go(query, { push = true, toTop = false, typed = {} } = {}) {
    const mine = ++latest;
    clearTimeout(busy); // of the question before
    clearTimeout(late);
    busy = setTimeout(() => place("content").setAttribute("aria-busy", "true"), BUSY);
    late = setTimeout(() => say("Waiting for the explorer …", true), LATE);
    const parts = await asked(query);
    if (mine !== latest) return;
    clearTimeout(busy);
    clearTimeout(late);
    place("content").removeAttribute("aria-busy");
    const before = location.search;
    if (parts.search && parts.search !== before) history[push ? "pushState" : "replaceState"](null, "", location.pathname + parts.search);
    put(parts);
    if (toTop || (push && pageOf(before) !== pageOf(location.search))) scrollTo(0, 0);
    const heading = place("content").querySelectorAll("#behind h2, .head .kicker, h1");
    say([...heading].map((part) => part.textContent).join(". "));
    tell(parts, typed);
    rest();
  }

  /* The clips before and after, when one is looked at. */
  let resting = null;
  function rest() {
    clearTimeout(resting);
    resting = setTimeout(() => {
      for (const link of document.querySelectorAll("#content a.step-next, #content a.step-previous")) lookAhead(link.getAttribute("href"));
    }, REST);
  }

  const linkOf = (event) => event.target.closest?.("a[href^='?']");
  document.addEventListener("click", (event) => {
    const link = linkOf(event);
    if (!link || event.defaultPrevented || event.button || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(link.getAttribute("href"), { toTop: event.isTrusted && !link.closest("#content") });
  });
  let over = null;
  document.addEventListener("pointerover", (event) => {
    clearTimeout(over);
    const link = linkOf(event);
    if (link) over = setTimeout(() => link.isConnected && lookAhead(link.getAttribute("href")), HOVER);
  });
  window.addEventListener("popstate", () => go(location.search, { push: false }));
  PlayFair.go = go;

  /* -- controls ----------------------------------------------------------------------------------- */

  const options = {}; // what they offer, and what they are set to, as the view has it
  const values = {};
  const written = {}; // what Dash was told of them
  let isThere = false; // whether Dash is
  let told = 0;

  function tell(parts, typed) {
    Object.assign(options, parts.options);
    Object.assign(values, typed, parts.values);
    if (isThere) dash_clientside.set_props("told", { data: ++told });
  }

  const unlike = (name, what) => {
    const text = JSON.stringify(what);
    if (written[name] === text) return dash_clientside.no_update;
    written[name] = text;
    return what;
  };

  /* Dash asks whenever a control was set, and when it was told something. */
  function controls(_, ...now) {
    const changed = dash_clientside.callback_context.triggered.map(({ prop_id }) => prop_id.split(".")[0]);
    const name = CONTROLS.find((control) => changed.includes(control));
    const set = now[CONTROLS.indexOf(name)] ?? "";
    if (isThere && name && !changed.includes("told")) {
      // a list loses what it offers no more, as of a store that was removed: nobody chose that
      if (!(CHOICES.includes(name) && now[CONTROLS.indexOf(name)] == null) && set !== (values[name] ?? "")) choose(name, set);
      return [...CHOICES, ...CONTROLS].map(() => dash_clientside.no_update);
    }
    if (!isThere) {
      isThere = true;
      // what stood in their place makes room when they are drawn
      requestAnimationFrame(() => requestAnimationFrame(() => place("before")?.remove()));
    }
    const set_ = CONTROLS.map((control, i) => (values[control] === undefined || values[control] === now[i] ? dash_clientside.no_update : values[control]));
    return [...CHOICES.map((control) => (options[control] ? unlike(control, options[control]) : dash_clientside.no_update)), ...set_];
  }
  let setting = Promise.resolve();
  function choose(name, value) {
    // after what was set before it is in the address
    setting = setting.then(() => {
      const query = new URLSearchParams(location.search);
      query.set("set", name);
      query.set("to", value);
      return go(`?${query}`, { typed: { [name]: value } });
    });
  }
  window.dash_clientside = Object.assign(window.dash_clientside ?? {}, { playfair: { controls } });

  /* -- the view that the page was sent with ------------------------------------------------------- */

  const held = place("view");
  if (held) {
    const parts = JSON.parse(held.textContent);
    if (parts.search && parts.search !== location.search) history.replaceState(null, "", location.pathname + parts.search);
    tell(parts, {});
    rest();
  } else {
    go(location.search, { push: false });
  }
})();
