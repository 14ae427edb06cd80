"use strict";
// Conveniences only: without a script the page says the same. What is chosen stands in the address.
(() => {
  const table = document.querySelector("table.frameworks");
  const tools = document.getElementById("tools");
  if (!table || !tools) return;
  tools.innerHTML = '<label>Operations named <input type="search" autocomplete="off" name="name"></label> ' +
    '<label>Only where some cell is <select name="words"><option value="">anything</option></select></label> ' +
    `<label>Only the ${tools.dataset.noun} <select name="framework"><option value="">all</option></select></label> ` +
    '<span role="status"></span>';
  const [name, words, framework] = ["name", "words", "framework"].map((key) => tools.querySelector(`[name=${key}]`));
  const rows = [...table.querySelectorAll("tr[data-name]")];
  const heads = [...table.querySelectorAll("thead th")];
  const add = (select, values) => {
    for (const value of values) select.append(new Option(value, value));
  };
  add(words, [...new Set([...table.querySelectorAll("td[data-words]")].map((cell) => cell.dataset.words))].sort());
  add(framework, heads.slice(1).map((head) => head.dataset.framework));

  const show = () => {
    const only = framework.value;
    for (const row of rows) {
      const cells = [...row.querySelectorAll("td")];
      cells.forEach((cell, i) => { cell.hidden = only !== "" && heads[i + 1].dataset.framework !== only; });
      const seen = cells.filter((cell) => !cell.hidden);
      row.hidden = !row.dataset.name.includes(name.value.trim()) ||
        (words.value !== "" && !seen.some((cell) => cell.dataset.words === words.value));
    }
    heads.slice(1).forEach((head) => { head.hidden = only !== "" && head.dataset.framework !== only; });
    for (const part of table.tBodies) part.hidden = !part.querySelector("tr[data-name]:not([hidden])");
    for (const section of document.querySelectorAll("section[id^=of-]")) {
      section.hidden = only !== "" && section.id !== "of-" + only;
    }
    const left = rows.filter((row) => !row.hidden).length;
    tools.querySelector("[role=status]").textContent = left === rows.length ? "" : `${left} of ${rows.length} operations`;
  };
  const keep = () => {
    const chosen = new URLSearchParams();
    for (const each of [name, words, framework]) if (each.value) chosen.set(each.name, each.value);
    const query = chosen.toString();
    history.replaceState(null, "", (query ? "?" + query : location.pathname) + location.hash);
    show();
  };
  const given = new URLSearchParams(location.search);
  for (const each of [name, words, framework]) each.value = given.get(each.name) || "";
  for (const each of [name, words, framework]) each.addEventListener("input", keep);
  show();

  // A click on a head sorts the operations of each family by what they come to there.
  const order = ["crashes", "wrong", "loses digits"];
  const rank = (cell) => {
    const at = order.indexOf(cell.dataset.words);
    if (at >= 0) return at;
    return cell.classList.contains("mixed") ? 3 : cell.classList.contains("good") ? 4 : 5;
  };
  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.textContent = "↕";
    button.setAttribute("aria-label", "Sort by " + (head.dataset.framework || "operation"));
    head.append(button);
  }
  heads.forEach((head, i) => head.addEventListener("click", (event) => {
    if (event.target.closest("a")) return;
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of heads) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    for (const part of table.tBodies) {
      const own = [...part.querySelectorAll("tr[data-name]")];
      const key = (row) => (i === 0 ? row.dataset.name : rank(row.cells[i]));
      own.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) * (up ? 1 : -1));
      part.append(...own);
    }
  }));
})();
