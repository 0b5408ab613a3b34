// The conversation as data: entries in order, kept on this phone so that it is there again after a reload.
//
// Mine: {id, who: "mine", type, text, seconds, state, heard, problem, again}
//   state: waiting (not sent) | sent (the server has it) | done (answered) | corrected | failed
// Theirs: {id, who: "them", reply}

import { keep, recall, watch } from "./memory.js";

const LONGEST = 100;

export class Journal extends EventTarget {
  constructor() {
    super();
    watch("journal", () => this.dispatchEvent(new Event("elsewhere")));
  }

  entries() {
    return recall("journal", []);
  }

  get(id) {
    return this.entries().find((entry) => entry.id === id);
  }

  /** Add the entry, or change the one with its id. True if it is new. */
  put(entry) {
    const entries = this.entries();
    const at = entries.findIndex((other) => other.id === entry.id);
    if (at < 0) entries.push(entry);
    else entries[at] = { ...entries[at], ...entry };
    keep("journal", entries.slice(-LONGEST));
    this.dispatchEvent(new CustomEvent("put", { detail: at < 0 ? entry : entries[at] }));
    return at < 0;
  }

  clear() {
    keep("journal", []);
  }
}
