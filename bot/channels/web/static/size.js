// Size of the letters: set before the page is painted, changed by A− and A+, remembered on this phone.
// A classic script in the head, because a module would run after the first paint.
(() => {
  const KEY = "xiangyin.size";
  const SMALLEST = 1;
  const LARGEST = 5;
  const STANDARD = 2;

  const read = () => {
    try {
      const size = Number(localStorage.getItem(KEY));
      return size >= SMALLEST && size <= LARGEST ? size : STANDARD;
    } catch {
      return STANDARD;
    }
  };

  let size = read();
  document.documentElement.dataset.size = size;

  const show = () => {
    document.documentElement.dataset.size = size;
    document.getElementById("smaller").disabled = size === SMALLEST;
    document.getElementById("larger").disabled = size === LARGEST;
  };

  const change = (by) => {
    size = Math.min(LARGEST, Math.max(SMALLEST, size + by));
    try {
      localStorage.setItem(KEY, size);
    } catch {
      // Storage is off: the size holds until the page is closed.
    }
    show();
  };

  document.addEventListener("DOMContentLoaded", () => {
    show();
    document.getElementById("smaller").addEventListener("click", () => change(-1));
    document.getElementById("larger").addEventListener("click", () => change(1));
  });
})();
