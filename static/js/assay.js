// Small comforts on top of pages that work without any script: copy, "/" to search, a log that follows.
(() => {
  // Some browsers take rows that flow, on a phone, for no table any more.
  const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TH: "columnheader", TD: "cell" };
  const FLOWS = "table.flow, table.flow :is(thead, tbody, tr, th, td)";

  const ready = (root) => {
    root.querySelectorAll(FLOWS).forEach((part) => {
      part.setAttribute("role", part.scope === "row" ? "rowheader" : ROLES[part.tagName]);
    });
    root.querySelectorAll("[data-copy][hidden]").forEach((button) => { button.hidden = false; });
    root.querySelectorAll("[data-script-only]").forEach((part) => { part.hidden = false; });
    root.querySelectorAll("[data-no-script]").forEach((part) => { part.hidden = true; });
    root.querySelectorAll("[data-focus]").forEach((part) => { part.focus(); });
    root.querySelectorAll(".tabs [aria-current]").forEach((tab) => { tab.parentElement.scrollLeft = tab.offsetLeft - 24; });
    root.querySelectorAll("[data-follow]").forEach((log) => { log.scrollTop = log.scrollHeight; });
  };

  // For those who hear the page: what changed without the page being left.
  const say = (text) => {
    const spot = document.querySelector("[data-say]");
    if (spot && spot.textContent !== text) spot.textContent = text;
  };

  // Without TLS there is no clipboard to write to but through what is selected.
  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const focused = document.activeElement;
      const field = document.body.appendChild(document.createElement("textarea"));
      field.value = text;
      field.select();
      const isCopied = document.execCommand("copy");
      field.remove();
      focused?.focus();
      return isCopied;
    }
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button || button.dataset.label) return;
    if (!await copied(button.dataset.copy)) return;
    button.dataset.label = button.textContent;
    button.textContent = button.dataset.done;
    say(button.dataset.done);
    setTimeout(() => { button.textContent = button.dataset.label; delete button.dataset.label; }, 1600);
  });

  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  // The page of the branding is its own preview: colour and name are shown before they are saved.
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-brand]")) document.querySelector(".brand span").textContent = event.target.value;
    if (!event.target.matches("[data-accent]")) return;
    const sheet = document.querySelector("[data-accent-sheet]") ?? document.head.appendChild(document.createElement("link"));
    sheet.rel = "stylesheet";
    sheet.dataset.accentSheet = "";
    sheet.href = event.target.dataset.accent.replace("000000", event.target.value.slice(1));
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  document.addEventListener("submit", (event) => {
    const question = event.target.dataset?.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  // A list with boxes to tick says how many were ticked otherwise than they are, and asks before they are lost.
  const changes = () => [...document.querySelectorAll("[data-guard] [type=checkbox]")].filter((box) => box.checked !== box.defaultChecked).length;
  document.addEventListener("change", (event) => {
    const said = event.target.closest("[data-guard]")?.querySelector("[data-changes]");
    if (!said) return;
    said.dataset.none ??= said.textContent;
    const count = changes();
    said.textContent = count ? said.dataset[count === 1 ? "one" : "more"].replace("{n}", count) : said.dataset.none;
  });
  let isSaving = false;
  document.addEventListener("submit", (event) => { isSaving = event.target.matches("[data-guard]"); });
  window.addEventListener("beforeunload", (event) => { if (!isSaving && changes()) event.preventDefault(); });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; });
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  });

  const offline = (isGone) => document.querySelectorAll("[data-offline]").forEach((part) => { part.hidden = !isGone; });
  document.addEventListener("htmx:sendError", () => offline(true));
  document.addEventListener("htmx:responseError", () => offline(true));
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) offline(false); });

  document.addEventListener("htmx:afterSettle", (event) => {
    const told = [...event.target.querySelectorAll("[data-told]")].map((part) => part.textContent.replace(/\s+/g, " ").trim());
    if (told.length) say(told.join(" "));
  });

  // What was typed last may be replaced at once when a step comes back with its search filled in.
  document.addEventListener("htmx:afterSettle", () => {
    const search = document.activeElement;
    if (search?.matches("[data-search]") && search.autofocus) search.select();
  });

  document.addEventListener("DOMContentLoaded", () => ready(document));
  document.addEventListener("htmx:load", (event) => ready(event.target));
})();
