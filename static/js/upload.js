/* Files to be kept: dropped anywhere on the page, and refused here already when they are larger than the server takes. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-upload]");
  const input = form?.querySelector('input[type="file"]');
  const problem = form?.querySelector("[data-upload-problem]");
  if (!input || !problem) return;
  const limit = Number(form.dataset.limit);

  function check() {
    const size = [...input.files].reduce((sum, file) => sum + file.size, 0);
    const isTooLarge = size > limit;
    problem.hidden = !isTooLarge;
    problem.textContent = isTooLarge ? problem.dataset.tooLarge : "";
    return !isTooLarge;
  }

  input.addEventListener("change", check);
  form.addEventListener("submit", (event) => {
    if (check()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    input.focus();
  }, true);

  document.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
  });
})();
