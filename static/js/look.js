/* Shows something only while it is held, or for ten seconds, and tells the server each time: it alone counts.
   Nothing is loaded before the server has said that it is held; at the end nothing stays in the page. */
(() => {
  "use strict";
  const root = document.querySelector("[data-look]");
  if (!root) return;
  const EVERY = 2000;
  const stage = root.querySelector("[data-look-stage]");
  const shown = root.querySelector("[data-look-shown]");
  const button = root.querySelector("[data-look-hold]");
  const timed = root.querySelector("[data-look-timed]");
  const say = root.querySelector("[data-look-say]");
  const left = root.querySelector("[data-look-left]");
  const token = root.querySelector("[name=csrfmiddlewaretoken]").value;
  const words = root.dataset;
  let media = null;
  let held = false;
  let over = false;
  let staying = false;
  let beat = 0;
  let clock = 0;

  function form(values) {
    const data = new FormData();
    data.append("csrfmiddlewaretoken", token);
    for (const [name, value] of Object.entries(values)) data.append(name, value);
    return data;
  }

  async function tell(isShown) {
    try {
      const answer = await fetch(words.holdUrl, { method: "POST", body: form({ shown: isShown ? "1" : "0" }), keepalive: true });
      const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
      if (!answer.ok || told.over) return finish(told.said || words.gone);
      if (left) left.textContent = told.left;
      return true;
    } catch {
      cover();
      say.textContent = words.lost;
      return false;
    }
  }

  function load() {
    if (media) return;
    const isClip = words.clip === "1";
    media = document.createElement(isClip ? "video" : "img");
    media.crossOrigin = "anonymous";
    media.referrerPolicy = "no-referrer";
    if (isClip) {
      media.muted = words.sound !== "1";
      media.loop = true;
      media.playsInline = true;
      media.disablePictureInPicture = true;
    } else {
      media.alt = words.alt;
      media.draggable = false;
    }
    media.addEventListener("error", () => {
      if (!media) return;
      drop();
      if (held) say.textContent = words.cannot;
      cover();
    });
    media.addEventListener(isClip ? "loadeddata" : "load", () => { if (held) say.textContent = words.shown; });
    media.src = words.source;
    shown.append(media);
  }

  function drop() {
    if (!media) return;
    const gone = media;
    media = null;
    gone.removeAttribute("src");
    if (gone.load) gone.load();
    gone.remove();
  }

  async function hold() {
    if (held || over) return;
    held = true;
    button.setAttribute("aria-pressed", "true");
    say.textContent = words.loading;
    const may = await tell(true);
    if (!may || !held) return;
    load();
    stage.classList.add("is-held");
    shown.hidden = false;
    if (media?.play) media.play().catch(() => { say.textContent = words.cannot; });
    beat = window.setInterval(() => tell(true), EVERY);
  }

  function cover() {
    if (!held) return;
    held = false;
    window.clearInterval(beat);
    window.clearTimeout(clock);
    shown.hidden = true;
    if (media?.pause) media.pause();
    stage.classList.remove("is-held");
    button.setAttribute("aria-pressed", "false");
    if (!over) { say.textContent = words.covered; tell(false); }
  }

  function finish(said) {
    over = true;
    cover();
    drop();
    stage.classList.add("is-over");
    say.textContent = said;
    root.querySelectorAll("[data-look-live]").forEach((part) => { part.hidden = true; });
    root.querySelectorAll("[data-look-after]").forEach((part) => { part.hidden = false; });
    return false;
  }

  button.hidden = false;
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    hold();
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) button.addEventListener(kind, cover);
  button.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (!event.repeat) hold();
  });
  button.addEventListener("keyup", (event) => { if (event.key === " " || event.key === "Enter") cover(); });
  button.addEventListener("click", (event) => event.preventDefault());
  root.addEventListener("contextmenu", (event) => event.preventDefault());
  shown.addEventListener("covered", cover);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") cover(); });

  timed.addEventListener("submit", (event) => {
    event.preventDefault();
    if (held) { cover(); return; }
    hold();
    clock = window.setTimeout(cover, Number(words.seconds) * 1000);
  });

  root.addEventListener("submit", (event) => { if (event.target.matches("[data-look-step]")) staying = true; });
  window.addEventListener("pagehide", () => {
    cover();
    drop();
    if (!over && !staying) navigator.sendBeacon(words.endUrl, form({ by: "beacon" }));
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });
})();
