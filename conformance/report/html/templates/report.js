"use strict";
// Conveniences only: without a script the page says the same. What is chosen stands in the address.
(() => {
  const open = () => {
    // Anchors here need no escapes; a hash with some is none of them.
    const place = document.getElementById(location.hash.slice(1));
    if (!place) return;
    for (const within of place.querySelectorAll("[hidden]")) within.hidden = false;
    for (let at = place; at; at = at.parentElement) {
      at.hidden = false;
      if (at.tagName === "DETAILS") at.open = true;
    }
    if (place.closest("details")) place.scrollIntoView();
  };
  addEventListener("hashchange", open);

  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not(.script, [data-name])")) details.open = true;
  });

  for (const command of navigator.clipboard ? document.querySelectorAll(".command") : []) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    const code = command.querySelector("code").textContent;
    button.setAttribute("aria-label", "Copy the " + (command.dataset.name || "command " + code.trim()));
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    command.append(button);
  }

  const place = document.getElementById("filter");
  const table = document.querySelector(".matrix");
  if (place && table) {
    const keep = sorting(table, filtering(place, table));
    keep();
  }
  open();

  // Show what matches all that is asked for; returns what there is to keep in the address.
  function filtering(place, table) {
    place.setAttribute("role", "search");
    place.setAttribute("aria-label", "Checks");
    const selects = ["operation", "kind", "verdict"].map((name) =>
      `<label>${name[0].toUpperCase() + name.slice(1)} <select name="${name}"><option value="">any</option></select></label> `);
    place.innerHTML = '<label>Text <input type="search" name="text" autocomplete="off"></label> ' + selects.join("") +
      '<button type="button">Show all</button> <span role="status"></span>';
    const fields = [...place.querySelectorAll("[name]")];
    const [text, operation, kind, verdict] = fields;
    const parts = [...document.querySelectorAll("details[data-name]")];
    const rows = new Map([...table.querySelectorAll("tr[data-name]")].map((row) => [row.dataset.name, row]));
    const stories = [...document.querySelectorAll("article.story")];
    const checks = parts.flatMap((part) => [...part.querySelectorAll("tr[data-verdict]")].map((row) => {
      const within = row.closest("tbody").dataset.kind;
      const words = `${part.dataset.name}/${row.textContent}`.toLowerCase();
      return { row, operation: part.dataset.name, kind: within, verdict: row.dataset.verdict, words };
    }));
    const worst = "all but conforms";
    const add = (select, values) => { for (const value of new Set(values)) select.append(new Option(value)); };
    add(operation, checks.map((check) => check.operation));
    add(kind, checks.map((check) => check.kind));
    add(verdict, [worst, ...checks.map((check) => check.verdict)]);

    const asked = (field, value) => !field.value || field.value === value || (field.value === worst && value !== "conforms");
    const show = () => {
      const words = text.value.trim().toLowerCase();
      const any = fields.some((field) => field.value.trim());
      const matching = checks.filter((check) => {
        const matches = asked(operation, check.operation) && asked(kind, check.kind) && asked(verdict, check.verdict) &&
          check.words.includes(words);
        check.row.hidden = !matches;
        return matches;
      });
      const left = new Set(matching.map((check) => check.operation));
      for (const [name, row] of rows) row.hidden = !left.has(name);
      for (const part of parts) {
        part.hidden = !left.has(part.dataset.name);
        part.open = any && !part.hidden;
        for (const body of part.querySelectorAll("tbody")) body.hidden = !body.querySelector("tr:not([hidden])");
      }
      for (const body of table.tBodies) body.hidden = !body.querySelector("tr[data-name]:not([hidden])");
      for (const story of stories) {
        const of = (name) => story.dataset[name].split(",");
        story.hidden = ![[operation, "operations"], [kind, "kinds"], [verdict, "verdict"]].every(([field, name]) =>
          of(name).some((value) => asked(field, value))) || !story.textContent.toLowerCase().includes(words);
      }
      place.querySelector("[role=status]").textContent = any
        ? `${matching.length} of ${checks.length} rows of checks, ${left.size} of ${rows.size} operations` : "";
    };
    const given = new URLSearchParams(location.search);
    for (const field of fields) field.value = given.get(field.name) || "";
    for (const select of [operation, kind, verdict]) if (select.selectedIndex < 0) select.value = "";
    return { fields, show, clear: place.querySelector("button") };
  }

  // Make each head of the table a button that sorts by it: rising, falling, and as it was.
  function sorting(table, filter) {
    const heads = [...table.querySelectorAll("thead th")];
    const bodies = [...table.tBodies].map((body) => [body, [...body.rows]]);
    const all = bodies.flatMap(([, rows]) => rows.filter((row) => row.dataset.name));
    const names = heads.map((head) => head.textContent.trim());
    let sorted = new URLSearchParams(location.search).get("sort") || "";

    const order = () => {
      const falls = sorted.startsWith("-");
      const at = names.indexOf(falls ? sorted.slice(1) : sorted);
      heads.forEach((head, i) => {
        if (i === at) head.setAttribute("aria-sort", falls ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      if (at < 0) {
        sorted = "";
        for (const [body, rows] of bodies) body.append(...rows);
        return;
      }
      const key = (row) => {
        const value = row.cells[at].dataset.sort;
        return value === undefined ? row.dataset.name : value === "" ? -1 : Number(value);
      };
      const by = (a, b) => { const x = key(a), y = key(b); return x < y ? -1 : x > y ? 1 : 0; };
      const rows = [...all].sort((a, b) => (falls ? by(b, a) : by(a, b)));
      for (const [body, own] of bodies) body.append(...own.filter((row) => !row.dataset.name));
      bodies[0][0].append(...rows);
    };
    const keep = () => {
      order();
      filter.show();
      // In one list, no heading of a family has rows of its own.
      for (const [, rows] of bodies) for (const row of rows) if (!row.dataset.name) row.hidden = sorted !== "";
      const chosen = new URLSearchParams();
      for (const field of filter.fields) if (field.value.trim()) chosen.set(field.name, field.value);
      if (sorted) chosen.set("sort", sorted);
      const query = chosen.toString();
      if (query !== location.search.slice(1)) {
        history.replaceState(null, "", (query ? "?" + query : location.pathname) + location.hash);
      }
    };
    heads.forEach((head, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const rising = names[i], first = i === 0 ? rising : "-" + rising, second = i === 0 ? "-" + rising : rising;
        sorted = sorted === first ? second : sorted === second ? "" : first;
        keep();
      });
    });
    for (const field of filter.fields) field.addEventListener("input", keep);
    filter.clear.addEventListener("click", () => {
      for (const field of filter.fields) field.value = "";
      sorted = "";
      keep();
    });
    return keep;
  }
})();
