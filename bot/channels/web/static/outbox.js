// Messages that have no answer yet. They are sent again after every reconnect, until the server has answered or refused.

import { keep, recall } from "./memory.js";

/** A random id; crypto.randomUUID is missing on pages without https. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Kept in one list that all tabs share; every change reads it again, so that no tab undoes another's. */
export class Outbox {
  all() {
    return recall("waiting", []);
  }

  get(id) {
    return this.all().find((message) => message.id === id);
  }

  add(message) {
    keep("waiting", [...this.all().filter((other) => other.id !== message.id), message]);
  }

  remove(id) {
    keep("waiting", this.all().filter((message) => message.id !== id));
  }

  clear() {
    keep("waiting", []);
  }
}
