// The mouse, and the buttons above the table.
import { WIDTH, body, box, go, grid, range, root } from "./model.js";
import { change, travel } from "./changing.js";
import { redraw } from "./drawing.js";
import { commit } from "./editing.js";
import { next } from "./problems.js";
import { check, save } from "./saving.js";

const placeOf = (event) => {
  const line = event.target.closest?.("tr[data-row]");
  if (!line || !body.contains(line)) return null;
  const column = event.target.closest("td")?.dataset.column;
  return { row: Number(line.dataset.row), column: column === undefined ? null : Number(column) };
};
let dragging = false;
box.addEventListener("mousedown", (event) => {
  const found = event.button === 0 && placeOf(event);
  if (!found) return;
  event.preventDefault();
  commit();
  if (found.column === null) {
    go(found.row, 0, { extend: event.shiftKey });
    grid.anchor = { row: event.shiftKey ? grid.anchor.row : found.row, column: WIDTH - 1 };
    return redraw();
  }
  dragging = true;
  go(found.row, found.column, { extend: event.shiftKey });
});
box.addEventListener("mousemove", (event) => {
  const found = dragging && placeOf(event);
  if (found && found.column !== null && (found.row !== grid.active.row || found.column !== grid.active.column)) {
    go(found.row, found.column, { extend: true });
  }
});
window.addEventListener("mouseup", () => { dragging = false; });
box.addEventListener("scroll", redraw, { passive: true });
window.addEventListener("resize", redraw);
const insert = () => {
  commit();
  change([[Math.min(grid.active.row, grid.rows.length), 0, [Array(WIDTH + 1).fill("")]]]);
  go(grid.active.row, grid.active.column);
};
const remove = () => {
  commit();
  const { top, bottom } = range();
  const last = Math.min(bottom, grid.rows.length - 1);
  if (last >= top) change([[top, last - top + 1, []]]);
  go(top, grid.active.column);
};
const ACTS = { save: () => save(), check, next: () => { commit(); next(); }, undo: () => travel(grid.past, grid.future), redo: () => travel(grid.future, grid.past), insert, remove };
root.addEventListener("click", (event) => {
  const act = event.target.closest("button[data-act]")?.dataset.act;
  if (act) ACTS[act]();
});
