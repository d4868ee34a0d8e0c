// Talks to the front desk: one conversation, a live stream, and a queue of what is not sent yet.
// @ts-check

const RETRY_MS = [500, 1000, 2000, 4000, 8000, 15000];
/** The front desk says something every 15 s; after this long without, the line is dead (sleep, lost Wi-Fi). */
const SILENCE_MS = 40_000;

/** @typedef {{id: string, text: string, button?: {seq: number, id: string}}} Outgoing */
/** @typedef {{seq: number, author: string, name: string|null, text: string, at: string, buttons: {id: string, title: string}[], answer: any, payload: any, status: string, client_id: string|null}} Message */

/** @typedef {{name: string, phone: string, emergency_number: string, open: boolean, privacy_url: string, retention_days: number}} Clinic */
/** @typedef {{owner: string, typing?: boolean, staff?: {name: string, role: string}|null}} State */
/** @typedef {{token?: string, queue?: Outgoing[], read?: number}} Kept */

/** Keeps the token, the queue and what was read in the browser; in memory where storage is denied. */
class Drawer {
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

export class Problem extends Error {
  /** @param {number} status @param {string} code @param {string} words @param {number} wait */
  constructor(status, code, words, wait) {
    super(words);
    this.status = status;
    this.code = code;
    this.wait = wait;
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
    addEventListener("online", () => (this.flush(), this.token && this.listen()));
    addEventListener("offline", () => this.token && this.tell("offline"));
    // a page that holds a lock or a stream is not kept for the "back" button
    addEventListener("pagehide", () => this.stream?.abort());
    addEventListener("pageshow", (event) => event.persisted && this.token && this.listen());
  }

  /** What tabs with the same conversation share: a channel and locks of this name. */
  get room() {
    return `${this.drawer.key}:${this.token}`;
  }

  get token() {
    return this.drawer.read().token;
  }
  /** @returns {Outgoing[]} */
  get queue() {
    return this.drawer.read().queue ?? [];
  }

  /** The number of the last message that the visitor saw. */
  get read() {
    return this.drawer.read().read ?? 0;
  }

  markRead() {
    if (this.token && this.seq > this.read) this.drawer.write({ read: this.seq });
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<Response>} */
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

  /** @returns {Promise<Clinic>} */
  async clinic() {
    return (await this.call("GET", "/api/clinic")).json();
  }

  /** Open a conversation, after the visitor agreed. @param {string} language */
  async begin(language) {
    const { token } = await (await this.call("POST", "/api/conversations", { language })).json();
    this.drawer.write({ token, queue: [], read: 0 });
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

  /** Send what is queued, in order, each under its own id so that it counts once; one tab at a time. */
  async flush() {
    if (this.sending || !this.token) return;
    this.sending = true;
    await this.alone("send", () => this.sendAll());
    this.sending = false;
    if (this.queue.length) this.flush();
  }

  async sendAll() {
    for (let attempt = 0; this.token && this.queue.length; ) {
      const [first] = this.queue;
      try {
        const { id, text, button } = first;
        await this.call("POST", "/api/messages", button ? { id, button } : { id, text });
        this.unqueue(id);
        attempt = 0;
        this.tell("sent", first);
      } catch (error) {
        if (error instanceof Problem && error.status !== 429 && error.status < 500) {
          this.unqueue(first.id);
          this.tell("refused", { outgoing: first, problem: error });
          continue;
        }
        for (const outgoing of this.queue) this.tell("unsent", { outgoing, problem: error });
        const asked = error instanceof Problem && error.wait * 1000;
        const wait = asked || RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)];
        await this.pause(wait);
      }
    }
  }

  /** @param {string} id */
  unqueue(id) {
    this.drawer.write({ queue: this.queue.filter((outgoing) => outgoing.id !== id) });
  }

  /**
   * Do something in one tab at a time, where the browser knows locks.
   * @param {string} name @param {() => Promise<any>} act @param {AbortSignal} [signal]
   */
  async alone(name, act, signal) {
    if (!navigator.locks) return act();
    try {
      return await navigator.locks.request(`${this.room}:${name}`, { signal }, act);
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  }

  /** @param {number} ms */
  pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      addEventListener("online", () => (clearTimeout(timer), resolve(undefined)), { once: true });
    });
  }

  /** Follow the conversation until it ends. One tab holds the stream and passes it on to the others. */
  async listen() {
    this.stream?.abort();
    const stream = (this.stream = new AbortController());
    if (navigator.locks && globalThis.BroadcastChannel) {
      const others = (this.others = new BroadcastChannel(this.room));
      others.onmessage = ({ data }) => this.receive(data.name, data.detail);
      stream.signal.addEventListener("abort", () => others.close());
      const { held } = await navigator.locks.query();
      if (held?.some((lock) => lock.name === `${this.room}:stream`)) await this.catchUp();
    }
    await this.alone("stream", () => this.follow(stream), stream.signal);
  }

  /** @param {AbortController} stream */
  async follow(stream) {
    for (let attempt = 0; !stream.signal.aborted; attempt++) {
      try {
        const answer = await fetch(`${this.base}/api/events?after=${this.seq}`, {
          headers: { Authorization: `Bearer ${this.token}` },
          signal: stream.signal,
          credentials: "omit",
        });
        if (answer.status === 401) return this.pass("gone");
        if (!answer.ok || !answer.body) throw new Error(String(answer.status));
        this.pass("online");
        attempt = 0;
        await this.hearAll(answer.body.getReader());
      } catch {
        if (stream.signal.aborted) return;
      }
      this.pass("offline");
      await this.pause(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]);
    }
  }

  /** Fetch what another tab's stream told before this tab listened. */
  async catchUp() {
    this.behind = true;
    if (this.catching) return;
    this.catching = true;
    while (this.behind) {
      this.behind = false;
      try {
        const { messages, owner } = await (await this.call("GET", `/api/messages?after=${this.seq}`)).json();
        for (const message of messages) this.receive("message", message);
        this.tell("online");
        this.tell("state", { owner });
      } catch {
        break; // the next message tries again
      }
    }
    this.catching = false;
  }

  /** @param {ReadableStreamDefaultReader<Uint8Array>} reader */
  async hearAll(reader) {
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const silent = setTimeout(() => reader.cancel(), SILENCE_MS);
      const { done, value } = await reader.read().finally(() => clearTimeout(silent));
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
    if (fields.event === "erased") return this.pass("gone");
    this.pass(fields.event, JSON.parse(fields.data));
  }

  /** Take something from the stream, and give it to the other tabs. @param {string} name @param {any} [detail] */
  pass(name, detail) {
    this.others?.postMessage({ name, detail });
    this.receive(name, detail);
  }

  /** Each message once and in order. @param {string} name @param {any} detail */
  receive(name, detail) {
    if (name === "message") {
      if (detail.seq <= this.seq) return;
      if (detail.seq > this.seq + 1 && this.seq) return void this.catchUp();
      this.seq = detail.seq;
    }
    this.tell(name, detail);
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

  /** Ask to be called. @param {{name: string, contact: string, good_time: string}} wish */
  callBack(wish) {
    return this.call("POST", "/api/callback", { id: crypto.randomUUID(), ...wish });
  }

  /** Forget the conversation in this browser, in every tab. */
  forget() {
    if (this.token) this.others?.postMessage({ name: "gone" });
    this.stream?.abort();
    this.drawer.clear();
    this.seq = 0;
  }

  /** @param {string} name @param {any} [detail] */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
