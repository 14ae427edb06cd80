"use strict";
// Conveniences only: without a script the page says the same.
(() => {
  const open = () => {
    // Anchors here need no escapes; a hash with some is none of them.
    const place = document.getElementById(location.hash.slice(1));
    for (let at = place; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (place && place.closest("details")) place.scrollIntoView();
  };
  addEventListener("hashchange", open);
  open();

  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });

  for (const command of navigator.clipboard ? document.querySelectorAll(".command") : []) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy the command " + command.innerText.trim());
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(command.querySelector("code").textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    command.append(button);
  }

  const place = document.getElementById("filter");
  if (!place) return;
  place.innerHTML = '<label>Show operations named <input type="search" autocomplete="off"></label> ' +
    '<label><input type="checkbox"> only what does not conform</label> <span role="status"></span>';
  const [words, only] = place.querySelectorAll("input");
  const rows = [...document.querySelectorAll(".matrix tr[data-name]")];
  const filter = () => {
    for (const row of rows) {
      row.hidden = !row.dataset.name.includes(words.value.trim()) ||
        (only.checked && row.dataset.tone === "good");
    }
    for (const family of document.querySelectorAll(".matrix tbody")) {
      family.hidden = !family.querySelector("tr[data-name]:not([hidden])");
    }
    const left = rows.filter((row) => !row.hidden).length;
    place.querySelector("[role=status]").textContent =
      left === rows.length ? "" : left + " of " + rows.length + " operations";
  };
  words.addEventListener("input", filter);
  only.addEventListener("change", filter);
})();
