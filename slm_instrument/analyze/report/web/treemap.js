// What is spent, as tiles: application > agent > task.
// Source: Bruls, Huizing, van Wijk: Squarified treemaps, 2000.

const METRICS = {
  cost_usd: { label: "Cost", title: "Where the money goes", show: dollars },
  tokens: { label: "Tokens", title: "Where the tokens go", show: (n) => `${short(n)} tokens` },
  calls: { label: "Calls", title: "Where the calls go", show: (n) => plural(n, "call") },
};
const HEADER = 22;
const STEPS = 5;

/** Rectangles for values, largest first, as square as may be. */
function squarify(values, x, y, width, height) {
  const total = values.reduce((sum, value) => sum + value, 0);
  const areas = values.map((value) => (value / total) * width * height);
  const boxes = [];
  let at = 0;
  while (at < areas.length) {
    const side = Math.min(width, height);
    let end = at + 1;
    let sum = areas[at];
    let worst = ratio(areas[at], areas[at], sum, side);
    while (end < areas.length) {
      const next = ratio(areas[at], areas[end], sum + areas[end], side);
      if (next > worst) break;
      worst = next;
      sum += areas[end++];
    }
    const thick = side > 0 ? sum / side : 0;
    let along = 0;
    for (; at < end; at++) {
      const long = thick > 0 ? areas[at] / thick : 0;
      boxes.push(width >= height ? [x, y + along, thick, long] : [x + along, y, long, thick]);
      along += long;
    }
    if (width >= height) [x, width] = [x + thick, width - thick];
    else [y, height] = [y + thick, height - thick];
  }
  return boxes;
}

const ratio = (most, least, sum, side) => Math.max((side * side * most) / (sum * sum), (sum * sum) / (side * side * least));

/** The flow as nested groups, each with the sum of a metric, the largest first. */
function nested(rows, metric, keys) {
  if (!keys.length) return rows.map((row) => ({ row, value: row[metric] })).sort((a, b) => b.value - a.value);
  const groups = new Map();
  for (const row of rows) {
    const key = keys[0](row);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups]
    .map(([name, own]) => ({ name, value: own.reduce((sum, row) => sum + row[metric], 0), children: nested(own, metric, keys.slice(1)) }))
    .sort((a, b) => b.value - a.value);
}

class Treemap {
  constructor(root) {
    this.root = root;
    const priced = sumOf(DATA.flow.filter((row) => row.cost_usd > 0)).calls;
    // Where few calls have a price, their cost says little of the whole.
    this.metric = 2 * priced > sumOf(DATA.flow).calls ? "cost_usd" : "tokens";
    this.choices = Object.keys(METRICS).filter((name) => priced || name !== "cost_usd");
    new ResizeObserver(() => this.draw()).observe(root);
  }

  show(metric) {
    this.metric = metric;
    this.draw();
  }

  draw() {
    const width = this.root.clientWidth;
    const rows = DATA.flow.filter((row) => row[this.metric] > 0);
    if (!width || width === this.drawn?.width && this.metric === this.drawn.metric) return;
    this.drawn = { width, metric: this.metric };
    if (!rows.length) {
      this.root.replaceChildren(el("p", { class: "unknown" }, "There is nothing to show."));
      return;
    }
    byId("h-spending").textContent = METRICS[this.metric].title;
    byId("unpriced").textContent = this.metric === "cost_usd" ? unpriced() : "";
    this.total = rows.reduce((sum, row) => sum + row[this.metric], 0);
    const height = width < 600 ? Math.round(width * 1.25) : Math.round(Math.min(640, width * 0.52));
    this.root.style.height = `${height}px`;
    const apps = nested(rows, this.metric, [(row) => appName(row.app), (row) => agentName(row.agent)]);
    this.root.replaceChildren(...this.group(apps, 0, 0, width, height, 0));
  }

  group(children, x, y, width, height, depth) {
    const shown = children.filter((child) => child.value > 0);
    const boxes = squarify(shown.map((child) => child.value), x, y, width, height);
    return shown.flatMap((child, at) => (child.children ? this.branch(child, boxes[at], depth) : this.tile(child, boxes[at])));
  }

  branch(child, [x, y, width, height], depth) {
    const headed = width > 46 && height > 44; // else there is no room for a heading
    const gap = depth ? 1 : 2;
    const box = el("div", { class: `branch depth${depth}`, vars: place(x, y, width, height) });
    if (headed) {
      const share = percent(child.value / this.total);
      box.append(el("span", { class: "head", title: child.name }, child.name, el("i", {}, ` ${share}`)));
    }
    const top = headed ? HEADER : gap;
    const inside = this.group(child.children, x + gap, y + top, Math.max(0, width - 2 * gap), Math.max(0, height - top - gap), depth + 1);
    return [box, ...inside];
  }

  tile({ row, value }, [x, y, width, height]) {
    if (width < 1 || height < 1) return [];
    const task = DATA.tasks[row.task];
    const figure = METRICS[this.metric].show(value);
    const could = task ? `${percent(task.replaceable)} replaceable` : "stays with the language model";
    const name = taskName(row.task);
    const where = [`${agentName(row.agent)} · ${appName(row.app)}`, `${figure} · ${percent(value / this.total)} of all`, could];
    const style = task ? `tile step${Math.min(STEPS - 1, Math.floor(task.replaceable * STEPS))}` : "tile none";
    const roomy = width > 54 && height > 30; // else the name is for screen readers and the tip alone
    return [
      el(
        task ? "button" : "div",
        {
          class: style,
          type: task ? "button" : null,
          vars: place(x, y, width, height),
          onclick: task ? () => openTask(row.task) : null,
          onpointermove: (event) => showTip(event, el("b", {}, name), where.map((line) => el("p", {}, line))),
          onpointerleave: hideTip,
        },
        el("b", { class: roomy ? null : "sr" }, name),
        el("span", { class: roomy && height > 46 ? null : "sr", "aria-hidden": "true" }, figure),
        el("span", { class: "sr" }, ` ${where.join(", ")}`),
      ),
    ];
  }
}

/** How much of the log the cost does not cover. */
function unpriced() {
  const without = sumOf(DATA.flow.filter((row) => !isKnown(row.cost_usd))).calls;
  return without ? `${percent(without / DATA.total.calls)} of the calls have no known price` : "";
}

const place = (x, y, width, height) => ({ left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });

function drawTreemap() {
  fill(byId("treemap-legend"), {}, [
    el("span", {}, "replaceable"),
    [...Array(STEPS).keys()].map((step) => el("span", { class: `key step${step}` }, `${(100 * step) / STEPS}–${(100 * (step + 1)) / STEPS} %`)),
    el("span", { class: "key none" }, "in no task"),
    el("span", { id: "unpriced" }),
  ]);
  const treemap = new Treemap(byId("treemap"));
  byId("metric").append(
    segmented("Size of the tiles", treemap.choices.map((name) => [name, METRICS[name].label]), treemap.metric, (name) => treemap.show(name)),
  );
}

/** A choice of one, as buttons side by side. */
function segmented(label, choices, chosen, choose) {
  const name = `choice-${label.replace(/\W+/g, "-")}`;
  return el(
    "fieldset",
    { class: "segmented" },
    el("legend", { class: "sr" }, label),
    choices.map(([value, text]) => {
      const input = el("input", { type: "radio", name, value, onchange: () => choose(value) });
      input.checked = value === chosen;
      return el("label", {}, input, el("span", {}, text));
    }),
  );
}
