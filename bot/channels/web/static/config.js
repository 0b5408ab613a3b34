// What the server wrote into the page: limits and every word that is shown.

export const config = JSON.parse(document.getElementById("config").textContent);

/** The text for a key, with {figures} filled in. A missing key is a mistake and shows at once. */
export function t(key, values = {}) {
  const text = config.texts[key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
