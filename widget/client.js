// Talks to the front desk: one conversation, a live stream, and a queue of what is not sent yet.
// @ts-check

const RETRY_MS = [500, 1000, 2000, 4000, 8000, 15000];

/** @typedef {{id: string, text: string, button?: {seq: number, id: string}}} Outgoing */
/** @typedef {{seq: number, author: string, name: string|null, text: string, at: string, buttons: {id: string, title: string}[], answer: any, payload: any, status: string, client_id: string|null}} Message */

/** Keeps the token and the queue in the browser; in memory where storage is denied. */
class Drawer {
  /** @param {string} key */
  constructor(key) {
    this.key = key;
    this.memory = {};
  }
  read() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "{}");
    } catch {
      return this.memory;
    }
  }
  /** @param {object} values */
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

export class Problem extends Error {
  /** @param {number} status @param {string} code @param {string} words @param {number} wait */
  constructor(status, code, words, wait) {
    super(words);
    Object.assign(this, { status, code, wait });
  }
}

export class Client extends EventTarget {
  /** @param {string} base */
  constructor(base) {
    super();
    this.base = base;
    this.drawer = new Drawer(`skin-clinic-chat:${base}`);
    this.seq = 0;
    this.sending = false;
    addEventListener("online", () => this.flush());
    addEventListener("pageshow", (event) => event.persisted && this.listen());
  }

  get token() {
    return this.drawer.read().token;
  }
  /** @returns {Outgoing[]} */
  get queue() {
    return this.drawer.read().queue ?? [];
  }

  /** @param {string} method @param {string} path @param {object} [body] */
  async call(method, path, body) {
    const answer = await fetch(this.base + path, {
      method,
      headers: {
        ...(this.token && { Authorization: `Bearer ${this.token}` }),
        ...(body && { "Content-Type": "application/json" }),
      },
      body: body && JSON.stringify(body),
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
    if (answer.ok) return answer;
    const { error } = await answer.json().catch(() => ({ error: {} }));
    const wait = Number(answer.headers.get("Retry-After") ?? 0);
    throw new Problem(answer.status, error?.code ?? "failed", error?.message ?? "", wait);
  }

  async clinic() {
    return (await this.call("GET", "/api/clinic")).json();
  }

  /** Open a conversation, after the visitor agreed. @param {string} language */
  async begin(language) {
    const { token } = await (await this.call("POST", "/api/conversations", { language })).json();
    this.drawer.write({ token, queue: [] });
    this.seq = 0;
    this.listen();
  }

  /** @param {string} text @param {{seq: number, id: string}} [button] @returns {Outgoing} */
  say(text, button) {
    const outgoing = { id: crypto.randomUUID(), text, ...(button && { button }) };
    this.drawer.write({ queue: [...this.queue, outgoing] });
    this.flush();
    return outgoing;
  }

  /** Send what is queued, in order, each under its own id so that it counts once. */
  async flush() {
    if (this.sending || !this.token) return;
    this.sending = true;
    for (let attempt = 0; this.queue.length; ) {
      const [first] = this.queue;
      try {
        const { id, text, button } = first;
        await this.call("POST", "/api/messages", button ? { id, button } : { id, text });
        this.drawer.write({ queue: this.queue.slice(1) });
        attempt = 0;
        this.tell("sent", first);
      } catch (error) {
        if (error instanceof Problem && error.status !== 429 && error.status < 500) {
          this.drawer.write({ queue: this.queue.slice(1) });
          this.tell("refused", { outgoing: first, problem: error });
          continue;
        }
        this.tell("unsent", { outgoing: first, problem: error });
        const wait = error.wait ? error.wait * 1000 : RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)];
        await this.pause(wait);
      }
    }
    this.sending = false;
  }

  /** @param {number} ms */
  pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      addEventListener("online", () => (clearTimeout(timer), resolve(undefined)), { once: true });
    });
  }

  /** Follow the conversation until it ends; begin again where it stopped. */
  async listen() {
    this.stream?.abort();
    const stream = (this.stream = new AbortController());
    for (let attempt = 0; !stream.signal.aborted; attempt++) {
      try {
        const answer = await fetch(`${this.base}/api/events?after=${this.seq}`, {
          headers: { Authorization: `Bearer ${this.token}` },
          signal: stream.signal,
          credentials: "omit",
        });
        if (answer.status === 401) return this.tell("gone");
        if (!answer.ok || !answer.body) throw new Error(String(answer.status));
        this.tell("online");
        attempt = 0;
        await this.read(answer.body.getReader());
      } catch {
        if (stream.signal.aborted) return;
      }
      this.tell("offline");
      await this.pause(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]);
    }
  }

  /** @param {ReadableStreamDefaultReader<Uint8Array>} reader */
  async read(reader) {
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true }).replaceAll("\r", "");
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) this.heard(block);
    }
  }

  /** @param {string} block */
  heard(block) {
    const fields = Object.fromEntries(
      block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
    );
    if (!fields.data) return;
    if (fields.event === "erased") return this.tell("gone");
    const data = JSON.parse(fields.data);
    if (fields.event === "message") {
      if (data.seq <= this.seq) return;
      this.seq = data.seq;
    }
    this.tell(fields.event, data);
  }

  /** @param {number} seq @param {boolean} helpful */
  vote(seq, helpful) {
    return this.call("POST", "/api/feedback", { seq, helpful });
  }

  /** Erase the conversation on the server, then here. */
  async erase() {
    await this.call("DELETE", "/api/conversation");
    this.forget();
  }

  /** Forget the conversation in this browser. */
  forget() {
    this.stream?.abort();
    this.drawer.clear();
    this.seq = 0;
  }

  /** @param {string} name @param {any} [detail] */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
