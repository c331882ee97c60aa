/* Figures as inline SVG, from what their elements say (data-figure): bars, lines, waterfalls, heat maps.
   The figures are described in plotly's words, of which this draws the part that our pages use. */
const PlayFairDraw = (() => {
  const SVG = { bar: bars, scatter: lines, waterfall, heatmap };
  const escaped = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const signed = (value, text) => (value < 0 ? "−" : "+") + text;

  /* A number above 0 rounded as report/look/numbers.py does: by its first 12 digits, midway to the even one. */
  function rounded(value, digits) {
    const steps = Number((value * 10 ** digits).toPrecision(12));
    const whole = steps % 1 === 0.5 ? 2 * Math.round(steps / 2) : Math.round(steps);
    return (whole / 10 ** digits).toFixed(digits);
  }

  /* d3's formats, as far as they are used: "+.3f", ".0%", "+.2~f"; and "score". */
  function formatted(value, format) {
    if (value === null || value === undefined) return "–";
    if (format === "score") return score(value);
    if (typeof value !== "number" || !format) return String(value).replace(/^-(?=\d)/, "−");
    const [, plus, digits, trim, kind] = format.match(/^(\+?)\.(\d)(~?)([f%])$/);
    let text = rounded(Math.abs(kind === "%" ? 100 * value : value), +digits);
    if (trim) text = text.replace(/\.?0+$/, "");
    if (kind === "%") text += " %";
    if (!/[1-9]/.test(text)) return plus && kind !== "%" ? "0" : text; // neither a sign nor digits
    if (plus) return signed(value, text);
    return value < 0 ? `−${text}` : text;
  }

  /* A score of a class, as report/look.py writes it: told apart from 0 and 1. */
  function score(value) {
    const text = formatted(value, ".3f");
    if (text === "1.000" && value < 1) return ">0.999";
    return text === "0.000" && value > 0 ? "<0.001" : text;
  }

  /* Digits after the point, so that numbers of which this is the largest are not all written 0. */
  const digitsOf = (largest) => (largest > 0.01 ? 3 : 4);

  /* "frame %{customdata}: %{y:+.3f}<extra>%{name}</extra>", filled in. What it is filled with is text. */
  function filled(template, values) {
    const fill = (text) => text.replace(/%\{(\w+)(?:\[(\d+)\])?(?::([^}]+))?\}/g, (_, name, place, format) => {
      const value = values[name];
      return formatted(place === undefined ? value : value[+place], format);
    });
    const extra = template.match(/<extra>(.*)<\/extra>/);
    const lines = template.replace(/<extra>.*<\/extra>/, "").split("<br>");
    return (extra && extra[1] ? [...lines, extra[1]] : lines).map(fill).join("\n");
  }

  function niceTicks(low, high, most) {
    const rough = (high - low) / Math.max(1, most - 1);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= 0.8 * rough);
    const ticks = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) ticks.push(i * step);
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    return { values: ticks, texts: ticks.map((tick) => formatted(tick === 0 ? 0 : tick, `.${digits}f`)) };
  }

  /* Where values lie on an axis: a function, and the ticks. */
  function axisOf(axis, extent, from, to, most) {
    let [low, high] = axis.range || extent;
    if (axis.rangemode === "tozero") low = Math.min(0, low);
    if (axis.autorange === "reversed") [low, high] = [high, low];
    if (low === high) high = low + 1;
    const at = (value) => from + ((value - low) / (high - low)) * (to - from);
    let ticks;
    if (axis.tickvals) {
      ticks = { values: axis.tickvals, texts: axis.ticktext || axis.tickvals.map((value) => formatted(value, axis.tickformat)) };
    } else if (axis.dtick) {
      const values = [];
      for (let value = Math.ceil(Math.min(low, high)); value <= Math.max(low, high); value += axis.dtick) values.push(value);
      ticks = { values, texts: values.map(String) };
    } else {
      ticks = niceTicks(low, high, most);
      if (axis.tickformat) ticks.texts = ticks.values.map((value) => formatted(value, axis.tickformat));
    }
    return { at, ticks, low, high };
  }

  /* The values between which everything lies. */
  function extents(traces) {
    const xs = [];
    const ys = [];
    for (const trace of traces) {
      if (trace.type === "heatmap") {
        xs.push(-0.5, trace.z[0].length - 0.5);
        ys.push(-0.5, trace.z.length - 0.5);
        continue;
      }
      const pad = trace.type === "scatter" ? 0 : trace.x.length > 1 ? (trace.x[1] - trace.x[0]) / 2 : 0.5;
      xs.push(Math.min(...trace.x) - pad, Math.max(...trace.x) + pad);
      ys.push(0, Math.max(...trace.y) * 1.05, Math.min(...trace.y));
    }
    return { x: [Math.min(...xs), Math.max(...xs)], y: [Math.min(...ys), Math.max(...ys)] };
  }

  const rect = (x, y, width, height, more) =>
    `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${Math.max(0, width).toFixed(1)}" height="${Math.max(0, height).toFixed(1)}" ${more}/>`;
  const line = (x1, y1, x2, y2, more) =>
    `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" ${more}/>`;
  const tip = (text) => `data-tip="${escaped(text)}"`;

  function whiskers(trace, x, y) {
    if (!trace.error_y) return "";
    return trace.x.map((at, i) => {
      const size = trace.error_y.array[i];
      const [centre, low, high] = [x(at), y(trace.y[i] - size), y(trace.y[i] + size)];
      const style = `class="errorbar" stroke="${trace.error_y.color}" stroke-width="1.2"`;
      return line(centre, low, centre, high, style) + line(centre - 3, low, centre + 3, low, style) + line(centre - 3, high, centre + 3, high, style);
    }).join("");
  }

  function bars(trace, x, y, place, count) {
    const step = trace.x.length > 1 ? Math.abs(x(trace.x[1]) - x(trace.x[0])) : Math.abs(x(0.5) - x(-0.5));
    const alone = trace.width !== undefined;
    const width = alone ? trace.width * step : (0.8 * step) / count;
    const shift = alone ? -width / 2 : -0.4 * step + place * width;
    const all = trace.x.map((at, i) => {
      const colours = trace.marker.color;
      const [top, bottom] = [y(Math.max(0, trace.y[i])), y(Math.min(0, trace.y[i]))];
      const values = { name: trace.name, x: at, y: trace.y[i], customdata: trace.customdata && trace.customdata[i] };
      return rect(x(at) + shift, top, width, bottom - top, `class="bar" fill="${Array.isArray(colours) ? colours[i] : colours}" ${tip(filled(trace.hovertemplate, values))}`);
    });
    return `<g class="bars">${all.join("")}${whiskers(trace, x, y)}</g>`;
  }

  function lines(trace, x, y) {
    const points = trace.x.map((at, i) => `${x(at).toFixed(1)},${y(trace.y[i]).toFixed(1)}`);
    const marks = (trace.mode || "").includes("markers")
      ? trace.x.map((at, i) => {
          const values = { name: trace.name, x: at, y: trace.y[i], customdata: trace.customdata && trace.customdata[i] };
          const key = trace.keys ? `data-mask="${trace.keys[i]}"` : "";
          return `<circle cx="${x(at).toFixed(1)}" cy="${y(trace.y[i]).toFixed(1)}" r="${trace.marker.size / 2}" fill="${trace.marker.color}" ${key} ${tip(filled(trace.hovertemplate, values))}/>`;
        })
      : [];
    return `<g class="lines"><polyline points="${points.join(" ")}" fill="none" stroke="${trace.line.color}" stroke-width="${trace.line.width}"/>${marks.join("")}${whiskers(trace, x, y)}</g>`;
  }

  const MOST_LEFT = 0.42; // of a figure's width that names beside it take
  const FONT = 'system-ui, "Segoe UI", Roboto, sans-serif'; // as explorer.css has it
  const TICK = 11.5; // pixels that letters are high beside axes
  const SMALL = 11; // over bars and under switches
  const MOST_WRITTEN = 12; // bars of a waterfall that have their numbers beside them
  const pen = document.createElement("canvas").getContext("2d");
  function widthOf(text, size) {
    pen.font = `${size}px ${FONT}`;
    return pen.measureText(text).width;
  }

  /* Names in so much room each. What a name shares with another at its beginning makes room for the words in which
     they differ: of two classes, "Moving…closer to each other" and "Moving…away from each other". */
  function cutApart(names, room) {
    const fits = (text) => widthOf(text, TICK) <= room;
    return names.map((name) => {
      if (fits(name)) return name;
      const shared = Math.max(0, ...names.map((other) => (other === name ? 0 : lettersShared(name, other))));
      const from = name.slice(0, shared).search(/[^\s_/]*$/); // the word in which they differ
      let text = name;
      for (let first = from - 1; first >= 0 && !fits(text); first--) text = `${name.slice(0, first)}…${name.slice(from)}`;
      for (let last = text.length - 1; last > 1 && !fits(text); last--) text = `${text.slice(0, last)}…`;
      return text;
    });
  }
  function lettersShared(name, other) {
    let n = 0;
    while (n < name.length && name[n] === other[n]) n++;
    return n;
  }

  /* Numbers that are read side by side, written alike: as long as all of them fit, or without what they can do without. */
  const short = (text) => text.replace(/^(\D?)0\./, "$1.");
  function alike(values, fits) {
    const digits = digitsOf(Math.max(...values.map(Math.abs)));
    const texts = (fewer) => values.map((value) => formatted(value, `+.${digits - fewer}f`));
    const ways = [texts(0), texts(0).map(short), texts(1).map(short)];
    return ways.find(fits) ?? ways.at(-1);
  }

  function waterfall(trace, x, y) {
    const width = 0.8 * Math.abs(x(1) - x(0));
    let level = 0;
    const bars = trace.x.map((at, i) => {
      const relative = trace.measure[i] === "relative";
      const before = relative ? level : 0;
      const after = relative ? level + trace.y[i] : trace.y[i];
      const kind = relative ? (trace.y[i] >= 0 ? trace.increasing : trace.decreasing) : trace.totals;
      const [high, low] = [Math.max(before, after), Math.min(before, after)];
      const text = filled(trace.hovertemplate, { customdata: trace.customdata[i], delta: trace.y[i], final: after });
      const bar = rect(x(at) - width / 2, y(high), width, y(low) - y(high), `class="bar" fill="${kind.marker.color}" ${tip(text)}`);
      const joint = i ? line(x(trace.x[i - 1]), y(level), x(at), y(level), `stroke="${trace.connector.line.color}"`) : "";
      level = after;
      return { svg: bar + joint, height: !relative || trace.y[i] >= 0 ? y(high) - 4 : y(low) + 12 };
    });
    /* Which of some texts have room over or under their bars; none for others. */
    const placed = (texts) => {
      let last = { right: -Infinity, height: -Infinity };
      return texts.map((text, i) => {
        const centre = x(trace.x[i]);
        const half = widthOf(text, SMALL) / 2;
        const meets = Math.abs(bars[i].height - last.height) < 11 && centre - half < last.right + 2;
        if (!text || 2 * half > width / 0.8 + 4 || meets) return "";
        last = { right: centre + half, height: bars[i].height };
        return text;
      });
    };
    const steps = trace.y.slice(1, -1);
    const few = steps.length <= MOST_WRITTEN;
    /* The numbers of all bars, where the ends are written so. */
    const written = (end) => {
      const whole = (texts) => [end(score(trace.y[0])), ...texts, end(score(trace.y.at(-1)))];
      return placed(whole(few ? alike(steps, (all) => placed(whole(all)).every(Boolean)) : steps.map(() => "")));
    };
    const [long, less] = [written((text) => text), written(short)];
    const room = (texts) => texts.filter(Boolean).length;
    const numbers = (room(long) >= room(less) ? long : less).map((text, i) => `<text class="written" x="${x(trace.x[i]).toFixed(1)}" y="${bars[i].height.toFixed(1)}" text-anchor="middle">${escaped(text)}</text>`);
    return `<g class="bars waterfall">${bars.map((bar) => bar.svg).join("")}${numbers.join("")}</g>`;
  }

  const parts = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  function colourAt(scale, share) {
    const upper = Math.max(1, scale.findIndex(([at]) => at >= share));
    const [[from, low], [to, high]] = [scale[upper - 1], scale[upper]];
    const t = (share - from) / (to - from);
    const [a, b] = [parts(low), parts(high)];
    return `rgb(${a.map((value, i) => Math.round(value + t * (b[i] - value))).join(",")})`;
  }

  function heatmap(trace, x, y) {
    const [width, height] = [Math.abs(x(1) - x(0)), Math.abs(y(1) - y(0))];
    const cells = [];
    trace.z.forEach((row, r) => row.forEach((value, c) => {
      if (value === null) return;
      const share = Math.min(1, Math.max(0, (value - trace.zmin) / (trace.zmax - trace.zmin)));
      const values = { x: c, y: r, z: value, text: trace.text && trace.text[r][c], customdata: trace.customdata && trace.customdata[r][c] };
      const name = trace.y ? `data-at="${trace.y[r]},${c}"` : "";
      cells.push(rect(x(c) - width / 2 + 0.5, y(r) - height / 2 + 0.5, width - 1, height - 1, `class="cell" fill="${colourAt(trace.colorscale, share)}" ${name} ${tip(filled(trace.hovertemplate, values))}`));
    }));
    return `<g class="cells">${cells.join("")}</g>`;
  }

  function colourBar(trace, right, top, height) {
    const steps = 40;
    const all = [];
    for (let i = 0; i < steps; i++) {
      all.push(rect(right, top + (i * height) / steps, 10, height / steps + 0.5, `fill="${colourAt(trace.colorscale, 1 - i / (steps - 1))}"`));
    }
    const format = trace.zmax < 0.1 ? "+.3f" : "+.2f";
    const texts = [[0, formatted(trace.zmax, format)], [0.5, "0"], [1, formatted(trace.zmin, format)]].map(
      ([at, text]) => `<text x="${right + 14}" y="${top + 4 + at * height}">${text}</text>`);
    return `<g class="colourbar">${all.join("")}${texts.join("")}</g>`;
  }

  function shapes(all, x, y, top, bottom) {
    return (all || []).map((shape) => {
      const vertical = shape.yref === "paper" ? [top, bottom] : [y(shape.y1), y(shape.y0)];
      if (shape.type === "line") return line(x(shape.x0), y(shape.y0), x(shape.x1), y(shape.y1), `stroke="${shape.line.color}" stroke-width="${shape.line.width}"`);
      const [high, low] = [Math.min(...vertical), Math.max(...vertical)];
      const stroke = shape.line.width ? `stroke="${shape.line.color}" stroke-width="${shape.line.width}" fill="none" class="framed"` : `fill="${shape.fillcolor}" opacity="${shape.opacity}" class="shade"`;
      return rect(x(shape.x0), high, x(shape.x1) - x(shape.x0), low - high, stroke);
    });
  }

  /* Room for what is named beside a figure: as much as the names take, where they ask for it. */
  function leftOf({ margin, yaxis }, width) {
    if (!yaxis.automargin) return margin.l;
    const longest = Math.max(...yaxis.ticktext.map((name) => widthOf(name, TICK)));
    const beside = yaxis.title.text ? 30 : 12;
    return Math.floor(Math.max(margin.l, Math.min(longest + beside, MOST_LEFT * width)));
  }

  function svg({ data, layout }, width) {
    const { r, t, b } = layout.margin;
    const l = leftOf(layout, width);
    const heat = data[0].type === "heatmap";
    const right = width - r - (heat ? 66 : 0);
    const bottom = layout.height - b;
    const extent = extents(data);
    const x = axisOf(layout.xaxis, extent.x, l, right, 6);
    const y = axisOf(layout.yaxis, extent.y, bottom, t, layout.yaxis.nticks || 6);
    const grouped = data.filter((trace) => trace.type === "bar");
    const drawn = data.map((trace) => SVG[trace.type](trace, x.at, y.at, grouped.indexOf(trace), grouped.length));
    const isLine = (shape) => shape.type === "line" || shape.line.width;
    const under = shapes((layout.shapes || []).filter((shape) => !isLine(shape)), x.at, y.at, t, bottom);
    const over = shapes((layout.shapes || []).filter(isLine), x.at, y.at, t, bottom);
    const grid = heat ? "" : y.ticks.values.map((tick) => line(l, y.at(tick), right, y.at(tick), 'class="grid"')).join("");
    const yNames = cutApart(y.ticks.texts, l - 8);
    const yTexts = y.ticks.values.map((tick, i) => `<text class="ytick" x="${l - 6}" y="${(y.at(tick) + 4).toFixed(1)}" text-anchor="end">${escaped(yNames[i])}</text>`);
    const xTexts = x.ticks.values.map((tick, i) => {
      const most = width - 2 - widthOf(x.ticks.texts[i], TICK) / 2; // the last one ends with the figure
      return `<text class="xtick" x="${Math.min(x.at(tick), most).toFixed(1)}" y="${bottom + 15}" text-anchor="middle">${escaped(x.ticks.texts[i])}</text>`;
    });
    const title = (axis) => (axis.title && axis.title.text) || "";
    const xTitle = `<text class="title" x="${(l + right) / 2}" y="${layout.height - 4}" text-anchor="middle">${escaped(title(layout.xaxis))}</text>`;
    const middle = (t + bottom) / 2;
    const yTitle = `<text class="title" transform="rotate(-90 12 ${middle})" x="12" y="${middle}" text-anchor="middle">${escaped(title(layout.yaxis))}</text>`;
    const bar = heat ? colourBar(data[0], right + 10, t, Math.min(bottom - t, 160)) : "";
    return `<svg width="${width}" height="${layout.height}" viewBox="0 0 ${width} ${layout.height}" aria-hidden="true">${grid}<g class="under">${under.join("")}</g>${drawn.join("")}<g class="over">${over.join("")}</g>${yTexts.join("")}${xTexts.join("")}${xTitle}${yTitle}${bar}</svg>`;
  }

  /* Draws figures into their elements, where they have changed or have another width. All widths are read
     before the first is drawn: a browser that is asked for one in between lays the page out again. */
  function draw(elements) {
    const widths = elements.map((element) => Math.round(element.clientWidth));
    elements.forEach((element, i) => {
      const width = widths[i];
      if (!width || (element.drawnFigure === element.dataset.figure && element.drawnWidth === width)) return;
      element.drawnFigure = element.dataset.figure;
      element.drawnWidth = width;
      element.innerHTML = svg(JSON.parse(element.dataset.figure), width);
    });
  }

  const sizes = new ResizeObserver((entries) => draw(entries.map((entry) => entry.target).filter((target) => target.isConnected)));
  function drawAll(root = document) {
    const elements = [...root.querySelectorAll("[data-figure]")];
    for (const element of elements) {
      if (!element.watched) sizes.observe(element);
      element.watched = true;
    }
    draw(elements);
  }
  new MutationObserver((changes) => {
    if (changes.some((change) => change.type === "attributes" || [...change.addedNodes].some((node) => node.nodeType === 1 && !node.closest("svg")))) drawAll();
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-figure"] });
  drawAll();
  document.addEventListener("DOMContentLoaded", () => drawAll());

  /* What a mark of a figure says, where the pointer is. */
  const box = Object.assign(document.createElement("div"), { className: "tip", hidden: true });
  document.addEventListener("pointermove", (event) => {
    const mark = event.target.closest?.("[data-tip]");
    if (!mark) return void (box.hidden = true);
    if (!box.isConnected) document.body.append(box);
    box.textContent = mark.dataset.tip;
    box.hidden = false;
    const room = innerWidth - box.offsetWidth - 8;
    box.style.left = `${Math.max(4, Math.min(room, event.clientX + 12))}px`;
    box.style.top = `${event.clientY > innerHeight - 90 ? event.clientY - box.offsetHeight - 10 : event.clientY + 14}px`;
  });

  return { draw: drawAll, formatted, score, escaped, digitsOf, alike, cutApart, widthOf };
})();
