// The keys: moving about, and what a table of this kind does everywhere.
import { HEIGHT, show } from "./drawing.js";
import { WIDTH, box, go, grid, input } from "./model.js";
import { clear, travel } from "./changing.js";
import { along, begin, commit, step } from "./editing.js";
import { next } from "./problems.js";
import { save } from "./saving.js";

const page = () => Math.max(1, Math.floor(box.clientHeight / HEIGHT) - 2);
const MOVES = {
  ArrowUp: () => [-1, 0], ArrowDown: () => [1, 0], ArrowLeft: () => [0, -1], ArrowRight: () => [0, 1],
  PageUp: () => [-page(), 0], PageDown: () => [page(), 0],
};
const withControl = (event) => {
  const key = event.key.toLowerCase();
  if (key === "s") save();
  else if (key === "home") { commit(); go(0, 0, { extend: event.shiftKey }); }
  else if (key === "end") { commit(); go(Math.max(0, grid.rows.length - 1), WIDTH - 1, { extend: event.shiftKey }); }
  else if (grid.editing) return false;
  else if (key === "z" && !event.shiftKey) travel(grid.past, grid.future);
  else if (key === "y" || key === "z") travel(grid.future, grid.past);
  else if (key === "a") { grid.anchor = { row: 0, column: 0 }; go(Math.max(0, grid.rows.length - 1), WIDTH - 1, { extend: true }); }
  else return false;
  return true;
};
const plainKey = (event) => {
  const { key } = event;
  if (key === "Tab") {
    if (grid.leaving || (event.shiftKey && !grid.active.row && !grid.active.column)) return false;
    along(event.shiftKey ? -1 : 1);
  } else if (key === "Enter") step(event.shiftKey ? -1 : 1, 0);
  else if (key === "Escape") { if (grid.editing) show(); else grid.leaving = true; }
  else if (key === "F2") begin("caret");
  else if (key === "F8") { commit(); next(); }
  else if (key in MOVES && !(grid.editing === "caret" && /Left|Right/.test(key)) && !(grid.editing && input.hasAttribute("list") && /Up|Down/.test(key))) {
    step(...MOVES[key](), event.shiftKey && !grid.editing);
  } else if (grid.editing) return false;
  else if (key === "Delete" || key === "Backspace") { clear(); show(); }
  else if (key === "Home" || key === "End") go(grid.active.row, key === "Home" ? 0 : WIDTH - 1, { extend: event.shiftKey });
  else return false;
  return true;
};
input.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || event.altKey) return;
  if (grid.busy && event.key !== "Tab") return event.preventDefault();
  if (event.ctrlKey || event.metaKey ? withControl(event) : plainKey(event)) event.preventDefault();
});
input.addEventListener("compositionstart", () => { if (!grid.editing) begin("typed"); });
input.addEventListener("input", () => { if (!grid.editing) begin("typed"); });
input.addEventListener("dblclick", () => begin("caret"));
input.addEventListener("blur", commit);
input.addEventListener("focus", () => { if (!grid.editing) input.select(); });
