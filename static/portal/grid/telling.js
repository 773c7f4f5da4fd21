// What is said to the clerk beside the table: a sentence with a way out, and how far the draft is kept.
import { box, grid, place, root } from "./model.js";

export const button = (words, act, kind = "small") => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `button ${kind}`;
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
};
export const alertBox = (words, plain, offer) => {
  const shown = place("alert");
  shown.hidden = !words;
  shown.className = plain ? "grid-alert plain" : "grid-alert";
  shown.replaceChildren(words);
  if (offer) shown.append(button(offer[0], offer[1]));
};
export const warn = (words, offer = null) => alertBox(words, false, offer);
export const state = (saved) => {
  const shown = place("state");
  const unsent = grid.waiting.length > 0 || grid.flight !== null;
  shown.classList.toggle("waiting", Boolean(grid.broken));
  if (saved !== undefined) shown.dataset.saved = saved ? `草稿已存：${saved}` : "";
  shown.textContent = grid.saving ? "正在保存到清册…" : grid.busy ? "正在读取…" : grid.broken || (unsent ? "正在存草稿…" : shown.dataset.saved || "没有改动");
  box.setAttribute("aria-busy", String(grid.busy || grid.saving));
  root.querySelector('[data-act="save"]').setAttribute("aria-disabled", String(grid.busy || grid.saving));
};
