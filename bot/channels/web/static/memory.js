// What this phone keeps: JSON under names of our own, in localStorage where it is allowed, else until the page closes.

const PREFIX = "xiangyin.";
const spare = new Map();

/** The kept value, or `otherwise`. */
export function recall(name, otherwise) {
  if (spare.has(name)) return spare.get(name);
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** Keep a value; when storage is full or off it is kept in this page only. */
export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
    spare.delete(name);
  } catch {
    spare.set(name, value);
  }
}

/** Calls `changed` when another tab has changed `name`. */
export function watch(name, changed) {
  addEventListener("storage", (event) => {
    if (event.key === PREFIX + name || event.key === null) changed();
  });
}
