// The grid of a roster: rows typed or pasted, kept as a draft, saved in one request. No dependencies.
//
// Only the rows in sight are in the page. One input lies over the active cell and has the focus, so that an input method
// for Chinese composes where it should. Every change is a list of splices [index, rows out, rows in], locally and for
// the server; undoing is the list that leads back. What the server has not confirmed lies in sessionStorage: a reload
// loses nothing, and nothing stays on the computer when the tab is closed.
(() => {
  "use strict";
  const root = document.getElementById("grid");
  if (!root) return;

  const HEIGHT = 30;
  const BEYOND = 8;
  const PAUSE_MS = 500;
  const RETRY_MS = 5000;
  const GROUPS = 8;
  const MOST = Number(root.dataset.most);
  const place = (name) => root.querySelector(`[data-place="${name}"]`);
  const box = place("box");
  const table = box.querySelector("table");
  const body = table.tBodies[0];
  const input = box.querySelector("input");
  const heads = [...table.tHead.querySelectorAll("th[data-key]")];
  const columns = heads.map((head) => ({
    key: head.dataset.key,
    title: head.firstChild.textContent.trim(),
    numeric: "numeric" in head.dataset,
  }));
  const WIDTH = columns.length;
  const PERSON = WIDTH;
  const at = (key) => columns.findIndex((column) => column.key === key);
  const [ID, TIER, UNIT, AMOUNT, QUANTITY] = ["id_number", "tier", "unit", "amount", "quantity"].map(at);
  const FOLLOW = new Set([TIER, UNIT, AMOUNT]);
  const STORE = `grid:${root.dataset.roster}`;
  const headers = JSON.parse(document.body.getAttribute("hx-headers") || "{}");

  // A row: its texts, what is wrong by column, what the standards and the register put into empty cells.
  let rows = [];
  let token = "";
  let active = { row: 0, column: 0 };
  let anchor = { row: 0, column: 0 };
  let editing = "";
  let busy = true;
  let leaving = false;
  const past = [];
  const future = [];

  const fresh = (cells, old) => {
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
  const cell = (row, column) => rows[row]?.cells[column] ?? "";
  const seen = (row, column) => cell(row, column) || rows[row]?.shown[column] || "";
  const note = (row, column) => rows[row]?.notes?.[column];

  // --- Changing -------------------------------------------------------------------------------------------------------
  const apply = (splices) => {
    const back = [];
    for (const [index, removed, added] of splices) {
      const olds = rows.slice(index, index + removed);
      const news = added.map((cells, number) => fresh([...cells], removed === added.length ? olds[number] : null));
      rows = [...rows.slice(0, index), ...news, ...rows.slice(index + removed)];
      back.unshift([index, added.length, olds.map((row) => row.cells)]);
    }
    return back;
  };
  const change = (splices) => {
    if (!splices.length || busy) return;
    const growth = splices.reduce((sum, [, removed, added]) => sum + added.length - removed, 0);
    if (rows.length + growth > MOST) return warn(`在线表格最多${MOST.toLocaleString()}行。行数更多的，请用“从文件导入”。`);
    past.push(apply(splices));
    future.length = 0;
    enqueue(splices);
    refresh();
  };
  const travel = (from, to) => {
    const splices = from.pop();
    if (!splices || busy) return;
    to.push(apply(splices));
    enqueue(splices);
    go(Math.min(splices[0][0], rows.length), active.column);
    refresh();
  };
  // Texts by place: { row: { column: text } }; a row beyond the last is added.
  const write = (edits) => {
    const splices = [];
    for (const key of Object.keys(edits).map(Number).sort((a, b) => a - b)) {
      const old = rows[key];
      const cells = old ? [...old.cells] : Array(WIDTH + 1).fill("");
      for (const [column, text] of Object.entries(edits[key])) cells[column] = text;
      if (old && cells[ID] !== old.cells[ID]) cells[PERSON] = "";
      if (!old || cells.some((text, column) => text !== old.cells[column])) splices.push([key, old ? 1 : 0, [cells]]);
    }
    change(splices);
  };
  const range = () => ({
    top: Math.min(active.row, anchor.row), bottom: Math.max(active.row, anchor.row),
    left: Math.min(active.column, anchor.column), right: Math.max(active.column, anchor.column),
  });
  const clear = () => {
    const { top, bottom, left, right } = range();
    const edits = {};
    for (let row = top; row <= Math.min(bottom, rows.length - 1); row += 1) {
      edits[row] = {};
      for (let column = left; column <= right; column += 1) edits[row][column] = "";
    }
    write(edits);
  };

  // --- Talking with the server ----------------------------------------------------------------------------------------
  // waiting: what is not sent; flight: what is sent and not confirmed, with a name by which the server knows it again.
  let waiting = [];
  let flight = null;
  let timer = 0;
  let broken = "";
  const keep = () => {
    try {
      if (!waiting.length && !flight) sessionStorage.removeItem(STORE);
      else sessionStorage.setItem(STORE, JSON.stringify({ token, waiting, flight }));
    } catch { /* Full or forbidden: the server still hears of it in a moment. */ }
  };
  const enqueue = (splices) => {
    waiting.push(...splices);
    keep();
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE_MS);
    state();
  };
  const ask = async (url, order, more = {}) => {
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
  const uid = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const takeOff = () => {
    if (flight || !waiting.length) return;
    flight = { change: uid(), splices: waiting };
    waiting = [];
    keep();
  };
  let sending = null;
  const send = () => {
    clearTimeout(timer);
    sending ||= carry().finally(() => { sending = null; });
    return sending;
  };
  const carry = async () => {
    for (takeOff(); flight; takeOff()) {
      const pasted = "text" in flight;
      const sent = rows;
      const asked = rows.map((row, index) => (row.dirty ? index : -1)).filter((index) => index >= 0);
      const { data, refused, lost } = await ask(pasted ? root.dataset.paste : root.dataset.change, { ...flight, token, rows: asked });
      if (lost) {
        broken = lost;
        timer = setTimeout(send, RETRY_MS);
        if (pasted) warn(`粘贴的内容还没有送到。${lost}`, ["放弃这次粘贴", giveUp]);
        return state();
      }
      broken = "";
      if (refused) {
        flight = null;
        return refuse(refused, pasted);
      }
      flight = null;
      took(data);
      keep();
      if (pasted) landed(data);
      else if (data.check) judge(data.check, sent, data.alone);
      state(data.saved);
    }
  };
  const giveUp = () => {
    clearTimeout(timer);
    flight = null;
    busy = false;
    broken = "";
    keep();
    warn("");
    state();
  };
  const took = (data) => {
    token = data.token;
    place("drop").hidden = !data.saved;
  };
  const refuse = (refused, pasted) => {
    busy = false;
    if (pasted) {
      keep();
      warn(refused.message);
    } else {
      waiting = [];
      keep();
      warn(refused.message, ["重新载入", () => location.reload()]);
    }
    state();
  };
  const landed = (data) => {
    busy = false;
    if (data.splice) past.push(apply([data.splice]));
    else rows = data.rows.map((cells) => fresh(cells));
    future.length = 0;
    judge(data.check, rows, null);
    if (data.told) {
      warn("");
      alertBox(data.told.join(""), true);
    }
    if (data.splice) {
      go(data.splice[0], 0);
      const first = problems(rows.map((_, index) => index))[0];
      if (first) go(first.row, first.column);
    }
  };
  // What the server found, on the rows as they were when it was asked; a row that changed since is asked about again.
  const judge = (check, sent, alone) => {
    for (const index of alone || sent.keys()) {
      if (sent[index]) Object.assign(sent[index], { notes: null, shown: {}, dirty: false });
    }
    for (const [index, column, rule, message, fix, drop] of check.notes) {
      const row = sent[index];
      if (row) row.notes = { ...row.notes, [column]: row.notes?.[column] || { rule, message, fix, drop } };
    }
    for (const [index, shown] of check.shown) if (sent[index]) sent[index].shown = shown;
    refresh();
  };
  const settle = async () => {
    await send();
    return !waiting.length && !flight && !broken;
  };

  // --- Saving ---------------------------------------------------------------------------------------------------------
  let saving = false;
  const save = async (order = {}) => {
    commit();
    if (saving || busy) return;
    saving = true;
    state();
    try {
      if (!(await settle())) return;
      const sent = rows;
      const { data, refused, lost } = await ask(root.dataset.save, { ...order, token });
      if (lost) return warn(`没有保存：${lost}`);
      if (refused) return refusedToSave(refused, order);
      if (data.done) {
        past.length = 0;
        location.assign(data.done);
        return;
      }
      judge(data.check, sent, null);
      const offer = data.check.good ? [`只保存没有错误的${data.check.good.toLocaleString()}行`, () => save({ ...order, good: true })] : null;
      warn(`还有${data.check.bad.toLocaleString()}行有错误，没有保存。请改正标红的单元格后再保存。`, offer);
      next();
    } finally {
      saving = false;
      state();
    }
  };
  const refusedToSave = (refused, order) => {
    if (refused.code === "rosters.grid_lines") {
      return warn(refused.message, ["以表格为准保存", () => save({ ...order, over: true })]);
    }
    return warn(refused.message, refused.code === "rosters.grid_stale" ? ["重新载入", () => location.reload()] : null);
  };
  const check = async () => {
    commit();
    if (busy || !(await settle())) return;
    const sent = rows;
    const { data, refused, lost } = await ask(root.dataset.check, {});
    if (data) judge(data.check, sent, null);
    else warn(refused?.message || lost);
  };

  // --- Problems -------------------------------------------------------------------------------------------------------
  const problems = (indices) => indices.flatMap((row) =>
    Object.entries(rows[row].notes || {}).map(([column, found]) => ({ row, column: Number(column), ...found })));
  const next = () => {
    const all = problems([...rows.keys()]);
    const place_ = (one) => one.row * WIDTH + one.column;
    const here = place_(active);
    const found = all.find((one) => place_(one) > here) || all[0];
    if (found) go(found.row, found.column);
  };
  const mend = (list) => {
    const edits = {};
    const drops = new Set();
    for (const one of list) {
      if (one.drop) drops.add(one.row);
      else if (one.fix !== null) edits[one.row] = { ...edits[one.row], [one.column]: one.fix };
    }
    if (drops.size) change([...drops].sort((a, b) => b - a).map((row) => [row, 1, []]));
    else write(edits);
    go(Math.min(active.row, rows.length), active.column);
  };
  const button = (words, act, kind = "small") => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = `button ${kind}`;
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  };
  const listProblems = () => {
    const groups = new Map();
    for (const one of problems([...rows.keys()])) {
      const key = `${one.rule} ${one.column}`;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(one);
    }
    const panel = place("problems");
    panel.hidden = !groups.size;
    const list = panel.querySelector("ul");
    list.replaceChildren();
    for (const group of [...groups.values()].sort((a, b) => b.length - a.length).slice(0, GROUPS)) {
      const [first] = group;
      const item = document.createElement("li");
      const words = document.createElement("span");
      const which = group.length > 1 ? `${group.length.toLocaleString()}处，如第${first.row + 1}行：` : `第${first.row + 1}行：`;
      words.textContent = `${columns[first.column].title} ${which}${first.message}`;
      item.append(words, button("去看", () => go(first.row, first.column)));
      const able = group.filter((one) => one.drop || one.fix !== null);
      if (able.length) item.append(button(first.drop ? `删除这${able.length.toLocaleString()}行` : `按建议改正${able.length.toLocaleString()}处`, () => mend(able)));
      list.append(item);
    }
  };
  const fen = (text) => (/^\d+(\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * 100) : 0);
  const yuan = (sum) => `¥${Math.floor(sum / 100).toLocaleString("en-US")}.${String(sum % 100).padStart(2, "0")}`;
  const count = () => {
    const bad = rows.filter((row) => row.notes).length;
    place("rows").textContent = rows.length.toLocaleString();
    place("bad").textContent = bad.toLocaleString();
    place("bad-box").className = bad ? "bad" : "";
    const sum = rows.reduce((all, row, index) => all + (row.notes ? 0 : fen(seen(index, AMOUNT))), 0);
    place("sum").textContent = yuan(sum);
  };
  const alertBox = (words, plain, offer) => {
    const shown = place("alert");
    shown.hidden = !words;
    shown.className = plain ? "grid-alert plain" : "grid-alert";
    shown.replaceChildren(words);
    if (offer) shown.append(button(offer[0], offer[1]));
  };
  const warn = (words, offer = null) => alertBox(words, false, offer);
  const state = (saved) => {
    const shown = place("state");
    const unsent = waiting.length > 0 || flight !== null;
    shown.classList.toggle("waiting", Boolean(broken));
    if (saved !== undefined) shown.dataset.saved = saved ? `草稿已存：${saved}` : "";
    shown.textContent = saving ? "正在保存到清册…" : busy ? "正在读取…" : broken || (unsent ? "正在存草稿…" : shown.dataset.saved || "没有改动");
    box.setAttribute("aria-busy", String(busy || saving));
    root.querySelector('[data-act="save"]').setAttribute("aria-disabled", String(busy || saving));
  };

  // --- Drawing --------------------------------------------------------------------------------------------------------
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
    const wrong = rows[index]?.notes;
    const number = element("th", wrong ? "grid-number wrong" : "grid-number", index < rows.length ? `${wrong ? "!" : ""}${index + 1}` : "新");
    number.scope = "row";
    line.append(number);
    const within = index >= chosen.top && index <= chosen.bottom;
    for (let column = 0; column < WIDTH; column += 1) {
      const typed = cell(index, column);
      const made = element("td", "", typed || rows[index]?.shown[column] || "");
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
    const total = rows.length + 1;
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
  const redraw = () => {
    cancelAnimationFrame(drawing);
    drawing = requestAnimationFrame(draw);
  };
  const refresh = () => {
    count();
    listProblems();
    redraw();
    speak();
    root.querySelector('[data-act="undo"]').disabled = !past.length;
    root.querySelector('[data-act="redo"]').disabled = !future.length;
  };
  const putInput = () => {
    const head = heads[active.column];
    input.hidden = false;
    input.style.left = `${head.offsetLeft}px`;
    input.style.width = `${head.offsetWidth}px`;
    input.style.top = `${table.tHead.offsetHeight + active.row * HEIGHT - 1}px`;
    input.classList.toggle("num", columns[active.column].numeric);
  };
  const speak = () => {
    const found = note(active.row, active.column);
    const where = `第${active.row + 1}行 ${columns[active.column].title}`;
    input.setAttribute("aria-label", where);
    input.setAttribute("aria-invalid", String(Boolean(found)));
    const say = place("say");
    say.classList.toggle("bad", Boolean(found));
    say.replaceChildren(found ? `${where}：${found.message}` : where);
    if (found?.drop) say.append(button("删除这一行", () => mend([{ row: active.row, column: active.column, ...found }])));
    else if (found && found.fix !== null) {
      say.append(button(found.fix ? `改为“${found.fix}”` : "清空这一格", () => mend([{ row: active.row, column: active.column, ...found }])));
    }
  };
  // Brings the active cell into sight, below the titles and right of the numbers.
  const reveal = () => {
    const head = heads[active.column];
    const top = active.row * HEIGHT;
    const room = box.clientHeight - table.tHead.offsetHeight - 4;
    const numbers = table.tHead.rows[0].cells[0].offsetWidth;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + HEIGHT > box.scrollTop + room) box.scrollTop = top + HEIGHT - room;
    if (head.offsetLeft - numbers < box.scrollLeft) box.scrollLeft = head.offsetLeft - numbers;
    else if (head.offsetLeft + head.offsetWidth > box.scrollLeft + box.clientWidth) {
      box.scrollLeft = head.offsetLeft + head.offsetWidth - box.clientWidth;
    }
  };
  const show = () => {
    editing = "";
    input.removeAttribute("list");
    input.value = cell(active.row, active.column);
    input.placeholder = rows[active.row]?.shown[active.column] || "";
    if (document.activeElement === input) input.select();
  };
  const go = (row, column, { extend = false, focus = true } = {}) => {
    active = { row: Math.max(0, Math.min(row, rows.length)), column: Math.max(0, Math.min(column, WIDTH - 1)) };
    if (!extend) anchor = { ...active };
    leaving = false;
    reveal();
    putInput();
    if (focus) input.focus({ preventScroll: true });
    show();
    speak();
    redraw();
  };

  // --- Editing --------------------------------------------------------------------------------------------------------
  const begin = (how) => {
    if (busy) return;
    editing = how;
    leaving = false;
    if (active.column === TIER) input.setAttribute("list", "grid-tiers");
    if (how === "caret") input.setSelectionRange(input.value.length, input.value.length);
  };
  const commit = () => {
    if (!editing) return;
    const text = input.value.trim();
    editing = "";
    if (text !== cell(active.row, active.column)) write({ [active.row]: { [active.column]: text } });
  };
  const step = (row, column, extend = false) => {
    commit();
    go(active.row + row, active.column + column, { extend });
  };
  const along = (by) => {
    commit();
    const place_ = active.row * WIDTH + active.column + by;
    if (place_ >= 0) go(Math.floor(place_ / WIDTH), place_ % WIDTH);
  };
  const page = () => Math.max(1, Math.floor(box.clientHeight / HEIGHT) - 2);
  const MOVES = {
    ArrowUp: () => [-1, 0], ArrowDown: () => [1, 0], ArrowLeft: () => [0, -1], ArrowRight: () => [0, 1],
    PageUp: () => [-page(), 0], PageDown: () => [page(), 0],
  };
  const withControl = (event) => {
    const key = event.key.toLowerCase();
    if (key === "s") save();
    else if (key === "home") { commit(); go(0, 0, { extend: event.shiftKey }); }
    else if (key === "end") { commit(); go(Math.max(0, rows.length - 1), WIDTH - 1, { extend: event.shiftKey }); }
    else if (editing) return false;
    else if (key === "z" && !event.shiftKey) travel(past, future);
    else if (key === "y" || key === "z") travel(future, past);
    else if (key === "a") { anchor = { row: 0, column: 0 }; go(Math.max(0, rows.length - 1), WIDTH - 1, { extend: true }); }
    else return false;
    return true;
  };
  const plainKey = (event) => {
    const { key } = event;
    if (key === "Tab") {
      if (leaving || (event.shiftKey && !active.row && !active.column)) return false;
      along(event.shiftKey ? -1 : 1);
    } else if (key === "Enter") step(event.shiftKey ? -1 : 1, 0);
    else if (key === "Escape") { if (editing) show(); else leaving = true; }
    else if (key === "F2") begin("caret");
    else if (key === "F8") { commit(); next(); }
    else if (key in MOVES && !(editing === "caret" && /Left|Right/.test(key)) && !(editing && input.hasAttribute("list") && /Up|Down/.test(key))) {
      step(...MOVES[key](), event.shiftKey && !editing);
    } else if (editing) return false;
    else if (key === "Delete" || key === "Backspace") { clear(); show(); }
    else if (key === "Home" || key === "End") go(active.row, key === "Home" ? 0 : WIDTH - 1, { extend: event.shiftKey });
    else return false;
    return true;
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.altKey) return;
    if (busy && event.key !== "Tab") return event.preventDefault();
    if (event.ctrlKey || event.metaKey ? withControl(event) : plainKey(event)) event.preventDefault();
  });
  input.addEventListener("compositionstart", () => { if (!editing) begin("typed"); });
  input.addEventListener("input", () => { if (!editing) begin("typed"); });
  input.addEventListener("dblclick", () => begin("caret"));
  input.addEventListener("blur", commit);
  input.addEventListener("focus", () => { if (!editing) input.select(); });

  const copy = (event) => {
    if (editing) return;
    const { top, bottom, left, right } = range();
    const lines = [];
    for (let row = top; row <= Math.min(bottom, rows.length - 1); row += 1) {
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
    if (editing && !table_) return;
    event.preventDefault();
    if (busy || !text) return;
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
    busy = true;
    flight = { change: uid(), text, row: top, column: left };
    keep();
    state();
    await send();
  };

  // --- Mouse and buttons ----------------------------------------------------------------------------------------------
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
      anchor = { row: event.shiftKey ? anchor.row : found.row, column: WIDTH - 1 };
      return redraw();
    }
    dragging = true;
    go(found.row, found.column, { extend: event.shiftKey });
  });
  box.addEventListener("mousemove", (event) => {
    const found = dragging && placeOf(event);
    if (found && found.column !== null && (found.row !== active.row || found.column !== active.column)) {
      go(found.row, found.column, { extend: true });
    }
  });
  window.addEventListener("mouseup", () => { dragging = false; });
  box.addEventListener("scroll", redraw, { passive: true });
  window.addEventListener("resize", redraw);
  const insert = () => {
    commit();
    change([[Math.min(active.row, rows.length), 0, [Array(WIDTH + 1).fill("")]]]);
    go(active.row, active.column);
  };
  const remove = () => {
    commit();
    const { top, bottom } = range();
    const last = Math.min(bottom, rows.length - 1);
    if (last >= top) change([[top, last - top + 1, []]]);
    go(top, active.column);
  };
  const ACTS = { save: () => save(), check, next: () => { commit(); next(); }, undo: () => travel(past, future), redo: () => travel(future, past), insert, remove };
  root.addEventListener("click", (event) => {
    const act = event.target.closest("button[data-act]")?.dataset.act;
    if (act) ACTS[act]();
  });

  // --- Coming and going -----------------------------------------------------------------------------------------------
  window.addEventListener("pagehide", () => {
    commit();
    clearTimeout(timer);
    takeOff();
    if (flight && !("text" in flight)) ask(root.dataset.change, { ...flight, token, rows: [] }, { keepalive: true });
  });
  window.addEventListener("beforeunload", (event) => { if (broken) event.preventDefault(); });
  const stored = () => {
    try {
      return JSON.parse(sessionStorage.getItem(STORE) || "null");
    } catch {
      return null;
    }
  };
  const resume = (data, before) => {
    if (!before) return;
    const arrived = before.flight && before.flight.change === data.change;
    if (!arrived && before.token !== data.token) {
      keep();
      return warn("这张表格已在别处改动，本页上次没有存上的改动不再套用，请核对。");
    }
    if (before.flight && !arrived) {
      flight = before.flight;
      if ("text" in flight) busy = true;
      else apply(flight.splices);
    }
    waiting = before.waiting;
    apply(waiting);
  };
  const open = async () => {
    root.hidden = false;
    state();
    const { data, refused, lost } = await ask(root.dataset.rows, null, { cache: "no-store" });
    if (!data) return warn(refused?.message || lost, ["重新载入", () => location.reload()]);
    busy = false;
    rows = data.rows.map((cells) => fresh(cells));
    took(data);
    judge(data.check, rows, null);
    resume(data, stored());
    go(0, 0, { focus: false });
    refresh();
    state(data.saved);
    if (flight || waiting.length) send();
  };
  open();
})();
