// Talking with the server. What it has not confirmed lies in sessionStorage: a reload loses nothing, and nothing stays on
// the computer when the tab is closed.
import { apply, changed, fresh, go, grid, place, problems, root } from "./model.js";
import { alertBox, state, warn } from "./telling.js";

const PAUSE_MS = 500;
const RETRY_MS = 5000;
const STORE = `grid:${root.dataset.roster}`;
const headers = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
let timer = 0;

export const keep = () => {
  try {
    if (!grid.waiting.length && !grid.flight) sessionStorage.removeItem(STORE);
    else sessionStorage.setItem(STORE, JSON.stringify({ token: grid.token, waiting: grid.waiting, flight: grid.flight }));
  } catch { /* Full or forbidden: the server still hears of it in a moment. */ }
};
export const pause = () => clearTimeout(timer);
export const enqueue = (splices) => {
  grid.waiting.push(...splices);
  keep();
  pause();
  timer = setTimeout(send, PAUSE_MS);
  state();
};
export const ask = async (url, order, more = {}) => {
  let answer;
  try {
    answer = await fetch(url, {
      method: order ? "POST" : "GET",
      headers: { "Content-Type": "application/json", ...headers },
      body: order && JSON.stringify(order),
      ...more,
    });
  } catch {
    return { lost: "没有连上服务器，改动暂存在本页，连上后会自动再存。" };
  }
  if (!(answer.headers.get("Content-Type") || "").includes("json")) {
    if (answer.redirected) return { lost: "登录已失效，改动暂存在本页。请在另一个窗口登录，再回到这里。" };
    return answer.status === 404 || answer.status === 403
      ? { refused: { code: "", message: "这张清册现在不能编辑了。" } }
      : { lost: "服务器暂时没有答复，改动暂存在本页，稍后会自动再存。" };
  }
  const data = await answer.json();
  return answer.ok ? { data } : { refused: data };
};
export const uid = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
export const takeOff = () => {
  if (grid.flight || !grid.waiting.length) return;
  grid.flight = { change: uid(), splices: grid.waiting };
  grid.waiting = [];
  keep();
};
let sending = null;
export const send = () => {
  pause();
  sending ||= carry().finally(() => { sending = null; });
  return sending;
};
const carry = async () => {
  for (takeOff(); grid.flight; takeOff()) {
    const pasted = "text" in grid.flight;
    const sent = grid.rows;
    const asked = grid.rows.map((row, index) => (row.dirty ? index : -1)).filter((index) => index >= 0);
    const { data, refused, lost } = await ask(pasted ? root.dataset.paste : root.dataset.change, { ...grid.flight, token: grid.token, rows: asked });
    if (lost) {
      grid.broken = lost;
      timer = setTimeout(send, RETRY_MS);
      if (pasted) warn(`粘贴的内容还没有送到。${lost}`, ["放弃这次粘贴", giveUp]);
      return state();
    }
    grid.broken = "";
    if (refused) {
      grid.flight = null;
      return refuse(refused, pasted);
    }
    grid.flight = null;
    took(data);
    keep();
    if (pasted) landed(data);
    else if (data.check) judge(data.check, sent, data.alone);
    state(data.saved);
  }
};
const giveUp = () => {
  pause();
  grid.flight = null;
  grid.busy = false;
  grid.broken = "";
  keep();
  warn("");
  state();
};
export const took = (data) => {
  grid.token = data.token;
  place("drop").hidden = !data.saved;
};
const refuse = (refused, pasted) => {
  grid.busy = false;
  if (pasted) {
    keep();
    warn(refused.message);
  } else {
    grid.waiting = [];
    keep();
    warn(refused.message, ["重新载入", () => location.reload()]);
  }
  state();
};
const landed = (data) => {
  grid.busy = false;
  if (data.splice) grid.past.push(apply([data.splice]));
  else grid.rows = data.rows.map((cells) => fresh(cells));
  grid.future.length = 0;
  judge(data.check, grid.rows, null);
  if (data.told) {
    warn("");
    alertBox(data.told.join(""), true);
  }
  if (data.splice) {
    go(data.splice[0], 0);
    const first = problems(grid.rows.map((_, index) => index))[0];
    if (first) go(first.row, first.column);
  }
};
// What the server found, on the rows as they were when it was asked; a row that changed since is asked about again.
export const judge = (check, sent, alone) => {
  for (const index of alone || sent.keys()) {
    if (sent[index]) Object.assign(sent[index], { notes: null, shown: {}, dirty: false });
  }
  for (const [index, column, rule, message, fix, drop] of check.notes) {
    const row = sent[index];
    if (row) row.notes = { ...row.notes, [column]: row.notes?.[column] || { rule, message, fix, drop } };
  }
  for (const [index, shown] of check.shown) if (sent[index]) sent[index].shown = shown;
  changed();
};
export const settle = async () => {
  await send();
  return !grid.waiting.length && !grid.flight && !grid.broken;
};
export const stored = () => {
  try {
    return JSON.parse(sessionStorage.getItem(STORE) || "null");
  } catch {
    return null;
  }
};
