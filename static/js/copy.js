/* Copy buttons beside the fields of a web form. The tick beside each is an ordinary checkbox and works without us. */
(() => {
  "use strict";
  if (!navigator.clipboard) return;

  function show(root) {
    root.querySelectorAll("[data-copy-button]").forEach((button) => { button.hidden = false; });
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy-button]");
    if (!button) return;
    const box = button.closest("[data-copy]");
    try {
      await navigator.clipboard.writeText(box.querySelector("[data-copy-value]").textContent.trim());
    } catch {
      const range = document.createRange();
      range.selectNodeContents(box.querySelector("[data-copy-value]"));
      const selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      return;
    }
    button.classList.add("is-done");
    button.querySelector("[data-copy-label]").textContent = button.dataset.done;
    const tick = box.querySelector("[data-copy-tick]");
    if (tick && !tick.checked) {
      tick.checked = true;
      tick.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });

  show(document);
  document.addEventListener("htmx:load", (event) => show(event.target));
})();
