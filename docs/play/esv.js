// The game of one clip: frames are switched on and off, and the score of its class follows.
// ESVs are computed here from the scores of all coalitions, by the definition.
(function () {
  const place = document.getElementById("esv-game");
  if (!place || typeof ONE_CLIP === "undefined") return;
  const n = ONE_CLIP.frames.length;
  const all = 2 ** n - 1;
  const names = { trn: "TRN", tsn: "TSN" };
  const state = { model: "trn", shown: all };

  const number = (value, digits = 2) =>
    value.toFixed(digits).replace("-", "−");
  const signed = (value) =>
    Math.abs(value) < 0.005 ? "0" : (value > 0 ? "+" : "") + number(value);
  const size = (coalition) => {
    let count = 0;
    for (let i = 0; i < n; i++) count += (coalition >> i) & 1;
    return count;
  };

  // mean over sizes of what a frame adds to the coalitions of that size: (frame, size)
  function contributions(scores) {
    return ONE_CLIP.frames.map((_, frame) => {
      const sums = Array(n).fill(0);
      const counts = Array(n).fill(0);
      for (let coalition = 0; coalition <= all; coalition++) {
        if ((coalition >> frame) & 1) continue;
        const others = size(coalition);
        sums[others] += scores[coalition | (1 << frame)] - scores[coalition];
        counts[others] += 1;
      }
      return sums.map((sum, others) => sum / counts[others]);
    });
  }
  const esvs = (scores) =>
    contributions(scores).map((adds) => adds.reduce((a, b) => a + b) / n);

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  const score = element("p", { class: "esv-score", "aria-live": "polite" });
  const meter = element("div", { class: "esv-meter", "aria-hidden": "true" });
  const filled = element("div", { class: "esv-filled" });
  const prior = element("div", { class: "esv-prior" });
  meter.append(filled, prior);
  const said = element("p", { class: "esv-said" });
  const strip = element("div", { class: "esv-strip" });
  const frames = ONE_CLIP.frames.map((picture, frame) => {
    const button = element("button", { type: "button", class: "esv-frame" });
    button.append(element("img", { src: picture, alt: "" }));
    const bar = element("span", { class: "esv-bar", "aria-hidden": "true" }, element("i"));
    const value = element("span", { class: "esv-value" });
    button.append(bar, value);
    button.addEventListener("click", () => {
      state.shown ^= 1 << frame;
      draw();
    });
    strip.append(button);
    return { button, bar: bar.firstChild, value };
  });

  const choices = element("fieldset", { class: "esv-models" }, element("legend", {}, "Model"));
  for (const model of Object.keys(names)) {
    const input = element("input", { type: "radio", name: "esv-model", value: model });
    input.checked = model === state.model;
    input.addEventListener("change", () => {
      state.model = model;
      draw();
    });
    choices.append(element("label", {}, input, " " + names[model]));
  }
  const act = (words, change) => {
    const button = element("button", { type: "button", class: "esv-act" }, words);
    button.addEventListener("click", () => {
      change();
      draw();
    });
    return button;
  };
  choices.append(
    act("All frames", () => (state.shown = all)),
    act("No frame", () => (state.shown = 0)),
    act("Turn over", () => (state.shown ^= all)),
  );

  function draw() {
    const scores = ONE_CLIP.scores[state.model];
    const values = esvs(scores);
    const most = Math.max(...values.map(Math.abs));
    const now = scores[state.shown];
    const kept = size(state.shown);
    score.textContent =
      `${names[state.model]} sees ${kept === 1 ? "1 frame" : `${kept} frames`}: ` +
      `“${ONE_CLIP.class}” has a score of ${number(now)}`;
    filled.style.width = `${100 * now}%`;
    prior.style.left = `${100 * scores[0]}%`;
    frames.forEach(({ button, bar, value }, frame) => {
      const on = (state.shown >> frame) & 1;
      const esv = values[frame];
      button.setAttribute("aria-pressed", String(Boolean(on)));
      const other = scores[state.shown ^ (1 << frame)];
      const change = other - now;
      button.setAttribute(
        "aria-label",
        `Frame ${frame + 1}, ESV ${signed(esv)}; switching it ${on ? "off" : "on"} changes the score by ${signed(change)}`,
      );
      button.title = `switching it ${on ? "off" : "on"}: ${signed(change)}`;
      bar.className = esv >= 0 ? "supporting" : "distracting";
      bar.style.height = `${(50 * Math.abs(esv)) / most}%`;
      value.textContent = signed(esv);
    });
    const sum = values.reduce((a, b) => a + b);
    said.textContent =
      `The eight ESVs sum to ${signed(sum)}: from the score without any frame, ` +
      `${number(scores[0])} (the class's share of the training set), to ${number(scores[all])} with all of them.`;
  }

  place.replaceChildren(choices, strip, score, meter, said);
  draw();
})();
