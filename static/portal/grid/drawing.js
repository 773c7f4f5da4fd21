// Only the rows in sight are in the page. One input lies over the active cell and has the focus, so that an input method
// for Chinese composes where it should.
import { WIDTH, body, box, cell, columns, grid, heads, input, note, place, range, root, table, when } from "./model.js";
import { count, listProblems, mend } from "./problems.js";
import { button } from "./telling.js";

export const HEIGHT = 30;
const BEYOND = 8;

const element = (tag, name, text) => {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
};
const spacer = (height) => {
  const line = element("tr");
  const space = element("td", "grid-space");
  space.colSpan = WIDTH + 1;
  line.style.height = space.style.height = `${height}px`;
  line.setAttribute("aria-hidden", "true");
  line.append(space);
  return line;
};
const drawRow = (index, chosen) => {
  const line = element("tr");
  line.setAttribute("aria-rowindex", String(index + 2));
  line.dataset.row = String(index);
  const wrong = grid.rows[index]?.notes;
  const number = element("th", wrong ? "grid-number wrong" : "grid-number", index < grid.rows.length ? `${wrong ? "!" : ""}${index + 1}` : "新");
  number.scope = "row";
  line.append(number);
  const within = index >= chosen.top && index <= chosen.bottom;
  for (let column = 0; column < WIDTH; column += 1) {
    const typed = cell(index, column);
    const made = element("td", "", typed || grid.rows[index]?.shown[column] || "");
    made.dataset.column = String(column);
    const fault = wrong?.[column];
    if (columns[column].numeric) made.classList.add("num");
    if (!typed && made.textContent) made.classList.add("shown");
    if (within && column >= chosen.left && column <= chosen.right) made.classList.add("chosen");
    if (fault) {
      made.classList.add("bad");
      made.title = fault.message;
      made.setAttribute("aria-invalid", "true");
    }
    line.append(made);
  }
  return line;
};
const draw = () => {
  const total = grid.rows.length + 1;
  const first = Math.max(0, Math.min(total - 1, Math.floor(box.scrollTop / HEIGHT)) - BEYOND);
  const last = Math.min(total, Math.ceil((box.scrollTop + box.clientHeight) / HEIGHT) + BEYOND);
  const chosen = range();
  const lines = [spacer(first * HEIGHT)];
  for (let index = first; index < last; index += 1) lines.push(drawRow(index, chosen));
  lines.push(spacer((total - last) * HEIGHT));
  body.replaceChildren(...lines);
  table.setAttribute("aria-rowcount", String(total + 1));
  putInput();
};
let drawing = 0;
export const redraw = () => {
  cancelAnimationFrame(drawing);
  drawing = requestAnimationFrame(draw);
};
const refresh = () => {
  count();
  listProblems();
  redraw();
  speak();
  root.querySelector('[data-act="undo"]').disabled = !grid.past.length;
  root.querySelector('[data-act="redo"]').disabled = !grid.future.length;
};
const putInput = () => {
  const head = heads[grid.active.column];
  input.hidden = false;
  input.style.left = `${head.offsetLeft}px`;
  input.style.width = `${head.offsetWidth}px`;
  input.style.top = `${table.tHead.offsetHeight + grid.active.row * HEIGHT - 1}px`;
  input.classList.toggle("num", columns[grid.active.column].numeric);
};
const speak = () => {
  const found = note(grid.active.row, grid.active.column);
  const where = `第${grid.active.row + 1}行 ${columns[grid.active.column].title}`;
  input.setAttribute("aria-label", where);
  input.setAttribute("aria-invalid", String(Boolean(found)));
  const say = place("say");
  say.classList.toggle("bad", Boolean(found));
  say.replaceChildren(found ? `${where}：${found.message}` : where);
  if (found?.drop) say.append(button("删除这一行", () => mend([{ row: grid.active.row, column: grid.active.column, ...found }])));
  else if (found && found.fix !== null) {
    say.append(button(found.fix ? `改为“${found.fix}”` : "清空这一格", () => mend([{ row: grid.active.row, column: grid.active.column, ...found }])));
  }
};
// Brings the active cell into sight, below the titles and right of the numbers.
const reveal = () => {
  const head = heads[grid.active.column];
  const top = grid.active.row * HEIGHT;
  const room = box.clientHeight - table.tHead.offsetHeight - 4;
  const numbers = table.tHead.rows[0].cells[0].offsetWidth;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + HEIGHT > box.scrollTop + room) box.scrollTop = top + HEIGHT - room;
  if (head.offsetLeft - numbers < box.scrollLeft) box.scrollLeft = head.offsetLeft - numbers;
  else if (head.offsetLeft + head.offsetWidth > box.scrollLeft + box.clientWidth) {
    box.scrollLeft = head.offsetLeft + head.offsetWidth - box.clientWidth;
  }
};
export const show = () => {
  grid.editing = "";
  input.removeAttribute("list");
  input.value = cell(grid.active.row, grid.active.column);
  input.placeholder = grid.rows[grid.active.row]?.shown[grid.active.column] || "";
  if (document.activeElement === input) input.select();
};
// Where the clerk goes the input follows.
const follow = (focus) => {
  reveal();
  putInput();
  if (focus) input.focus({ preventScroll: true });
  show();
  speak();
  redraw();
};
when("changed", refresh);
when("moved", follow);
