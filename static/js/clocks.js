/* Clocks tick once a minute. The words come from the page, in its language; the absolute time is always there without us. */
(() => {
  "use strict";
  const source = document.getElementById("clock-words");
  if (!source) return;
  const words = JSON.parse(source.textContent);
  const SOON = words.soon_seconds;

  function fill(text, values) {
    return text.replace(/%\((\w+)\)[sd]/g, (_all, name) => values[name]);
  }

  function span(seconds) {
    const minutes = Math.floor(Math.abs(seconds) / 60);
    const hours = Math.floor(minutes / 60);
    const m = minutes % 60;
    if (hours >= 48) return fill(words.days, { n: Math.floor(hours / 24) });
    if (hours >= 6 || (hours && !m)) return fill(words.hours, { h: hours });
    if (hours) return fill(words.hours_minutes, { h: hours, m });
    return fill(words.minutes, { m });
  }

  function tick() {
    const now = Date.now();
    for (const chip of document.querySelectorAll(".clock[data-due]")) {
      const seconds = (Date.parse(chip.dataset.due) - now) / 1000;
      const late = seconds < 0;
      const text = late ? fill(words.late, { span: span(seconds) }) : span(seconds);
      const place = chip.querySelector("[data-clock-left]");
      if (place.textContent === text) continue;
      place.textContent = text;
      chip.querySelector("[data-clock-spoken]").textContent = late ? text : fill(words.left, { span: text });
      chip.classList.toggle("clock--late", late);
      chip.classList.toggle("clock--soon", !late && seconds < SOON);
      chip.classList.toggle("clock--on-track", !late && seconds >= SOON);
    }
  }

  window.setInterval(tick, 60000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
})();
