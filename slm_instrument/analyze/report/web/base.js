"use strict";
// Texts of the log are only ever set as text: nothing here makes markup of a string.

const DATA = JSON.parse(document.getElementById("data").textContent);
const NO_TASK = -1;
const OTHER_TASK = -2;
const SVG = "http://www.w3.org/2000/svg";

const byId = (id) => document.getElementById(id);

/** An element; `props` are attributes, `on…` listeners, and `vars` custom properties of its style. */
function el(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "vars") for (const [key, setting] of Object.entries(value)) node.style.setProperty(key, setting);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined) node.append(child);
  }
  return node;
}

// ---- figures in words

const LOCALE = "en";
const whole = new Intl.NumberFormat(LOCALE);
const compact = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const minute = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

const count = (n) => whole.format(n);
const short = (n) => (n < 10000 ? whole.format(n) : compact.format(n));
const percent = (share) => {
  const hundredths = share * 100;
  if (hundredths > 0 && hundredths < 1) return "< 1 %";
  if (share < 1 && hundredths > 99) return "> 99 %";
  return `${Math.round(hundredths)} %`;
};
const dollars = (usd) => {
  const size = Math.abs(usd);
  if (size > 0 && size < 0.0001) return usd < 0 ? "> −$0.0001" : "< $0.0001";
  const digits = size === 0 || size >= 1000 ? 0 : size >= 0.1 ? 2 : 4;
  const text = `$${size.toLocaleString(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
  return usd < 0 ? `−${text}` : text;
};
const milliseconds = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
const times = (factor) => `${factor >= 10 ? Math.round(factor) : factor.toFixed(1)}×`;
const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
const date = (iso) => day.format(new Date(iso));
const dates = (from, to) => (date(from) === date(to) ? date(from) : `${date(from)} – ${date(to)}`);
const moment = (iso) => `${minute.format(new Date(iso))} UTC`;

const isKnown = (value) => value !== null && value !== undefined;

/** The figure, or that it is not known. */
function known(value, format, why = "not known") {
  return isKnown(value) ? document.createTextNode(format(value)) : el("span", { class: "unknown" }, why);
}

const KINDS = {
  closed_set: "label",
  json: "JSON",
  tool_call: "tool call",
  short_text: "short text",
  free_text: "free text",
};

function answersOf(task) {
  return task.kind === "closed_set" && task.labels ? plural(task.labels, "label") : KINDS[task.kind] ?? task.kind;
}

const RISKS = {
  "free text": "Answers are free text: two good ones seldom agree word for word, so agreement is hard to show.",
  "teacher disagrees with itself": "Asked the same again, the language model often answers differently; a student cannot agree more.",
  "few calls": "Fewer than a hundred calls: hardly enough to train, to calibrate and to test.",
  "not matchable by template": "No fixed wording recognises the prompts, so the runtime would have to judge by meaning.",
  "partly matchable by template": "Some prompts have no fixed wording; the runtime leaves those to the language model.",
  "growing fast": "At least twice as many calls lately as before: the task may still be changing.",
  fading: "At most half as many calls lately as before: it may not pay back.",
  "estimate rests on few calls": "The estimate was made on fewer than thirty calls and may be far off.",
};

/** When the first and the last call of any task was made; empty where calls have no times. */
const PERIOD = (() => {
  const ends = DATA.tasks.filter((task) => task.first_at).flatMap((task) => [task.first_at, task.last_at]);
  ends.sort((a, b) => new Date(a) - new Date(b));
  return ends.length ? [ends[0], ends[ends.length - 1]] : [];
})();

// Savings are given for a month where that is known of all of them: sums must not mix the two.
const MONTHLY = DATA.tasks.every(({ saving }) => !saving || !isKnown(saving.net_usd) || isKnown(saving.per_month_usd));
const savedBy = (saving) => (MONTHLY ? saving?.per_month_usd : saving?.net_usd);

// ---- texts of the log

/** A text of the page's table; the middle of a long one is left out and said to be. */
function logged(text) {
  const value = typeof text === "number" ? DATA.texts[text] : text;
  if (typeof value === "string") return value === "" ? [el("span", { class: "unknown" }, "empty")] : [value];
  const [head, left, tail] = value;
  return [head, el("span", { class: "cut" }, ` … ${count(left)} characters left out … `), tail];
}

/** The same as one line of plain text. */
function oneLine(text, limit) {
  const value = typeof text === "number" ? DATA.texts[text] : text;
  const flat = (typeof value === "string" ? value : `${value[0]} … ${value[2]}`).replace(/\s+/g, " ").trim();
  return flat.length > limit ? `${flat.slice(0, limit)}…` : flat || "empty";
}

const pre = (text, props = {}) => el("pre", { dir: "auto", tabindex: "0", ...props }, logged(text));

// ---- names and colours, the same everywhere

const taskName = (number) =>
  number === NO_TASK ? "in no task" : number === OTHER_TASK ? "smaller tasks" : DATA.tasks[number].name;
const agentName = (agent) => (isKnown(agent) && agent !== "" ? agent : "(no agent named)");
const appName = (app) => (isKnown(app) && app !== "" ? app : "(no application named)");

/** Hues a golden angle apart: tasks next to each other in the list never look alike. */
const hue = (number) => `${Math.round((215 + number * 137.508) % 360)}`;
const swatch = (number) =>
  el("span", { class: number < 0 ? "swatch none" : "swatch", "aria-hidden": "true", vars: { "--h": hue(number) } });

const say = (text) => {
  byId("say").textContent = text;
};

// ---- the tip beside the pointer

const tip = byId("tip");

function showTip(event, ...children) {
  tip.replaceChildren(...children.flat());
  tip.hidden = false;
  const { clientWidth: wide, clientHeight: high } = document.documentElement;
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.max(8, Math.min(event.clientX + 16, wide - width - 8));
  const below = event.clientY + 18;
  tip.style.left = `${left}px`;
  tip.style.top = `${below + height > high ? Math.max(8, event.clientY - height - 14) : below}px`;
}

const hideTip = () => {
  tip.hidden = true;
};
