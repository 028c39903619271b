/* Saves a form a second after the typing stops. What was typed is never taken away: on failure we say so and try again. */
(() => {
  "use strict";
  const QUIET = 1000;
  const LONGEST = 8000;
  const AGAIN = [2000, 5000, 15000, 30000];

  function watch(form) {
    const state = form.querySelector("[data-autosave-state]");
    const words = form.dataset;
    let timer = 0;
    let tries = 0;
    let running = false;
    let changed = false;
    let pressed = null;

    function say(text, failed) {
      if (!state) return;
      state.textContent = text;
      state.classList.toggle("late", Boolean(failed));
    }

    function plan(wait) {
      window.clearTimeout(timer);
      timer = window.setTimeout(save, wait);
    }

    function go() {
      const button = pressed.button;
      pressed = null;
      form.requestSubmit(button);
    }

    async function save() {
      if (running) return;
      running = true;
      changed = false;
      const data = new FormData(form);
      for (const [name, value] of [...data.entries()]) if (value instanceof File) data.delete(name);
      try {
        const answer = await fetch(words.autosaveUrl, {
          method: "POST", body: data, credentials: "same-origin", redirect: "error", headers: { "X-Autosave": "1" },
          signal: AbortSignal.timeout(LONGEST),
        });
        if (answer.status === 409) {
          say(words.autosaveStale || words.autosaveFailed, true);
          tries = AGAIN.length;
          return;
        }
        if (!answer.ok) throw new Error(String(answer.status));
        const found = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
        const version = form.elements.namedItem("version");
        if (version && found.version !== undefined) version.value = found.version;
        const at = found.saved_at || new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
        say(words.autosaveSaved.replace("%s", at));
        tries = 0;
      } catch {
        say(words.autosaveFailed, true);
        plan(AGAIN[Math.min(tries, AGAIN.length - 1)]);
        tries += 1;
      } finally {
        running = false;
        if (pressed) go();
        else if (changed) plan(QUIET);
      }
    }

    form.addEventListener("input", () => {
      changed = true;
      plan(QUIET);
    });
    // A button pressed while a save is on its way waits for it: sent beside it, the form would be a version behind.
    form.addEventListener("submit", (event) => {
      window.clearTimeout(timer);
      if (!running) return;
      event.preventDefault();
      pressed = { button: event.submitter };
    });
    window.addEventListener("online", () => { if (changed || tries) plan(0); });
  }

  function start(root) {
    const defaults = document.querySelector("[data-autosave-words]")?.dataset ?? {};
    root.querySelectorAll("form[data-autosave-url]").forEach((form) => {
      if (form.dataset.autosaveOn) return;
      form.dataset.autosaveOn = "1";
      form.dataset.autosaveSaved ||= defaults.saved || "%s";
      form.dataset.autosaveFailed ||= defaults.failed || "";
      form.dataset.autosaveStale ||= defaults.stale || "";
      watch(form);
    });
  }

  start(document);
  document.addEventListener("htmx:load", (event) => start(event.target));
})();
