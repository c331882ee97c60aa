/* A bar, its frame and the moment in the clip are one: point at any of them, or use the arrow keys.
   Works on what the page's elements say (data-…), so the exported file needs nothing else. */
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const video = () => document.getElementById("video");
  const content = () => document.querySelector("[data-uid]");
  const panels = () => all(".frames");
  const index = (panel) => JSON.parse(panel.dataset.index);
  const comes = (panel) => JSON.parse(panel.dataset.begins); // moments at which they come
  const parsed = new WeakMap(); // panel → moments at which the frames are shown, on the file's clock
  const times = (panel) => {
    if (!parsed.has(panel)) parsed.set(panel, JSON.parse(panel.dataset.times));
    return parsed.get(panel);
  };
  let pinned = null; // the frame chosen by click, key or link; pointing at another lasts as long as the pointer stays
  let before = null; // uid and frames of what was shown
  let drawn = null; // the content that was last dressed

  const left = (panel, position) => {
    const n = +panel.style.getPropertyValue("--n"); // its own: one that is computed has styles made anew
    return `calc(var(--left) + (100% - var(--left) - var(--right)) * ${(position + 0.5) / n})`;
  };

  function mark(i) {
    for (const panel of panels()) {
      const cursor = panel.querySelector(".cursor");
      cursor.hidden = i === null;
      if (i !== null) cursor.style.left = left(panel, i);
      const frames = all(".frame", panel);
      frames.forEach((frame, at) => frame.classList.toggle("current", at === i));
      panel.querySelector(".readout").textContent = i === null ? "" : frames[i].getAttribute("aria-label");
    }
  }

  function seek(i) {
    if (!video() || !panels().length) return;
    const moment = times(panels()[0])[i];
    if (moment === undefined) return;
    const clip = video();
    clip.pause();
    if (clip.readyState <= 1) return clip.addEventListener("loadeddata", () => pinned !== null && seek(pinned), { once: true });
    if (!clip.seekable.length || !clip.seekable.end(clip.seekable.length - 1)) return void fetchWhole(clip, i);
    clip.sought = i;
    clip.tries = 3;
    send(clip, moment - clockOf(clip));
  }
  function send(clip, time) {
    clip.sent = time;
    clip.currentTime = time;
  }

  /* A server that sends no parts of files lets nobody seek: the clip is then fetched whole, once. */
  async function fetchWhole(clip, i) {
    if (clip.fetched) return;
    clip.fetched = true;
    const answer = await fetch(clip.currentSrc).catch(() => null);
    if (!answer?.ok || !clip.isConnected) return;
    clip.addEventListener("loadeddata", () => clip.paused && seek(pinned ?? i), { once: true });
    clip.autoplay = false;
    clip.src = URL.createObjectURL(await answer.blob());
  }

  /* Which frame the player shows where it was sent: where a file says another rate than its frames have,
     some players take one before it, and are sent further by what they are off. */
  const SETTLED = 60; // milliseconds from a player's having sought to its picture's being there
  document.addEventListener("seeked", ({ target: clip }) => {
    const i = clip.sought;
    setTimeout(() => {
      const own = Math.abs(clip.currentTime - clip.sent) < 0.001; // and not by the player's own controls
      if (i === undefined || !own || clip.sought !== i || clip.seeking || !clip.paused || clip.shownTime === undefined || !panels().length) return;
      const off = comes(panels()[0])[i] - clockOf(clip) - clip.shownTime;
      if (Math.abs(off) < 0.0015 || !clip.tries--) return;
      send(clip, clip.currentTime + off);
    }, SETTLED);
  }, true);
  document.addEventListener("loadeddata", ({ target: clip }) => {
    const tell = (_, { mediaTime }) => {
      clip.shownTime = mediaTime;
      clip.requestVideoFrameCallback(tell);
    };
    clip.requestVideoFrameCallback?.(tell);
  }, true);

  /* What a frame's moment is ahead of the player's clock. Frames are counted from the clip's beginning;
     where its file begins later than at 0, some browsers do so too, and others begin with 0. */
  const begins = new WeakMap(); // video → its clock at its beginning
  function clockOf(clip) {
    return +clip.dataset.origin - (begins.get(clip) ?? 0);
  }
  document.addEventListener("loadedmetadata", ({ target }) => { // before it plays, and its clock goes on
    const own = +(target.dataset.start ?? 0);
    begins.set(target, Math.abs(target.currentTime - own) < Math.abs(target.currentTime) ? own : 0);
  }, true);

  function point(i) {
    mark(i);
    if (i !== null) seek(i);
  }

  function pin(i) {
    pinned = i;
    point(i);
    PlayFair.address("element", i);
  }

  /* What the address says of this page's own state. Browsers refuse an address that changes 200 times in
     half a minute, which a key that is held down would do: it follows when the key rests. */
  const said = {};
  let later = null;
  function follow() {
    clearTimeout(later);
    later = null;
    if (location.protocol === "file:") return;
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(said)) {
      if (value === null || value === "") query.delete(name);
      else query.set(name, value);
    }
    const text = "?" + query.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
    history.replaceState(history.state, "", location.pathname + text);
    for (const kind of ["html", "csv"]) {
      const link = document.getElementById(`export-${kind}`);
      if (link) link.href = `export.${kind}${text}`;
    }
  }
  window.PlayFair = {
    address(name, value) {
      said[name] = value;
      clearTimeout(later);
      later = setTimeout(follow, 120);
    },
    pinned: () => pinned,
    /* Why an answer is none: what its page says; null: nobody answers. */
    async told(answer) {
      const page = new DOMParser().parseFromString(answer ? await answer.text() : "", "text/html");
      return page.querySelector("p")?.textContent ?? "The explorer does not answer. Where it was ended, start it again.";
    },
  };

  /* Which frame the pointer is over: anywhere in its column, not only on the bar. */
  function under(event) {
    const panel = event.target.closest?.(".frames");
    if (!panel) return null;
    const box = panel.getBoundingClientRect();
    const style = panel.style;
    const from = parseFloat(style.getPropertyValue("--left"));
    const width = box.width - from - parseFloat(style.getPropertyValue("--right"));
    const n = +style.getPropertyValue("--n");
    const i = Math.floor(((event.clientX - box.left - from) / width) * n);
    return i >= 0 && i < n ? i : null;
  }

  function play() {
    pin(null);
    video()?.play().catch(() => {});
  }

  let over = null;
  document.addEventListener("pointermove", (event) => {
    const i = under(event);
    if (i === over) return;
    over = i;
    if (i !== null) point(i);
    else if (pinned !== null) point(pinned);
    else if (panels().length) {
      mark(null);
      video()?.play().catch(() => {});
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".switch")) return;
    const i = under(event);
    if (i !== null) pin(i);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.(".frame") && event.target.matches(":focus-visible")) point(+event.target.dataset.i);
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input, textarea, select, video, [role=listbox], [role=combobox], .dash-dropdown, .dash-dropdown-content")) return;
    const cells = document.querySelector("[data-cell]");
    if (cells) {
      if (moveCell(cells.dataset, event.key)) event.preventDefault();
      return;
    }
    if (!panels().length) return;
    const n = index(panels()[0]).length;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const turn = { ArrowUp: "previous", ArrowDown: "next" }[event.key];
    if (step) pin(pinned === null ? (step > 0 ? 0 : n - 1) : Math.min(n - 1, Math.max(0, pinned + step)));
    else if (turn) walk(turn === "next" ? 1 : -1);
    else if (event.key === "Escape") play();
    else return;
    event.preventDefault();
  });

  /* ↑ and ↓ go through the clips. A key that is held down is faster than clips come: what it asked for
     meanwhile is counted, and gone to at once when the next one is there. */
  let steps = 0; // asked for and not gone yet
  let going = null; // the address of the clip that was asked for last, until it is there
  function walk(step) {
    steps += step;
    if (going === null) go();
  }
  function go() {
    if (!steps) return;
    const links = all(".listed a.clip");
    const here = links.findIndex((link) => link.classList.contains("here"));
    const at = Math.min(links.length - 1, Math.max(0, here + steps));
    const isListed = here >= 0 && at !== here; // beyond, this part of the list is followed by another
    const link = isListed ? links[at] : document.querySelector(steps > 0 ? "a.step-next" : "a.step-previous");
    steps -= isListed ? at - here : Math.sign(steps);
    if (!link) {
      steps = 0;
      return;
    }
    going = link.getAttribute("href");
    clearTimeout(later);
    link.click();
    setTimeout(() => (going = null), 3000); // where the answer never comes
  }

  /* A clip that no browser plays is converted when that is asked for; until it is there, the page says how far it is. */
  const asked = new Set(); // of these clips, so that the page that follows the one there at once goes on
  async function convert(button) {
    asked.add(button.dataset.clip);
    const place = button.closest(".video");
    const clip = place.querySelector("video");
    const told = place.querySelector(".told");
    button.disabled = true;
    for (;;) {
      const response = await fetch(button.dataset.clip, { method: "POST" }).catch(() => null);
      const answer = response?.ok ? await response.json() : { state: "failed", why: await PlayFair.told(response) };
      if (!place.isConnected) return; // another clip is shown by now, or the page was drawn anew
      if (answer.state === "ready") {
        clip.src = button.dataset.clip;
        clip.hidden = false;
        for (const part of [...place.children]) part.hidden = part !== clip;
        if (pinned !== null) seek(pinned);
        else clip.play().catch(() => {});
        return;
      }
      if (answer.state === "failed") {
        told.textContent = answer.why;
        button.disabled = false;
        asked.delete(button.dataset.clip);
        return;
      }
      told.textContent = answer.state === "waiting" ? "Waiting for its turn …" : `Converting: ${answer.frames} frames …`;
      await new Promise((wake) => setTimeout(wake, 300));
    }
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".convert");
    if (button) convert(button);
  });

  /* A picture that does not come: the explorer says why, where it answers. */
  async function whyNot(url, title) {
    const note = document.createElement("p");
    note.className = "note";
    const alone = document.querySelector(".exported"); // no server is there to ask
    note.textContent = alone ? `${title} cannot be shown here.` : await PlayFair.told(await fetch(url).catch(() => null));
    return note;
  }
  async function replace(picture) {
    picture.hidden = true;
    picture.replaceWith(await whyNot(picture.src, picture.alt));
  }
  document.addEventListener("error", ({ target }) => {
    if (target.matches?.("main img")) replace(target);
  }, true);
  /* Of the film strip's picture, which lies behind its frames, no event tells. */
  function tryStrip(panel) {
    const frame = panel.querySelector(".frame");
    const url = frame?.style.backgroundImage.match(/^url\("(.*)"\)$/)?.[1];
    if (!url || url.startsWith("data:")) return;
    const picture = new Image();
    picture.onerror = async () => panel.querySelector(".switches").before(await whyNot(picture.src, "The film strip"));
    picture.src = url;
  }

  /* On the page of all clips the arrow keys move from cell to cell. */
  function moveCell(at, key) {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[key];
    if (!move || !PlayFair.go) return false;
    const classes = JSON.parse(at.classes);
    const [label, element] = JSON.parse(at.cell);
    const within = (value, n) => Math.min(n - 1, Math.max(0, value));
    const row = label === undefined ? 0 : within(classes.indexOf(label) + move[0], classes.length);
    const column = label === undefined ? 0 : within(element + move[1], +at.elements);
    const query = new URLSearchParams(location.search);
    query.set("cell", `${classes[row]},${column}`);
    PlayFair.go("?" + query);
    return true;
  }

  /* The clip's frames from the last to the first, as in a flip book; a click, or its key, pauses it. */
  const FLIP = 250; // milliseconds a frame
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  function flip(now) {
    for (const book of all(".flip")) {
      if (book.getAttribute("aria-pressed") === "true" || (still.matches && !book.played)) continue;
      const n = +book.dataset.n;
      const i = n - 1 - (Math.floor(now / FLIP) % n);
      if (book.shownFrame === i) continue;
      book.shownFrame = i;
      book.style.backgroundPosition = `${(100 * i) / (n - 1)}% 0`;
    }
  }
  document.addEventListener("click", ({ target }) => {
    const book = target.closest?.(".flip");
    if (!book) return;
    const pauses = book.getAttribute("aria-pressed") !== "true" && !(still.matches && !book.played);
    book.played = !pauses;
    book.setAttribute("aria-pressed", String(pauses));
  });

  /* While the clip plays, a line runs over the plots. */
  const position = (frames, at) => {
    const last = frames.length - 1;
    const step = last ? (frames[last] - frames[0]) / last : 1;
    if (at <= frames[0]) return Math.max(-0.5, (at - frames[0]) / step);
    if (at >= frames[last]) return Math.min(last + 0.5, last + (at - frames[last]) / step);
    const i = frames.findIndex((frame) => frame > at) - 1;
    return i + (at - frames[i]) / (frames[i + 1] - frames[i]);
  };
  function run(now) {
    flip(now);
    const clip = video();
    if (clip) {
      for (const panel of panels()) {
        const head = panel.querySelector(".playhead");
        const moments = times(panel);
        head.hidden = clip.paused || !moments.length;
        if (!head.hidden) head.style.left = left(panel, position(moments, clip.currentTime + clockOf(clip)));
      }
    }
    requestAnimationFrame(run);
  }
  requestAnimationFrame(run);

  /* A cell of the page of all clips leads to its clips. */
  document.addEventListener("click", (event) => {
    const cell = event.target.closest?.("[data-cells] [data-at]");
    if (!cell || !PlayFair.go) return;
    const query = new URLSearchParams(location.search);
    query.set("cell", cell.dataset.at);
    PlayFair.go("?" + query);
  });

  /* New content: another clip, or other frames of it, starts afresh; the same keeps its frame. */
  function arrived() {
    // In Dash's lists the tab key stops at an input that is hidden from readers: the button is what they open
    for (const input of all('.dash-dropdown-focus-target[tabindex="0"]')) {
      input.tabIndex = -1;
      input.parentElement.querySelector("button.dash-dropdown").tabIndex = 0;
    }
    const shown = content();
    if (!shown) before = null; // the page of all clips: what it leads to starts afresh
    if (!shown || shown === drawn) return;
    drawn = shown;
    going = null;
    const now = `${shown.dataset.uid} ${panels()[0]?.dataset.index}`;
    const fresh = now !== before;
    if (fresh) {
      before = now;
      clearTimeout(later); // what was still to be said was of the clip before
      for (const name of Object.keys(said)) delete said[name];
      const element = new URLSearchParams(location.search).get("element") ?? shown.dataset.element;
      const n = panels().length ? index(panels()[0]).length : 0;
      pinned = element && +element < n ? +element : null;
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) video()?.pause();
    } else if (Object.keys(said).length) {
      clearTimeout(later);
      later = setTimeout(follow, 120); // a link knew of the view as it was sent
    }
    over = null;
    for (const panel of panels().slice(0, 1)) tryStrip(panel); // of another model they are the same frames
    for (const button of all(".convert", shown)) if (asked.has(button.dataset.clip)) convert(button);
    if (pinned === null) mark(null);
    else pin(pinned);
    const listed = document.querySelector(".clip.here");
    const list = listed?.closest("ol");
    if (list) list.scrollTop = Math.max(0, listed.offsetTop - list.offsetTop - list.clientHeight / 2);
    document.dispatchEvent(new CustomEvent("playfair:clip", { detail: { shown, fresh } }));
    if (steps) go();
  }
  for (const picture of all("main img")) if (picture.complete && !picture.naturalWidth) replace(picture); // before this was here
  new MutationObserver(arrived).observe(document.documentElement, { childList: true, subtree: true });
  arrived();
})();
