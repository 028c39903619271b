/* Media goes back under cover after a minute of rest or when the tab is hidden; showing it again is a decision. */
(() => {
  "use strict";
  const REST = 60000;
  let timer = 0;

  function cover() {
    document.querySelectorAll("[data-cover-on-idle]").forEach((part) => {
      part.hidden = true;
      part.dispatchEvent(new CustomEvent("covered", { bubbles: true }));
    });
  }

  function rest() {
    window.clearTimeout(timer);
    timer = window.setTimeout(cover, REST);
  }

  if (!document.querySelector("[data-cover-on-idle]")) return;
  for (const kind of ["keydown", "pointerdown", "pointermove", "scroll"]) {
    document.addEventListener(kind, rest, { passive: true, capture: true });
  }
  document.addEventListener("visibilitychange", () => { if (document.hidden) cover(); });
  window.addEventListener("pagehide", cover);
  rest();
})();
