/* Asks the browser for a passkey when its button is pressed, and sends the answer with the form. Nothing is stored. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-passkey]");
  const asked = document.getElementById("passkey-asked");
  if (!form || !asked || !window.PublicKeyCredential) return;
  const button = form.querySelector("[data-passkey-button]");
  const problem = form.querySelector("[data-passkey-problem]");
  const kept = form.querySelector("input[name=credential]");
  form.querySelector("[data-passkey-missing]").hidden = true;
  button.hidden = false;

  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  }

  function text(buffer) {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function question() {
    const options = JSON.parse(asked.textContent).publicKey;
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of [options.excludeCredentials, options.allowCredentials]) {
      for (const one of list || []) one.id = bytes(one.id);
    }
    return { publicKey: options };
  }

  function answer(made) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[name]) response[name] = text(made.response[name]);
    }
    return JSON.stringify({
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response,
      clientExtensionResults: made.getClientExtensionResults(),
    });
  }

  form.addEventListener("submit", async (event) => {
    if (kept.value) return;
    event.preventDefault();
    problem.hidden = true;
    try {
      const make = form.dataset.passkey === "create" ? "create" : "get";
      kept.value = answer(await navigator.credentials[make](question()));
      form.submit();
    } catch {
      problem.hidden = false;
    }
  });
})();
