/* Frames are switched off, and the score moves. The scores of all coalitions of a clip come once; every
   switch, the next best one, the path of deletion, ESVs of the clip as it grows and of the clip played
   backwards are then read from them here. */
(() => {
  const { draw, formatted, score, escaped, digitsOf, alike, widthOf } = PlayFairDraw;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const SUPPORTING = getComputedStyle(document.documentElement).getPropertyValue("--supporting").trim();
  const DISTRACTING = getComputedStyle(document.documentElement).getPropertyValue("--distracting").trim();
  const KEPT = 60; // answers
  const SHOWN = 5; // classes
  const answers = new Map(); // address → promise of a table
  let off = new Set(); // elements, of all models on the page
  const names = (part) => part.dataset.names.split("\n");
  const number = (part) => names(part).length;

  /* -- scores ------------------------------------------------------------------------------------ */

  /* An answer as a table: score(mask, class), mask as "0110…" by element. */
  function tableOf(answer, n) {
    const letters = atob(answer.scores);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i); // Uint8Array.from takes ten times as long
    const values = answer.bits === 16
      ? Float64Array.from(new Uint16Array(bytes.buffer), (value) => value / 65535)
      : new Float32Array(bytes.buffer);
    const k = answer.classes.length;
    const place = new Map(answer.classes.map((label, i) => [label, i]));
    const row = answer.masks ? new Map(answer.masks.map((mask, i) => [mask, i])) : null;
    const index = (mask) => {
      if (row) return row.get(mask);
      let sum = 0;
      for (let i = 0; i < n; i++) if (mask[i] === "1") sum += 2 ** i;
      return sum;
    };
    return {
      classes: answer.classes,
      names: answer.names,
      whole: !row,
      has: (mask) => !row || row.has(mask),
      name: (label) => answer.names[place.get(label)],
      knows: (label) => place.has(label),
      score: (mask, label) => values[index(mask) * k + place.get(label)],
      at: (number, label) => values[number * k + place.get(label)],
      all: (mask) => values.subarray(index(mask) * k, index(mask) * k + k),
    };
  }

  /* Asks until it is there; a page that was exported has its answers with it. */
  async function fetched(address, told, still) {
    const inside = document.getElementById("answers");
    if (inside) {
      const held = JSON.parse(inside.textContent);
      const answer = held[address] ?? held[address.replace(/&masks=.*/, "")]; // a table holds each of its rows
      if (!answer) throw new Error("");
      return answer;
    }
    if (document.querySelector(".exported")) throw new Error("");
    for (;;) {
      // of 128 elements the masks are 17 kB: more than proxies let through as an address
      const [path, masks] = address.split("&masks=");
      const body = masks ? new URLSearchParams({ masks }) : undefined;
      const response = await fetch(path, { method: "POST", body }).catch(() => null);
      const answer = response?.ok ? await response.json() : { state: "failed", why: await PlayFair.told(response) };
      if (answer.state === "ready") return answer;
      if (answer.state === "failed") throw new Error(answer.why);
      told({ loading: "The model is being loaded …", scoring: "The clip is being scored …" }[answer.state] || "Waiting for its turn …");
      if (!still()) throw new Error("left");
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }

  function asked(part, more = "") {
    const address = part.dataset.scores + more;
    if (!answers.has(address)) {
      // the same clip may be drawn again meanwhile: whoever shows it then waits for the same answer
      const waiting = () => parts().filter((one) => one.dataset.scores === part.dataset.scores);
      const told = (text) => waiting().forEach((one) => {
        const place = one.querySelector(".told");
        if (place) place.textContent = text;
      });
      const answer = fetched(address, told, () => waiting().length > 0);
      answers.set(address, answer.then((given) => tableOf(given, number(part))));
      answers.get(address).then(() => told(""), () => answers.delete(address));
      if (answers.size > KEPT) answers.delete(answers.keys().next().value);
    }
    return answers.get(address);
  }

  /* -- coalitions -------------------------------------------------------------------------------- */

  const maskOf = (n, without = off) => Array.from({ length: n }, (_, i) => (without.has(i) ? "0" : "1")).join("");
  const flipped = (mask, i) => mask.slice(0, i) + (mask[i] === "1" ? "0" : "1") + mask.slice(i + 1);
  const inside = (mask) => [...mask].flatMap((letter, i) => (letter === "1" ? [i] : []));

  /* What switching every element would change of a class's score. */
  const changes = (table, mask, label) => [...mask].map((_, i) => table.score(flipped(mask, i), label) - table.score(mask, label));

  /* Elements taken away one by one: each time the one whose loss costs most, or least. */
  function path(table, mask, label, most) {
    const masks = [mask];
    while (mask.includes("1")) {
      const left = inside(mask);
      const after = left.map((i) => table.score(flipped(mask, i), label));
      const best = after.indexOf(most ? Math.min(...after) : Math.max(...after));
      mask = flipped(mask, left[best]);
      masks.push(mask);
    }
    return masks;
  }

  /* ESVs of the first k elements, from the scores of their coalitions. */
  function esvs(table, k, label) {
    const weight = [1 / k];
    for (let size = 1; size < k; size++) weight.push((weight[size - 1] * size) / (k - size));
    const values = new Float64Array(k);
    const bits = new Uint8Array(2 ** k);
    for (let mask = 1; mask < 2 ** k; mask++) bits[mask] = bits[mask >> 1] + (mask & 1);
    for (let i = 0; i < k; i++) {
      for (let mask = 0; mask < 2 ** k; mask++) {
        if (mask & (1 << i)) continue;
        values[i] += weight[bits[mask]] * (table.at(mask | (1 << i), label) - table.at(mask, label));
      }
    }
    return [...values];
  }

  /* -- words ------------------------------------------------------------------------------------- */

  const largest = (values) => Math.max(...values.map(Math.abs));
  const plus = (value, beside = [value]) => formatted(value, `+.${digitsOf(largest(beside))}f`);
  const listed = (words) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);
  function foremost(table, mask) {
    const scores = table.all(mask);
    const best = scores.indexOf(Math.max(...scores));
    return { label: table.classes[best], name: table.names[best], score: scores[best] };
  }

  function sentence(part, table, mask, label) {
    const n = mask.length;
    const left = inside(mask).length;
    const word = part.dataset.word;
    const now = foremost(table, mask);
    const moves = table.score(mask, label);
    const whole = table.has("1".repeat(n)) ? table.score("1".repeat(n), label) : null;
    const said = left ? `it says “${now.name}”, ${score(now.score)}` : "nothing is left but the prior";
    if (left === n) return `With ${n === 1 ? `its 1 ${word}` : `all ${n} ${word}s`} ${said}.`;
    const gone = names(part).filter((_, i) => mask[i] === "0");
    const few = gone.length > 6 ? `${gone.length} ${word}s` : `${word}${gone.length > 1 ? "s" : ""} ${listed(gone)}`;
    const moved = whole === null ? "" : ` “${part.dataset.focusName}” goes from ${score(whole)} to ${score(moves)}.`;
    return `Without ${few} (${left} of ${n} left) ${said}.${moved}`;
  }

  function advice(part, table, mask, label) {
    const left = inside(mask);
    if (left.length < 2) return "";
    const change = changes(table, mask, label);
    const order = [...left].sort((a, b) => change[a] - change[b]);
    const [most, least] = [order[0], order.at(-1)];
    const name = (i) => `${part.dataset.word} ${names(part)[i]} (${plus(change[i], change)})`;
    const worst = change[most] < 0 ? "loses most" : "gains least";
    const best = change[least] > 0 && plus(change[least], change) !== "0" ? "gains most" : "loses least";
    return `Next, “${part.dataset.focusName}” ${worst} without ${name(most)}, and ${best} without ${name(least)}.`;
  }

  /* -- what is drawn ----------------------------------------------------------------------------- */

  const FIGURE = { margin: { l: 44, r: 10, t: 8, b: 36 }, height: 170 };
  const figure = (name, title, what) =>
    `<div class="plot ${name}" role="img" aria-label="${escaped(title)}" style="height:${what.layout.height}px" data-figure="${escaped(JSON.stringify(what))}"></div>`;

  function pathFigure(part, table, mask, label) {
    const n = mask.length;
    const start = "1".repeat(n);
    const word = part.dataset.word;
    const ways = [ // those that support go first, or those that distract do: each in its colour
      ["what costs most goes first", SUPPORTING, path(table, start, label, true)],
      ["what costs least goes first", DISTRACTING, path(table, start, label, false)],
    ];
    const keys = ways.map(([title, colour]) => `<span><i class="key line" style="background:${colour}"></i>${title}</span>`);
    const lines = ways.map(([title, colour, masks]) => ({
      type: "scatter", mode: "lines+markers", x: masks.map((one) => n - inside(one).length), y: masks.map((one) => table.score(one, label)),
      line: { color: colour, width: 2 }, marker: { color: colour, size: 7 }, keys: masks,
      customdata: masks.map((one) => [foremost(table, one).name, score(foremost(table, one).score)]),
      hovertemplate: `${title}, %{x} off: %{y:score}<br>it says %{customdata[0]}, %{customdata[1]}<extra></extra>`,
    }));
    const here = {
      type: "scatter", mode: "lines+markers", x: [n - inside(mask).length], y: [table.score(mask, label)],
      line: { color: "#8a8a8a", width: 0 }, marker: { color: "#8a8a8a", size: 11 }, hovertemplate: "as the switches are: %{y:score}<extra></extra>",
    };
    const most = Math.max(...lines.flatMap((line) => line.y));
    const layout = { ...FIGURE, xaxis: { title: { text: `${word}s that are off` }, range: [-0.3, n + 0.3], dtick: Math.ceil(n / 8) }, yaxis: { range: [0, Math.min(1.05, most * 1.15) || 1], nticks: 6, title: { text: "score" } } };
    const title = `The score of “${part.dataset.focusName}” as ${word}s are switched off one by one`;
    return `<p class="facts">${escaped(title)}</p><p class="legend">${keys.join("")}<span><i class="key here"></i>as the switches are</span></p>${figure("path", title, { data: [...lines, here], layout })}`;
  }

  function scoresList(table, mask) {
    const n = mask.length;
    const [now, whole] = [table.all(mask), table.has("1".repeat(n)) ? table.all("1".repeat(n)) : null];
    const order = [...now.keys()].sort((a, b) => now[b] - now[a]).slice(0, SHOWN);
    const rows = order.map((i) => {
      const mark = whole ? `<i class="before" style="--at:${whole[i].toFixed(4)}"></i>` : "";
      return `<li><span class="bar" style="--at:${now[i].toFixed(4)}"></span>${mark}<span class="name">${escaped(table.names[i])}</span><span class="value">${score(now[i])}</span></li>`;
    });
    return rows.join("");
  }

  function growth(part, table, label) {
    const n = number(part);
    const rows = Array.from({ length: n }, (_, k) => {
      const values = esvs(table, k + 1, label);
      return Array.from({ length: n }, (__, i) => (i <= k ? values[i] : null));
    });
    const strongest = Math.max(...rows.flat().map((value) => Math.abs(value || 0))) || 1;
    const said = rows.map((_, k) => foremost(table, "1".repeat(k + 1) + "0".repeat(n - k - 1)));
    const every = Math.ceil(n / 10);
    const ticks = names(part).map((name, i) => [i, name]).filter(([i]) => i % every === 0);
    const data = [{
      type: "heatmap", z: rows, zmin: -strongest, zmax: strongest,
      text: rows.map((row, k) => row.map((_, i) => `first ${k + 1}: it says ${said[k].name}, ${score(said[k].score)}\n${part.dataset.word} ${names(part)[i]}`)),
      hovertemplate: "%{text}: %{z:+.3f}<extra></extra>", colorscale: [[0, DISTRACTING], [0.5, "#f4f4f2"], [1, SUPPORTING]],
    }];
    const layout = {
      height: 54 + 18 * n, margin: { l: 44, r: 0, t: 8, b: 36 },
      xaxis: { title: { text: `${part.dataset.word} of the clip` }, tickvals: ticks.map(([i]) => i), ticktext: ticks.map(([, name]) => name) },
      yaxis: { autorange: "reversed", title: { text: `${part.dataset.word}s shown` }, tickvals: ticks.map(([i]) => i), ticktext: ticks.map(([i]) => String(i + 1)) },
    };
    return figure("growth", `ESVs of ${part.dataset.focusName} as the clip grows`, { data, layout });
  }

  /* The clip from its last frame to its first, as the model says it. */
  function backwards(part, table, forwards) {
    const n = number(part);
    const mask = "1".repeat(n);
    const now = foremost(table, mask);
    const twin = +part.dataset.twin;
    const label = twin >= 0 && table.knows(twin) ? twin : now.label;
    const values = n <= 12 || table.whole ? esvs(table, n, label) : [];
    const reversed = names(part).reverse();
    const every = Math.ceil(n / 16);
    const ticks = reversed.map((name, i) => [i, name]).filter(([i]) => i % every === 0);
    const data = [{
      type: "bar", x: values.map((_, i) => i), y: values, width: 0.8, customdata: reversed,
      marker: { color: values.map((value) => (value > 0 ? SUPPORTING : DISTRACTING)) }, hovertemplate: `${part.dataset.word} %{customdata}: %{y:+.3f}<extra></extra>`,
    }];
    const layout = { ...FIGURE, height: 150, margin: { l: 60, r: 12, t: 8, b: 34 }, xaxis: { range: [-0.5, n - 0.5], title: { text: "the same frames, from the last to the first" }, tickvals: ticks.map(([i]) => i), ticktext: ticks.map(([, name]) => name) }, yaxis: { nticks: 6, title: { text: "ESV" } } };
    const frames = all(".strip .frame", part.closest(".part")).map((frame) => `<li><span class="frame still" style="${escaped(frame.getAttribute("style"))}"></span></li>`).reverse();
    const before = foremost(forwards, mask);
    const own = +part.dataset.label;
    const true_ = own >= 0 && own !== now.label && table.knows(own) ? ` “${table.name(own)}” gets ${score(table.score(mask, own))}.` : "";
    const what = label === now.label ? "" : ` “${table.name(label)}”, the class that this one is played backwards, gets ${score(table.score(mask, label))}.`;
    const same = now.label === before.label && score(now.score) === score(before.score);
    const forth = same ? `as it does forwards` : `forwards “${before.name}”, ${score(before.score)}`;
    const words = `Played backwards it says “${now.name}”, ${score(now.score)}${same ? "," : ";"} ${forth}.${true_}${what} The bars are what every ${part.dataset.word} then adds to “${table.name(label)}”.`;
    return `<p class="facts">${escaped(words)}</p>${figure("backwards-esvs", `ESVs of ${table.name(label)} of the clip played backwards`, { data, layout })}<ol class="strip" style="grid-template-columns:repeat(${n},1fr);--left:60px;--right:12px">${frames.join("")}</ol>`;
  }

  /* -- the part of a page ------------------------------------------------------------------------ */

  function furnish(part) {
    if (part.furnished) return;
    part.furnished = true;
    const button = (name, text) => `<button type="button" class="button ${name}">${text}</button>`;
    const whole = part.dataset.table === "true";
    const word = part.dataset.word;
    const more = whole
      ? `<details class="growing"><summary>As the clip grows: ESVs of its first ${word}s</summary><p class="facts">A row for each number of ${word}s that it is shown, from the first on; the last is the whole clip.</p><div></div></details>
         <details class="reversed"><summary>Played backwards: the clip’s time-reversed twin</summary><div></div></details>` : "";
    part.innerHTML = `<div class="acts">${button("drop-most", "Drop what costs most")}${button("drop-least", "Drop what costs least")}${button("all-on", "All on")}<span class="facts">Under a switch: what flipping it would add to the score of the class plotted above.</span></div>
      <p class="says" aria-live="polite"></p><p class="told note" role="status"></p>
      <div class="moved"><ol class="scores now"></ol><div class="paths"></div></div>${more}`;
    for (const details of all("details", part)) details.addEventListener("toggle", () => show(part));
  }

  function waits(part) {
    const n = number(part);
    const coalitions = part.dataset.table === "true" ? (2 ** n).toLocaleString("en") : "";
    const text = coalitions ? `Score all ${coalitions} choices of ${part.dataset.word}s` : `Score the ${part.dataset.word}s that are left`;
    if (!part.furnished) {
      part.innerHTML = `<button type="button" class="button score-all">${text}</button><p class="told note" role="status"></p>`;
      part.querySelector("button").addEventListener("click", () => {
        part.dataset.once = "true";
        furnish(part);
        show(part);
      });
    }
  }

  /* The table that holds the switches' coalition; of long clips what is near it is asked for each time. */
  function near(part) {
    if (part.dataset.table === "true") return asked(part);
    const mask = maskOf(number(part));
    const masks = [mask, ...[...mask].map((_, i) => flipped(mask, i))].slice(0, 200);
    return asked(part, `&masks=${masks.join(",")}`);
  }

  async function show(part) {
    const panel = part.closest(".part");
    dress(panel, null);
    if (!part.dataset.scores) return void panel.classList.add("fixed");
    if (part.dataset.once !== "true") return waits(part);
    furnish(part);
    const label = +part.dataset.focus;
    let table;
    try {
      table = await near(part);
    } catch (error) {
      if (error.message === "left") return;
      const told = part.querySelector(".told");
      if (told) told.textContent = error.message && `Frames cannot be switched off here. ${error.message}`;
      for (const other of all(".acts, .moved, details", part)) other.hidden = true;
      panel.classList.add("fixed");
      return;
    }
    if (!part.isConnected) return;
    const mask = maskOf(number(part));
    if (!table.has(mask) || !table.knows(label)) return; // switched further meanwhile
    part.querySelector(".told").textContent = "";
    dress(panel, changes(table, mask, label));
    part.querySelector(".says").textContent = `${sentence(part, table, mask, label)} ${advice(part, table, mask, label)}`;
    part.querySelector(".now").innerHTML = scoresList(table, mask);
    part.querySelector(".paths").innerHTML = table.whole ? pathFigure(part, table, mask, label) : "";
    part.querySelector(".moved").classList.toggle("untouched", off.size === 0);
    fill(part.querySelector(".growing"), () => growth(part, table, label));
    fill(part.querySelector(".reversed"), async () => backwards(part, await asked(part, "&backwards=true"), table));
    draw(part);
    twin(part, table);
  }

  /* Beside the clip: what the model says of it from its last frame to its first. */
  async function twin(part, forwards) {
    const content = part.closest("[data-uid]");
    const list = content?.querySelector(".backwards");
    const n = number(part);
    const mask = "1".repeat(n);
    if (!list || n === 1 || part.twinTold) return;
    part.twinTold = true;
    const answer = await asked(part, `&backwards=true&masks=${mask}`).catch(() => null);
    if (!answer || !part.isConnected) return;
    const now = foremost(answer, mask);
    const line = document.createElement("li");
    const text = `${part.dataset.model}, backwards: “${now.name}”`;
    line.innerHTML = `<span class="name">${escaped(text)}</span><span class="value">${score(now.score)}</span>`;
    line.dataset.place = [...all(".what-if", content)].indexOf(part);
    const after = [...list.children].find((other) => +other.dataset.place > +line.dataset.place);
    list.insertBefore(line, after ?? null);
  }

  /* What is folded is written when it is opened. */
  async function fill(details, written) {
    if (!details?.open || details.filled) return;
    details.filled = true;
    const place = details.querySelector("div");
    try {
      place.innerHTML = await written();
    } catch (error) {
      place.textContent = error.message || "It was not exported.";
      details.filled = false;
    }
    draw(place);
  }

  /* Switches and pictures as they are; and what switching each would change. */
  function dress(panel, change) {
    const buttons = all(".switch", panel);
    const room = change === null || !buttons.length ? 0 : buttons[0].parentElement.clientWidth - 2; // all are as wide
    const fits = (text) => widthOf(text, 11) <= room;
    const texts = room ? alike(change, (all) => all.every(fits)) : [];
    for (const button of buttons) {
      const i = +button.dataset.i;
      button.setAttribute("aria-checked", String(!off.has(i)));
      if (change !== null) button.nextElementSibling.textContent = room && fits(texts[i]) ? texts[i] : "";
    }
    for (const frame of all(".strip .frame:not(.still)", panel)) frame.classList.toggle("off", off.has(+frame.dataset.i));
  }

  const parts = () => all(".what-if");
  function showAll() {
    for (const part of parts()) show(part);
  }
  function set(elements) {
    off = new Set(elements);
    PlayFair.address("off", [...off].sort((a, b) => a - b).join(","));
    showAll();
  }
  function toggle(i) {
    if (!parts().some((part) => part.dataset.scores)) return;
    const after = new Set(off);
    if (!after.delete(i)) after.add(i);
    set(after);
  }

  async function drop(part, most) {
    const table = await near(part).catch(() => null);
    const mask = maskOf(number(part));
    const left = inside(mask);
    if (!table?.has(mask) || !left.length) return;
    const change = changes(table, mask, +part.dataset.focus);
    const order = left.sort((a, b) => change[a] - change[b]);
    toggle(most ? order[0] : order.at(-1));
  }

  document.addEventListener("click", (event) => {
    const target = event.target;
    const button = target.closest?.(".switch");
    if (button) return toggle(+button.dataset.i);
    const part = target.closest?.(".what-if");
    if (!part) return;
    if (target.closest(".all-on")) set([]);
    else if (target.closest(".drop-most")) drop(part, true);
    else if (target.closest(".drop-least")) drop(part, false);
    const point = target.closest("[data-mask]");
    if (point) set([...point.dataset.mask].flatMap((letter, i) => (letter === "0" ? [i] : [])));
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !parts().length) return;
    if (event.target.closest("input, textarea, select, video, .dash-dropdown, .dash-dropdown-content")) return;
    if (event.key === "x" && PlayFair.pinned() !== null) toggle(PlayFair.pinned());
    else if (event.key === "a") set([]);
    else return;
    event.preventDefault();
  });

  /* Which elements a link says are off. */
  function elementsOff(shown) {
    const said = new URLSearchParams(location.search).get("off") ?? shown.dataset.off;
    return said ? said.split(",").map(Number).filter((i) => i >= 0 && i < all(".strip .frame", shown.querySelector(".frames") ?? shown).length) : [];
  }

  /* Another clip: asked for when it has been looked at for a moment, so that none is scored in passing. */
  let rest = null;
  document.addEventListener("playfair:clip", ({ detail: { shown, fresh } }) => {
    if (fresh) off = new Set(elementsOff(shown));
    clearTimeout(rest);
    for (const part of parts()) dress(part.closest(".part"), null);
    rest = setTimeout(showAll, off.size || !fresh ? 0 : 250);
  });
})();
