/* Ends a page nobody uses. Being used means keys, touches and files on their way, here or in another tab; while the page is
   used the server hears of it every few minutes, so that its own limit does not run out under somebody who writes. */
(() => {
  "use strict";
  const limit = Number(document.body.dataset.idleSeconds) * 1000;
  const dialog = document.querySelector("[data-idle-dialog]");
  if (!limit || !dialog) return;
  const WARN = Math.min(120000, limit / 2);
  const TELL_SERVER = Math.min(240000, limit / 4);
  const form = dialog.querySelector("[data-idle-stay]");
  const left = dialog.querySelector("[data-idle-left]");
  const say = dialog.querySelector("[data-idle-say]");
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("page") : null;
  let active = Date.now();
  let told = Date.now();
  let said = "";

  function used() {
    if (dialog.open) return;
    active = Date.now();
  }

  function tellServer() {
    told = Date.now();
    return fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin", redirect: "error" });
  }

  function stay() {
    active = Date.now();
    said = "";
    say.textContent = "";
    if (dialog.open) dialog.close();
    tabs?.postMessage("stay");
    tellServer().catch(() => form.submit());
  }

  function clock(seconds) {
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  function tick() {
    const rest = limit - (Date.now() - active);
    if (rest <= 0) {
      navigator.sendBeacon(document.body.dataset.leaveUrl);
      window.location.replace(document.body.dataset.endedUrl);
      return;
    }
    if (rest > WARN) {
      if (active > told && Date.now() - told > TELL_SERVER) tellServer().catch(() => {});
      return;
    }
    const covered = document.querySelector(".page-cover");
    if (!dialog.open && !covered) dialog.showModal();
    const seconds = Math.ceil(rest / 1000);
    left.textContent = left.dataset.words.replace("%s", clock(seconds));
    const due = seconds <= 20 ? "20" : seconds <= 60 ? "60" : "";
    if (due && due !== said) {
      said = due;
      say.textContent = say.dataset.words.replace("%s", due);
    }
  }

  for (const kind of ["keydown", "pointerdown", "scroll", "in-use"]) {
    document.addEventListener(kind, () => { used(); }, { passive: true, capture: true });
  }
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); stay(); });
  form.addEventListener("submit", (event) => { event.preventDefault(); stay(); });
  tabs?.addEventListener("message", () => {
    active = Date.now();
    if (dialog.open) dialog.close();
  });
  window.setInterval(() => {
    if (active > told) tabs?.postMessage("used");
    tick();
  }, 1000);
  document.addEventListener("visibilitychange", tick);
})();
