// How long the spoken answer has become, while it is written. Characters as the server counts them, not UTF-16 units.

const field = document.querySelector(".spoken-field");
const text = document.getElementById("spoken");
const counter = document.getElementById("spoken-count");

function count() {
  const length = [...text.value.trim()].length;
  const most = Number(field.dataset.most);
  const line = length > most ? field.dataset.over : field.dataset.line;
  counter.textContent = line.replace("{n}", String(length)).replace("{most}", String(most));
  counter.classList.toggle("over", length > most);
}

if (field && text && counter) {
  text.addEventListener("input", count);
  count();
}
