"use strict";
const PAGE = 12;
const make = (tag, kind, words) => {
  const node = document.createElement(tag);
  if (kind) node.className = kind;
  if (words !== undefined) node.textContent = words;
  return node;
};
const asWords = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
const asNumber = (value) => (Number.isInteger(value) ? String(value) : Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(3).replace(/0+$/, "0"));
const isEmpty = (value) => value === undefined || value === null || value === "" || (Array.isArray(value) && !value.length);

function grade(row, run) {
  if (row.broke) return ["broke", "bad"];
  const value = row.scores[run.first];
  if (value === undefined || value === null) return ["–", "middling"];
  const quality = run.better === "lower" ? 1 - value : value;
  const words = Number.isInteger(value) ? String(value) : value.toFixed(2);
  return [words, quality >= 0.999 ? "good" : quality <= 0.001 ? "bad" : "middling"];
}

function part(box, title, value, kind) {
  if (isEmpty(value)) return;
  const piece = make("div");
  piece.append(make("h3", "", title), make("pre", kind, asWords(value)));
  box.append(piece);
}

function later(box, title, fill) {
  const hidden = make("details", "later");
  hidden.append(make("summary", "", title));
  hidden.addEventListener("toggle", () => {
    if (hidden.open && hidden.children.length < 2) hidden.append(fill());
  });
  box.append(hidden);
}

function scores(box, found) {
  const names = Object.keys(found || {}).filter((name) => found[name] !== null);
  if (!names.length) return;
  const list = make("dl", "scores");
  for (const name of names) {
    const pair = make("div");
    pair.append(make("dt", "", name), make("dd", "", typeof found[name] === "number" ? asNumber(found[name]) : asWords(found[name])));
    list.append(pair);
  }
  const piece = make("div");
  piece.append(make("h3", "", "Scores"), list);
  box.append(piece);
}

function student(turn) {
  const box = make("div", "student");
  box.append(make("p", "", turn.message));
  for (const name of ["code", "error"]) if (turn[name]) box.append(make("pre", "", turn[name]));
  if (turn.exercise) box.append(make("p", "quiet", (turn.submission ? "handed in for " : "about ") + turn.exercise));
  return box;
}

function evidence(turn) {
  const box = make("div", "steps");
  for (const step of turn.steps || []) {
    const piece = make("div");
    piece.append(make("h3", "", `${step.agent} · ${step.ms} ms`), make("pre", "", asWords(step.raised || step.found)));
    box.append(piece);
  }
  if (!isEmpty(turn.events)) part(box, "Events", turn.events);
  return box;
}

function talk(box, turns) {
  const said = make("div", "said");
  for (const turn of turns) {
    said.append(student(turn.ask || turn));
    const reply = make("div", "tutor");
    reply.append(make("p", "", turn.answer ? turn.answer.reply : turn.reply));
    const cited = (turn.answer && turn.answer.citations) || [];
    for (const one of cited) reply.append(make("p", "quiet", `[${one.n}] ${one.title}: “${one.quote}”`));
    if (!isEmpty(turn.steps)) later(reply, `Evidence: ${turn.steps.map((step) => step.agent).join(", ")}`, () => evidence(turn));
    said.append(reply);
  }
  const piece = make("div");
  piece.append(make("h3", "", "Conversation"), said);
  box.append(piece);
}

function inside(row) {
  const box = make("div", "inside");
  part(box, "Went wrong", row.broke || row.note, "note");
  const traced = Array.isArray(row.trace) && row.trace.length && row.trace[0].ask ? row.trace : null;
  const spoken = Array.isArray(row.output) && row.output.length && row.output[0].reply !== undefined ? row.output : null;
  const turns = traced || spoken;
  if (!turns) part(box, "Asked", row.shown);
  part(box, "Wanted", row.wanted ?? row.expected);
  part(box, "Answered", row.predicted);
  if (turns) talk(box, turns);
  else part(box, "Output", row.output);
  scores(box, row.scores);
  if (!isEmpty(row.given)) later(box, "The case as it stands in the dataset", () => make("pre", "", asWords(row.given)));
  return box;
}

function item(row, run) {
  const [words, kind] = grade(row, run);
  const details = make("details", "case");
  const summary = make("summary");
  summary.append(make("span", "badge " + kind, words), make("span", "name", row.id), make("span", "words", (row.shown || "").split("\n")[0]));
  details.append(summary);
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length < 2) details.append(inside(row));
  });
  return details;
}

function cases(section, run) {
  const list = section.querySelector(".cases");
  const [words, which, group, order] = ["input", ".which", ".group", ".order"].map((found) => section.querySelector(found));
  const more = section.querySelector(".more");
  const count = section.querySelector(".count");
  const searchable = run.cases.map((row) => JSON.stringify([row.id, row.shown, row.note, row.broke, row.predicted, row.wanted, row.output]).toLowerCase());
  let shown = PAGE;
  const ordered = (kept) => {
    if (!order.value) return kept;
    const value = (row) => row.scores[order.value] ?? -Infinity;
    return [...kept].sort((a, b) => value(b) - value(a));
  };
  const show = () => {
    const sought = words.value.toLowerCase();
    const kept = ordered(run.cases.filter((row, place) =>
      (!sought || searchable[place].includes(sought)) &&
      (which.value === "all" || grade(row, run)[1] === which.value) &&
      (!group.value || row.group === group.value)));
    list.replaceChildren(...kept.slice(0, shown).map((row) => item(row, run)));
    if (!kept.length) list.append(make("p", "quiet", "No case is like that."));
    count.textContent = `${kept.length} of ${run.cases.length}`;
    more.hidden = kept.length <= shown;
  };
  const names = [...new Set(run.cases.map((row) => row.group).filter(Boolean))].sort();
  group.append(...names.map((name) => make("option", "", name)));
  group.hidden = names.length < 2;
  const measured = [...new Set(run.cases.flatMap((row) => Object.keys(row.scores)))];
  order.append(...measured.map((name) => Object.assign(make("option", "", `most ${name}`), { value: name })));
  for (const tool of [words, which, group, order]) tool.addEventListener("input", () => { shown = PAGE; show(); });
  more.addEventListener("click", () => { shown += PAGE; show(); });
  show();
  return (name) => {
    [which.value, group.value, order.value, words.value] = ["all", "", "", name.toLowerCase()];
    shown = PAGE;
    show();
    const found = [...list.children].find((node) => node.querySelector(".name")?.textContent === name);
    if (!found) return;
    found.open = true;
    found.scrollIntoView({ block: "center" });
    found.querySelector("summary").focus({ preventScroll: true });
  };
}

function sortable(table) {
  table.querySelectorAll("th").forEach((head, place) => {
    const button = make("button", "sort", head.textContent);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows];
      const value = (row) => row.cells[place].textContent;
      rows.sort((a, b) => {
        const [x, y] = [value(a), value(b)].map((words) => parseFloat(words.replaceAll(",", "")));
        return (Number.isNaN(x) || Number.isNaN(y) ? value(a).localeCompare(value(b)) : x - y) * (down ? -1 : 1);
      });
      table.tBodies[0].append(...rows);
    });
  });
}

const open = JSON.parse(document.getElementById("runs").textContent).map((run, place) => cases(document.getElementById("run-" + place), run));
document.querySelectorAll("table.sortable").forEach(sortable);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-case]");
  if (!link) return;
  event.preventDefault();
  open[Number(link.dataset.run)](link.dataset.case);
});
