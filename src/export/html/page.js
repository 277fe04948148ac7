
"use strict";
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
    const isNumber = header.classList.contains("num");
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    const keys = new Map(rows.map((row) => {
      const cell = row.cells[column];
      if (cell.classList.contains("null")) return [row, null];
      const text = cell.title || cell.textContent;
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
