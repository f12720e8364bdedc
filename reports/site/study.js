/* Ties each value of the card to its words in the text: pointing at one lights the other. Without it both are links.
   Says how far the searches went, which today.js knows and the page, drawn when the study last changed, does not. */
"use strict";

for (const place of document.querySelectorAll("[data-today]")) {
  const words = today[place.dataset.today];
  place.hidden = !words;
  if (words) place.innerHTML = words;
}

{
  const marks = [...document.querySelectorAll("mark[data-facts]")];
  const marksOf = (fact) => marks.filter((mark) => mark.dataset.facts.split(" ").includes(fact));
  const lit = (elements, on) => { for (const element of elements) element?.classList.toggle("lit", on); };

  const tie = (element, others) => {
    const all = [element, ...others];
    for (const [event, on] of [["mouseenter", true], ["mouseleave", false], ["focusin", true], ["focusout", false]])
      element.addEventListener(event, () => lit(all, on));
  };

  for (const value of document.querySelectorAll("a.value")) tie(value, marksOf(value.id));
  for (const mark of marks) {
    const facts = mark.dataset.facts.split(" ");
    const values = facts.map((fact) => document.getElementById(fact)).filter(Boolean);
    tie(mark, values);
    const row = (value) => value.closest("dl > div")?.querySelector("dt")?.textContent || "Design";
    mark.title = values.map((value) => `${row(value)}: ${value.textContent}`).join("\n").slice(0, 300);
  }
}
