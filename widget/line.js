// How messages come: by the live stream, or by asking again and again where the stream is blocked,
// buffered or silent. One tab of a conversation leads; the others hear it by a channel, and the first
// that hears it no more (a suspended tab, a closed one) leads in its place.
// @ts-check
import { newId } from "./drawer.js";

const TICK_MS = 1000;
/** After this long without a beat the tab that led is gone. */
const LEADER_GONE_MS = 4500;
/** A stream says something at once when it opens, then every 15 s. */
const FIRST_WORD_MS = 3000;
const SILENT_MS = 20_000;
const DEAD_MS = 40_000;
/** A message that was taken is asked after, this long after it was taken. */
const ASK_AFTER_MS = [2500, 5000, 10_000, 20_000, 40_000];
const POLL_MS = { busy: 1500, idle: 5000, hidden: 15_000 };
const BUSY_MS = 60_000;
const AGAIN_MS = [500, 1000, 2000, 4000, 8000, 15_000, 30_000];

export class Line {
  /** @param {import("./client.js").Client} client */
  constructor(client) {
    this.client = client;
    this.id = newId();
    this.leads = false;
    this.status = "live";
    this.taken = { seq: 0, at: -BUSY_MS, asked: ASK_AFTER_MS.length };
    /** When the stream was opened, spoke last, and was found broken. */
    this.opened = this.spoke = this.nextPoll = this.heardLeader = 0;
    this.broken = false;
    this.asking = false;
    /** How often it was heard who has the conversation. */
    this.states = 0;
    addEventListener("online", () => this.run && (this.again?.(), this.poll(), this.client.flush()));
    addEventListener("offline", () => this.run && this.say("offline"));
    // a page that holds a stream is not kept for the "back" button, and a frozen one must not lead
    addEventListener("pagehide", () => this.rest());
    document.addEventListener("freeze", () => this.rest());
    addEventListener("pageshow", (event) => event.persisted && this.wake());
    document.addEventListener("resume", () => this.wake());
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
  }

  /** Begin to follow the conversation. */
  start() {
    this.stop();
    const run = (this.run = new AbortController());
    this.followed = this.client.token;
    this.resting = false;
    this.broken = false;
    if (globalThis.BroadcastChannel) {
      const others = (this.others = new BroadcastChannel(`${this.client.drawer.key}:${this.client.token}`));
      others.onmessage = ({ data }) => this.hear(data);
      run.signal.addEventListener("abort", () => others.close());
    }
    const clock = setInterval(() => this.tick(), TICK_MS);
    run.signal.addEventListener("abort", () => clearInterval(clock));
    this.heardLeader = 0;
    this.shout({ ask: true });
    setTimeout(() => !run.signal.aborted && !this.heardLeader && this.lead(), this.others ? 150 : 0);
    this.poll();
  }

  stop() {
    if (this.leads) this.shout({ bye: true });
    this.run?.abort();
    this.run = this.others = undefined;
    this.leads = false;
  }

  rest() {
    this.resting ||= Boolean(this.run);
    this.stop();
  }

  wake() {
    if (this.resting) this.start();
    else if (this.run) this.tick();
  }

  /** A message of this tab was taken: it must come back on the line, and an answer after it. @param {number} seq */
  expect(seq) {
    this.taken = { seq, at: Date.now(), asked: 0 };
  }

  get isDeaf() {
    if (this.broken) return true;
    const silent = Date.now() - Math.max(this.opened, this.spoke);
    return silent > (this.spoke < this.opened ? FIRST_WORD_MS : SILENT_MS);
  }

  tick() {
    const now = Date.now();
    if (this.leads) {
      this.shout({ beat: this.id, hidden: document.hidden });
      if (now - Math.max(this.opened, this.spoke) > DEAD_MS) this.once?.abort();
      if (this.isDeaf && now >= this.nextPoll) this.poll();
    } else if (this.heardLeader && now - this.heardLeader > LEADER_GONE_MS) this.lead();
    const { seq, at, asked } = this.taken;
    if (asked < ASK_AFTER_MS.length && this.client.seq <= seq && now - at >= ASK_AFTER_MS[asked]) {
      this.taken.asked += 1;
      this.poll();
    }
  }

  lead() {
    if (this.leads || !this.run) return;
    this.leads = true;
    this.opened = Date.now();
    this.shout({ beat: this.id, hidden: document.hidden });
    const stream = (this.stream = new AbortController());
    this.run.signal.addEventListener("abort", () => stream.abort());
    this.follow(stream.signal);
  }

  /** Another tab speaks. @param {any} data */
  hear(data) {
    if (data.ask) return void (this.leads && this.shout({ beat: this.id, hidden: document.hidden }));
    if (data.bye) return void (this.heardLeader = Date.now() - LEADER_GONE_MS + Math.random() * TICK_MS);
    if (data.name) return this.receive(data.name, data.detail);
    this.heardLeader = Date.now();
    if (!this.leads) return;
    const yields = data.hidden === document.hidden ? data.beat < this.id : document.hidden;
    if (!yields) return this.shout({ beat: this.id, hidden: document.hidden });
    this.leads = false;
    this.stream?.abort();
  }

  /** @param {any} data */
  shout(data) {
    this.others?.postMessage(data);
  }

  /** Hold the stream, and take it up again. @param {AbortSignal} signal */
  async follow(signal) {
    for (let attempt = 0; !signal.aborted; attempt++) {
      const once = (this.once = new AbortController());
      const end = () => once.abort();
      signal.addEventListener("abort", end);
      this.opened = Date.now();
      try {
        const answer = await fetch(`${this.client.base}/api/events?after=${this.client.seq}`, {
          headers: { Authorization: `Bearer ${this.client.token}` },
          signal: once.signal,
          credentials: "omit",
          referrerPolicy: "no-referrer",
        });
        if (answer.status === 401) return this.pass("gone");
        if (!answer.ok || !answer.body) throw new Error(String(answer.status));
        await this.hearAll(answer.body.getReader(), () => (attempt = 0));
      } catch {
        if (!signal.aborted) {
          this.broken = true;
          this.poll();
        }
      }
      signal.removeEventListener("abort", end);
      if (!signal.aborted) await this.pause(AGAIN_MS[Math.min(attempt, AGAIN_MS.length - 1)]);
    }
  }

  /** @param {number} ms */
  pause(ms) {
    return new Promise((resolve) => {
      this.again = () => resolve(undefined);
      setTimeout(resolve, ms);
    });
  }

  /** @param {ReadableStreamDefaultReader<Uint8Array>} reader @param {() => void} spoke */
  async hearAll(reader, spoke) {
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      spoke();
      this.spoke = Date.now();
      this.broken = false;
      this.say("live");
      text += decoder.decode(value, { stream: true }).replaceAll("\r", "");
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) this.read(block);
    }
  }

  /** @param {string} block */
  read(block) {
    const fields = Object.fromEntries(
      block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
    );
    if (!fields.data) return;
    if (fields.event === "erased") this.pass("gone");
    else this.pass(fields.event, JSON.parse(fields.data));
  }

  /** Ask for what is new. */
  async poll() {
    if (this.asking || !this.run) return void (this.askAgain = true);
    this.asking = true;
    this.askAgain = false;
    const { signal } = this.run;
    try {
      const after = this.client.seq;
      const heard = this.states;
      const { messages, ...state } = await (await this.client.call("GET", `/api/messages?after=${after}`)).json();
      if (signal.aborted) return;
      // the stream is open and yet did not say this
      if (this.leads && after && messages.at(-1)?.seq > this.client.seq && Date.now() - this.spoke > 1000) this.broken = true;
      for (const message of messages) this.pass("message", message);
      // what the stream said meanwhile is newer
      if (this.states === heard) this.pass("state", state);
      this.say(this.leads && this.isDeaf ? "slow" : this.status === "slow" && !this.leads ? "slow" : "live");
    } catch (problem) {
      if (signal.aborted) return;
      if (/** @type {any} */ (problem).status === 401) this.pass("gone");
      else this.say(navigator.onLine ? "unreachable" : "offline");
    } finally {
      this.asking = false;
      const busy = Date.now() - this.taken.at < BUSY_MS;
      this.nextPoll = Date.now() + (document.hidden ? POLL_MS.hidden : busy ? POLL_MS.busy : POLL_MS.idle);
      if (this.askAgain) this.poll();
    }
  }

  /** How the line is: live, slow, unreachable, offline. @param {string} status */
  say(status) {
    if (status === this.status) return;
    this.status = status;
    this.pass("line", status);
  }

  /** Take something, and give it to the other tabs. @param {string} name @param {any} [detail] */
  pass(name, detail) {
    if (this.leads) this.shout({ name, detail });
    this.receive(name, detail);
  }

  /** Each message once and in order. @param {string} name @param {any} detail */
  receive(name, detail) {
    const { client } = this;
    if (name === "line") this.status = detail;
    if (name === "state") this.states += 1;
    if (name === "gone") this.stop();
    if (name === "message") {
      if (detail.seq <= client.seq) return;
      if (detail.seq > client.seq + 1 && client.seq) return void this.poll();
      client.seq = detail.seq;
    }
    client.tell(name, detail);
  }
}
