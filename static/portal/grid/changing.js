// Every change is a list of splices [index, rows out, rows in], here and for the server; undoing is the list that leads
// back.
import { ID, MOST, PERSON, WIDTH, apply, changed, go, grid, range } from "./model.js";
import { warn } from "./telling.js";
import { enqueue } from "./wire.js";

export const change = (splices) => {
  if (!splices.length || grid.busy) return;
  const growth = splices.reduce((sum, [, removed, added]) => sum + added.length - removed, 0);
  if (grid.rows.length + growth > MOST) return warn(`在线表格最多${MOST.toLocaleString()}行。行数更多的，请用“从文件导入”。`);
  grid.past.push(apply(splices));
  grid.future.length = 0;
  enqueue(splices);
  changed();
};
export const travel = (from, to) => {
  const splices = from.pop();
  if (!splices || grid.busy) return;
  to.push(apply(splices));
  enqueue(splices);
  go(Math.min(splices[0][0], grid.rows.length), grid.active.column);
  changed();
};
// Texts by place: { row: { column: text } }; a row beyond the last is added.
export const write = (edits) => {
  const splices = [];
  for (const key of Object.keys(edits).map(Number).sort((a, b) => a - b)) {
    const old = grid.rows[key];
    const cells = old ? [...old.cells] : Array(WIDTH + 1).fill("");
    for (const [column, text] of Object.entries(edits[key])) cells[column] = text;
    if (old && cells[ID] !== old.cells[ID]) cells[PERSON] = "";
    if (!old || cells.some((text, column) => text !== old.cells[column])) splices.push([key, old ? 1 : 0, [cells]]);
  }
  change(splices);
};
export const clear = () => {
  const { top, bottom, left, right } = range();
  const edits = {};
  for (let row = top; row <= Math.min(bottom, grid.rows.length - 1); row += 1) {
    edits[row] = {};
    for (let column = left; column <= right; column += 1) edits[row][column] = "";
  }
  write(edits);
};
