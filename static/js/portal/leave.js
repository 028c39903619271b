/* Leaving fast: cover in the same tick, tell the server without waiting, replace the address so Back cannot return.
   Without this file the links still work: GET /leave ends the session and redirects. */
(() => {
  "use strict";
  const GAP = 5000;
  const SHORT_ABSENCE = 60000;
  let leaving = false;

  function cover(words, onShow) {
    document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    if (document.querySelector(".page-cover")) return;
    const panel = document.createElement("div");
    panel.className = "page-cover";
    if (words) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn";
      button.textContent = words;
      button.addEventListener("click", onShow);
      panel.append(button);
    }
    for (const child of document.body.children) child.inert = true;
    document.body.classList.add("is-covered");
    document.body.append(panel);
  }

  function uncover() {
    document.querySelector(".page-cover")?.remove();
    for (const child of document.body.children) child.inert = false;
    document.body.classList.remove("is-covered");
  }

  function leave() {
    leaving = true;
    document.dispatchEvent(new Event("leaving"));
    uncover();
    cover();
    document.title = " ";
    const { leaveUrl, exitUrl } = document.body.dataset;
    navigator.sendBeacon(leaveUrl);
    window.location.replace(exitUrl || leaveUrl);
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-leave]")) {
      event.preventDefault();
      leave();
    }
  });

  /* Shift alone, three times, at most five seconds apart. Shift held for a capital letter never counts. */
  let presses = 0;
  let alone = false;
  let timer = 0;

  function show(count) {
    const dots = document.querySelector(".leave__dots");
    const say = document.querySelector("[data-leave-say]");
    if (!dots || !say) return;
    dots.hidden = count === 0;
    [...dots.children].forEach((dot, place) => dot.classList.toggle("is-on", place < count));
    say.textContent = [ "", say.dataset.two, say.dataset.one, say.dataset.left ][count];
  }

  function forget() {
    presses = 0;
    show(0);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Shift") {
      if (!event.repeat) alone = !(event.ctrlKey || event.altKey || event.metaKey);
    } else {
      alone = false;
      if (presses) forget();
    }
  });
  document.addEventListener("pointerdown", () => { alone = false; });
  document.addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone || leaving || document.body.dataset.leaveKeys === "off") return;
    alone = false;
    presses += 1;
    window.clearTimeout(timer);
    show(presses);
    if (presses >= 3) leave();
    else timer = window.setTimeout(forget, GAP);
  });

  /* A page kept by the browser for Back is kept covered, and asks the server again when it is shown. */
  window.addEventListener("pagehide", () => { uncover(); cover(); });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });

  /* Nothing shows in the list of open apps; after a longer absence the person uncovers the page with one press. */
  let hiddenAt = 0;
  document.addEventListener("visibilitychange", () => {
    if (leaving) return;
    if (document.visibilityState === "hidden") {
      hiddenAt = Date.now();
      cover(document.body.dataset.showWords, uncover);
    } else if (Date.now() - hiddenAt < SHORT_ABSENCE) {
      uncover();
    }
  });

  window.portalLeave = leave;
})();
