// The sheet at the side: the card of a task, or one call. The address says which (#task=…, #call=…), so that a link and
// the back button work.

const sheet = byId("sheet");
const openTask = (number) => { location.hash = `task=${DATA.tasks[number].id}`; };
const openCall = (number) => { location.hash = `call=${number}`; };
let opened = false; // by a click on this page: then closing goes back

function follow() {
  hideTip();
  const [kind, value] = location.hash.slice(1).split("=");
  const number = kind === "task" ? DATA.tasks.findIndex((task) => task.id === value) : kind === "call" ? Number(value) : -1;
  const content = kind === "task" ? DATA.tasks[number] && taskCard(number) : DATA.calls[number] && callCard(number);
  if (!content) {
    if (sheet.open) sheet.close();
    return;
  }
  byId("sheet-body").replaceChildren(...content);
  if (!sheet.open) sheet.showModal();
  sheet.scrollTop = 0;
}

function closeSheet() {
  sheet.close();
}

function listenSheet() {
  addEventListener("hashchange", follow);
  sheet.addEventListener("close", () => {
    if (/^#(task|call)=/.test(location.hash)) history.replaceState(null, "", location.pathname + location.search);
  });
  sheet.addEventListener("click", (event) => {
    if (event.target === sheet) closeSheet(); // beside the sheet
  });
  follow();
}

const closer = () => el("button", { class: "close", type: "button", "aria-label": "Close", onclick: closeSheet }, "×");

const fact = (label, value, hint = null) =>
  el("div", {}, el("dt", {}, label), el("dd", {}, value, hint ? el("small", {}, hint) : null));

function taskCard(number) {
  const task = DATA.tasks[number];
  return [
    el("header", {}, el("p", { class: "over" }, "Task", task.app ? ` of ${task.app}` : ""), closer(),
      el("h2", { id: "sheet-title", tabindex: "-1", autofocus: true }, swatch(number), task.name),
      el("p", { class: "chips" }, el("span", { class: "chip" }, answersOf(task)),
        task.risks.filter((risk) => risk !== KINDS[task.kind]).map((risk) => el("span", { class: "chip risk", title: RISKS[risk] }, risk)))),
    el("dl", { class: "facts" }, facts(task)),
    section("Over time", timeOf(task)),
    task.saving ? section("What a student would save", savingOf(task.saving)) : null,
    task.risks.length ? section("Risks", el("ul", { class: "risks" }, task.risks.map((risk) => el("li", {}, el("b", {}, risk), ` ${RISKS[risk] ?? ""}`)))) : null,
    section("Who asks", agentsOf(task)),
    section("Instruction", task.instruction === "" ? known(null, null, "No static text tells this task from the others.") : pre(task.instruction)),
    section("Answers", ...answerForm(task)),
    section("Typical calls", examples(task.typical)),
    section("Unusual calls", examples(task.unusual)),
    section(`Wordings of the prompt (${count(task.templates)})`, ...variants(task)),
  ].filter(Boolean);
}

function facts(task) {
  const { self_agreement: self, repetition } = task;
  return [
    fact("Calls", count(task.calls), share(task.calls, DATA.total.calls, "of the calls")),
    fact("Replaceable", percent(task.replaceable), task.asked ? `neighbours agree, on ${plural(task.asked, "call")}` : "no answer recurs to look up"),
    fact("Teacher agrees with itself", known(self, percent, "not known"), isKnown(self) ? "on repeated prompts" : "no prompt repeats"),
    fact("Repeated prompts", percent(repetition), "of the calls"),
    fact("Recognised by wording", percent(task.matchable), "of the calls"),
    fact("Tokens", `${task.tokens_estimated ? "about " : ""}${short(task.tokens)}`, `${short(task.input_tokens)} in, ${short(task.output_tokens)} out`),
    fact("Cost", known(task.cost_usd, dollars), isKnown(task.cost_usd) ? `${dollars(task.cost_usd / task.calls)} a call` : "no price for the model"),
    fact("Latency", known(task.latency_ms, milliseconds), isKnown(task.latency_ms) ? "median" : "not recorded"),
  ];
}

const share = (part, all, what) => (all ? `${percent(part / all)} ${what}` : null);

function timeOf(task) {
  if (!task.first_at) return known(null, null, "The calls have no times.");
  const growth = isKnown(task.growth) ? `${times(task.growth)} as many calls in the second half of the task's time as in the first` : "growth not known";
  return [trend(task.trend, `Calls from ${date(PERIOD[0])} to ${date(PERIOD[1])}`), el("p", { class: "hint" }, `${dates(task.first_at, task.last_at)} · ${growth}`)];
}

function savingOf(saving) {
  const net = saving.per_month_usd ?? saving.net_usd;
  return el("dl", { class: "facts" },
    fact("The language model costs", known(saving.llm_usd, dollars), "for the calls of this log"),
    fact("The student would cost", dollars(saving.student_usd), "for the same calls"),
    fact("Saved", known(net, dollars), isKnown(saving.per_month_usd) ? "a month, at this log's rate" : "on this log"),
    fact("Training", dollars(saving.training_usd), `once; ${saving.training_core_hours.toFixed(1)} core-hours`));
}

function agentsOf(task) {
  if (!task.agents.length) return known(null, null, "The calls name no agent.");
  return el("ul", { class: "agents" }, task.agents.slice(0, 20).map((agent, at) =>
    el("li", {}, agentName(agent), isKnown(task.agent_calls[at]) ? el("span", {}, ` ${plural(task.agent_calls[at], "call")}`) : null)),
    task.agents.length > 20 ? el("li", {}, `and ${count(task.agents.length - 20)} more`) : null);
}

function answerForm(task) {
  const schemas = Object.entries(task.schemas);
  if (task.answers.length) {
    const more = task.labels - task.answers.length;
    return [el("ul", { class: "labels", tabindex: "0", "aria-label": "Labels" }, task.answers.map((answer) => el("li", { dir: "auto" }, logged(answer)))),
      more ? el("p", { class: "hint" }, `and ${count(more)} more labels`) : null];
  }
  if (schemas.length) {
    return schemas.map(([name, schema]) =>
      el("details", { open: schemas.length < 3 }, el("summary", {}, name ? `Arguments of ${name}` : "JSON schema, inferred from the answers"), pre(schema, { class: "code" })));
  }
  return [el("p", {}, `${KINDS[task.kind] ?? task.kind}; `, known(null, null, "no schema is known"))];
}

function examples(numbers) {
  if (!numbers.length) return known(null, null, "None were chosen.");
  return el("div", { class: "examples" }, numbers.map((number) => {
    const call = DATA.calls[number];
    const details = el("details", {}, el("summary", { dir: "auto" },
      el("span", { class: "asked" }, oneLine(call.varies, 180)), el("span", { class: "said" }, oneLine(call.answer, 120))));
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(...transcript(call));
    });
    return details;
  }));
}

function variants(task) {
  const left = task.templates - task.variants.length;
  return [
    ...(task.variants.length ? [] : [known(null, null, "No fixed wording: calls are recognised by meaning.")]),
    ...task.variants.map((variant, at) => el("details", { open: at === 0 },
      el("summary", {}, `Wording ${at + 1}`, isKnown(variant.calls) ? el("span", {}, ` ${plural(variant.calls, "call")}`) : null),
      Object.entries(variant.places).map(([place, pieces]) => [el("h4", {}, PLACES[place]), template(pieces)]),
      variant.tools.length ? el("p", { class: "hint" }, `Tools offered: ${variant.tools.join(", ")}`) : null)),
    left > 0 ? el("p", { class: "hint" }, `and ${plural(left, "more wording")}`) : null,
  ];
}

/** A slot is null, or a number where only a number may stand. */
const isSlot = (piece) => piece === null || typeof piece === "number";

const PLACES = { system: "System", first: "First message of the user", last: "Last message of the user" };

function template(pieces) {
  return el("pre", { dir: "auto", tabindex: "0" }, pieces.map((piece) => (isSlot(piece) ? el("span", { class: "slot" }, piece === null ? "varies" : "number") : logged(piece))));
}

function callCard(number) {
  const call = DATA.calls[number];
  const task = DATA.map.dots[number][2];
  const to = task >= 0 ? el("button", { class: "link", type: "button", onclick: () => openTask(task) }, swatch(task), taskName(task)) : taskName(task);
  return [
    el("header", {}, el("p", { class: "over" }, "Call ", to), closer(), el("h2", { id: "sheet-title", tabindex: "-1", autofocus: true }, agentName(call.agent))),
    ...transcript(call),
  ];
}

/** What is held of a call: the whole of an example, else what varies in it and the answer. */
function transcript(call) {
  const about = [call.id, call.model, call.at && moment(call.at), isKnown(call.latency_ms) && milliseconds(call.latency_ms)].filter(Boolean);
  const meta = el("p", { class: "hint" }, about.join(" · "));
  if (!call.messages) {
    return [meta, turn("What varies in the prompt", call.varies, "user"), turn("Answer", call.answer, "answer"),
      el("p", { class: "hint" }, "This call is in the sample of the map; whole prompts are kept for typical and unusual ones.")];
  }
  const turns = call.messages.map(([role, text]) => turn(role, text, role));
  if (call.skipped) turns.splice(4, 0, el("p", { class: "cut" }, `… ${plural(call.skipped, "message")} left out …`));
  return [meta, ...turns, turn("Answer", call.said, "answer"), call.tools.length ? el("p", { class: "hint" }, `Tools offered: ${call.tools.join(", ")}`) : null].filter(Boolean);
}

const turn = (role, text, style) => el("div", { class: `turn ${/^[a-z]+$/.test(style) ? style : ""}` }, el("h4", {}, role), pre(text));

const section = (title, ...children) => el("section", {}, el("h3", {}, title), children);
