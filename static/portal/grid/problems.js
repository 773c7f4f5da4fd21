// What is wrong, gathered: from one to the next, and mended many at once.
import { AMOUNT, WIDTH, columns, go, grid, place, problems, seen } from "./model.js";
import { change, write } from "./changing.js";
import { button } from "./telling.js";

const GROUPS = 8;

export const next = () => {
  const all = problems([...grid.rows.keys()]);
  const place_ = (one) => one.row * WIDTH + one.column;
  const here = place_(grid.active);
  const found = all.find((one) => place_(one) > here) || all[0];
  if (found) go(found.row, found.column);
};
export const mend = (list) => {
  const edits = {};
  const drops = new Set();
  for (const one of list) {
    if (one.drop) drops.add(one.row);
    else if (one.fix !== null) edits[one.row] = { ...edits[one.row], [one.column]: one.fix };
  }
  if (drops.size) change([...drops].sort((a, b) => b - a).map((row) => [row, 1, []]));
  else write(edits);
  go(Math.min(grid.active.row, grid.rows.length), grid.active.column);
};
export const listProblems = () => {
  const groups = new Map();
  for (const one of problems([...grid.rows.keys()])) {
    const key = `${one.rule} ${one.column}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(one);
  }
  const panel = place("problems");
  panel.hidden = !groups.size;
  const list = panel.querySelector("ul");
  list.replaceChildren();
  for (const group of [...groups.values()].sort((a, b) => b.length - a.length).slice(0, GROUPS)) {
    const [first] = group;
    const item = document.createElement("li");
    const words = document.createElement("span");
    const which = group.length > 1 ? `${group.length.toLocaleString()}处，如第${first.row + 1}行：` : `第${first.row + 1}行：`;
    words.textContent = `${columns[first.column].title} ${which}${first.message}`;
    item.append(words, button("去看", () => go(first.row, first.column)));
    const able = group.filter((one) => one.drop || one.fix !== null);
    if (able.length) item.append(button(first.drop ? `删除这${able.length.toLocaleString()}行` : `按建议改正${able.length.toLocaleString()}处`, () => mend(able)));
    list.append(item);
  }
};
const fen = (text) => (/^\d+(\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * 100) : 0);
const yuan = (sum) => `¥${Math.floor(sum / 100).toLocaleString("en-US")}.${String(sum % 100).padStart(2, "0")}`;
export const count = () => {
  const bad = grid.rows.filter((row) => row.notes).length;
  place("rows").textContent = grid.rows.length.toLocaleString();
  place("bad").textContent = bad.toLocaleString();
  place("bad-box").className = bad ? "bad" : "";
  const sum = grid.rows.reduce((all, row, index) => all + (row.notes ? 0 : fen(seen(index, AMOUNT))), 0);
  place("sum").textContent = yuan(sum);
};
