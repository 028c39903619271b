/* Today never reorders under the reader: we ask each minute how much changed and offer to load it again. */
(() => {
  "use strict";
  const EVERY = 60000;

  for (const place of document.querySelectorAll("[data-refresh-url]")) {
    window.setInterval(async () => {
      if (document.hidden) return;
      let found;
      try {
        const answer = await fetch(place.dataset.refreshUrl, {
          credentials: "same-origin", redirect: "error", headers: { "X-Background": "1", Accept: "application/json" },
        });
        if (!answer.ok) return;
        found = await answer.json();
      } catch {
        return;
      }
      if (!found.changes) return;
      let bar = place.querySelector(".refresh");
      if (!bar) {
        bar = document.createElement("p");
        bar.className = "refresh";
        bar.setAttribute("role", "status");
        const text = document.createElement("span");
        const link = document.createElement("a");
        link.href = window.location.href;
        link.textContent = place.dataset.refreshAction || "";
        bar.append(text, link);
        place.prepend(bar);
      }
      bar.firstElementChild.textContent = found.text;
    }, EVERY);
  }
})();
