// Bars and lines that are small enough to draw by hand.

/** A share as a bar with its figure; the figure is what a screen reader reads. */
function meter(share, style = "") {
  if (!isKnown(share)) return known(null);
  return el(
    "span",
    { class: `meter ${style}` },
    el("span", { class: "track", "aria-hidden": "true" }, el("span", { vars: { "--w": `${share * 100}%` } })),
    el("span", { class: "value" }, percent(share)),
  );
}

/** Rows of a label and a bar on one scale from 0 to 100 %. */
function shareRows(rows) {
  return el(
    "ul",
    { class: "shares" },
    rows.map(({ label, share, style, why }) =>
      el("li", { class: style }, el("span", { class: "label" }, label), isKnown(share) ? meter(share) : known(null, null, why)),
    ),
  );
}

/** One bar in parts, and a list that says what each is. */
function stacked(parts) {
  const total = parts.reduce((sum, part) => sum + part.calls, 0) || 1;
  const shown = parts.filter((part) => part.calls > 0);
  return [
    el(
      "div",
      { class: "stack", "aria-hidden": "true" },
      shown.map((part) => el("span", { class: part.style, vars: { "--w": `${(100 * part.calls) / total}%` } })),
    ),
    el(
      "ul",
      { class: "stack-list" },
      shown.map((part) =>
        el(
          "li",
          {},
          el("span", { class: `key ${part.style}`, "aria-hidden": "true" }),
          el("div", {}, el("b", {}, `${count(part.calls)} ${part.label}`), ` · ${percent(part.calls / total)}`,
            el("p", {}, part.why), part.more ?? null),
        ),
      ),
    ),
  ];
}

/** The calls over the time of the log, as a line of little bars. */
function trend(bins, label) {
  if (!bins) return known(null);
  const most = Math.max(...bins, 1);
  return svg(
    "svg",
    { class: "trend", viewBox: `0 0 ${bins.length * 4} 20`, role: "img", "aria-label": label, preserveAspectRatio: "none" },
    bins.map((calls, at) => {
      const height = calls ? Math.max(1.5, (20 * calls) / most) : 0.6;
      return svg("rect", { x: at * 4, y: 20 - height, width: 3, height, class: calls ? "" : "zero" });
    }),
  );
}
