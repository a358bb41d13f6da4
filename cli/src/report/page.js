"use strict";
// Makes the headings of tables buttons that sort: first in the order that is natural to them, then the other way round.
const said = document.getElementById("said");
const opposite = { ascending: "descending", descending: "ascending" };
const words = new Intl.Collator(undefined, { numeric: true });
const compare = (a, b) =>
  "worth" in a.dataset ? a.dataset.worth - b.dataset.worth : words.compare(a.textContent, b.textContent);
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  const hint = document.createElement("span");
  hint.className = "unseen";
  hint.textContent = " The headings are buttons that sort the table.";
  document.getElementById(table.getAttribute("aria-describedby")).append(hint);
  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const before = heading.getAttribute("aria-sort");
      const order = before ? opposite[before] : heading.dataset.first;
      for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      body.append(...[...body.rows].sort((a, b) => sign * compare(a.cells[column], b.cells[column])));
      said.textContent = `Sorted by ${button.textContent}, ${order}.`;
    });
  });
}
