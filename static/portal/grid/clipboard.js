// Taken out as the table shows it, put in as one cell or as a table that the server reads like a file.
import { grid, input, range, seen } from "./model.js";
import { clear, write } from "./changing.js";
import { show } from "./drawing.js";
import { state } from "./telling.js";
import { keep, send, settle, uid } from "./wire.js";

const copy = (event) => {
  if (grid.editing) return;
  const { top, bottom, left, right } = range();
  const lines = [];
  for (let row = top; row <= Math.min(bottom, grid.rows.length - 1); row += 1) {
    const texts = [];
    for (let column = left; column <= right; column += 1) texts.push(seen(row, column));
    lines.push(texts.join("\t"));
  }
  event.clipboardData.setData("text/plain", lines.join("\r\n"));
  event.preventDefault();
  if (event.type === "cut") { clear(); show(); }
};
input.addEventListener("copy", copy);
input.addEventListener("cut", copy);
input.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text/plain");
  const table_ = /[\t\r\n]/.test(text.replace(/[\r\n]+$/, ""));
  if (grid.editing && !table_) return;
  event.preventDefault();
  if (grid.busy || !text) return;
  if (table_) return pasteTable(text);
  const { top, bottom, left, right } = range();
  const edits = {};
  for (let row = top; row <= bottom; row += 1) {
    edits[row] = {};
    for (let column = left; column <= right; column += 1) edits[row][column] = text.trim();
  }
  write(edits);
  show();
});
// The server reads a table as it reads a file: titles, spelling, totals. Until it answers nothing else is typed.
const pasteTable = async (text) => {
  show();
  const { top, left } = range();
  if (!(await settle())) return;
  grid.busy = true;
  grid.flight = { change: uid(), text, row: top, column: left };
  keep();
  state();
  await send();
};
