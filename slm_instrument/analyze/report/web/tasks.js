// The table of tasks, to sort and to filter, and the tree of applications, agents, tasks and variants.

/** Columns: heading, what to sort by, what to show; `wide` ones are left out on a narrow screen. */
function columns() {
  const priced = DATA.tasks.some((task) => isKnown(task.cost_usd));
  const timed = DATA.tasks.some((task) => task.trend);
  const saved = DATA.tasks.some((task) => isKnown(savedBy(task.saving)));
  return [
    { head: "Task", by: (task) => task.name, show: nameCell, row: true },
    { head: "Answers", by: answersOf, show: answersOf, wide: true },
    { head: "Calls", by: (task) => task.calls, show: (task) => count(task.calls), number: true },
    { head: "Tokens", by: (task) => task.tokens, show: (task) => `${task.tokens_estimated ? "~" : ""}${short(task.tokens)}`, number: true, wide: true },
    priced && { head: "Cost", by: (task) => task.cost_usd, show: (task) => known(task.cost_usd, dollars, "–"), number: true, wide: true },
    { head: "Replaceable", by: (task) => task.replaceable, show: (task) => meter(task.replaceable), number: true },
    { head: "Self-agreement", by: (task) => task.self_agreement, show: (task) => known(task.self_agreement, percent, "–"), number: true, wide: true },
    timed && { head: "Trend", by: (task) => task.growth, show: growthCell, wide: true },
    saved && { head: MONTHLY ? "Saving a month" : "Saving", by: (task) => savedBy(task.saving), show: (task) => known(savedBy(task.saving), dollars, "–"), number: true, wide: true },
    { head: "Risks", by: (task) => task.risks.length, show: riskCell, wide: true },
  ].filter(Boolean);
}

const nameCell = (task, number) => [
  el("button", { class: "name", type: "button", onclick: () => openTask(number) }, swatch(number), task.name),
  el("small", {}, [appName(task.app), ...task.agents.slice(0, 2).map(agentName)].join(" · "), task.agents.length > 2 ? ` + ${task.agents.length - 2}` : ""),
  task.risks.length ? el("small", { class: "narrow" }, task.risks.join(", ")) : null,
];

const growthCell = (task) =>
  task.trend
    ? el("span", { class: "growth" }, trend(task.trend, `Calls of ${task.name} over time`), known(task.growth, times, ""))
    : known(null, null, "–");

const riskCell = (task) => (task.risks.length ? el("span", { class: "risky" }, task.risks.join(" · ")) : known(null, null, "none known"));

const ROWS = 25; // until all are asked for

class TaskTable {
  constructor(root) {
    this.columns = columns();
    this.sorted = { column: this.columns.findIndex(({ head }) => head === "Calls"), down: true };
    this.wanted = "";
    this.rowsShown = ROWS;
    this.body = el("tbody");
    this.heads = this.columns.map((column, at) =>
      el("th", { scope: "col", class: classes(column) }, el("button", { type: "button", onclick: () => this.sort(at) }, column.head)));
    root.append(el("table", { class: "tasks" }, el("caption", { class: "sr" }, "Tasks; headings sort"), el("thead", {}, el("tr", {}, this.heads)), this.body));
    this.more = el("button", { class: "link more", type: "button", onclick: () => this.all() }, `Show all ${plural(DATA.tasks.length, "task")}`);
    root.after(this.more);
    this.rows = DATA.tasks.map((task, number) => {
      const text = [task.name, task.app, ...task.agents, answersOf(task), ...task.risks].join(" ").toLowerCase();
      return { task, text, node: this.row(task, number) };
    });
    this.draw();
  }

  row(task, number) {
    return el("tr", {}, this.columns.map((column) =>
      el(column.row ? "th" : "td", { scope: column.row ? "row" : null, class: classes(column) }, column.show(task, number))));
  }

  sort(at) {
    const { column, down } = this.sorted;
    this.sorted = { column: at, down: at === column ? !down : Boolean(this.columns[at].number) || at > 2 };
    this.draw();
  }

  all() {
    this.rowsShown = Infinity;
    this.draw();
  }

  filter(text) {
    this.wanted = text.trim().toLowerCase();
    this.draw();
  }

  draw() {
    const { column, down } = this.sorted;
    const { by } = this.columns[column];
    this.heads.forEach((head, at) => {
      if (at === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    const shown = this.rows.filter(({ text }) => text.includes(this.wanted)).sort((a, b) => compare(by(a.task), by(b.task), down));
    this.body.replaceChildren(...shown.slice(0, this.rowsShown).map(({ node }) => node));
    this.more.hidden = shown.length <= this.rowsShown;
    const hidden = DATA.summary.tasks - DATA.tasks.length;
    byId("task-count").textContent =
      (this.wanted ? `${count(shown.length)} of ${plural(this.rows.length, "task")}` : plural(this.rows.length, "task")) +
      (hidden > 0 ? `; ${count(hidden)} smaller ones are not on this page` : "");
  }
}

const classes = (column) => [column.number && "number", column.wide && "wide"].filter(Boolean).join(" ") || null;

/** What is not known comes last, whichever way it is sorted. */
function compare(a, b, down) {
  if (!isKnown(a) || !isKnown(b)) return Number(!isKnown(a)) - Number(!isKnown(b));
  const order = typeof a === "string" ? a.localeCompare(b, LOCALE) : a - b;
  return down ? -order : order;
}

// ---- the tree

function sumOf(rows) {
  const sum = { calls: 0, tokens: 0, cost_usd: null, could: 0 };
  for (const row of rows) {
    sum.calls += row.calls;
    sum.tokens += row.tokens;
    sum.could += row.calls * (DATA.tasks[row.task]?.replaceable ?? 0);
    if (isKnown(row.cost_usd)) sum.cost_usd = (sum.cost_usd ?? 0) + row.cost_usd;
  }
  return sum;
}

function figuresOf({ calls, tokens, cost_usd: cost, could }) {
  return el("span", { class: "figures" }, el("span", {}, plural(calls, "call")), el("span", {}, `${short(tokens)} tokens`),
    el("span", {}, isKnown(cost) ? dollars(cost) : ""), isKnown(could) ? meter(calls ? could / calls : 0) : el("span"));
}

function branch(name, rows, children, open) {
  const details = el("details", { open }, el("summary", {}, el("span", { class: "branch-name" }, name), figuresOf(sumOf(rows))));
  const grow = () => {
    if (details.open && details.children.length === 1) details.append(el("ul", {}, children().map((child) => el("li", {}, child))));
  };
  details.addEventListener("toggle", grow);
  grow();
  return details;
}

function grouped(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return [...groups].sort(([, a], [, b]) => sumOf(b).calls - sumOf(a).calls);
}

function drawTree() {
  const apps = grouped(DATA.flow, (row) => appName(row.app));
  byId("hierarchy").append(el("ul", { class: "tree" }, apps.map(([app, rows]) =>
    el("li", {}, branch(app, rows, () => agentBranches(rows), apps.length === 1)))));
}

const agentBranches = (rows) => grouped(rows, (row) => agentName(row.agent)).map(([agent, own]) => branch(agent, own, () => taskBranches(own), false));

const taskBranches = (rows) =>
  [...rows].sort((a, b) => b.calls - a.calls).map((row) => {
    const task = DATA.tasks[row.task];
    if (!task) return el("p", { class: "leaf" }, el("span", { class: "branch-name" }, swatch(row.task), taskName(row.task)), figuresOf(sumOf([row])));
    return branch([swatch(row.task), task.name], [row], () => [
      el("button", { class: "link", type: "button", onclick: () => openTask(row.task) }, "Open the task's card"),
      ...task.variants.map(variantLeaf),
      ...(task.variants.length ? [] : [known(null, null, "No fixed wording: calls are recognised by meaning.")]),
    ], false);
  });

function variantLeaf(variant, at) {
  const statics = Object.values(variant.places).flat().filter((piece) => !isSlot(piece));
  return el("p", { class: "leaf" },
    el("span", { class: "branch-name" }, `Wording ${at + 1}: `, el("span", { class: "unknown", dir: "auto" }, oneLine(statics[0] ?? "", 110))),
    el("span", { class: "figures" }, el("span", {}, isKnown(variant.calls) ? plural(variant.calls, "call") : "")));
}
