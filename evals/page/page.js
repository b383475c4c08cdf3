"use strict";
const PAGE = 12;
const make = (tag, kind, words) => {
  const node = document.createElement(tag);
  if (kind) node.className = kind;
  if (words !== undefined) node.textContent = words;
  return node;
};
const asWords = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

function grade(row, run) {
  if (row.broke) return ["broke", "bad"];
  const value = row.scores[run.first];
  if (value === undefined || value === null) return ["–", "middling"];
  const quality = run.better === "lower" ? 1 - value : value;
  const words = Number.isInteger(value) ? String(value) : value.toFixed(2);
  return [words, quality >= 0.999 ? "good" : quality <= 0.001 ? "bad" : "middling"];
}

function part(box, title, value, kind) {
  if (value === undefined || value === null || value === "" || (Array.isArray(value) && !value.length)) return;
  const piece = make("div");
  piece.append(make("h3", "", title), make("pre", kind, asWords(value)));
  box.append(piece);
}

function talk(box, turns) {
  const said = make("div", "said");
  for (const turn of turns) said.append(make("p", "student", turn.message), make("p", "tutor", turn.reply));
  const piece = make("div");
  piece.append(make("h3", "", "Conversation"), said);
  box.append(piece);
}

function inside(row) {
  const box = make("div", "inside");
  part(box, "Went wrong", row.broke || row.note, "note");
  const turns = Array.isArray(row.output) && row.output.length && row.output[0].reply !== undefined ? row.output : null;
  if (turns) talk(box, turns);
  else part(box, "Asked", row.shown);
  part(box, "Wanted", row.wanted ?? row.expected);
  part(box, "Given", row.predicted);
  if (!turns) part(box, "Output", row.output);
  part(box, "Scores", row.scores);
  if (row.trace) {
    const trace = make("details");
    trace.append(make("summary", "", "Trace"));
    trace.addEventListener("toggle", () => trace.open && trace.children.length < 2 && trace.append(make("pre", "", asWords(row.trace))));
    box.append(trace);
  }
  return box;
}

function item(row, run) {
  const [words, kind] = grade(row, run);
  const details = make("details", "case");
  const summary = make("summary");
  summary.append(make("span", "badge " + kind, words), make("span", "name", row.id), make("span", "words", (row.shown || "").split("\n")[0]));
  details.append(summary);
  details.addEventListener("toggle", () => details.open && details.children.length < 2 && details.append(inside(row)));
  return details;
}

function cases(section, run) {
  const list = section.querySelector(".cases");
  const [words, which, group] = ["input", ".which", ".group"].map((found) => section.querySelector(found));
  const more = section.querySelector(".more");
  const count = section.querySelector(".count");
  const searchable = run.cases.map((row) => JSON.stringify([row.id, row.shown, row.note, row.predicted, row.wanted]).toLowerCase());
  let shown = PAGE;
  const show = () => {
    const sought = words.value.toLowerCase();
    const kept = run.cases.filter((row, place) =>
      (!sought || searchable[place].includes(sought)) &&
      (which.value === "all" || grade(row, run)[1] === which.value) &&
      (!group.value || row.group === group.value));
    list.replaceChildren(...kept.slice(0, shown).map((row) => item(row, run)));
    count.textContent = `${kept.length} of ${run.cases.length}`;
    more.hidden = kept.length <= shown;
  };
  const names = [...new Set(run.cases.map((row) => row.group).filter(Boolean))].sort();
  group.append(...names.map((name) => make("option", "", name)));
  group.hidden = names.length < 2;
  for (const tool of [words, which, group]) tool.addEventListener("input", () => { shown = PAGE; show(); });
  more.addEventListener("click", () => { shown += PAGE; show(); });
  show();
}

JSON.parse(document.getElementById("runs").textContent).forEach((run, place) => cases(document.getElementById("run-" + place), run));
