/* Copies a study as a line of a reference list, from a disk too; where the browser refuses, shows the line ready to be copied by hand. */
"use strict";

const copying = (() => {
  const BACK = 4000; // ms until the button says again what it does

  // The older way works where the newer one is missing or refused, as in some embedded browsers.
  const byCommand = (text) => {
    const field = Object.assign(document.createElement("textarea"), { value: text, readOnly: true, className: "hidden" });
    const before = document.activeElement;
    document.body.append(field);
    field.select();
    let done = false;
    try { done = document.execCommand("copy"); } catch { done = false; }
    field.remove();
    before?.focus({ preventScroll: true });
    return done;
  };

  const copied = async (text) => {
    try { await navigator.clipboard.writeText(text); return true; } catch { return byCommand(text); }
  };

  // `says` is the region that a screen reader reads; `words` the part of the button that is seen.
  const copy = async (text, button, words, says) => {
    button.parentElement.querySelector(".by-hand")?.remove();
    if (await copied(text)) {
      const usual = "Copy citation";
      words.textContent = "Copied";
      says.textContent = "Citation copied.";
      setTimeout(() => { words.textContent = usual; says.textContent = ""; }, BACK);
      return;
    }
    const field = Object.assign(document.createElement("textarea"), { value: text, readOnly: true, className: "by-hand", rows: 3 });
    field.setAttribute("aria-label", "Citation");
    button.after(field);
    field.focus();
    field.select();
    says.textContent = "The browser refused to copy. The citation is selected: copy it with Control C or Command C.";
  };

  // A study's own page has its citation on it.
  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("copy");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () =>
      copy(document.getElementById("citation").textContent, button, button, document.getElementById("told")));
  });

  return { copy };
})();
