// The page from top to bottom.

function drawHeadline() {
  const { total, summary } = DATA;
  byId("period").textContent =
    `${plural(summary.calls, "call")} of ${plural(new Set(DATA.flow.map((row) => row.app)).size, "application")}` +
    (PERIOD.length ? `, ${dates(...PERIOD)}` : "");
  byId("tiles").append(...tiles().map(([label, value, hint]) => fact(label, value, hint)));
  if (!summary.tasks) {
    byId("headline").append(el("p", { class: "big" }, "No recurring task was found: too few calls are of one kind."));
    return;
  }
  const also = [`${percent(total.replaceable_tokens)} of the tokens`];
  if (isKnown(total.replaceable_cost)) also.push(`${percent(total.replaceable_cost)} of the cost`);
  byId("headline").append(
    el("p", { class: "big" }, el("b", {}, percent(total.replaceable_calls)), el("span", {}, "of the calls could move to a small model")),
    el("p", { class: "small" }, `That is ${also.join(" and ")}. An estimate, before any training.`),
  );
}

function tiles() {
  const { total, summary } = DATA;
  const estimated = DATA.tasks.some((task) => task.tokens_estimated);
  const inTasks = total.calls - summary.unassigned;
  const saved = DATA.tasks.map((task) => task.saving).filter((saving) => saving && saving.net_usd > 0);
  const sum = saved.reduce((all, saving) => all + savedBy(saving), 0);
  return [
    ["Recurring tasks", count(summary.tasks), share(inTasks, total.calls, "of the calls are in one")],
    ["Calls", short(total.calls), "answered by a language model for an agent"],
    ["Tokens", short(total.tokens), estimated ? "partly estimated from the texts" : "as the providers counted"],
    ["Cost", known(total.cost_usd, dollars), isKnown(total.cost_usd) ? unpriced() || "of all calls" : "no price for these models"],
    saved.length ? ["Could be saved", dollars(sum), `${MONTHLY ? "a month" : "on these calls"}; students' cost paid, training not`] : null,
  ].filter(Boolean);
}

function drawReplaceable() {
  const { total, paper } = DATA;
  byId("beside").append(
    shareRows([
      { label: "Your agents, by calls", share: total.replaceable_calls, style: "ours" },
      { label: "by tokens", share: total.replaceable_tokens, style: "ours" },
      { label: "by cost", share: total.replaceable_cost, style: "ours", why: "no price is known" },
      ...paper.estimates.map(({ agent, share: theirs }) => ({ label: agent, share: theirs, style: "theirs" })),
    ]),
    el("p", { class: "hint" }, "Hatched: the authors’ own estimates for three agents, by calls, never measured. ",
      el("cite", {}, paper.title), `, ${paper.url.replace("https://", "")}, appendix B.`),
  );
  byId("coverage").append(...stacked(whereCallsAre()));
  byId("agents").append(...agentTable());
}

function whereCallsAre() {
  const { summary, total } = DATA;
  return [
    { style: "in", label: "in a task", calls: total.calls - summary.unassigned, why: "Recurring: candidates for a small model." },
    { style: "out", label: "in no task", calls: summary.unassigned, why: "Too few of their kind, or too unlike any others. They stay with the language model.", more: mostlyOf() },
    { style: "failed", label: "without an answer", calls: summary.failed, why: "The call failed: nothing to learn from." },
    { style: "human", label: "with people", calls: summary.human, why: "They talk to a person, which is outside of what may be replaced." },
    { style: "student", label: "by students", calls: summary.student, why: "A small model answers these already." },
  ];
}

function mostlyOf() {
  const rows = grouped(DATA.flow.filter((row) => row.task === NO_TASK), (row) => `${agentName(row.agent)}, ${appName(row.app)}`).slice(0, 3);
  return rows.length ? el("p", {}, "Most: ", rows.map(([name, own]) => `${name} ${count(sumOf(own).calls)}`).join("; "), ".") : null;
}

const AGENTS_SHOWN = 12;

function agentTable() {
  const head = (text, number) => el("th", { scope: "col", class: number ? "number" : null }, text);
  const row = ({ agent, calls, tokens, cost_usd: cost, ...could }, name = agentName(agent)) =>
    el("tr", {}, el("th", { scope: "row" }, name), el("td", { class: "number" }, count(calls)), el("td", { class: "number wide" }, short(tokens)),
      el("td", { class: "number wide" }, known(cost, dollars, "–")),
      [could.replaceable_calls, could.replaceable_tokens, could.replaceable_cost].map((part, at) =>
        el("td", { class: at ? "number wide" : "number" }, isKnown(part) ? meter(part) : known(null, null, "–"))));
  const rows = DATA.agents.map((share) => row(share));
  const more = rows.length - AGENTS_SHOWN;
  rows.slice(AGENTS_SHOWN).forEach((hidden) => { hidden.hidden = true; });
  const button = more > 1 ? el("button", { class: "link more", type: "button", onclick: () => {
    rows.forEach((hidden) => { hidden.hidden = false; });
    button.remove();
  } }, `Show ${count(more)} more agents`) : null;
  if (more === 1) rows[AGENTS_SHOWN].hidden = false;
  return [
    el("table", {}, el("caption", { class: "sr" }, "Calls, tokens and cost of each agent, and how much is replaceable"),
      el("thead", {}, el("tr", {}, head("Agent"), head("Calls", true), el("th", { scope: "col", class: "number wide" }, "Tokens"), el("th", { scope: "col", class: "number wide" }, "Cost"),
        head("Replaceable by calls", true), el("th", { scope: "col", class: "number wide" }, "by tokens"), el("th", { scope: "col", class: "number wide" }, "by cost"))),
      el("tbody", {}, rows),
      DATA.agents.length > 1 ? el("tfoot", {}, row(DATA.total, "All")) : null),
    button,
  ].filter(Boolean);
}

const TERMS = [
  ["Replaceable", "The share of a task's calls that a lookup of the most similar other calls answers as the language model did. Calls of the same trace or with the same prompt do not count as similar. An estimate: a trained student may do better or worse."],
  ["Teacher agrees with itself", "Of calls whose whole prompt occurs more than once, the share that got that prompt's usual answer. No student can agree with its teacher more than that."],
  ["Recognised by wording", "The share of calls that a fixed wording recognises, from the prompt alone. Only these can be answered by a student at run time."],
  ["Repeated prompts", "The share of calls whose whole prompt occurs again. Where it is high, a cache would do as well."],
  ["Tokens and cost", "As the providers counted, or estimated from the texts where they did not. Cost is as recorded, else by list price; where neither is known it says so."],
  ["Growth", "How many times as many calls the second half of the task's time saw as the first."],
  ["Saving", "The language model's cost of the calls a student would take over, less the student's own. Training is paid once and stands apart."],
];

function drawTerms() {
  byId("terms").append(...TERMS.map(([term, meaning]) => el("div", {}, el("dt", {}, term), el("dd", {}, meaning))));
  byId("made").textContent = `Made by slm-instrument on ${moment(DATA.made)}. This page loads nothing and sends nothing.`;
}

function draw() {
  drawHeadline();
  drawReplaceable();
  drawTreemap();
  drawMap();
  const table = new TaskTable(byId("task-table"));
  byId("filter").addEventListener("input", (event) => table.filter(event.target.value));
  addEventListener("beforeprint", () => table.all());
  drawTree();
  drawTerms();
  listenSheet();
}

draw();
