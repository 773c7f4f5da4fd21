// The clerk's word: all rows into the roster, or what keeps them out.
import { grid, root } from "./model.js";
import { commit } from "./editing.js";
import { next } from "./problems.js";
import { state, warn } from "./telling.js";
import { ask, judge, settle } from "./wire.js";

export const save = async (order = {}) => {
  commit();
  if (grid.saving || grid.busy) return;
  grid.saving = true;
  state();
  try {
    if (!(await settle())) return;
    const sent = grid.rows;
    const { data, refused, lost } = await ask(root.dataset.save, { ...order, token: grid.token });
    if (lost) return warn(`没有保存：${lost}`);
    if (refused) return refusedToSave(refused, order);
    if (data.done) {
      grid.past.length = 0;
      location.assign(data.done);
      return;
    }
    judge(data.check, sent, null);
    const offer = data.check.good ? [`只保存没有错误的${data.check.good.toLocaleString()}行`, () => save({ ...order, good: true })] : null;
    warn(`还有${data.check.bad.toLocaleString()}行有错误，没有保存。请改正标红的单元格后再保存。`, offer);
    next();
  } finally {
    grid.saving = false;
    state();
  }
};
const refusedToSave = (refused, order) => {
  if (refused.code === "rosters.grid_lines") {
    return warn(refused.message, ["以表格为准保存", () => save({ ...order, over: true })]);
  }
  return warn(refused.message, refused.code === "rosters.grid_stale" ? ["重新载入", () => location.reload()] : null);
};
export const check = async () => {
  commit();
  if (grid.busy || !(await settle())) return;
  const sent = grid.rows;
  const { data, refused, lost } = await ask(root.dataset.check, {});
  if (data) judge(data.check, sent, null);
  else warn(refused?.message || lost);
};
