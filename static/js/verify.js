/* The SHA-256 of a file, worked out here piece by piece (FIPS 180-4), so that a large file needs neither memory nor the network. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-verify]");
  const field = form?.querySelector('input[name="sha256"]');
  const box = form?.querySelector("[data-verify-file]");
  const input = form?.querySelector("[data-verify-input]");
  const state = form?.querySelector("[data-verify-state]");
  if (!field || !box || !input || !state) return;
  box.hidden = false;
  // Sending the file is for browsers in which this script does not run.
  const sent = document.querySelector("[data-verify-sent]");
  if (sent) sent.hidden = true;

  const first = (count, power) => {
    const found = [];
    for (let n = 2; found.length < count; n += 1) {
      if (found.every((prime) => n % prime.number)) found.push({ number: n, bits: Math.floor((n ** power % 1) * 2 ** 32) >>> 0 });
    }
    return Uint32Array.from(found, (prime) => prime.bits);
  };
  const K = first(64, 1 / 3);
  const START = first(8, 1 / 2);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));

  class Sha256 {
    constructor() {
      this.h = Uint32Array.from(START);
      this.w = new Uint32Array(64);
      this.rest = new Uint8Array(64);
      this.filled = 0;
      this.length = 0;
    }

    block(bytes, at) {
      const { w, h } = this;
      for (let i = 0; i < 16; i += 1, at += 4) w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
      for (let i = 16; i < 64; i += 1) {
        const s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3);
        const s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
      }
      let [a, b, c, d, e, f, g, z] = h;
      for (let i = 0; i < 64; i += 1) {
        const t1 = (z + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
        const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        z = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
      }
      h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += z;
    }

    update(bytes) {
      this.length += bytes.length;
      let at = 0;
      if (this.filled) {
        at = Math.min(64 - this.filled, bytes.length);
        this.rest.set(bytes.subarray(0, at), this.filled);
        this.filled += at;
        if (this.filled < 64) return;
        this.block(this.rest, 0);
        this.filled = 0;
      }
      for (; at + 64 <= bytes.length; at += 64) this.block(bytes, at);
      this.rest.set(bytes.subarray(at));
      this.filled = bytes.length - at;
    }

    hex() {
      const bits = new DataView(new ArrayBuffer(8));
      bits.setBigUint64(0, BigInt(this.length) * 8n);
      const gap = (this.filled < 56 ? 56 : 120) - this.filled;
      const end = new Uint8Array(gap + 8);
      end[0] = 0x80;
      end.set(new Uint8Array(bits.buffer), gap);
      this.update(end);
      return [...this.h].map((word) => word.toString(16).padStart(8, "0")).join("");
    }
  }

  let run = 0;
  async function work(file) {
    run += 1;
    const mine = run;
    field.value = "";
    const digest = new Sha256();
    const reader = file.stream().getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (mine !== run) return;
      if (done) break;
      digest.update(value);
      state.textContent = state.dataset.working.replace("%s", String(Math.floor((100 * digest.length) / (file.size || 1))));
      await new Promise((resume) => { window.setTimeout(resume); });
    }
    field.value = digest.hex();
    state.textContent = state.dataset.done;
  }

  input.addEventListener("change", () => { if (input.files[0]) work(input.files[0]); });
  document.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    work(file);
  });
})();
