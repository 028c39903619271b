/* Small manners of every page: one press sends once, words are counted, "/" goes to the search, errors take the focus. */
(() => {
  "use strict";
  document.documentElement.classList.add("js");

  document.querySelector(".problem[autofocus]")?.focus();
  document.querySelectorAll(".nav, .tabs").forEach((row) => {
    const here = row.querySelector("[aria-current]");
    if (!here || row.scrollWidth <= row.clientWidth) return;
    const [frame, box] = [row.getBoundingClientRect(), here.getBoundingClientRect()];
    row.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
  });

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || event.defaultPrevented) return;
    if (button.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      return;
    }
    if (!button.dataset.busy) return;
    window.setTimeout(() => {
      button.setAttribute("aria-disabled", "true");
      button.dataset.rest = button.textContent;
      button.textContent = button.dataset.busy;
    });
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("button[data-rest]").forEach((button) => {
      button.removeAttribute("aria-disabled");
      button.textContent = button.dataset.rest;
      delete button.dataset.rest;
    });
  });

  function count(box) {
    const note = document.getElementById(`${box.id}_count`);
    if (!note) return;
    const rest = Number(box.dataset.count) - (box.value.trim() ? box.value.trim().split(/\s+/).length : 0);
    note.classList.toggle("is-over", rest < 0);
    note.textContent = (rest < 0 ? note.dataset.wordsOver : note.dataset.wordsLeft).replace("%s", String(Math.abs(rest)));
  }
  document.addEventListener("input", (event) => { if (event.target.dataset?.count) count(event.target); });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    const box = [...document.querySelectorAll("[data-hotkey]")].find((found) => found.dataset.hotkey === event.key);
    if (!box) return;
    event.preventDefault();
    box.focus();
  });

  document.addEventListener("change", (event) => {
    const name = event.target.dataset?.checkAll;
    const list = event.target.closest("form, table, section") ?? document;
    if (name) {
      list.querySelectorAll(`input[type="checkbox"][name="${CSS.escape(name)}"]`).forEach((box) => {
        box.checked = event.target.checked;
        box.closest("tr")?.classList.toggle("is-selected", box.checked);
      });
    } else if (event.target.matches(".pick input")) {
      event.target.closest("tr")?.classList.toggle("is-selected", event.target.checked);
    }
  });
})();
