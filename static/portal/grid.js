// The grid of a roster: rows typed or pasted, kept as a draft, saved in one request. No dependencies. What follows is
// coming and going; the other parts lie in grid/.
import { apply, changed, fresh, go, grid, root } from "./grid/model.js";
import "./grid/clipboard.js";
import "./grid/keys.js";
import "./grid/mouse.js";
import { commit } from "./grid/editing.js";
import { state, warn } from "./grid/telling.js";
import { ask, judge, keep, pause, send, stored, takeOff, took } from "./grid/wire.js";

window.addEventListener("pagehide", () => {
  commit();
  pause();
  takeOff();
  if (grid.flight && !("text" in grid.flight)) ask(root.dataset.change, { ...grid.flight, token: grid.token, rows: [] }, { keepalive: true });
});
window.addEventListener("beforeunload", (event) => { if (grid.broken) event.preventDefault(); });
const resume = (data, before) => {
  if (!before) return;
  const arrived = before.flight && before.flight.change === data.change;
  if (!arrived && before.token !== data.token) {
    keep();
    return warn("这张表格已在别处改动，本页上次没有存上的改动不再套用，请核对。");
  }
  if (before.flight && !arrived) {
    grid.flight = before.flight;
    if ("text" in grid.flight) grid.busy = true;
    else apply(grid.flight.splices);
  }
  grid.waiting = before.waiting;
  apply(grid.waiting);
};
const open = async () => {
  root.hidden = false;
  state();
  const { data, refused, lost } = await ask(root.dataset.rows, null, { cache: "no-store" });
  if (!data) return warn(refused?.message || lost, ["重新载入", () => location.reload()]);
  grid.busy = false;
  grid.rows = data.rows.map((cells) => fresh(cells));
  took(data);
  judge(data.check, grid.rows, null);
  resume(data, stored());
  go(0, 0, { focus: false });
  changed();
  state(data.saved);
  if (grid.flight || grid.waiting.length) send();
};
open();
