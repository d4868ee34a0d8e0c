// Talks to the front desk: one conversation, and a queue of what is not sent yet.
// @ts-check
import { Drawer, newId } from "./drawer.js";
import { Line } from "./line.js";

const AGAIN_MS = [500, 1000, 2000, 4000, 8000, 15000];
const CALL_MS = 15_000;
const TYPED_MS = 4_000;
/** Answers that mean "not now"; 413 is a proxy's, as no message of ours is that large. */
const NOT_NOW = [408, 413, 425, 429];
const TOO_LARGE_TRIES = 3;

/** @typedef {import("./drawer.js").Outgoing} Outgoing */
/** @typedef {{seq: number, author: string, name: string|null, text: string, at: string, buttons: {id: string, title: string}[], answer: any, payload: any, status: string, client_id: string|null, language?: string}} Message */
/** @typedef {{name: string, phone: string, emergency_number: string, open: boolean, open_until?: string|null, opens_at?: string|null, time_zone?: string, usual_wait?: string, staffed?: boolean, photos?: boolean, booking_url?: string, questions?: string[], languages?: string[], mails?: boolean, pushes?: boolean, privacy_url: string, retention_days: number}} Clinic */
/** @typedef {{owner: string, typing?: boolean, place?: number|null, staffed?: boolean|null, forgotten?: number[], mail?: string|null, push?: boolean, staff?: {name: string, role: string}|null}} State */

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
    this.line = new Line(this);
    this.seq = 0;
    this.sending = false;
    this.typed = 0;
    /** @type {string|undefined} */
    this.carried = undefined; // the token of a link that leads here from a messaging channel
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
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), CALL_MS);
    try {
      const answer = await fetch(this.base + path, {
        method,
        headers: {
          ...(this.token && { Authorization: `Bearer ${this.token}` }),
          ...(body && { "Content-Type": "application/json" }),
        },
        body: body && JSON.stringify(body),
        signal: patience.signal,
        credentials: "omit",
        referrerPolicy: "no-referrer",
      });
      const text = await answer.text();
      if (answer.ok) return new Response(text || null, { status: text ? 200 : 204 });
      let said = {};
      try {
        said = JSON.parse(text).error;
      } catch {
        // a proxy answers in its own way
      }
      const { code = "failed", message = "" } = /** @type {any} */ (said) ?? {};
      throw new Problem(answer.status, code, message, Number(answer.headers.get("Retry-After")) || 0);
    } finally {
      clearTimeout(timer);
    }
  }

  /** @returns {Promise<Clinic>} */
  async clinic() {
    return (await this.call("GET", "/api/clinic")).json();
  }

  /** Open a conversation, after the visitor agreed. @param {string} language */
  async begin(language) {
    const { token } = await (await this.call("POST", "/api/conversations", { language, carried: this.carried })).json();
    this.carried = undefined;
    this.drawer.write({ token, queue: [], read: 0 });
    this.seq = 0;
    this.line.start();
  }

  /** @param {string} text @param {Outgoing["button"]} [button] @returns {Outgoing} */
  say(text, button) {
    const outgoing = { id: newId(), text, ...(button && { button }) };
    this.drawer.write({ queue: [...this.queue, outgoing] });
    this.flush();
    return outgoing;
  }

  /** Try a refused message again, as the last of the queue. @param {Outgoing} outgoing */
  sayAgain({ refused, ...outgoing }) {
    this.drawer.write({ queue: [...this.queue.filter(({ id }) => id !== outgoing.id), outgoing] });
    this.flush();
  }

  /** Send what is queued, in order. Each has its own id, so it counts once, however often it is sent. */
  async flush() {
    if (this.sending) return;
    this.sending = true;
    for (let attempt = 0; this.token; ) {
      const first = this.queue.find((one) => !one.refused);
      if (!first) break;
      try {
        const { id, text, button } = first;
        const body = button ? { id, button } : { id, text };
        const { seq } = await (await this.call("POST", "/api/messages", body)).json();
        this.unqueue(id);
        attempt = 0;
        this.line.expect(seq);
        this.tell("sent", first);
      } catch (problem) {
        const { status = 0, wait = 0 } = /** @type {any} */ (problem);
        if (status === 401) {
          this.line.receive("gone", undefined);
          break;
        }
        const lost = status === 413 ? attempt >= TOO_LARGE_TRIES : status >= 400 && status < 500 && !NOT_NOW.includes(status);
        if (lost) {
          attempt = 0;
          this.drawer.write({ queue: this.queue.map((one) => (one.id === first.id ? { ...one, refused: true } : one)) });
          this.tell("refused", { outgoing: first, problem });
          continue;
        }
        for (const outgoing of this.queue) if (!outgoing.refused) this.tell("unsent", { outgoing, problem });
        this.line.poll();
        await this.pause(wait * 1000 || AGAIN_MS[Math.min(attempt++, AGAIN_MS.length - 1)]);
      }
    }
    this.sending = false;
  }

  /** @param {string} id */
  unqueue(id) {
    this.drawer.write({ queue: this.queue.filter((outgoing) => outgoing.id !== id) });
  }

  /** @param {number} ms */
  pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      addEventListener("online", () => (clearTimeout(timer), resolve(undefined)), { once: true });
    });
  }

  /** @param {number} seq @param {boolean} helpful */
  async vote(seq, helpful) {
    await this.call("POST", "/api/feedback", { seq, helpful });
    this.drawer.write({ votes: { ...this.drawer.read().votes, [seq]: helpful } });
  }

  /** Erase the conversation on the server, then here. */
  async erase() {
    await this.call("DELETE", "/api/conversation");
    this.forget();
  }

  /** Staff see that somebody is writing to them; while the assistant answers nobody is told. @param {string} owner */
  type(owner) {
    if (owner === "bot" || owner === "closed" || Date.now() - this.typed < TYPED_MS) return;
    this.typed = Date.now();
    this.call("POST", "/api/typing").catch(() => {}); // it is said again soon
  }

  /** Forget the conversation in this browser, in every tab; an earlier one's key stays. */
  forget() {
    this.leave({});
  }

  /** Begin anew, and keep the key of this conversation. */
  putAside() {
    const { earlier = [] } = this.drawer.read();
    this.leave({ earlier: [...earlier, /** @type {string} */ (this.token)] });
  }

  /** Take the last conversation up that was put aside. */
  takeUp() {
    const { earlier = [] } = this.drawer.read();
    this.drawer.write({ token: earlier.at(-1), earlier: earlier.slice(0, -1), queue: [], read: 0 });
  }

  /** @param {import("./drawer.js").Kept} values */
  leave(values) {
    const { followed } = this.line;
    this.line.shout({ name: "gone" });
    this.line.stop();
    this.seq = 0;
    if (this.token && followed && this.token !== followed) return; // another tab has begun anew
    const kept = { earlier: this.drawer.read().earlier, ...values };
    this.drawer.clear();
    if (kept.earlier?.length) this.drawer.write(kept);
  }

  /** @param {string} name @param {any} [detail] */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
