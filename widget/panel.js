// The chat: header and menu, the first screen, the conversation, and what is asked in between.
// @ts-check
import { initials, PERSON } from "./bubbles.js";
import { Client, Problem } from "./client.js";
import { tokens } from "./colours.js";
import { Composer } from "./composer.js";
import { icon, make } from "./dom.js";
import { home } from "./home.js";
import { buildMenu, languageChoice } from "./menu.js";
import { Speech, spoken, wordsOf } from "./speech.js";
import { css } from "./styles.js";
import { Thread } from "./thread.js";
import { fit, FULL_SCREEN, stayInside, TOUCH } from "./window.js";

/** @typedef {import("./client.js").Message} Message */
/** @typedef {import("./client.js").Outgoing} Outgoing */
/** @typedef {[number, number, number]} Rgb */
/** @typedef {{base: string, language: string, rtl: boolean, greeting: string, team: string, mark: string, brand: Rgb, carried?: string}} Options */
/** @typedef {{closed: () => void, again: () => void, unread: (count: number, preview?: string) => void}} Host */

export class Panel {
  // what build() makes, anew for each language
  /** @type {HTMLElement} */ title;
  /** @type {HTMLElement} */ subtitle;
  /** @type {HTMLDetailsElement} */ menu;
  /** @type {HTMLElement} */ status;
  /** @type {HTMLElement} */ wait;
  /** @type {HTMLElement} */ body;
  /** @type {Composer} */ composer;
  /** @type {Thread} */ thread;
  begun = false;
  owner = "bot";
  beginning = false;
  unread = 0;

  /** @param {Options} options @param {ShadowRoot} root @param {Host} host */
  static async create(options, root, host) {
    const client = new Client(options.base);
    if (options.carried) {
      client.carried = options.carried;
      if (client.token) client.putAside();
    }
    const language = spoken(client.drawer.read().language ?? options.language);
    const [words, clinic] = await Promise.all([wordsOf(language), client.clinic()]);
    return new Panel(options, root, host, new Speech(language, words, clinic), client);
  }

  /** @param {Options} options @param {ShadowRoot} root @param {Host} host @param {Speech} speech @param {Client} client */
  constructor(options, root, host, speech, client) {
    this.options = options;
    this.root = root;
    this.host = host;
    this.speech = speech;
    this.client = client;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(tokens(options.brand) + css);
    root.adoptedStyleSheets.push(sheet);
    this.element = make("section");
    root.append(this.element);
    this.build();
    this.hear();
    // another tab has begun a conversation
    addEventListener("storage", ({ key }) => key === client.drawer.key && !this.begun && client.token && this.enter());
    visualViewport?.addEventListener("resize", () => this.fit());
    visualViewport?.addEventListener("scroll", () => this.fit());
  }

  get words() {
    return this.speech.words;
  }

  get clinic() {
    return this.speech.clinic;
  }

  /** @param {string} text @param {Record<string, any>} [values] */
  fill(text, values) {
    return this.speech.fill(text, values);
  }

  /** @returns {import("./bubbles.js").Context} */
  get context() {
    const { client } = this;
    const { words, language, locale, clinic } = this.speech;
    return {
      words, language, locale, client, clinic,
      mark: this.options.mark,
      nobody: this.speech.nobody,
      fill: (text, values) => this.fill(text, values),
      say: (text, button) => this.say(text, button),
      change: (outgoing) => this.changeRefused(outgoing),
      otherWords: () => this.composer.input.focus(),
    };
  }

  /** All of it, in the language chosen. */
  build() {
    const { options } = this;
    const { words: w, language } = this.speech;
    this.title = make("h2", { id: "title", translate: "no" }, this.clinic.name);
    this.subtitle = make("p", { class: "subtitle" });
    this.menu = this.buildMenu();
    this.status = make("p", { class: "status", role: "status", hidden: true });
    this.wait = make("div", { class: "wait", hidden: true });
    this.composer = new Composer(w, (text) => this.act(text), (file) => this.attach(file), (draft) => this.client.token && (this.client.drawer.write({ draft }), draft && this.client.type(this.owner)));
    if (this.clinic.photos) import("./photos.js").then(({ choice }) => choice(this));
    this.thread = new Thread(this.context, this.root);
    this.body = make("div", { class: "body" });
    const close = make("button", { type: "button", class: "icon", "aria-label": w.close, onclick: () => this.close() }, icon("M6 6l12 12M18 6 6 18"));
    const mark = options.mark ? make("img", { class: "mark", src: options.mark, alt: "" }) : make("span", { class: "mark", "aria-hidden": "true" }, initials(this.clinic.name));
    const rtl = language === "ar" || (options.rtl && language === spoken(options.language));
    const old = this.element;
    this.element = make(
      "section",
      { class: "panel", role: "dialog", "aria-labelledby": "title", lang: language, dir: rtl ? "rtl" : "ltr", hidden: old.hidden || !old.className },
      make("div", { class: "top" }, mark, make("div", { class: "heading" }, this.title, this.subtitle), this.menu, close),
      this.body,
    );
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.escape();
      if (event.key === "Tab" && FULL_SCREEN.matches) stayInside(event, this.element, this.root);
    });
    old.replaceWith(this.element);
    this.showOwner({ owner: "bot" });
    if (this.client.token) this.enter();
    else this.showHome();
    this.fit();
  }

  /** The chat in another language, chosen by the visitor. @param {string} language */
  async speak(language) {
    this.speech = new Speech(language, await wordsOf(language), this.clinic);
    if (this.client.token) this.client.drawer.write({ language });
    this.build();
    this.element.querySelector("select")?.focus();
  }

  languages() {
    return languageChoice(this.words, this.speech.language, (chosen) => this.speak(chosen));
  }

  fit() {
    const moved = fit(this.element);
    if (moved && !this.element.hidden && this.thread.log.isConnected && this.thread.follows()) this.thread.reveal();
  }

  buildMenu() {
    const { words: w, client } = this;
    return buildMenu(
      w,
      [
        [w.person, () => this.say(PERSON)],
        [w.callMe, () => this.askFor("call")],
        [w.transcript, () => this.askFor("save")],
        [w.print, () => this.askFor("print")],
        [w.startOver, () => this.askFor("startOver")],
        [w.erase, () => this.askFor("erase")],
      ],
      Boolean(client.drawer.read().sound),
      (sound) => client.drawer.write({ sound }),
      this.languages(),
    );
  }

  /** Escape closes what is in front. */
  escape() {
    if (this.menu.open) {
      this.menu.open = false;
      this.menu.querySelector("summary")?.focus();
    } else if (this.body.querySelector(".ask")) this.endAsk();
    else this.close();
  }

  showHome() {
    this.menu.hidden = true;
    this.begun = false;
    this.composer.expect(null);
    const earlier = this.client.drawer.read().earlier?.length;
    const takeUp = () => (this.client.takeUp(), this.enter(), this.composer.input.focus());
    const speaks = make(
      "div",
      { class: "speaks" },
      Boolean(earlier) && make("button", { type: "button", class: "chip", onclick: takeUp }, this.words.earlier),
      this.languages(),
    );
    this.body.replaceChildren(home(this.context, this.options, (text) => this.act(text), this.status, speaks), this.composer.element);
  }

  /** The first act begins the conversation; the text stays until it is queued. @param {string} text */
  async act(text) {
    if (await this.begin()) this.say(text);
    else if (!this.beginning) this.composer.put(text);
  }

  /** Is there a conversation, if need be a new one? @returns {Promise<boolean>} */
  async begin() {
    if (this.client.token && !this.begun) this.enter();
    if (this.client.token || this.beginning) return !this.beginning;
    this.beginning = true;
    this.showStatus(this.words.opening);
    try {
      await this.client.begin(this.speech.language);
      if (this.speech.language !== spoken(this.options.language)) this.client.drawer.write({ language: this.speech.language });
      this.showConversation();
      if (!this.element.hidden) this.client.drawer.write({ open: true });
    } catch {
      this.showStatus(this.fill(this.words.failed));
    }
    this.beginning = false;
    return Boolean(this.client.token);
  }

  /** Go on with a conversation that this browser knows. */
  enter() {
    this.showConversation();
    this.thread.setLive(false);
    this.client.seq = 0;
    this.client.line.start();
    for (const outgoing of this.client.queue) this.thread.showTyped(outgoing);
    const { draft } = this.client.drawer.read();
    if (draft) this.composer.put(draft);
    this.client.flush();
  }

  showConversation() {
    this.begun = true;
    this.unread = 0;
    this.thread = new Thread(this.context, this.root);
    this.thread.setLive(true);
    this.menu.hidden = false;
    this.composer.expect(null);
    this.showStatus("");
    const { log, fresh, typing } = this.thread;
    this.body.replaceChildren(log, fresh, typing, this.wait, this.status, this.composer.element);
  }

  hear() {
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ act) =>
      this.client.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
    on("message", (message) => this.show(message));
    on("state", (state) => this.showState(state));
    on("sent", (outgoing) => this.thread.mark(outgoing, this.words.sent));
    on("unsent", ({ outgoing, problem }) => this.thread.mark(outgoing, problem instanceof Problem && problem.status === 429 ? problem.message : this.words.unsent));
    on("refused", ({ outgoing, problem }) => {
      this.thread.mark(outgoing, this.words.refused);
      this.composer.complain(problem.message || this.fill(this.words.failed));
    });
    on("line", (status) => this.showLine(status));
    on("gone", () => this.leave(this.words.ended));
  }

  /** How messages come and go, when not as they should. @param {string} status */
  showLine(status) {
    const { slow, unreachable, offline } = this.words;
    this.showStatus(this.fill({ slow, unreachable, offline }[status] ?? ""));
  }

  /** @param {Message} message */
  show(message) {
    if (!this.begun) return;
    const shown = this.thread.show(message);
    if (message.author === "assistant" && (message.text || message.payload)) this.composer.expect(message.payload);
    if (message.author === "visitor" || !shown) return;
    if (!this.element.hidden) {
      if (this.thread.live) this.client.markRead();
      if (document.hidden && this.thread.live) this.callBack();
    } else if (message.seq > this.client.read) {
      this.host.unread((this.unread += 1), message.author === "staff" ? `${message.name ?? ""}: ${message.text}`.slice(0, 120) : undefined);
      this.callBack();
      // it was open on the page before this one
      if (this.client.drawer.read().open) this.host.again();
    }
  }

  /** Something came that nobody may have seen. */
  async callBack() {
    const { sound } = this.client.drawer.read();
    if (!sound && !document.hidden) return;
    const { inTitle, ring } = await import("./attention.js");
    if (document.hidden) inTitle();
    if (sound) ring();
  }

  /** @param {import("./client.js").State} state */
  showState(state) {
    if (!this.thread.live) requestAnimationFrame(() => this.thread.setLive(true));
    if (!this.element.hidden) this.client.markRead();
    this.thread.showTyping(Boolean(state.typing));
    this.thread.forget(state.forgotten ?? []);
    this.showOwner(state);
  }

  /** Who is here, or how long one waits. @param {import("./client.js").State} state */
  showOwner(state) {
    const { owner, staff, place, staffed, mail, push } = state;
    this.owner = owner;
    const { words: w, clinic } = this;
    const hours = clinic.open ? clinic.open_until && this.fill(w.openUntil) : clinic.opens_at && this.fill(w.opensAgain);
    const idle = [w.subtitle, hours].filter(Boolean).join(" · ");
    const here = staff && this.fill(w.withPerson, { name: [staff.name, staff.role].filter(Boolean).join(", ") });
    this.subtitle.replaceChildren(...(here ? [make("i", { class: "dot" }), here] : [owner === "waiting" ? w.waitingPerson : idle]));
    const key = owner === "waiting" || mail || push ? [owner, place, staffed, mail, push].join() : "";
    if (this.wait.dataset.key === key) return;
    this.wait.dataset.key = key;
    this.wait.hidden = !key;
    if (key) import("./waiting.js").then(({ card }) => card(this, state));
  }

  /** @param {string} text @param {Outgoing["button"]} [button] */
  say(text, button) {
    if (!this.begun) this.showConversation();
    this.thread.showTyped(this.client.say(text, button));
    if (!TOUCH.matches) this.composer.input.focus({ preventScroll: true });
  }

  /** A message that was refused goes back to where it can be changed. @param {Outgoing} outgoing */
  changeRefused(outgoing) {
    this.client.unqueue(outgoing.id);
    this.composer.put(outgoing.text);
    this.composer.input.focus();
  }

  /** @param {string} words */
  showStatus(words) {
    this.status.textContent = words;
    this.status.hidden = !words;
  }

  /** @param {string} [question] @param {boolean} [focus] */
  open(question = "", focus = true) {
    const { element, client, thread } = this;
    element.hidden = false;
    element.classList.add("opening");
    this.host.unread((this.unread = 0));
    this.fit();
    if (client.token) {
      client.drawer.write({ open: true });
      if (!this.begun) this.enter();
      client.markRead();
      thread.reveal();
      if (question) this.say(question);
    } else if (question) this.composer.put(question);
    if (!focus) return;
    if (TOUCH.matches) element.querySelector(/** @type {"button"} */ (".top .icon:last-child"))?.focus();
    else this.composer.input.focus();
  }

  close() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    if (this.client.token) this.client.drawer.write({ open: false });
    this.host.closed();
  }

  /** The page put the chat elsewhere. */
  moved() {
    this.element.classList.remove("opening");
    this.thread.moved();
  }

  /** What the menu offers, fetched when first needed. @param {"call"|"erase"|"print"|"save"|"startOver"} what */
  async askFor(what) {
    (await import("./asks.js"))[what](this);
  }

  /** @param {File} file */
  async attach(file) {
    (await import("./photos.js")).attach(this, file);
  }

  endAsk() {
    this.body.querySelector(".ask")?.remove();
    this.composer.input.focus();
  }

  /** The conversation is no more; what was not sent yet stays to be sent again. @param {string} words */
  leave(words) {
    const focused = this.root.activeElement && this.element.contains(this.root.activeElement);
    const unsent = this.client.queue.filter(({ button }) => !button).map(({ text }) => text).join("\n");
    this.client.forget();
    this.showHome();
    this.showOwner({ owner: "bot" });
    if (unsent) this.composer.put(unsent);
    this.showStatus(words);
    if (focused) this.composer.input.focus();
  }
}
