
"use strict";
const units = { d: 86400, h: 3600, m: 60, s: 1, ms: 1e-3, "µs": 1e-6, us: 1e-6, ns: 1e-9 };
// Adds up what a duration is written as: "1d 2h 3m 4s".
const seconds = (text) =>
  [...text.matchAll(/(-?\d+(?:\.\d+)?)(d|h|ms|µs|us|ns|m|s)/g)].reduce((sum, [, count, unit]) => sum + count * units[unit], 0);
// Tables sort by their headers: up, down, and as they were. Missing values stay last.
for (const table of document.querySelectorAll(".outputs figure.table table")) {
  const body = table.tBodies[0];
  const gap = body.querySelector("tr.gap");
  const whole = [...body.rows];
  const rows = whole.filter((row) => row !== gap);
  if (rows.length < 2) continue;
  const texts = new Intl.Collator(undefined, { numeric: true });
  const headers = [...table.tHead.rows[0].cells];
  headers.forEach((header, column) => {
    const isDuration = header.querySelector(".type").textContent.startsWith("duration");
    const isNumber = isDuration || header.classList.contains("num");
    // Over the header and not around it: what is in a button is not repeated on each sheet of paper.
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", `Sort by ${header.querySelector(".name").textContent}`);
    header.append(button);
    header.classList.add("sorts");
    const keys = new Map(rows.map((row) => {
      const cell = row.cells[column];
      if (cell.classList.contains("null")) return [row, null];
      const text = cell.title || cell.textContent;
      if (isDuration) return [row, seconds(text)];
      return [row, isNumber ? Number(text.replace("inf", "Infinity")) : text];
    }));
    const compare = (a, b) => {
      const [one, other] = [keys.get(a), keys.get(b)];
      if (!isNumber) return texts.compare(one, other);
      // What is no number, NaN, is greater than any.
      return Number.isNaN(one) || Number.isNaN(other) ? Number.isNaN(one) - Number.isNaN(other) : one - other;
    };
    button.addEventListener("click", () => {
      const next = { ascending: "descending", descending: null }[header.getAttribute("aria-sort")];
      headers.forEach((other) => other.removeAttribute("aria-sort"));
      if (next === null) {
        body.append(...whole);
        return;
      }
      const order = next ?? "ascending";
      header.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const [known, missing] = [rows.filter((row) => keys.get(row) !== null), rows.filter((row) => keys.get(row) === null)];
      body.append(...known.sort((a, b) => sign * compare(a, b)), ...missing, ...(gap ? [gap] : []));
    });
  });
}
