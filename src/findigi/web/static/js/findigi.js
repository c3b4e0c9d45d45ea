// One delegated listener per event on document: nothing to bind again after htmx has swapped a part of the page.
const byId = (id) => document.getElementById(id);
const remembered = (key) => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be forbidden; nothing is remembered then
  }
};
const remember = (key, value) => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // as above
  }
};

// Copy: the text stands in data-copy, or in the code that data-copy-from names (its visible tab panel).
const textOf = (button) => {
  if (button.dataset.copy !== undefined) return button.dataset.copy;
  const box = byId(button.dataset.copyFrom);
  const code = box.querySelector('[role="tabpanel"]:not([hidden]) code') ?? box.querySelector("code");
  return code.textContent;
};
const copy = async (button) => {
  const label = button.getAttribute("aria-label");
  try {
    await navigator.clipboard.writeText(textOf(button));
  } catch {
    button.setAttribute("aria-label", "Copying is not allowed here");
    return;
  }
  button.dataset.done = "";
  button.setAttribute("aria-label", "Copied");
  setTimeout(() => {
    delete button.dataset.done;
    button.setAttribute("aria-label", label);
  }, 1600);
};

// Languages: the last one chosen is chosen again on every page.
const chooseLanguage = (name) => {
  for (const tab of document.querySelectorAll('[role="tab"][data-language]')) {
    if (tab.dataset.language === name && tab.getAttribute("aria-selected") !== "true") {
      tab.closest(".tabs").select?.(tab);
    }
  }
};
const restoreLanguage = () => {
  const name = remembered("language");
  if (name) chooseLanguage(name);
};

// Filter: the rows are in the page already; every word must occur in a row's words.
const filter = (input) => {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const group of document.querySelectorAll("[data-group]")) {
    let inGroup = 0;
    for (const row of group.querySelectorAll("[data-words]")) {
      row.hidden = !words.every((word) => row.dataset.words.includes(word));
      inGroup += row.hidden ? 0 : 1;
    }
    group.hidden = inGroup === 0;
    shown += inGroup;
  }
  byId("filter-empty").hidden = shown > 0;
  const total = input.dataset.total;
  byId("filter-note").textContent = words.length ? `${shown} of ${total} operations` : `${total} operations`;
  const address = new URL(location.href);
  if (input.value.trim()) address.searchParams.set("q", input.value.trim());
  else address.searchParams.delete("q");
  history.replaceState(history.state, "", address);
};

const markTheme = () => {
  const choice = document.documentElement.dataset.themeChoice;
  for (const item of document.querySelectorAll("[data-theme-choice][role]")) {
    item.setAttribute("aria-checked", String(item.dataset.themeChoice === choice));
  }
};

const markCurrent = () => {
  for (const link of document.querySelectorAll("#docnav a[href]")) {
    if (link.pathname === location.pathname) {
      link.setAttribute("aria-current", "page");
      const group = link.closest("details");
      if (group) group.open = true;
    } else {
      link.removeAttribute("aria-current");
    }
  }
};

document.addEventListener("click", (event) => {
  const hit = (selector) => event.target.closest?.(selector);
  const button = hit("[data-copy], [data-copy-from]");
  if (button) copy(button);
  const tab = hit('[role="tab"][data-language]');
  if (tab) {
    remember("language", tab.dataset.language);
    chooseLanguage(tab.dataset.language);
  }
  const theme = hit("[data-theme-choice][role]");
  if (theme) window.findigiTheme(theme.dataset.themeChoice);
  const local = hit("#docnav a[href^='#']");
  if (local && byId("docnav").matches(":popover-open")) byId("docnav").hidePopover();
});

// Basecoat moves between tabs by arrow keys without a click.
document.addEventListener("keyup", (event) => {
  const tab = event.target.closest?.('[role="tab"][data-language]');
  if (tab?.getAttribute("aria-selected") === "true") remember("language", tab.dataset.language);
});

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-filter-rows]")) filter(event.target);
});

document.addEventListener("keydown", (event) => {
  const field = document.querySelector("[data-filter-rows]");
  if (event.key === "/" && field && !event.target.closest("input, textarea, select")) {
    event.preventDefault();
    field.focus();
  }
  if (event.key === "Escape" && event.target === field && field.value) {
    field.value = "";
    filter(field);
  }
});

// After a boosted step the page stays and only #doc is new: move the mark, the focus, and close the drawer.
document.addEventListener("htmx:after:swap", (event) => {
  const source = event.detail?.ctx?.sourceElement;
  if (source?.closest?.("#docnav, .pager")) {
    markCurrent();
    const nav = byId("docnav");
    if (nav.matches(":popover-open")) nav.hidePopover();
    document.querySelector("#doc h1")?.focus({ preventScroll: true });
  }
  setTimeout(restoreLanguage);
});
document.addEventListener("basecoat:initialized", () => setTimeout(restoreLanguage), true);
document.addEventListener("findigi:theme", markTheme);

markTheme();
restoreLanguage();
document.querySelector("#docnav [aria-current]")?.scrollIntoView({ block: "nearest" });
