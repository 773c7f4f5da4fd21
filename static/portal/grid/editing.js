// Typing into a cell, and leaving it.
import { TIER, WIDTH, cell, go, grid, input } from "./model.js";
import { write } from "./changing.js";

export const begin = (how) => {
  if (grid.busy) return;
  grid.editing = how;
  grid.leaving = false;
  if (grid.active.column === TIER) input.setAttribute("list", "grid-tiers");
  if (how === "caret") input.setSelectionRange(input.value.length, input.value.length);
};
export const commit = () => {
  if (!grid.editing) return;
  const text = input.value.trim();
  grid.editing = "";
  if (text !== cell(grid.active.row, grid.active.column)) write({ [grid.active.row]: { [grid.active.column]: text } });
};
export const step = (row, column, extend = false) => {
  commit();
  go(grid.active.row + row, grid.active.column + column, { extend });
};
export const along = (by) => {
  commit();
  const place_ = grid.active.row * WIDTH + grid.active.column + by;
  if (place_ >= 0) go(Math.floor(place_ / WIDTH), place_ % WIDTH);
};
