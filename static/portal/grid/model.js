// The rows of the grid and where the clerk is in them; what every other part looks at. No part but this knows the page's
// columns, and none keeps rows of its own.
export const root = document.getElementById("grid");
export const MOST = Number(root.dataset.most);
export const place = (name) => root.querySelector(`[data-place="${name}"]`);
export const box = place("box");
export const table = box.querySelector("table");
export const body = table.tBodies[0];
export const input = box.querySelector("input");
export const heads = [...table.tHead.querySelectorAll("th[data-key]")];
export const columns = heads.map((head) => ({
  key: head.dataset.key,
  title: head.firstChild.textContent.trim(),
  numeric: "numeric" in head.dataset,
}));
export const WIDTH = columns.length;
export const PERSON = WIDTH;
const at = (key) => columns.findIndex((column) => column.key === key);
export const [ID, TIER, UNIT, AMOUNT, QUANTITY] = ["id_number", "tier", "unit", "amount", "quantity"].map(at);
const FOLLOW = new Set([TIER, UNIT, AMOUNT]);

// rows: each with its texts, what is wrong by column, what the standards and the register put into empty cells.
// waiting: what is not sent; flight: what is sent and not confirmed, with a name by which the server knows it again.
export const grid = {
  rows: [],
  token: "",
  active: { row: 0, column: 0 },
  anchor: { row: 0, column: 0 },
  editing: "",
  busy: true,
  leaving: false,
  saving: false,
  past: [],
  future: [],
  waiting: [],
  flight: null,
  broken: "",
};

export const fresh = (cells, old) => {
  const row = { cells, notes: null, shown: {}, dirty: true };
  if (!old) return row;
  const changed = cells.map((cell, column) => cell !== old.cells[column]);
  row.shown = { ...old.shown };
  if (changed[QUANTITY] || changed[TIER] || changed[UNIT] || changed[ID]) FOLLOW.forEach((column) => delete row.shown[column]);
  for (const [column, note] of Object.entries(old.notes || {})) {
    if (!changed[column]) row.notes = { ...row.notes, [column]: note };
  }
  return row;
};
export const cell = (row, column) => grid.rows[row]?.cells[column] ?? "";
export const seen = (row, column) => cell(row, column) || grid.rows[row]?.shown[column] || "";
export const note = (row, column) => grid.rows[row]?.notes?.[column];
export const apply = (splices) => {
  const back = [];
  for (const [index, removed, added] of splices) {
    const olds = grid.rows.slice(index, index + removed);
    const news = added.map((cells, number) => fresh([...cells], removed === added.length ? olds[number] : null));
    grid.rows = [...grid.rows.slice(0, index), ...news, ...grid.rows.slice(index + removed)];
    back.unshift([index, added.length, olds.map((row) => row.cells)]);
  }
  return back;
};
export const range = () => ({
  top: Math.min(grid.active.row, grid.anchor.row), bottom: Math.max(grid.active.row, grid.anchor.row),
  left: Math.min(grid.active.column, grid.anchor.column), right: Math.max(grid.active.column, grid.anchor.column),
});
export const problems = (indices) => indices.flatMap((row) =>
  Object.entries(grid.rows[row].notes || {}).map(([column, found]) => ({ row, column: Number(column), ...found })));

// Whoever draws hears of it: rows that changed, the active cell elsewhere.
const listeners = { changed: [], moved: [] };
export const when = (what, act) => listeners[what].push(act);
export const changed = () => listeners.changed.forEach((act) => act());
export const go = (row, column, { extend = false, focus = true } = {}) => {
  grid.active = { row: Math.max(0, Math.min(row, grid.rows.length)), column: Math.max(0, Math.min(column, WIDTH - 1)) };
  if (!extend) grid.anchor = { ...grid.active };
  grid.leaving = false;
  listeners.moved.forEach((act) => act(focus));
};
