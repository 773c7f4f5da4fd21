// Small comforts on top of pages that work without them. No dependencies; styles are set through the CSSOM only,
// because the Content-Security-Policy forbids inline style and script.
(() => {
  "use strict";

  const each = (root, selector, act) => {
    if (root.matches?.(selector)) act(root);
    root.querySelectorAll(selector).forEach(act);
  };

  // The error summary takes the focus, and its links put the cursor into the input rather than only scrolling there.
  const focusSummary = (root) => root.querySelector("[data-focus]")?.focus();
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".error-summary a[href^='#']");
    const target = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target) return;
    event.preventDefault();
    const input = target.matches("input, select, textarea, button")
      ? target
      : target.querySelector("input:not([type=hidden]), select, textarea, button");
    target.scrollIntoView({ block: "center" });
    (input || target).focus({ preventScroll: true });
  });

  // A form marked data-once is sent once: a second click while the first is under way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    guarded.delete(form);
    event.submitter?.setAttribute("aria-disabled", "true");
  });
  // Coming back with the browser's back button makes the form usable again.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    each(document, "form[data-sent]", (form) => delete form.dataset.sent);
    each(document, "[aria-disabled]", (button) => button.removeAttribute("aria-disabled"));
  });

  // A form marked data-guard asks before unsaved input is lost.
  const guarded = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-guard]");
    if (form && !form.dataset.sent) guarded.add(form);
  });
  window.addEventListener("beforeunload", (event) => {
    if (guarded.size) event.preventDefault();
  });

  // The second sticky column begins where the first ends, whatever its width.
  const placeSticky = (box) => {
    const first = box.querySelector("thead th.sticky");
    if (first) box.style.setProperty("--sticky-first", `${first.getBoundingClientRect().width}px`);
  };

  // <input type="checkbox" data-check-all="name"> ticks every box of that name in its form (or the page);
  // an element with data-check-count="name" shows how many are ticked.
  const boxes = (name, near) => [...(near.closest("form") || document).querySelectorAll(`input[name="${CSS.escape(name)}"]:not(:disabled)`)];
  const countChecked = (master) => {
    const name = master.dataset.checkAll;
    const all = boxes(name, master);
    const ticked = all.filter((box) => box.checked).length;
    master.checked = ticked > 0 && ticked === all.length;
    master.indeterminate = ticked > 0 && ticked < all.length;
    each(document, `[data-check-count="${CSS.escape(name)}"]`, (place) => { place.textContent = ticked; });
  };
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.matches("[data-check-all]")) {
      boxes(input.dataset.checkAll, input).forEach((box) => { box.checked = input.checked; });
      countChecked(input);
    } else if (input.matches("input[type=checkbox]")) {
      each(document, "[data-check-all]", (master) => master.dataset.checkAll === input.name && countChecked(master));
    }
    if (input.matches("[data-autosubmit]")) input.form?.requestSubmit();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-print]")) window.print();
  });

  const prepare = (root) => {
    each(root, "[data-print][hidden]", (button) => { button.hidden = false; });
    each(root, ".table-box", placeSticky);
    each(root, "[data-check-all]", countChecked);
  };
  prepare(document);
  focusSummary(document);
  document.addEventListener("htmx:load", (event) => { prepare(event.target); focusSummary(event.target); });
  window.addEventListener("resize", () => each(document, ".table-box", placeSticky));
})();
