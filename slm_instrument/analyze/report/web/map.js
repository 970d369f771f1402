// The map: an island for each task, a dot for each call of a sample.

const ZOOM = 1.5;
const DEEPEST = 24; // times
const MARGIN = 6; // around the islands, where dots are one apart
const LEAST = 60; // width of the map: a few calls are not blown up to fill it

class CallMap {
  constructor(root) {
    const { islands, dots } = DATA.map;
    this.islands = islands;
    this.dots = dots;
    this.members = new Map(islands.map(({ task }) => [task, []]));
    dots.forEach(([, , task], number) => this.members.get(task).push(number));
    const xs = islands.flatMap(({ x, r }) => [x - r, x + r]);
    const ys = islands.flatMap(({ y, r }) => [y - r, y + r]);
    const wide = Math.max(Math.max(...xs) - Math.min(...xs) + MARGIN, LEAST);
    const high = Math.max(Math.max(...ys) - Math.min(...ys) + MARGIN, LEAST / 2);
    this.whole = [-wide / 2, -high / 2, wide, high];
    this.root = root;
    this.at = [0, -1]; // island and dot that the keyboard is at
    this.draw();
    this.look(this.whole);
    this.listen();
    new ResizeObserver(() => this.label()).observe(root);
  }

  draw() {
    this.nodes = [];
    this.labels = svg("g", { class: "labels", "aria-hidden": "true" });
    const layers = this.islands.map((island) => {
      const members = this.members.get(island.task);
      const group = svg("g", { class: island.task < 0 ? "island none" : "island", vars: { "--h": hue(island.task) } });
      group.append(svg("circle", { class: "shore", cx: island.x, cy: island.y, r: island.r, "data-task": island.task }));
      for (const number of members) {
        const [x, y] = this.dots[number];
        this.nodes[number] = svg("circle", { class: "dot", cx: x, cy: y, r: 0.42, "data-dot": number });
        group.append(this.nodes[number]);
      }
      return group;
    });
    const unusual = new Set(DATA.tasks.flatMap((task) => task.unusual));
    unusual.forEach((number) => this.nodes[number]?.classList.add("unusual"));
    this.svg = svg(
      "svg",
      {
        tabindex: "0",
        role: "application",
        "aria-label": `Map of ${plural(this.dots.length, "call")} of ${plural(this.islands.length, "group")}. Arrow keys left and right go from task to task, up and down from call to call, Enter opens.`,
        "aria-describedby": "map-hint",
        preserveAspectRatio: "xMidYMid meet",
        vars: { "--aspect": this.whole[2] / this.whole[3] },
      },
      layers,
      this.labels,
    );
    this.root.append(this.svg);
  }

  look(view) {
    this.view = view;
    this.svg.setAttribute("viewBox", view.join(" "));
    this.svg.classList.toggle("zoomed", view[2] < this.whole[2]); // then a finger moves the map, not the page
    this.label();
  }

  /** Names beside islands, as many as fit without covering one another, the largest islands first. */
  label() {
    const box = this.svg.getBoundingClientRect();
    if (!box.width) return;
    const scale = Math.min(box.width / this.view[2], box.height / this.view[3]); // pixels a unit
    const size = (box.width < 500 ? 10 : 12) / scale;
    const taken = [];
    const labels = [...this.islands].sort((a, b) => b.r - a.r).flatMap((island) => {
      const text = oneLine(taskName(island.task), 28);
      const wide = text.length * size * 0.56;
      const own = [island.y + island.r + size, island.y - island.r - size * 0.3]
        .map((y) => [island.x - wide / 2, y - size, island.x + wide / 2, y + size * 0.3])
        .find((box) => within(box, this.view) && !taken.some((other) => cross(box, other)) && !this.islands.some((other) => other !== island && reaches(box, other)));
      if (!own) return [];
      taken.push(own);
      return [svg("text", { x: island.x, y: own[3] - size * 0.3, "font-size": size, "stroke-width": size / 3.5, direction: "ltr" }, text)];
    });
    this.labels.replaceChildren(...labels);
  }

  zoom(factor, x = this.view[0] + this.view[2] / 2, y = this.view[1] + this.view[3] / 2) {
    const [left, top, width, height] = this.view;
    const to = Math.min(this.whole[2], Math.max(this.whole[2] / DEEPEST, width / factor));
    const real = width / to;
    this.look(this.kept([x - (x - left) / real, y - (y - top) / real, to, height / real]));
  }

  /** A view that does not leave the map. */
  kept([x, y, width, height]) {
    const [left, top, wide, high] = this.whole;
    return [Math.min(Math.max(x, left), left + wide - width), Math.min(Math.max(y, top), top + high - height), width, height];
  }

  point(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return [at.x, at.y];
  }

  listen() {
    const node = this.svg;
    let held = null;
    let moved = false;
    node.addEventListener("pointerdown", (event) => {
      moved = false;
      held = event.button === 0 ? [event.clientX, event.clientY, this.view] : null;
    });
    node.addEventListener("pointermove", (event) => {
      if (held && event.buttons) this.drag(event, held, () => { moved = true; });
      else this.hover(event);
    });
    node.addEventListener("pointerleave", hideTip);
    node.addEventListener("pointercancel", () => { held = null; });
    node.addEventListener("click", (event) => {
      held = null;
      if (!moved) this.open(event.target);
    });
    node.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the wheel alone scrolls the page
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 200), ...this.point(event));
    }, { passive: false });
    node.addEventListener("dblclick", (event) => this.zoom(2, ...this.point(event)));
    node.addEventListener("keydown", (event) => this.key(event));
    node.addEventListener("blur", () => this.mark(null));
  }

  drag(event, [x, y, view], started) {
    if (Math.hypot(event.clientX - x, event.clientY - y) < 4) return;
    started();
    hideTip();
    const scale = this.svg.getScreenCTM().a;
    this.look(this.kept([view[0] - (event.clientX - x) / scale, view[1] - (event.clientY - y) / scale, view[2], view[3]]));
  }

  hover(event) {
    const { dot, task } = event.target.dataset;
    if (dot !== undefined) showTip(event, ...this.about(Number(dot)));
    else if (task !== undefined) showTip(event, ...aboutTask(Number(task)));
    else hideTip();
  }

  about(number) {
    const call = DATA.calls[number];
    return [
      el("b", {}, swatch(this.dots[number][2]), taskName(this.dots[number][2])),
      el("p", { class: "asked", dir: "auto" }, oneLine(call.varies, 220)),
      el("p", { class: "said", dir: "auto" }, oneLine(call.answer, 160)),
    ];
  }

  open(target) {
    if (target.dataset.dot !== undefined) openCall(Number(target.dataset.dot));
    else if (Number(target.dataset.task) >= 0) openTask(Number(target.dataset.task));
  }

  key(event) {
    const steps = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    if (event.key === "+" || event.key === "=") this.zoom(ZOOM);
    else if (event.key === "-") this.zoom(1 / ZOOM);
    else if (event.key === "0") this.look(this.whole);
    else if (event.key === "Enter") this.open(this.marked ?? this.svg);
    else if (steps[event.key]) this.walk(...steps[event.key]);
    else return;
    event.preventDefault();
  }

  walk(islands, dots) {
    const wrapped = (n, length) => (n + length) % length;
    let [island, dot] = this.at;
    if (islands) [island, dot] = [wrapped(island + (this.marked ? islands : 0), this.islands.length), -1];
    const { task } = this.islands[island];
    const members = this.members.get(task);
    if (dots) dot = wrapped(Math.max(dot, dots > 0 ? -1 : 0) + dots, members.length);
    this.at = [island, dot];
    if (dot < 0) {
      this.mark(this.svg.querySelector(`.shore[data-task="${task}"]`));
      say(`${taskName(task)}: ${plural(members.length, "call")} shown`);
    } else {
      this.mark(this.nodes[members[dot]]);
      const call = DATA.calls[members[dot]];
      say(`Call ${dot + 1} of ${members.length}: ${oneLine(call.varies, 160)}. Answer: ${oneLine(call.answer, 100)}`);
    }
  }

  mark(node) {
    this.marked?.classList.remove("marked");
    this.marked = node;
    node?.classList.add("marked");
  }
}

const within = ([left, top, right, bottom], [x, y, width, height]) => left > x && top > y && right < x + width && bottom < y + height;
const cross = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];

/** Whether a name goes so far into another island that it would seem to be that one's. */
function reaches([left, top, right, bottom], { x, y, r }) {
  const inset = (right - left) / 8;
  const nearest = [Math.min(Math.max(x, left + inset), right - inset), Math.min(Math.max(y, top), bottom)];
  return Math.hypot(nearest[0] - x, nearest[1] - y) < 0.9 * r;
}

function aboutTask(number) {
  const task = DATA.tasks[number];
  const name = el("b", {}, swatch(number), taskName(number));
  if (!task) return [name, el("p", {}, `${plural(DATA.summary.unassigned, "call")} too few or too unlike the others to be a task`)];
  return [name, el("p", {}, `${plural(task.calls, "call")} · ${answersOf(task)} · ${percent(task.replaceable)} replaceable`)];
}

function drawMap() {
  const shown = DATA.map.dots.length;
  byId("map-lead").textContent =
    `Each island is a task, each dot one of ${count(shown)} sampled calls. On an island usual calls are in the middle, ` +
    "unusual ones at the rim, and calls alike on the same side. Hollow dots are the unusual examples on the tasks' cards.";
  if (!shown) {
    byId("map-panel").append(el("p", { class: "unknown" }, "There are no calls to show."));
    return;
  }
  const map = new CallMap(byId("map-panel"));
  const button = (text, label, act) => el("button", { type: "button", "aria-label": label, title: label, onclick: act }, text);
  byId("zoom").append(
    button("−", "Zoom out", () => map.zoom(1 / ZOOM)),
    button("+", "Zoom in", () => map.zoom(ZOOM)),
    button("All", "All of the map", () => map.look(map.whole)),
  );
}
