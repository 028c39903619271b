/* After a step-up: what the person had sent goes on without another press. */
(() => {
  "use strict";
  document.querySelector("form[data-carry-on]")?.requestSubmit();
})();
