/* Files in parts: chosen, dropped, from a folder or the camera; sent one after the other, paused, gone on with, kept.
   Without crypto.subtle (an address that is not safe) the plain form stays as it is. The protocol: docs/uploads.md.
   On a client's page (data-quiet) nothing asks before leaving, leaving stops it at once, and no name stays to be read. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-upload]");
  const input = form?.querySelector('input[type="file"]');
  const problem = form?.querySelector("[data-upload-problem]");
  if (!input || !problem) return;
  const words = form.querySelector("[data-words-of]").dataset;
  const list = form.querySelector("[data-files]");
  const say = form.querySelector("[data-say]");
  const isQuiet = form.hasAttribute("data-quiet");
  const SKIPPED = /^(\.DS_Store|Thumbs\.db|desktop\.ini|\._.*)$/;
  const WAITS = [1000, 2000, 4000, 8000, 15000, 30000, 30000];
  const parallelOff = !window.crypto?.subtle || !window.ReadableStream;

  function tell(text) {
    problem.hidden = !text;
    problem.textContent = text;
  }

  if (parallelOff) {
    const check = () => {
      const size = [...input.files].reduce((sum, file) => sum + file.size, 0);
      tell(size > Number(form.dataset.limit) ? problem.dataset.tooLarge : "");
      return problem.hidden;
    };
    input.addEventListener("change", check);
    form.addEventListener("submit", (event) => {
      if (check()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      input.focus();
    }, true);
    return;
  }

  const drop = form.querySelector("[data-drop]");
  const rows = new Set();
  let isBusy = false;
  let kept = 0;
  let received = 0;
  drop.hidden = false;
  form.querySelector("[data-plain-field]").hidden = true;
  input.required = false;

  class Stop extends Error {}
  class Lost extends Error {}

  class Row {
    constructor(file) {
      this.file = file;
      this.state = "waits";
      this.item = form.querySelector("template[data-row]").content.firstElementChild.cloneNode(true);
      const part = (name) => this.item.querySelector(`[data-${name}]`);
      [this.bar, this.line, this.own] = [part("bar"), part("state"), part("own")];
      part("name").textContent = file.name;
      part("size").textContent = size(file.size);
      this.words = part("words");
      if (this.words) this.words.name = "";
      this.acts = Object.fromEntries([...this.item.querySelectorAll("[data-act]")].map((one) => [one.dataset.act, one]));
      this.acts.pause.addEventListener("click", () => this.pause());
      this.acts.go.addEventListener("click", () => this.again());
      this.acts.drop.addEventListener("click", () => this.leaveOut());
      list.append(this.item);
      list.hidden = false;
      const tooLarge = file.size > Number(form.dataset.largest);
      this.show(tooLarge ? "wrong" : "waits", tooLarge ? words.large : words.waits);
    }

    get percent() { return this.file.size ? Math.floor((this.sent ?? 0) * 100 / this.file.size) : 0; }

    show(state, text) {
      this.state = state;
      this.line.textContent = text.replace("%s", String(this.percent)).replace("%%", "%");
      this.bar.value = state === "done" ? 100 : this.percent;
      this.item.classList.toggle("is-done", state === "done");
      this.item.classList.toggle("is-wrong", state === "wrong");
      this.item.classList.toggle("is-held", state === "paused" || state === "stopped");
      this.bar.hidden = state === "wrong" || (state === "waits" && !this.sent);
      if (this.own) this.own.hidden = !["waits", "paused", "stopped"].includes(state);
      this.acts.pause.hidden = state !== "sends";
      this.acts.go.hidden = !["paused", "stopped"].includes(state);
      this.acts.drop.hidden = state === "done" || state === "seals";
    }

    pause() {
      this.show("paused", words.paused);
      this.request?.abort();
    }

    again() {
      this.show("waits", words.waits);
      run();
    }

    async leaveOut() {
      const before = this.state;
      this.state = "gone";
      this.request?.abort();
      rows.delete(this);
      this.item.remove();
      list.hidden = rows.size === 0;
      say.textContent = words.gone;
      if (this.urls && before !== "wrong") await ask(this.urls.cancel, {}).catch(() => undefined);
    }

    stillGoing() { if (this.state === "gone" || this.state === "paused") throw new Stop(); }

    async send() {
      try {
        this.show("sends", words.reading);
        const first = await this.piece(0);
        let told = await this.begin(await hash(first));
        if (told.state === "done") {
          this.show("done", words.known.replace("%s", told.label));
          return;
        }
        this.sent = told.offset;
        if (told.offset) this.show("sends", words.goesOn);
        while (told.offset < told.size) {
          this.stillGoing();
          const start = told.offset;
          const bytes = start === 0 ? first : await this.piece(start);
          told = { ...told, ...await this.part(bytes, start) };
          this.sent = told.offset;
        }
        this.stillGoing();
        this.show("seals", words.sealing);
        const end = await this.finish();
        kept += end.new ? 1 : 0;
        this.show("done", (end.new ? words.keptAs : words.known).replace("%s", end.label));
      } catch (failure) {
        if (failure instanceof Stop) return;
        if (failure instanceof Lost) this.show("stopped", failure.message || words.stopped);
        else this.show("wrong", failure.name === "NotReadableError" ? words.unread : failure.message);
      }
      say.textContent = `${this.file.name}: ${this.line.textContent}`;
    }

    piece(start) { return this.file.slice(start, start + this.step).arrayBuffer(); }

    get step() { return this.partBytes ?? Number(form.dataset.part); }

    fields() {
      const fields = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
      return fields;
    }

    async begin(first) {
      const fields = this.fields();
      if (this.words?.value.trim()) fields.set("description", this.words.value);
      fields.set("name", this.file.name);
      fields.set("type", this.file.type);
      fields.set("size", String(this.file.size));
      fields.set("first", first);
      const told = await patiently(this, () => ask(form.dataset.start, { body: fields }));
      this.urls = told.urls;
      this.partBytes = told.part;
      return told;
    }

    part(bytes, start) {
      return patiently(this, async () => {
        const told = await push(this, bytes, start);
        if (told.state !== "open") throw new Error(told.message || words.stopped);
        return told;
      }, () => ask(this.urls.state, { method: "GET" }));
    }

    finish() {
      return patiently(this, async () => {
        const told = await ask(this.urls.finish, isQuiet ? { body: this.fields() } : {});
        if (told.state === "wait") throw new Lost(told.message);
        return told;
      });
    }
  }

  /* Try until it works: a line that is gone, a server that restarts, a disk that fills up for a while. */
  async function patiently(row, act, where) {
    for (let turn = 0; ; turn += 1) {
      row.stillGoing();
      try {
        return await act();
      } catch (failure) {
        if (!(failure instanceof Lost)) throw failure;
        row.stillGoing();
        if (turn >= WAITS.length) throw failure;
        const state = row.state;
        row.show(state, failure.message || words.lost);
        await new Promise((done) => { window.setTimeout(done, WAITS[turn]); });
        row.stillGoing();
        const told = where ? await where().catch(() => null) : null;
        if (told) return told;
      }
    }
  }

  async function ask(url, { method = "POST", body } = {}) {
    let answer;
    try {
      answer = await fetch(url, {
        method, body, redirect: "manual",
        headers: { Accept: "application/json", ...(method === "POST" ? { "X-CSRFToken": token() } : {}) },
      });
    } catch {
      throw new Lost();
    }
    return read(answer.type === "opaqueredirect" ? 302 : answer.status, await answer.text().catch(() => ""));
  }

  function read(status, text) {
    if (status === 302 || status === 401) throw new Error(words.out);
    let told;
    try { told = JSON.parse(text); } catch { told = null; }
    if (told?.state === "form") {
      throw new Error(Object.values(told.errors).flat().join(" "));
    }
    if (told?.state === "open" && "offset" in told && [409, 422].includes(status)) return told;
    if (status >= 500 || status === 429 || status === 0) throw new Lost(told?.message ?? "");
    if (status >= 400 || !told) throw new Error(told?.message || words.stopped.replace("%s %%", ""));
    return told;
  }

  /* fetch tells nothing of how much of a part has left; XMLHttpRequest does. */
  async function push(row, bytes, start) {
    const sum = await hash(bytes);
    return new Promise((done, fail) => {
      const request = new XMLHttpRequest();
      row.request = request;
      request.open("POST", row.urls.part);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-CSRFToken", token());
      request.setRequestHeader("Upload-Offset", String(start));
      request.setRequestHeader("Upload-Sha256", sum);
      request.upload.onprogress = (event) => {
        if (row.state !== "sends") return;
        row.sent = start + Math.min(event.loaded, bytes.byteLength);
        document.dispatchEvent(new Event("in-use"));
        row.show("sends", words.sending);
      };
      request.onload = () => {
        const isElsewhere = request.responseURL && !request.responseURL.endsWith(row.urls.part);
        try { done(read(isElsewhere ? 302 : request.status, request.responseText)); } catch (failure) { fail(failure); }
      };
      request.onerror = () => fail(new Lost());
      request.onabort = () => fail(new Stop());
      request.send(bytes);
    });
  }

  function token() { return form.querySelector("[name=csrfmiddlewaretoken]").value; }

  async function hash(bytes) {
    const sum = new Uint8Array(await window.crypto.subtle.digest("SHA-256", bytes));
    return [...sum].map((one) => one.toString(16).padStart(2, "0")).join("");
  }

  function size(bytes) {
    const steps = ["B", "kB", "MB", "GB"];
    let step = 0;
    let left = bytes;
    while (left >= 1000 && step < 3) { left /= 1000; step += 1; }
    return `${left.toLocaleString(`${document.documentElement.lang}-u-nu-latn`, { maximumFractionDigits: left < 10 && step ? 1 : 0 })} ${steps[step]}`;
  }

  /* One after the other: exhibits get their numbers in the order in which the files were chosen. */
  async function run() {
    if (isBusy) return;
    isBusy = true;
    const button = form.querySelector("button[data-busy]");
    button.setAttribute("aria-disabled", "true");
    let row;
    while ((row = [...rows].find((one) => one.state === "waits"))) await row.send();
    isBusy = false;
    button.removeAttribute("aria-disabled");
    say.textContent = isQuiet ? "" : words.all.replace("%s", String(kept));
    if (isQuiet) forgetDone();
    else await refresh();
  }

  /* How many came stays to be read, and not what they were called. */
  function forgetDone() {
    const done = [...rows].filter((row) => row.state === "done");
    for (const row of done) {
      rows.delete(row);
      row.item.remove();
    }
    received += done.length;
    list.hidden = rows.size === 0;
    const note = form.querySelector("[data-received]");
    note.hidden = received === 0;
    note.querySelector("p").textContent = words.all.replace("%s", String(received));
    if (done.length) note.scrollIntoView({ block: "nearest" });
  }

  async function refresh() {
    const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [fresh, old] = [page.querySelector("[data-kept]"), document.querySelector("[data-kept]")];
    if (fresh && old) old.replaceWith(document.importNode(fresh, true));
  }

  function add(files) {
    for (const file of files) {
      const isKnown = [...rows].some((row) => row.file.name === file.name && row.file.size === file.size
        && row.file.lastModified === file.lastModified && row.state !== "done");
      if (!isKnown && !SKIPPED.test(file.name)) rows.add(new Row(file));
    }
    tell("");
  }

  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if ([...rows].some((row) => row.state === "waits")) {
      run();
    } else {
      tell(problem.dataset.none);
      drop.querySelector("button").focus();
    }
  }, true);
  if (!isQuiet) window.addEventListener("beforeunload", (event) => { if (isBusy) event.preventDefault(); });
  document.addEventListener("leaving", () => {
    for (const row of rows) {
      row.state = "gone";
      row.request?.abort();
      row.item.remove();
    }
    rows.clear();
  });
  window.addEventListener("online", () => {
    for (const row of rows) if (row.state === "stopped") row.again();
  });

  const PICKED = { folder: { webkitdirectory: true, multiple: true }, camera: { accept: "image/*", capture: "environment" } };
  drop.addEventListener("click", (event) => {
    const kind = event.target.closest("[data-pick]")?.dataset.pick;
    if (kind === "files") input.click();
    if (!PICKED[kind]) return;
    const other = Object.assign(document.createElement("input"), { type: "file" });
    Object.assign(other, PICKED[kind]);
    if (kind === "camera") other.setAttribute("capture", "environment");
    other.addEventListener("change", () => add(other.files));
    other.click();
  });

  async function inside(entry) {
    if (entry.isFile) return [await new Promise((done, fail) => { entry.file(done, fail); })];
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      const some = await new Promise((done, fail) => { reader.readEntries(done, fail); });
      if (!some.length) return found;
      for (const one of some) found.push(...await inside(one));
    }
  }

  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    drop.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("is-over"); });
  document.addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    drop.classList.remove("is-over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const plain = [...event.dataTransfer.files];
    try {
      const found = await Promise.all(entries.map(inside));
      add(entries.length ? found.flat() : plain);
    } catch {
      add(plain);
    }
    drop.scrollIntoView({ block: "nearest" });
  });
})();
