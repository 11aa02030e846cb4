"use strict";
const search = document.getElementById("search");
const count = document.getElementById("count");
const rows = Array.from(document.querySelectorAll("tbody tr, main details, dl div"));
document.querySelector(".search").hidden = false;
function filter() {
  const wanted = search.value.trim().toLowerCase();
  let shown = 0;
  for (const row of rows) {
    const fits = wanted === "" || row.textContent.toLowerCase().includes(wanted);
    row.hidden = !fits;
    shown += fits ? 1 : 0;
  }
  count.textContent = wanted === "" ? "" : `${shown} of ${rows.length} shown`;
}
search.addEventListener("input", filter);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && document.activeElement === search) {
    search.value = "";
    filter();
    search.blur();
  }
});
