/* Says on the page when a passkey was refused or given up, instead of only in the console. */
(() => {
  "use strict";
  document.addEventListener("allauth.error", (event) => {
    const place = document.querySelector("[data-passkey-problem]");
    if (!place) return;
    event.preventDefault();
    place.hidden = false;
  });
})();
