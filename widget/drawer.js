// What the browser keeps: the token, what is not sent yet, what was read. In memory where storage is denied.
// @ts-check

/** @typedef {{id: string, text: string, button?: {seq: number, id?: string, ids?: string[]}, refused?: boolean}} Outgoing */
/** @typedef {{token?: string, earlier?: string[], queue?: Outgoing[], read?: number, draft?: string, votes?: Record<string, boolean>, language?: string, open?: boolean, sound?: boolean}} Kept */

export class Drawer {
  /** @param {string} key */
  constructor(key) {
    this.key = key;
    /** @type {Kept} */
    this.memory = {};
  }

  /** @returns {Kept} */
  read() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "{}");
    } catch {
      return this.memory;
    }
  }

  /** @param {Kept} values */
  write(values) {
    this.memory = { ...this.read(), ...values };
    try {
      localStorage.setItem(this.key, JSON.stringify(this.memory));
    } catch {
      // storage is denied: this visit still works
    }
  }

  clear() {
    this.memory = {};
    try {
      localStorage.removeItem(this.key);
    } catch {
      // nothing was kept
    }
  }
}

/** An id that nobody else makes; pages without TLS have no randomUUID. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
